"""The statement as PDF: tagged for accessibility, the same bytes each time, inert to odd text."""

import re
import zlib
from datetime import date

import msgspec
import pytest

from api.documents import statements as documents
from api.documents.statements import render_batch, render_statements
from core.claims.parties import Address, Name
from core.errors import IntegrityError
from core.patient_billing.statements import (
    PendingLine,
    Statement,
    StatementLine,
    StatementPractice,
)

STATEMENT = Statement(
    number="S-1",
    practice=StatementPractice(
        name="Cedar Hill Clinic",
        address=Address(line1="410 Orchard Avenue", city="Portland", state="OR"),
        phone="(503) 555-0142",
    ),
    patient=Name(last="Sample", first="Jordan"),
    address=Address(line1="77 Birch Lane", city="Salem", state="OR", postal_code="973011234"),
    account_number="A-20417",
    issued_on=date(2026, 3, 2),
    due_on=date(2026, 4, 1),
    lines=(
        StatementLine(
            service_on=date(2026, 2, 3),
            description="Group session",
            charge_cents=6000,
            insurance_paid_cents=3000,
            adjustment_cents=1500,
            patient_paid_cents=0,
            balance_cents=1500,
        ),
    ),
    pending=(
        PendingLine(service_on=None, provider="P", charge_cents=100, with_insurance_cents=100),
    ),
    due_cents=1500,
)


def objects(pdf: bytes) -> bytes:
    """The file with its compressed streams opened."""
    opened = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            opened.append(zlib.decompressobj().decompress(found.group(1)))
        except zlib.error:
            continue
    return b"\n".join(opened)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", objects(pdf)))


def test_a_statement_is_one_accessible_page() -> None:
    (pdf,) = render_statements([STATEMENT])
    inside = objects(pdf)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert b"pdfuaid" in inside
    assert b"/StructTreeRoot" in inside
    assert b"/TH" in inside


def test_the_same_statement_gives_the_same_bytes() -> None:
    assert render_statements([STATEMENT]) == render_statements([STATEMENT])


def test_a_long_statement_goes_on_and_a_batch_is_one_file() -> None:
    long = msgspec.structs.replace(STATEMENT, lines=STATEMENT.lines * 60)
    (batch,) = render_batch([STATEMENT, long, STATEMENT])
    assert pages(batch) == 2 + pages(render_statements([long])[0])
    assert pages(batch) > 4
    assert render_batch([]) == ()


def test_a_large_batch_comes_in_several_files() -> None:
    assert [pages(pdf) for pdf in render_batch([STATEMENT] * 5, per_file=2)] == [2, 2, 1]
    assert len(render_batch([STATEMENT] * 11)) == 2


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x")',
        "$ x^2 $ *bold* _it_ `raw` <label> @ref // no",
        '"; #sys.inputs #read("/etc/passwd")',
        "Müller-Łukasz Ωmega Иванов",
        "漢字 \u0000 \U0001f600 \u202e",
        "Mu\u0308ller",
    ],
)
def test_text_of_any_kind_is_only_text(text: str) -> None:
    odd = msgspec.structs.replace(
        STATEMENT,
        patient=Name(last=text),
        lines=(msgspec.structs.replace(STATEMENT.lines[0], description=text, provider=text),),
        practice=msgspec.structs.replace(STATEMENT.practice, name=text, message=text),
    )
    assert pages(render_statements([odd])[0]) >= 1


def test_every_letter_we_let_through_has_a_glyph() -> None:
    letters = "".join(
        chr(one) for first, last in documents._DRAWN for one in range(first, last + 1)
    )
    odd = msgspec.structs.replace(
        STATEMENT, practice=msgspec.structs.replace(STATEMENT.practice, message=letters)
    )
    assert render_statements([odd])


def test_a_broken_layout_says_so_without_quoting_the_patient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documents, "_statement", lambda _: {"number": "Jordan"})
    with pytest.raises(IntegrityError) as failed:
        render_statements([STATEMENT])
    assert "Jordan" not in str(failed.value)


@pytest.mark.parametrize(
    ("charged", "insurance", "adjusted", "paid", "due", "sentence"),
    [
        (
            9000,
            4000,
            3000,
            500,
            1500,
            (
                "Of $90.00 charged, your insurance paid $40.00, $30.00 was "
                "taken off and you have paid $5.00. $15.00 is left for you to pay."
            ),
        ),
        (
            9000,
            0,
            0,
            500,
            8500,
            "Of $90.00 charged, you have paid $5.00. $85.00 is left for you to pay.",
        ),
        (9000, 0, 0, 0, 9000, "The charge was $90.00. $90.00 is left for you to pay."),
        (0, 0, 0, 0, 700, "$7.00 is open on your account."),
    ],
)
def test_the_summary_leaves_out_what_is_nothing(
    charged, insurance, adjusted, paid, due, sentence
) -> None:
    assert documents._summary(charged, insurance, adjusted, paid, due) == sentence

"""Patient statements as PDF/UA-1.

One compiler a process stays warm (a cold one costs ten times a statement). Nothing is fetched: the
fonts are those inside Typst, and no package is named by the template. The same statements give the
same bytes: the time stamp in the file is the day of issue.

A statement is health information: keep the bytes sealed and never name a file after a patient.
"""

from __future__ import annotations

import json
import threading
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from core.claims.parties import Address, Name
from core.errors import IntegrityError
from core.money import dollars
from core.patient_billing.statements import Statement, StatementPractice

STATEMENTS_A_FILE = 10
"""Typst remembers its last ten compiles, a megabyte or two a statement: ten times this many pages
stay in memory (about 250 MB). Larger files belong in a worker of their own."""

# Letters the fonts inside Typst can draw: Latin, Greek, Cyrillic and the usual signs. PDF/UA
# forbids a missing glyph, so one exotic letter would lose the whole statement.
_DRAWN = (
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x386, 0x38A),
    (0x38E, 0x3A1),
    (0x3A3, 0x3FF),
    (0x400, 0x45F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
)

_one_at_a_time = threading.Lock()


def render_statements(statements: Sequence[Statement]) -> tuple[bytes, ...]:
    """One PDF for each statement, in order."""
    return tuple(_compile((statement,)) for statement in statements)


def render_batch(
    statements: Sequence[Statement], *, per_file: int = STATEMENTS_A_FILE
) -> tuple[bytes, ...]:
    """PDFs for the printer, each with up to ``per_file`` statements, in order.

    Every statement starts on a page of its own and counts its pages from 1.
    """
    return tuple(
        _compile(statements[first : first + per_file])
        for first in range(0, len(statements), per_file)
    )


@cache
def _compiler() -> typst.Compiler:
    # By path: a compiler made from bytes works only once.
    template = Path(__file__).with_name("statement.typ")
    return typst.Compiler(template, root=template.parent, ignore_system_fonts=True)


def _compile(statements: Sequence[Statement]) -> bytes:
    first = statements[0]
    title = f"Statement {first.number}" if len(statements) == 1 else "Statements"
    data = {
        "title": title,
        "author": _text(first.practice.name),
        "statements": [_statement(statement) for statement in statements],
    }
    stamp = datetime.combine(first.issued_on, time(), tzinfo=UTC)
    with _one_at_a_time:
        try:
            pdf = _compiler().compile(
                format="pdf",
                sys_inputs={"data": json.dumps(data)},
                pdf_standards="ua-1",
                timestamp=stamp,
            )
        except typst.TypstError:
            # The compiler's message quotes the document; ours may not.
            raise IntegrityError(
                "a statement could not be laid out as PDF; the template and its data disagree"
            ) from None
    assert isinstance(pdf, bytes), "one document, one file"
    return pdf


def _statement(statement: Statement) -> dict[str, Any]:
    lines = statement.lines
    charged = sum(line.charge_cents for line in lines)
    insurance = sum(line.insurance_paid_cents for line in lines)
    adjusted = sum(line.adjustment_cents for line in lines)
    paid = sum(line.patient_paid_cents for line in lines)
    return {
        "number": _text(statement.number),
        "account": _text(statement.account_number),
        "issued_on": _day(statement.issued_on),
        "due_on": _day(statement.due_on),
        "patient": _name(statement.patient),
        "address": _address(statement.address),
        "practice": _practice(statement.practice),
        "notice": _text(statement.notice),
        "summary": _summary(charged, insurance, adjusted, paid, statement.due_cents),
        "due": dollars(statement.due_cents),
        "total": {
            "charge": dollars(charged),
            "insurance": dollars(insurance),
            "adjustment": dollars(adjusted),
            "paid": dollars(paid),
        },
        "lines": [
            {
                "date": _day(line.service_on),
                "description": _text(line.description),
                "provider": _text(line.provider),
                "charge": dollars(line.charge_cents),
                "insurance": dollars(line.insurance_paid_cents),
                "adjustment": dollars(line.adjustment_cents),
                "paid": dollars(line.patient_paid_cents),
                "balance": dollars(line.balance_cents),
            }
            for line in lines
        ],
        "pending": [
            {
                "date": _day(row.service_on),
                "provider": _text(row.provider),
                "charge": dollars(row.charge_cents),
                "amount": dollars(row.with_insurance_cents),
            }
            for row in statement.pending
        ],
    }


def _summary(charged: int, insurance: int, adjusted: int, paid: int, due: int) -> str:
    """The statement in one sentence; parts that are nothing are left out."""
    parts = []
    if insurance:
        parts.append(f"your insurance paid {dollars(insurance)}")
    if adjusted:
        parts.append(f"{dollars(adjusted)} was taken off")
    if paid:
        parts.append(f"you have paid {dollars(paid)}")
    if not charged:
        return f"{dollars(due)} is open on your account."
    if not parts:
        return f"The charge was {dollars(charged)}. {dollars(due)} is left for you to pay."
    told = " and ".join((", ".join(parts[:-1]), parts[-1])) if parts[1:] else parts[0]
    return f"Of {dollars(charged)} charged, {told}. {dollars(due)} is left for you to pay."


def _practice(practice: StatementPractice) -> dict[str, Any]:
    return {
        "name": _text(practice.name),
        "address": _address(practice.address),
        "phone": _text(practice.phone),
        "pay_url": _text(practice.pay_url),
        "message": _text(practice.message),
    }


def _name(name: Name) -> str:
    return _text(
        " ".join(part for part in (name.first, name.middle, name.last, name.suffix) if part)
    )


def _address(address: Address | None) -> list[str]:
    if address is None:
        return []
    place = " ".join(part for part in (address.state, _postal(address.postal_code)) if part)
    city = ", ".join(part for part in (address.city, place) if part)
    return [_text(line) for line in (address.line1, address.line2, city, address.country) if line]


def _postal(code: str) -> str:
    return f"{code[:5]}-{code[5:]}" if len(code) == 9 and code.isdigit() else code


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%b} {day.day}, {day.year}"


def _text(text: str) -> str:
    """``text`` with letters no font of ours draws as ``?``."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        letter if any(first <= ord(letter) <= last for first, last in _DRAWN) else "?"
        for letter in composed
    )

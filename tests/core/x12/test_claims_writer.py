"""Writing 837s: the tree of levels, what stays behind, what is refused and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.claims.claim import (
    Accident,
    Adjustment,
    Claim,
    Drug,
    Form,
    LineAdjudication,
    Note,
    QualifiedDate,
    Tooth,
)
from core.claims.parties import Address, Entity, Provider, Reference
from core.errors import InputError
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import WrittenFile, unwritable, write_claims
from tests.core.x12.claim_values import ENVELOPE, RECEIVER, SUBMITTER, invented_claim

replace = msgspec.structs.replace


def written(claims: list[Claim], **options: Any) -> WrittenFile:
    return write_claims(
        claims,
        form=claims[0].form,
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=ENVELOPE,
        reference="B0000001",
        **options,
    )


def segments(file: WrittenFile) -> list[list[str]]:
    return [text.split("*") for text in file.data.decode().split("~")[:-1]]


def plain(form: Form = Form.PROFESSIONAL) -> Claim:
    """A claim whose patient is the subscriber, without another payer."""
    for seed in range(10_000):
        claim = invented_claim(seed, form)
        if claim.subscriber.is_patient and not claim.other_payers:
            return claim
    raise AssertionError("no plain claim among the invented ones")


def with_line(claim: Claim, **changes: Any) -> Claim:
    return replace(claim, lines=(replace(claim.lines[0], **changes), *claim.lines[1:]))


@pytest.mark.parametrize(
    ("form", "version"),
    [
        (Form.PROFESSIONAL, "005010X222A1"),
        (Form.INSTITUTIONAL, "005010X223A2"),
        (Form.DENTAL, "005010X224A2"),
    ],
)
def test_the_version_stands_in_group_and_transaction(form: Form, version: str) -> None:
    file = written([plain(form)])
    rows = segments(file)
    assert file.version == rows[1][8] == rows[2][3] == version


def test_claims_of_one_billing_provider_stand_below_one_level() -> None:
    first, second = plain(), invented_claim(7, Form.PROFESSIONAL)
    claims = [first, second, replace(first, claim_number="AGAIN")]
    levels = [row for row in segments(written(claims)) if row[0] == "HL"]
    assert [row[3] for row in levels if row[3] == "20"] == ["20", "20"]
    assert [int(row[1]) for row in levels] == list(range(1, len(levels) + 1))
    providers = {row[1] for row in levels if row[3] == "20"}
    assert all(row[2] in providers for row in levels if row[3] == "22")
    subscribers = {row[1]: row[4] for row in levels if row[3] == "22"}
    parents = {row[2] for row in levels if row[3] == "23"}
    assert {number for number, child in subscribers.items() if child == "1"} == parents


def test_a_large_batch_is_split_into_transactions_that_know_their_claims() -> None:
    claims = [replace(plain(), claim_number=f"C{number}") for number in range(7)]
    file = written(claims, claims_per_transaction=3)
    assert [t.control for t in file.transactions] == ["0001", "0002", "0003"]
    assert [len(t.claim_numbers) for t in file.transactions] == [3, 3, 1]
    assert file.claims == 7
    read = [
        (r.transaction_control, r.claim.claim_number)
        for r in read_claims(file.data)
        if isinstance(r, ReadClaim)
    ]
    assert read == [(t.control, n) for t in file.transactions for n in t.claim_numbers]


def test_the_batch_reference_and_the_parties_stand_in_every_transaction() -> None:
    rows = segments(written([plain(), plain()], claims_per_transaction=1))
    assert [row[3] for row in rows if row[0] == "BHT"] == ["B0000001", "B0000001"]
    assert [row[9] for row in rows if row[:2] == ["NM1", "41"]] == ["SUB01", "SUB01"]


def test_house_facts_stay_behind() -> None:
    claim = plain()
    rendering = Provider(
        name=claim.patient.name,
        npi="1234567893",
        credential="LCSW",
        tax_id="512345678",
        phone="5125550100",
        address=Address(line1="1 MAIN ST", city="AUSTIN"),
        licensed_states=("TX",),
    )
    rich = with_line(
        replace(claim, rendering=rendering), minutes=53, expected_cents=100, fee_source="F"
    )
    (read,) = read_claims(written([rich]).data)
    assert isinstance(read, ReadClaim)
    bare = replace(rendering, credential="", tax_id="", phone="", address=None, licensed_states=())
    assert read.claim == replace(claim, rendering=bare)


def test_the_day_of_an_earlier_decision_is_taken_from_the_payer_when_the_line_has_none() -> None:
    claim = next(
        claim
        for seed in range(100)
        if (claim := invented_claim(seed, Form.PROFESSIONAL)).lines[0].adjudications
    )
    lines = tuple(
        replace(
            line,
            adjudications=tuple(
                replace(decided, adjudicated_on=None, code="") for decided in line.adjudications
            ),
        )
        for line in claim.lines
    )
    (read,) = read_claims(written([replace(claim, lines=lines)]).data)
    assert isinstance(read, ReadClaim)
    assert read.claim == claim


LATER = date(2026, 1, 31)
MANY = tuple(Adjustment(group="CO", code="45", amount_cents=1) for _ in range(31))


@pytest.mark.parametrize(
    ("form", "changes", "reason"),
    [
        ("837P", {"claim_number": ""}, "claim number"),
        ("837P", {"claim_number": "X" * 21}, "claim number"),
        ("837P", {"lines": ()}, "1 to 50 service lines"),
        ("837P", {"diagnoses": ()}, "no diagnosis"),
        ("837P", {"diagnoses": tuple(f"I{n}" for n in range(13))}, "at most 12 diagnoses"),
        ("837P", {"place_of_service": ""}, "place of service"),
        ("837P", {"frequency": ""}, "frequency"),
        ("837P", {"present_on_admission": ("Y",)}, "present on admission"),
        ("837P", {"attending": Provider(name=plain().patient.name)}, "attending"),
        ("837I", {"institutional": None}, "institutional"),
        ("837I", {"accident": Accident(kind="AA")}, "accident"),
        ("837I", {"frequency": "3"}, "another frequency"),
        ("837I", {"onset_date": LATER}, "onset date"),
        ("837I", {"patient_paid_cents": 5}, "patient paid cents"),
        ("837D", {"condition_codes": ("AH",)}, "condition codes"),
        ("837D", {"clia": "11D"}, "clia"),
        ("837P", {"references": (Reference(qualifier="ZZ", value="1"),)}, "further number"),
        ("837P", {"dates": (QualifiedDate(qualifier="999", first=LATER),)}, "further date"),
        (
            "837P",
            {"notes": (Note(qualifier="ADD", text="A"), Note(qualifier="DGN", text="B"))},
            "note",
        ),
        ("837P", {"service_facility": Provider(name=plain().patient.name)}, "organization"),
        ("837P", {"patient": invented_claim(1, Form.PROFESSIONAL).patient}, "the two differ"),
    ],
)
def test_what_a_form_cannot_carry_is_refused(
    form: str, changes: dict[str, Any], reason: str
) -> None:
    claim = replace(plain(Form(form)), **changes)
    assert any(reason in each for each in unwritable(claim)), unwritable(claim)
    with pytest.raises(InputError, match=r"claim 2 of the batch"):
        written([plain(Form(form)), claim])


@pytest.mark.parametrize(
    ("form", "changes", "reason"),
    [
        ("837P", {"revenue_code": "0551"}, "revenue code"),
        ("837P", {"teeth": (Tooth(number="3"),)}, "teeth"),
        ("837P", {"code": ""}, "procedure code"),
        ("837P", {"pointers": ()}, "points at no diagnosis"),
        ("837P", {"pointers": (99,)}, "points at no diagnosis"),
        ("837P", {"service_from": None, "service_to": None}, "date of service"),
        ("837P", {"modifiers": ("A1", "A2", "A3", "A4", "A5")}, "4 modifiers"),
        ("837P", {"unit_basis": "DA"}, "unit basis"),
        ("837P", {"charge_cents": -1}, "negative"),
        ("837P", {"drug": Drug(ndc="00004196501")}, "quantity or unit"),
        ("837I", {"revenue_code": ""}, "revenue code"),
        ("837I", {"pointers": (1,)}, "pointers"),
        ("837D", {"drug": Drug(ndc="1", unit="UN", quantity=Decimal(1))}, "drug"),
        ("837D", {"notes": (Note(qualifier="ADD", text="A"),)}, "note"),
        ("837P", {"adjudications": (LineAdjudication(payer_id="9", paid_cents=1),)}, "not among"),
        (
            "837P",
            {"adjudications": (LineAdjudication(payer_id="9", paid_cents=1, adjustments=MANY),)},
            "adjustments",
        ),
    ],
)
def test_what_a_line_cannot_carry_is_refused_with_its_number(
    form: str, changes: dict[str, Any], reason: str
) -> None:
    reasons = unwritable(with_line(plain(Form(form)), **changes))
    assert any(each.startswith("line 1: ") and reason in each for each in reasons), reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"npi": "", "references": ()}, "NPI"),
        ({"tax_id": ""}, "tax number"),
        ({"address": None}, "address"),
        ({"address": Address(line1="1 MAIN", city="AUSTIN", postal_code="78701")}, "nine digits"),
        ({"entity": Entity.PERSON}, "organization"),
    ],
)
def test_an_institutional_biller_is_named_in_full(changes: dict[str, Any], reason: str) -> None:
    claim = plain(Form.INSTITUTIONAL)
    reasons = unwritable(replace(claim, billing=replace(claim.billing, **changes)))
    assert any(reason in each for each in reasons), reasons


@pytest.mark.parametrize("text", ["A*B", "A:B", "A~B", "A^B", "A\nB"])
def test_text_that_holds_a_separator_is_refused_not_altered(text: str) -> None:
    claim = replace(plain(), notes=(Note(qualifier="ADD", text=text),))
    (reason,) = unwritable(claim)
    assert text not in reason
    with pytest.raises(InputError):
        written([claim])


def test_text_that_is_too_long_is_refused() -> None:
    claim = replace(plain(), notes=(Note(qualifier="ADD", text="X" * 81),))
    assert "NTE02 has 1 to 80 characters" in unwritable(claim)[0]


def test_reasons_name_no_value_of_the_claim() -> None:
    claim = replace(
        plain(),
        claim_number="SECRET" * 9,
        place_of_service="",
        billing=replace(plain().billing, npi="", name=replace(plain().billing.name, last="")),
    )
    assert not any("SECRET" in reason for reason in unwritable(claim))


def test_claims_of_two_forms_and_an_empty_batch_are_refused() -> None:
    with pytest.raises(InputError, match="another form"):
        written([plain(), plain(Form.DENTAL)])
    with pytest.raises(InputError, match="no claim"):
        write_claims(
            [],
            form=Form.DENTAL,
            submitter=SUBMITTER,
            receiver=RECEIVER,
            envelope=ENVELOPE,
            reference="B1",
        )

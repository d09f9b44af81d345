"""A claim another system prepared becomes the encounter it was made from."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.claim import Claim, Form, LineFacts, VisitFacts
from core.claims.parties import Person
from core.intake.from_claims import NO_PAYER, encounter_from_claim, patient_number, visit_id
from tests.core.intake.charge_rows import new_ids
from tests.core.x12.claim_values import invented_claim

CLAIMS = st.builds(invented_claim, st.integers(0, 10**6), st.sampled_from(Form))


@settings(max_examples=60, deadline=None)
@given(CLAIMS)
def test_nothing_of_the_claim_is_lost(claim: Claim) -> None:
    ids = new_ids()
    encounter = encounter_from_claim(claim, lambda: next(ids))
    for field in VisitFacts.__struct_fields__:
        assert getattr(encounter, field) == getattr(claim, field)
    assert (encounter.billing, encounter.rendering) == (claim.billing, claim.rendering)
    assert encounter.patient.person == claim.patient
    assert (encounter.frequency, encounter.sequence) == (claim.frequency, claim.sequence)
    assert encounter.payer_claim_number == claim.payer_claim_number
    assert encounter.patient_paid_cents == claim.patient_paid_cents
    for charge, line in zip(encounter.charges, claim.lines, strict=True):
        for field in LineFacts.__struct_fields__:
            assert getattr(charge, field) == getattr(line, field)
        assert charge.charge_cents == line.charge_cents
    decided = [one for one in claim.other_payers if one.paid_cents is not None or one.adjustments]
    assert list(encounter.other_payers) == decided
    assert len(encounter.coverages) == 1 + len(claim.other_payers)
    assert encounter.coverages[0].payer == claim.payer
    assert {coverage.payer_ref for coverage in encounter.coverages} == {NO_PAYER}
    every = [encounter.id, encounter.patient.id]
    every += [one.id for one in (*encounter.charges, *encounter.coverages)]
    assert len(set(every)) == len(every)


@settings(max_examples=40, deadline=None)
@given(CLAIMS)
def test_the_same_claim_again_is_the_same_visit_of_the_same_patient(claim: Claim) -> None:
    number = patient_number(claim)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(claim), type=Claim)
    assert (patient_number(again), visit_id(again, number)) == (number, visit_id(claim, number))


@pytest.mark.parametrize(
    "change",
    [
        lambda claim: {"claim_number": claim.claim_number + "A"},
        lambda claim: {"frequency": "8" if claim.frequency != "8" else "7"},
        lambda claim: {"payer": msgspec.structs.replace(claim.payer, payer_id="OTHER")},
        lambda claim: {"billing": msgspec.structs.replace(claim.billing, npi="1992999767")},
        lambda claim: {
            "lines": (
                msgspec.structs.replace(claim.lines[0], charge_cents=1),
                *claim.lines[1:],
            )
        },
        lambda claim: {
            "lines": (msgspec.structs.replace(claim.lines[0], code="99499"), *claim.lines[1:])
        },
    ],
)
def test_a_claim_that_says_something_else_is_another_visit(change: object) -> None:
    claim = invented_claim(5, Form.PROFESSIONAL)
    other = msgspec.structs.replace(claim, **change(claim))  # type: ignore[operator]
    number = patient_number(claim)
    assert visit_id(other, number) != visit_id(claim, number)
    assert patient_number(other) == number


def test_case_and_blanks_make_no_other_patient_but_a_member_id_does() -> None:
    claim = invented_claim(5, Form.PROFESSIONAL)
    name = claim.patient.name
    shouted = msgspec.structs.replace(name, last=f" {name.last.upper()} ", first=name.first.lower())
    same: Person = msgspec.structs.replace(claim.patient, name=shouted)
    assert patient_number(msgspec.structs.replace(claim, patient=same)) == patient_number(claim)
    other = msgspec.structs.replace(claim.subscriber, member_id="ANOTHER")
    assert patient_number(msgspec.structs.replace(claim, subscriber=other)) != patient_number(claim)
    assert claim.patient.name.last.upper() not in patient_number(claim)

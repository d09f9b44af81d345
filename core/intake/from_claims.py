"""A claim that a practice's own system prepared -> the encounter it was made from.

Prices and rules are ours: the encounter is coded, priced and scrubbed again like any other. What
an earlier payer already decided travels with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from core.claims.claim import Claim, LineFacts, OtherPayer, ServiceLine, VisitFacts
from core.claims.parties import PayerSequence, Person
from core.intake.encounter import Charge, Coverage, Encounter, Patient

_VISIT_FIELDS = VisitFacts.__struct_fields__
_LINE_FIELDS = LineFacts.__struct_fields__
_RANK = {PayerSequence.PRIMARY: 1, PayerSequence.SECONDARY: 2, PayerSequence.TERTIARY: 3}

NO_PAYER = UUID(int=0)
"""``payer_ref`` of a coverage whose payer is not looked up yet."""


def encounter_from_claim(claim: Claim, new_id: Callable[[], UUID]) -> Encounter:
    """The encounter behind ``claim``, with provisional ids.

    The practice's own patient number is not on an 837: the number made here is the same whenever
    the same person arrives with the same member id. The visit's id tells apart everything but a
    claim repeated to the letter.
    """
    number = patient_number(claim)
    patient = Patient(id=new_id(), number=number, person=claim.patient)
    facts: dict[str, Any] = {name: getattr(claim, name) for name in _VISIT_FIELDS}
    return Encounter(
        **facts,
        id=new_id(),
        external_id=visit_id(claim, number),
        patient=patient,
        coverages=_coverages(claim, patient, new_id),
        billing=claim.billing,
        rendering=claim.rendering,
        charges=tuple(_charge(line, new_id) for line in claim.lines),
        other_payers=tuple(one for one in claim.other_payers if _has_decided(one)),
        sequence=claim.sequence,
        frequency=claim.frequency,
        payer_claim_number=claim.payer_claim_number,
        patient_paid_cents=claim.patient_paid_cents,
    )


def patient_number(claim: Claim) -> str:
    """A number for a patient who comes without one: same person and member, same number."""
    person: Person = claim.patient
    return "X" + _digest(
        claim.subscriber.member_id,
        person.name.last,
        person.name.first,
        person.birth_date.isoformat() if person.birth_date else "",
    )


def visit_id(claim: Claim, number: str) -> str:
    """What makes this claim the same visit when it comes again."""
    day = claim.service_from
    return "X" + _digest(
        number,
        claim.claim_number,
        claim.billing.npi,
        claim.payer.payer_id,
        claim.sequence.value,
        claim.frequency,
        claim.payer_claim_number,
        day.isoformat() if day else "",
        str(claim.charge_cents),
        *(line.code for line in claim.lines),
    )


def _digest(*parts: str) -> str:
    joined = "\x1f".join(part.strip().upper() for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:24]


def _coverages(claim: Claim, patient: Patient, new_id: Callable[[], UUID]) -> tuple[Coverage, ...]:
    billed = (claim.sequence, claim.payer, claim.subscriber)
    others = ((one.sequence, one.payer, one.subscriber) for one in claim.other_payers)
    return tuple(
        Coverage(
            id=new_id(),
            patient_id=patient.id,
            rank=_RANK[sequence],
            payer_ref=NO_PAYER,
            payer=payer,
            subscriber=subscriber,
        )
        for sequence, payer, subscriber in (billed, *others)
    )


def _has_decided(other: OtherPayer) -> bool:
    return other.paid_cents is not None or bool(other.adjustments)


def _charge(line: ServiceLine, new_id: Callable[[], UUID]) -> Charge:
    facts: dict[str, Any] = {name: getattr(line, name) for name in _LINE_FIELDS}
    return Charge(**facts, id=new_id(), charge_cents=line.charge_cents)

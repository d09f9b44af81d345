"""The claim to the next payer, with what the earlier one decided (loops 2320, 2330, 2430).

The new claim is the old bill to another payer: same services and charges, the next coverage as the
destination, and the earlier payer as another payer with its decision. It balances by construction
or it is refused: for every line the charge is what was paid plus what was adjusted, and the claim's
amount paid is that of its lines less the claim-level adjustments.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from core.claims.claim import Claim, LineAdjudication, OtherPayer, ServiceLine
from core.claims.parties import PayerSequence
from core.remittance.balance import PREDETERMINATION
from core.remittance.decision import is_crossed_over
from core.remittance.matching import Match
from core.remittance.values import ClaimPayment, ServicePayment


class SecondaryRefusal(StrEnum):
    """Why no claim to the next payer can be made of this decision, and what to do."""

    NO_MATCH = "the payment is not matched to the claim: match it first"
    REVERSAL = "the payment was reversed: wait for the correction"
    PREDETERMINATION = "an estimate is not billed on"
    FORWARDED = "the payer has sent the claim on itself: wait for the next payer's remittance"
    SAME_PAYER = (
        "the next coverage is the payer that has just decided: check the order of coverages"
    )
    NOTHING_LEFT = "the payer left nothing to pay"
    LINE_NOT_MATCHED = "a service line of the payment fits none of the claim: pair it by hand"
    LINE_NOT_DECIDED = "the payer decided only part of the lines: wait for the rest"
    DOES_NOT_BALANCE = "charges are not payments plus adjustments: check the remittance"


_NOT_BILLED_ON = {
    "22": SecondaryRefusal.REVERSAL,
    "23": SecondaryRefusal.FORWARDED,
    PREDETERMINATION: SecondaryRefusal.PREDETERMINATION,
}

_NEXT = {
    PayerSequence.PRIMARY: PayerSequence.SECONDARY,
    PayerSequence.SECONDARY: PayerSequence.TERTIARY,
    PayerSequence.TERTIARY: PayerSequence.TERTIARY,
}


def secondary_claim(
    primary: Claim,
    payment: ClaimPayment,
    match: Match,
    *,
    next_payer: OtherPayer,
    claim_number: str,
    paid_on: date,
    overdue_crossover: bool = False,
) -> Claim | SecondaryRefusal:
    """The claim to ``next_payer`` after ``payment`` on ``primary``, or why there is none.

    ``next_payer`` names the destination (payer, subscriber, sequence); ``paid_on`` is the day of
    the remittance. ``overdue_crossover`` bills although the payer said it passed the claim on,
    once the wait for that is over. Works from secondary to tertiary alike.
    """
    refusal = _refusal(primary, payment, match, next_payer, overdue_crossover)
    if refusal is not None:
        return refusal
    lines = _decided_lines(primary, payment, match, paid_on)
    if isinstance(lines, SecondaryRefusal):
        return lines
    by_line = bool(payment.lines)
    earlier = OtherPayer(
        sequence=primary.sequence,
        payer=primary.payer,
        subscriber=primary.subscriber,
        paid_cents=payment.paid_cents,
        adjustments=payment.adjustments,
        remaining_patient_cents=None if by_line else payment.patient_responsibility_cents,
        payer_claim_number=payment.payer_claim_number,
        adjudicated_on=paid_on,
        benefits_assigned=primary.benefits_assigned,
        release_of_information=primary.release_of_information,
    )
    others = [
        other for other in primary.other_payers if other.payer.payer_id != next_payer.payer.payer_id
    ]
    sequence = next_payer.sequence
    if sequence is primary.sequence:
        sequence = _NEXT[primary.sequence]
    return msgspec.structs.replace(
        _as_first_bill(primary),
        claim_number=claim_number,
        sequence=sequence,
        payer=next_payer.payer,
        subscriber=next_payer.subscriber,
        benefits_assigned=next_payer.benefits_assigned,
        release_of_information=next_payer.release_of_information,
        # Numbers the earlier payer gave mean nothing to the next one.
        auth_number="",
        referral_number="",
        lines=lines,
        other_payers=(*others, earlier),
    )


def balances_for_cob(claim: Claim) -> bool:
    """Whether every payer that has decided adds up: per line, and for the claim as a whole."""
    for other in claim.other_payers:
        if other.paid_cents is None:
            continue
        adjusted_cents = sum(one.amount_cents for one in other.adjustments)
        payer_id = other.payer.payer_id
        decided = [
            (line, decision)
            for line in claim.lines
            for decision in line.adjudications
            if decision.payer_id == payer_id
        ]
        if not decided:
            if claim.charge_cents != other.paid_cents + adjusted_cents:
                return False
            continue
        if other.paid_cents != sum(one.paid_cents for _, one in decided) - adjusted_cents:
            return False
        if not all(_line_balances(line, payer_id) for line in claim.lines):
            return False
    return True


def _as_first_bill(primary: Claim) -> Claim:
    """A replacement (7) for the earlier payer is the first bill to the next one."""
    claim = msgspec.structs.replace(primary, payer_claim_number="")
    if primary.frequency not in ("7", "8"):
        return claim
    institutional = primary.institutional
    if institutional is not None:
        institutional = msgspec.structs.replace(
            institutional, type_of_bill=institutional.type_of_bill[:-1] + "1"
        )
    return msgspec.structs.replace(claim, frequency="1", institutional=institutional)


def _refusal(
    primary: Claim,
    payment: ClaimPayment,
    match: Match,
    next_payer: OtherPayer,
    overdue_crossover: bool,
) -> SecondaryRefusal | None:
    if match.claim is None or payment.claim_number != primary.claim_number:
        return SecondaryRefusal.NO_MATCH
    refusal = _NOT_BILLED_ON.get(payment.status)
    if refusal is not None:
        return refusal
    if is_crossed_over(payment) and not overdue_crossover:
        return SecondaryRefusal.FORWARDED
    if (next_payer.payer.payer_id, next_payer.subscriber.member_id) == (
        primary.payer.payer_id,
        primary.subscriber.member_id,
    ):
        return SecondaryRefusal.SAME_PAYER
    if not payment.is_denial and not _leaves_a_share(payment):
        return SecondaryRefusal.NOTHING_LEFT
    if match.unmatched_lines:
        return SecondaryRefusal.LINE_NOT_MATCHED
    if payment.charge_cents != primary.charge_cents:
        return SecondaryRefusal.LINE_NOT_DECIDED
    return None


def _leaves_a_share(payment: ClaimPayment) -> bool:
    """Whether any adjustment is the patient's (PR): that is what the next payer is asked for."""
    return any(
        one.group == "PR" and one.amount_cents > 0
        for adjustments in (payment.adjustments, *(line.adjustments for line in payment.lines))
        for one in adjustments
    )


def _decided_lines(
    primary: Claim, payment: ClaimPayment, match: Match, paid_on: date
) -> tuple[ServiceLine, ...] | SecondaryRefusal:
    """The claim's lines, each with what the payer decided on it; a split line has several."""
    adjusted_cents = sum(one.amount_cents for one in payment.adjustments)
    if not payment.lines:
        if payment.charge_cents != payment.paid_cents + adjusted_cents:
            return SecondaryRefusal.DOES_NOT_BALANCE
        return tuple(_without_auth(line) for line in primary.lines)
    decisions: dict[int, list[LineAdjudication]] = {}
    for service, paired in zip(payment.lines, match.lines, strict=True):
        assert paired.line_no is not None, "unmatched lines were refused"
        decisions.setdefault(paired.line_no, []).append(
            _decision(service, primary.payer.payer_id, paid_on)
        )
    if set(decisions) != {line.line_no for line in primary.lines}:
        return SecondaryRefusal.LINE_NOT_DECIDED
    lines = tuple(
        msgspec.structs.replace(
            _without_auth(line),
            adjudications=(*line.adjudications, *decisions[line.line_no]),
        )
        for line in primary.lines
    )
    paid_cents = sum(service.paid_cents for service in payment.lines)
    if payment.paid_cents != paid_cents - adjusted_cents or not all(
        _line_balances(line, primary.payer.payer_id) for line in lines
    ):
        return SecondaryRefusal.DOES_NOT_BALANCE
    return lines


def _decision(service: ServicePayment, payer_id: str, paid_on: date) -> LineAdjudication:
    by_revenue_code = service.code_qualifier == "NU"
    return LineAdjudication(
        payer_id=payer_id,
        paid_cents=service.paid_cents,
        code="" if by_revenue_code else service.code,
        code_qualifier="" if by_revenue_code else service.code_qualifier,
        modifiers=service.modifiers,
        revenue_code=service.code if by_revenue_code else service.revenue_code,
        paid_units=service.paid_units,
        adjustments=service.adjustments,
        adjudicated_on=paid_on,
    )


def _line_balances(line: ServiceLine, payer_id: str) -> bool:
    return line.charge_cents == sum(
        decision.paid_cents + sum(one.amount_cents for one in decision.adjustments)
        for decision in line.adjudications
        if decision.payer_id == payer_id
    )


def _without_auth(line: ServiceLine) -> ServiceLine:
    return msgspec.structs.replace(line, auth_number="") if line.auth_number else line

"""Edits on whose turn it is to pay, replaced claims, and what other payers decided (PS s.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.claim import Claim, OtherPayer, ServiceLine
from core.claims.parties import PayerKind, PayerSequence
from core.rules.case import Case
from core.scrub.finding import Flag

Lines = Sequence[ServiceLine]

_MSP_TYPES = frozenset({"12", "13", "14", "15", "16", "41", "42", "43", "47"})


def payer_order(case: Case, lines: Lines) -> Iterator[Flag]:
    """Billed to the plan whose turn it is, and after another plan with what that one decided."""
    claim = case.claim
    if claim.sequence is PayerSequence.PRIMARY:
        if _another_is_primary(case):
            yield Flag(
                message="The eligibility answer names another plan as primary",
                suggestion="Bill the primary plan first",
            )
    elif claim.payer.kind is PayerKind.MEDICARE and claim.subscriber.msp_type not in _MSP_TYPES:
        yield Flag(message="Medicare as secondary payer needs the insurance type code")
    elif all(other.paid_cents is None for other in claim.other_payers):
        yield Flag(message="A secondary claim needs what the primary payer decided")


def _another_is_primary(case: Case) -> bool:
    own = case.claim.payer.name.casefold()
    return any(
        one.order == "primary" and one.payer.casefold() != own
        for one in case.facts.other_coverages or ()
    )


def other_payer_balance(case: Case, lines: Lines) -> Iterator[Flag]:
    """Charge = what another payer paid + its adjustments, per line and for the claim."""
    claim = case.claim
    if not claim.other_payers:
        return
    wrong = [line.line_no for line in lines if not _line_balances(line)]
    if wrong:
        numbers = ", ".join(str(number) for number in wrong)
        yield Flag(
            message="The other payer's payment and adjustments do not add up to the charge of "
            f"line {numbers}",
        )
    elif not all(_claim_balances(claim, other) for other in claim.other_payers):
        yield Flag(message="Another payer's payment and adjustments do not add up to the claim")


def _line_balances(line: ServiceLine) -> bool:
    return all(
        line.charge_cents == done.paid_cents + sum(one.amount_cents for one in done.adjustments)
        for done in line.adjudications
    )


def _claim_balances(claim: Claim, other: OtherPayer) -> bool:
    if other.paid_cents is None:
        return True
    of_lines = [
        done
        for line in claim.lines
        for done in line.adjudications
        if done.payer_id == other.payer.payer_id
    ]
    if not of_lines and not other.adjustments:
        # Nothing is said of its adjustments, so nothing can be added up.
        return True
    adjusted = sum(one.amount_cents for one in other.adjustments) + sum(
        one.amount_cents for done in of_lines for one in done.adjustments
    )
    charged = claim.charge_cents if claim.stated_charge_cents is None else claim.stated_charge_cents
    return charged == other.paid_cents + adjusted


def replaces_without_number(case: Case, lines: Lines) -> Iterator[Flag]:
    """A replacement or void names the claim it replaces."""
    if case.claim.frequency in {"7", "8"} and not case.claim.payer_claim_number:
        yield Flag(
            message="A replacement or void needs the payer's own claim number",
            suggestion="Take it from the remittance",
        )


def replaces_at_medicare(case: Case, lines: Lines) -> Iterator[Flag]:
    """Medicare Part B takes original claims only."""
    if case.claim.frequency in {"7", "8"}:
        yield Flag(
            message="Medicare Part B takes no replacement or void",
            suggestion="Ask for a reopening",
        )

"""Finding our claim and our service lines again in a remittance.

The store loads the open claims of a slice in one query, by claim number; ``match`` then pairs each
service payment with one of our lines. A payer drops modifiers, splits a line in two, recodes or
bundles: the pairing goes from the surest sign to the weakest and says which one it used. A service
payment that pairs with nothing keeps its money: it posts to the claim instead of a line, with the
reason. No line is ever added to our claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from uuid import UUID

from core.claims.lifecycle import POSTABLE_STAGES
from core.claims.parties import PayerSequence, Value
from core.claims.position import Stage
from core.confidentiality import Sensitivity
from core.remittance.values import ClaimPayment, ServicePayment


class OpenLine(Value, frozen=True, kw_only=True):
    """A service line we billed.

    ``remaining_cents`` is what this payer was asked for: the charge less what earlier payers paid
    and adjusted. None: the whole charge.
    """

    line_no: int
    control_number: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    charge_cents: int
    remaining_cents: int | None = None

    @property
    def settled_before_cents(self) -> int:
        """What earlier payers paid and adjusted."""
        return 0 if self.remaining_cents is None else self.charge_cents - self.remaining_cents


class OpenClaim(Value, frozen=True, kw_only=True):
    """A claim we billed, with what posting needs to know of it.

    ``has_next_payer``: another coverage follows, or the payer said before that the claim crossed
    over; ``next_payer_ref`` is the payer record of that coverage, where we know it. ``sensitivity``
    is the claim's label: what the payer says of it is kept as the claim is.
    """

    claim_id: UUID
    claim_number: str
    patient_id: UUID
    payer_ref: UUID
    sequence: PayerSequence = PayerSequence.PRIMARY
    stage: Stage
    charge_cents: int
    lines: tuple[OpenLine, ...] = ()
    has_next_payer: bool = False
    next_payer_ref: UUID | None = None
    sensitivity: Sensitivity = Sensitivity.NONE


class MatchedBy(StrEnum):
    """The sign a service payment was paired by, surest first."""

    CONTROL_NUMBER = "control_number"
    CODE_AND_CHARGE = "code_and_charge"
    CODE = "code"
    DROPPED_MODIFIER = "dropped_modifier"
    SPLIT_LINE = "split_line"
    NOTHING = "nothing"


class LineMatch(Value, frozen=True, kw_only=True):
    """How one service payment (by its place in the claim payment) was paired."""

    segment: int
    line_no: int | None
    by: MatchedBy


class NoMatch(StrEnum):
    """Why a claim payment is not posted to a claim of ours."""

    UNKNOWN_CLAIM = "no claim of this practice has the claim number the payer sent back"
    NOT_SENT = "the claim with this number has not been sent to a payer"


class Match(Value, frozen=True, kw_only=True):
    """The claim of ours (None, with ``reason``) and a ``LineMatch`` beside every service payment.

    ``charge_differs``: the payer answers another charge than we billed (a split claim, or a change
    after filing); worth a look, no obstacle.
    """

    claim: OpenClaim | None
    reason: NoMatch | None = None
    lines: tuple[LineMatch, ...] = ()
    charge_differs: bool = False

    @property
    def unmatched_lines(self) -> tuple[LineMatch, ...]:
        """Service payments whose money posts to the claim as a whole."""
        return tuple(line for line in self.lines if line.line_no is None)


def match(payment: ClaimPayment, open_claim: OpenClaim | None) -> Match:
    """Pair ``payment`` with the claim its number leads to, line by line."""
    if open_claim is None:
        return Match(claim=None, reason=NoMatch.UNKNOWN_CLAIM)
    if open_claim.stage not in POSTABLE_STAGES:
        return Match(claim=None, reason=NoMatch.NOT_SENT)
    return Match(
        claim=open_claim,
        lines=match_lines(payment.lines, open_claim.lines),
        charge_differs=abs(payment.charge_cents) != open_claim.charge_cents,
    )


def match_all(
    payments: tuple[ClaimPayment, ...], open_claims: Mapping[str, OpenClaim]
) -> tuple[tuple[ClaimPayment, Match], ...]:
    """Match a slice of a check against the open claims loaded for it, by claim number."""
    return tuple(
        (payment, match(payment, open_claims.get(payment.claim_number))) for payment in payments
    )


def match_lines(
    payments: tuple[ServicePayment, ...], lines: tuple[OpenLine, ...]
) -> tuple[LineMatch, ...]:
    """Control numbers first; what is left goes through the weaker signs, each over all payments."""
    if not payments:
        return ()
    by_control = {line.control_number: line for line in lines if line.control_number}
    found: list[LineMatch | None] = [None] * len(payments)
    taken: dict[int, int] = {}
    left: list[int] = []
    for place, payment in enumerate(payments):
        line = by_control.get(payment.control_number) if payment.control_number else None
        if line is None:
            left.append(place)
            continue
        taken[line.line_no] = taken.get(line.line_no, 0) + abs(payment.charge_cents)
        found[place] = LineMatch(
            segment=payment.segment, line_no=line.line_no, by=MatchedBy.CONTROL_NUMBER
        )
    for by, fits in _SIGNS:
        if not left:
            break
        left = _pair(by, fits, payments, lines, left, taken, found)
    for place in left:
        found[place] = LineMatch(
            segment=payments[place].segment, line_no=None, by=MatchedBy.NOTHING
        )
    return tuple(one for one in found if one is not None)


def _pair(
    by: MatchedBy,
    fits: Callable[[ServicePayment, OpenLine], bool],
    payments: tuple[ServicePayment, ...],
    lines: tuple[OpenLine, ...],
    left: list[int],
    taken: dict[int, int],
    found: list[LineMatch | None],
) -> list[int]:
    """Pair what fits by one sign; the places still unpaired come back.

    A line is free while nothing is paired with it; as the rest of a split it may be taken again as
    long as the parts do not exceed its charge.
    """
    still: list[int] = []
    for place in left:
        payment = payments[place]
        part_cents = abs(payment.charge_cents)
        for line in lines:
            taken_cents = taken.get(line.line_no)
            room = (
                taken_cents is not None and taken_cents + part_cents <= line.charge_cents
                if by is MatchedBy.SPLIT_LINE
                else taken_cents is None
            )
            if room and fits(payment, line):
                taken[line.line_no] = (taken_cents or 0) + part_cents
                found[place] = LineMatch(segment=payment.segment, line_no=line.line_no, by=by)
                break
        else:
            still.append(place)
    return still


def _same_code(payment: ServicePayment, line: OpenLine) -> bool:
    """What we billed is in SVC06 where the payer decided under another code."""
    billed = payment.original_code or payment.code
    if payment.code_qualifier == "NU" and not payment.original_code:
        return not line.code and billed == line.revenue_code
    if billed != line.code:
        return False
    return not (payment.revenue_code and line.revenue_code) or (
        payment.revenue_code == line.revenue_code
    )


def _same_service(payment: ServicePayment, line: OpenLine) -> bool:
    return _same_code(payment, line) and set(payment.modifiers) == set(line.modifiers)


def _same_service_and_charge(payment: ServicePayment, line: OpenLine) -> bool:
    return abs(payment.charge_cents) == line.charge_cents and _same_service(payment, line)


def _modifier_dropped(payment: ServicePayment, line: OpenLine) -> bool:
    return (
        _same_code(payment, line)
        and set(payment.modifiers) < set(line.modifiers)
        and abs(payment.charge_cents) == line.charge_cents
    )


def _modifier_dropped_part(payment: ServicePayment, line: OpenLine) -> bool:
    return _same_code(payment, line) and set(payment.modifiers) <= set(line.modifiers)


_SIGNS: tuple[tuple[MatchedBy, Callable[[ServicePayment, OpenLine], bool]], ...] = (
    (MatchedBy.CODE_AND_CHARGE, _same_service_and_charge),
    (MatchedBy.DROPPED_MODIFIER, _modifier_dropped),
    (MatchedBy.CODE, _same_service),
    (MatchedBy.SPLIT_LINE, _modifier_dropped_part),
    (MatchedBy.DROPPED_MODIFIER, _modifier_dropped_part),
)

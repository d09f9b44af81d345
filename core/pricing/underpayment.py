"""What a payer allowed beside what we expected, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from core.claims.claim import Claim
from core.claims.parties import Value
from core.remittance.matching import OpenLine, match_lines
from core.remittance.values import ClaimPayment, ServicePayment

_PATIENT = "PR"


class Comparison(Value, frozen=True, kw_only=True):
    """A line's amounts in cents; None: nothing was expected, or the payer decided nothing."""

    line_no: int
    expected_cents: int | None
    allowed_cents: int | None

    @property
    def short_cents(self) -> int:
        """How much less the payer allowed than we expected; 0 where it is no less."""
        if self.expected_cents is None or self.allowed_cents is None:
            return 0
        return max(self.expected_cents - self.allowed_cents, 0)


def allowed_cents(payment: ServicePayment) -> int:
    """What the payer allowed: as it says (AMT*B6), else what it paid and left to the patient."""
    if payment.allowed_cents is not None:
        return payment.allowed_cents
    left = sum(one.amount_cents for one in payment.adjustments if one.group == _PATIENT)
    return payment.paid_cents + left


def compare(claim: Claim, payments: Sequence[ClaimPayment]) -> tuple[Comparison, ...]:
    """Each line of ``claim`` beside the last decision on it.

    A line of which nothing was allowed is denied: it is worked as a denial, and is no underpayment.
    A reversal takes the decision back.
    """
    last = payments[-1] if payments else None
    allowed: dict[int, int] = {}
    if last is not None and not last.is_reversal and not last.is_denial:
        lines = tuple(
            OpenLine(
                line_no=line.line_no,
                control_number=line.control_number,
                code=line.code,
                modifiers=line.modifiers,
                revenue_code=line.revenue_code,
                charge_cents=line.charge_cents,
            )
            for line in claim.lines
        )
        for payment, found in zip(last.lines, match_lines(last.lines, lines), strict=True):
            if found.line_no is not None and (cents := allowed_cents(payment)):
                allowed[found.line_no] = allowed.get(found.line_no, 0) + cents
    return tuple(
        Comparison(
            line_no=line.line_no,
            expected_cents=line.expected_cents,
            allowed_cents=allowed.get(line.line_no),
        )
        for line in claim.lines
    )

"""The adjustments of a claim payment, sorted by what they mean for the money.

A ``Bucket`` is one of our service lines (or the claim as a whole, ``line_no`` None) with what was
paid on it and every adjustment with its ruling. On a claim to a second or third payer the payer
adjusts the *whole* charge again; ``settle_earlier`` takes out what earlier decisions have posted
already, so that no cent is adjusted twice.
"""

from __future__ import annotations

from datetime import date

from core.claims.claim import Adjustment
from core.denials.causes import Cause, CauseTable, Disposition, Ruling
from core.remittance.matching import Match, OpenLine
from core.remittance.values import ClaimPayment


class Share:
    """One adjustment: the CAS triplet, its ruling, and how many of its cents are to be posted."""

    __slots__ = ("amount_cents", "carc", "group", "remark_codes", "ruling", "segment")

    def __init__(
        self, adjustment: Adjustment, ruling: Ruling, segment: int, remark_codes: tuple[str, ...]
    ) -> None:
        self.group = adjustment.group
        self.carc = adjustment.code
        self.amount_cents = adjustment.amount_cents
        self.ruling = ruling
        self.segment = segment
        self.remark_codes = remark_codes


class Bucket:
    """What was decided on one of our lines, or on the claim as a whole."""

    __slots__ = ("line_no", "paid_cents", "prior_cents", "settled_before_cents", "shares")

    def __init__(self, line_no: int | None) -> None:
        self.line_no = line_no
        self.paid_cents = 0
        self.prior_cents = 0
        self.settled_before_cents = 0
        self.shares: list[Share] = []


# Medicare tells with these that the patient is protected by Medicaid: the share may go to another
# payer, never to the patient.
PROTECTED_PATIENT_REMARKS = frozenset({"N781", "N782", "N783"})

_PROTECTED = Ruling(
    carc="",
    disposition=Disposition.DENIAL,
    cause=Cause.COB,
    label="Share of a patient protected by Medicaid: bill Medicaid, not the patient",
    source="remark codes N781, N782, N783",
)

# A contract's reduction gives way first: the earlier payer's was as large or the rest is its own.
_ABSORBED_IN_ORDER = (
    Disposition.CONTRACTUAL,
    Disposition.INFORMATIONAL,
    Disposition.DENIAL,
    Disposition.PATIENT,
)


def buckets_of(
    payment: ClaimPayment, match: Match, causes: CauseTable, on: date, *, next_pays: bool
) -> list[Bucket]:
    """The buckets of a payment, the claim as a whole last."""
    assert match.claim is not None, "only a matched payment is sorted"
    lines = {line.line_no: line for line in match.claim.lines}
    found: dict[int, Bucket] = {}
    whole = Bucket(None)
    lines_paid_cents = 0
    for line, paired in zip(payment.lines, match.lines, strict=True):
        if paired.line_no is None:
            bucket = whole
        elif paired.line_no in found:
            bucket = found[paired.line_no]
        else:
            bucket = found[paired.line_no] = Bucket(paired.line_no)
            bucket.settled_before_cents = lines[paired.line_no].settled_before_cents
        bucket.paid_cents += line.paid_cents
        lines_paid_cents += line.paid_cents
        remarks = (
            line.remark_codes + payment.remark_codes if payment.remark_codes else line.remark_codes
        )
        _add(bucket, line.adjustments, causes, on, line.segment, remarks, next_pays)
    # Claim-level adjustments take money from what the lines say was paid.
    whole.paid_cents += payment.paid_cents - lines_paid_cents
    remarks = payment.remark_codes
    _add(whole, payment.adjustments, causes, on, payment.segment, remarks, next_pays)
    if match.unmatched_lines or not payment.lines:
        whole.settled_before_cents = _settled_before(match.claim.lines, found)
    return [*found.values(), whole]


def settle_earlier(buckets: list[Bucket], *, is_reversal: bool) -> int:
    """Take out what earlier payers' decisions posted; what then stays unexplained comes back.

    Balanced, a charge is paid + earlier decisions + this payer's adjustments. Where the payer
    states less for the earlier decisions (OA 23) than they were, the rest hides in its own
    adjustments, usually a contractual one for the whole charge. A reversal runs with its signs.
    The result is what stays on the receivable for no reason given (negative: too much taken off).
    """
    if not any(bucket.prior_cents or bucket.settled_before_cents for bucket in buckets):
        return 0
    sign = -1 if is_reversal else 1
    hidden = [sign * bucket.settled_before_cents - bucket.prior_cents for bucket in buckets]
    # Where the payer states more than there was, it has stated elsewhere (often for the claim as a
    # whole) what another line lacks.
    spare_cents = sum(cents for cents in hidden if cents * sign < 0)
    left_cents = 0
    for bucket, hidden_cents in zip(buckets, hidden, strict=True):
        if hidden_cents * sign <= 0:
            continue
        stated_cents = sign * min(abs(hidden_cents), abs(spare_cents))
        spare_cents += stated_cents
        left_cents += _absorb([bucket], hidden_cents - stated_cents)
    return -_absorb(buckets, left_cents + spare_cents)


def _absorb(buckets: list[Bucket], hidden_cents: int) -> int:
    """Lower adjustments of the same sign by ``hidden_cents``; what is left comes back."""
    for disposition in _ABSORBED_IN_ORDER:
        for bucket in buckets:
            for share in bucket.shares:
                if hidden_cents == 0:
                    return 0
                if share.ruling.disposition is not disposition:
                    continue
                if (share.amount_cents > 0) != (hidden_cents > 0):
                    continue
                taken_cents = min(abs(share.amount_cents), abs(hidden_cents))
                if hidden_cents < 0:
                    taken_cents = -taken_cents
                share.amount_cents -= taken_cents
                hidden_cents -= taken_cents
    return hidden_cents


def _add(
    bucket: Bucket,
    adjustments: tuple[Adjustment, ...],
    causes: CauseTable,
    on: date,
    segment: int,
    remark_codes: tuple[str, ...],
    next_pays: bool,
) -> None:
    for adjustment in adjustments:
        ruling = causes.ruling(adjustment.group, adjustment.code, on)
        if ruling.disposition is Disposition.PRIOR_PAYER:
            bucket.prior_cents += adjustment.amount_cents
            continue
        if (
            ruling.disposition is Disposition.PATIENT
            and not next_pays
            and not PROTECTED_PATIENT_REMARKS.isdisjoint(remark_codes)
        ):
            ruling = _PROTECTED
        bucket.shares.append(Share(adjustment, ruling, segment, remark_codes))


def _settled_before(lines: tuple[OpenLine, ...], found: dict[int, Bucket]) -> int:
    return sum(line.settled_before_cents for line in lines if line.line_no not in found)

"""One decided claim payment: its postings, and what it means for the claim."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from core.claims.position import Event
from core.denials.causes import Disposition
from core.ledger.entries import Account, Posting
from core.remittance.matching import Match, OpenClaim
from core.remittance.plan import Outcome
from core.remittance.shares import Bucket, Share
from core.remittance.values import ClaimPayment

CROSSED_OVER_STATUSES = frozenset({"19", "20", "21"})
CROSSED_OVER_REMARKS = frozenset({"MA07", "MA18", "N89"})
"""CLP02 and remark codes by which a payer says that the next payer has the claim already."""


def is_crossed_over(payment: ClaimPayment) -> bool:
    """Whether the payer itself has passed the claim on: by status, NM1*TT or remark code."""
    return (
        payment.status in CROSSED_OVER_STATUSES
        or bool(payment.crossover_payer or payment.crossover_payer_id)
        or not CROSSED_OVER_REMARKS.isdisjoint(payment.remark_codes)
    )


_ACCOUNTS = {
    Disposition.CONTRACTUAL: Account.CONTRACTUAL_ADJUSTMENT,
    Disposition.INFORMATIONAL: Account.OTHER_ADJUSTMENT,
    Disposition.PATIENT: Account.PATIENT_RECEIVABLE,
}


def post_bucket(
    postings: list[Posting], bucket: Bucket, claim: OpenClaim, *, next_pays: bool
) -> None:
    """Debits for what was paid, adjusted and moved; one credit to the receivable for their sum."""
    to_next_payer = next_pays and claim.next_payer_ref not in (None, claim.payer_ref)
    moved_cents = 0

    def post(account: Account, amount_cents: int, payer_ref: UUID, share: Share | None) -> None:
        nonlocal moved_cents
        moved_cents += amount_cents
        postings.append(
            Posting(
                account=account,
                amount_cents=amount_cents,
                claim_id=claim.claim_id,
                line_no=bucket.line_no,
                patient_id=claim.patient_id,
                payer_ref=payer_ref,
                group=share.group if share else "",
                carc=share.carc if share else "",
            )
        )

    if bucket.paid_cents:
        post(Account.REMITTANCE_CLEARING, bucket.paid_cents, claim.payer_ref, None)
    for share in bucket.shares:
        disposition = share.ruling.disposition
        if not share.amount_cents or disposition is Disposition.DENIAL:
            continue
        if disposition is Disposition.PATIENT and next_pays:
            if to_next_payer and claim.next_payer_ref is not None:
                post(Account.INSURANCE_RECEIVABLE, share.amount_cents, claim.next_payer_ref, share)
            continue
        post(_ACCOUNTS[disposition], share.amount_cents, claim.payer_ref, share)
    if moved_cents:
        post(Account.INSURANCE_RECEIVABLE, -moved_cents, claim.payer_ref, None)


def outcome_of(
    payment: ClaimPayment,
    match: Match,
    claim: OpenClaim,
    totals: Mapping[Disposition, int],
    unexplained_cents: int,
    *,
    next_pays: bool,
) -> Outcome:
    """The lifecycle event follows the money, not the status code the payer chose."""
    share_cents = totals[Disposition.PATIENT]
    denied_cents = totals[Disposition.DENIAL]
    if payment.is_reversal:
        event = Event.REVERSE
    elif denied_cents or unexplained_cents:
        nothing_paid = payment.paid_cents == 0 and share_cents == 0
        event = Event.DENY if nothing_paid else Event.PAY_PART
    elif share_cents and is_crossed_over(payment):
        event = Event.PAY_CROSSED_OVER
    elif share_cents and next_pays:
        event = Event.PAY_NEXT_PAYER_OWES
    elif share_cents:
        event = Event.PAY_PATIENT_OWES
    else:
        event = Event.PAY
    return Outcome(
        claim_id=claim.claim_id,
        segment=payment.segment,
        event=event,
        paid_cents=payment.paid_cents,
        contractual_cents=totals[Disposition.CONTRACTUAL],
        other_cents=totals[Disposition.INFORMATIONAL],
        patient_cents=0 if next_pays else share_cents,
        next_payer_cents=share_cents if next_pays else 0,
        denied_cents=denied_cents,
        unexplained_cents=unexplained_cents,
        charge_differs=match.charge_differs,
    )

"""From a proved remittance and its matches to the entries, outcomes and work that follow.

A check is planned in slices of claims (``plan_claims``), each slice applied in a transaction of its
own, and ended with ``plan_check``, which ties the check out: what the claims put on clearing is the
cash received plus the provider-level adjustments, to the cent, or nothing more is posted.

The rules of the money:

- what was paid lowers the insurance receivable;
- a contractual adjustment lowers it too; a withhold or incentive goes to other adjustments;
- a denial posts nothing: the amount stays receivable and becomes a denial item;
- the patient's share moves to the patient's receivable, or stays insurance, in the next payer's
  name, while there is one;
- what earlier payers decided was posted when they did;
- a reversal posts through the same rules with the signs of the 835; its correction follows as a
  claim payment of its own;
- a payment that matches no claim of ours goes to ``unapplied`` whole.

Keys are made of the payer's identifier, the trace number and the claim's place within its check, so
the same check planned again has the same keys, wherever it stands in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from core.claims.position import Event
from core.denials.causes import Cause, CauseTable, Disposition
from core.denials.items import DEFAULT_PLAYS, DenialItem, Play, due_on
from core.errors import LedgerImbalanceError
from core.ledger.entries import Account, Entry, EntryKind, Posting
from core.money import plain
from core.remittance.balance import PREDETERMINATION, signed_payment_cents
from core.remittance.decision import is_crossed_over, outcome_of, post_bucket
from core.remittance.matching import Match, OpenClaim
from core.remittance.plan import (
    UNMATCHED_LINE,
    NextPayerBill,
    Outcome,
    PatientShare,
    PostingPlan,
    Unmatched,
)
from core.remittance.shares import Bucket, Share, buckets_of, settle_earlier
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader

FORWARDED_AWAY = "23"
"""CLP02: not this payer's claim; it passed the claim on and decided nothing."""


def plan(
    header: RemittanceHeader,
    matched: Iterable[tuple[ClaimPayment, Match]],
    provider_adjustments: Iterable[ProviderAdjustment],
    *,
    causes: CauseTable,
    today: date,
    payer_ref: UUID | None = None,
    plays: Mapping[Cause, Play] = DEFAULT_PLAYS,
) -> PostingPlan:
    """A whole check in one plan. Raises ``LedgerImbalanceError`` where it does not tie out."""
    claims = plan_claims(
        header, matched, causes=causes, today=today, payer_ref=payer_ref, plays=plays
    )
    check = plan_check(
        header,
        provider_adjustments,
        cleared_cents=claims.cleared_cents,
        today=today,
        payer_ref=payer_ref,
    )
    return PostingPlan(
        entries=(*claims.entries, *check.entries),
        outcomes=claims.outcomes,
        denials=claims.denials,
        secondary=claims.secondary,
        patient_shares=claims.patient_shares,
        unmatched=claims.unmatched,
        cleared_cents=claims.cleared_cents,
    )


def plan_claims(
    header: RemittanceHeader,
    matched: Iterable[tuple[ClaimPayment, Match]],
    *,
    causes: CauseTable,
    today: date,
    payer_ref: UUID | None = None,
    plays: Mapping[Cause, Play] = DEFAULT_PLAYS,
) -> PostingPlan:
    """A slice of a check's claims. ``payer_ref`` is our record of the payer, where it is known.

    ``today`` stands for the day of payment where the remittance has none. ``plays`` may leave
    causes out: those take the default play.
    """
    planner = _Planner(header, causes, today, payer_ref, plays)
    for payment, match in matched:
        planner.take(payment, match)
    return planner.plan()


def plan_check(
    header: RemittanceHeader,
    provider_adjustments: Iterable[ProviderAdjustment],
    *,
    cleared_cents: int,
    today: date,
    payer_ref: UUID | None = None,
) -> PostingPlan:
    """The entry that ends a check. ``cleared_cents``: what all its slices put on clearing.

    Raises ``LedgerImbalanceError`` when clearing would not end at zero.
    """
    postings = []
    cash_cents = signed_payment_cents(header)
    if cash_cents:
        postings.append(
            Posting(account=Account.PAYER_CASH, amount_cents=cash_cents, payer_ref=payer_ref)
        )
    provider_cents = 0
    for adjustment in provider_adjustments:
        if adjustment.amount_cents:
            provider_cents += adjustment.amount_cents
            postings.append(
                Posting(
                    account=Account.PROVIDER_LEVEL_ADJUSTMENT,
                    amount_cents=adjustment.amount_cents,
                    payer_ref=payer_ref,
                    group="PLB",
                    carc=adjustment.reason,
                )
            )
    if cash_cents + provider_cents != cleared_cents:
        raise LedgerImbalanceError(
            f"the check does not tie out: its claims come to {plain(cleared_cents)}, its payment "
            f"and provider-level adjustments to {plain(cash_cents + provider_cents)}; hold it"
        )
    if cleared_cents:
        postings.append(
            Posting(
                account=Account.REMITTANCE_CLEARING,
                amount_cents=-cleared_cents,
                payer_ref=payer_ref,
            )
        )
    if not postings:
        return PostingPlan()
    entry = Entry(
        kind=EntryKind.REMITTANCE_CHECK,
        key=f"{check_key(header)}:check",
        effective_on=header.paid_on or today,
        postings=tuple(postings),
        segment=header.segment,
    )
    return PostingPlan(entries=(entry,))


def check_key(header: RemittanceHeader) -> str:
    """The identity of a check among those of a practice: payer identifier and trace number."""
    return f"835:{header.payer_identifier or header.payer_id}:{header.trace_number}"


class _Planner:
    """Gathers the plan of a slice, claim by claim."""

    def __init__(
        self,
        header: RemittanceHeader,
        causes: CauseTable,
        today: date,
        payer_ref: UUID | None,
        plays: Mapping[Cause, Play],
    ) -> None:
        self._first_segment = header.segment
        self._key = check_key(header)
        self._decided_on = header.paid_on or today
        self._causes = causes
        self._payer_ref = payer_ref
        self._plays = {**DEFAULT_PLAYS, **plays}
        self._entries: list[Entry] = []
        self._outcomes: list[Outcome] = []
        self._denials: list[DenialItem] = []
        self._secondary: list[NextPayerBill] = []
        self._patient_shares: list[PatientShare] = []
        self._unmatched: list[Unmatched] = []
        self._cleared_cents = 0

    def plan(self) -> PostingPlan:
        return PostingPlan(
            entries=tuple(self._entries),
            outcomes=tuple(self._outcomes),
            denials=tuple(self._denials),
            secondary=tuple(self._secondary),
            patient_shares=tuple(self._patient_shares),
            unmatched=tuple(self._unmatched),
            cleared_cents=self._cleared_cents,
        )

    def take(self, payment: ClaimPayment, match: Match) -> None:
        if payment.status != PREDETERMINATION:
            self._cleared_cents += payment.paid_cents
        if match.claim is None:
            self._take_unmatched(payment, str(match.reason or ""))
        elif payment.status == PREDETERMINATION:
            self._outcomes.append(
                Outcome(
                    claim_id=match.claim.claim_id,
                    segment=payment.segment,
                    event=Event.PREDETERMINE,
                )
            )
        elif payment.status == FORWARDED_AWAY:
            self._take_forwarded(payment, match.claim)
        else:
            self._take_decided(payment, match, match.claim)

    def _take_unmatched(self, payment: ClaimPayment, reason: str) -> None:
        paid_cents = 0 if payment.status == PREDETERMINATION else payment.paid_cents
        self._unmatched.append(
            Unmatched(segment=payment.segment, reason=reason, amount_cents=paid_cents)
        )
        if not paid_cents:
            return
        self._add_entry(
            EntryKind.REMITTANCE_UNMATCHED,
            payment,
            tuple(
                Posting(account=account, amount_cents=amount_cents, payer_ref=self._payer_ref)
                for account, amount_cents in (
                    (Account.REMITTANCE_CLEARING, paid_cents),
                    (Account.UNAPPLIED, -paid_cents),
                )
            ),
            claim_id=None,
            memo=reason,
        )

    def _take_forwarded(self, payment: ClaimPayment, claim: OpenClaim) -> None:
        bucket = Bucket(None)
        bucket.paid_cents = payment.paid_cents
        postings: list[Posting] = []
        post_bucket(postings, bucket, claim, next_pays=False)
        self._add_entry(
            EntryKind.REMITTANCE_CLAIM, payment, tuple(postings), claim_id=claim.claim_id
        )
        self._outcomes.append(
            Outcome(
                claim_id=claim.claim_id,
                segment=payment.segment,
                event=Event.FORWARD,
                paid_cents=payment.paid_cents,
            )
        )

    def _take_decided(self, payment: ClaimPayment, match: Match, claim: OpenClaim) -> None:
        next_pays = claim.has_next_payer or is_crossed_over(payment)
        buckets = buckets_of(payment, match, self._causes, self._decided_on, next_pays=next_pays)
        unexplained_cents = settle_earlier(buckets, is_reversal=payment.is_reversal)
        postings: list[Posting] = []
        totals = dict.fromkeys(Disposition, 0)
        for bucket in buckets:
            post_bucket(postings, bucket, claim, next_pays=next_pays)
            for share in bucket.shares:
                totals[share.ruling.disposition] += share.amount_cents
                self._follow_up(share, bucket.line_no, payment, claim, next_pays=next_pays)
        self._add_entry(
            EntryKind.REMITTANCE_CLAIM, payment, tuple(postings), claim_id=claim.claim_id
        )
        for line, paired in zip(payment.lines, match.lines, strict=True):
            if paired.line_no is None:
                self._unmatched.append(
                    Unmatched(
                        segment=line.segment,
                        reason=UNMATCHED_LINE,
                        amount_cents=line.paid_cents,
                        claim_id=claim.claim_id,
                    )
                )
        outcome = outcome_of(payment, match, claim, totals, unexplained_cents, next_pays=next_pays)
        self._outcomes.append(outcome)
        if outcome.event is Event.PAY_NEXT_PAYER_OWES:
            self._secondary.append(
                NextPayerBill(
                    claim_id=claim.claim_id,
                    next_payer_ref=claim.next_payer_ref,
                    amount_cents=outcome.next_payer_cents,
                    payment=payment,
                    match=match,
                )
            )

    def _follow_up(
        self,
        share: Share,
        line_no: int | None,
        payment: ClaimPayment,
        claim: OpenClaim,
        *,
        next_pays: bool,
    ) -> None:
        """The patient's share and the denial item of one adjustment, where it makes one."""
        if not share.amount_cents:
            return
        if share.ruling.disposition is Disposition.PATIENT and not next_pays:
            self._patient_shares.append(
                PatientShare(
                    claim_id=claim.claim_id,
                    patient_id=claim.patient_id,
                    line_no=line_no,
                    amount_cents=share.amount_cents,
                    group=share.group,
                    carc=share.carc,
                    segment=share.segment,
                )
            )
        elif share.ruling.disposition is Disposition.DENIAL and not payment.is_reversal:
            cause = share.ruling.cause or Cause.UNLISTED
            play = self._plays[cause]
            self._denials.append(
                DenialItem(
                    claim_id=claim.claim_id,
                    line_no=line_no,
                    payer_ref=claim.payer_ref,
                    group=share.group,
                    carc=share.carc,
                    remark_codes=share.remark_codes,
                    amount_cents=share.amount_cents,
                    cause=cause,
                    label=share.ruling.label,
                    next_step=play.next_step,
                    actor=play.actor,
                    decided_on=self._decided_on,
                    due_on=due_on(play, self._decided_on),
                    due_basis=play.basis,
                    segment=share.segment,
                )
            )

    def _add_entry(
        self,
        kind: EntryKind,
        payment: ClaimPayment,
        postings: tuple[Posting, ...],
        *,
        claim_id: UUID | None,
        memo: str = "",
    ) -> None:
        if not postings:
            return
        self._entries.append(
            Entry(
                kind=kind,
                key=f"{self._key}:{payment.segment - self._first_segment}",
                effective_on=self._decided_on,
                postings=postings,
                claim_id=claim_id,
                segment=payment.segment,
                memo=memo,
            )
        )

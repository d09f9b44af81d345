"""Accounts and entries. Every entry sums to zero; a correction is a further entry.

A debit is positive, a credit negative. There is one receivable for insurance: a posting says by
``payer_ref`` which payer owes it and by ``claim_id`` on which claim, so that money moves between
payers inside the account (docs/decisions/0005).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.errors import LedgerImbalanceError


class Account(StrEnum):
    """The chart of accounts of a practice."""

    INSURANCE_RECEIVABLE = "insurance_receivable"
    """What payers owe for services, by claim, line and payer."""
    PATIENT_RECEIVABLE = "patient_receivable"
    """What patients owe after their insurers have decided. Negative: the patient is in credit."""
    CHARGES = "charges"
    """Services billed, at the practice's fee. Income: a credit balance."""
    CONTRACTUAL_ADJUSTMENT = "contractual_adjustment"
    """The part of a charge that a contract or law forbids to collect."""
    OTHER_ADJUSTMENT = "other_adjustment"
    """Withholds, incentives and the like: decided by the payer, owed by nobody."""
    WRITE_OFF = "write_off"
    """Given up by the practice, with a reason and an approval."""
    PAYER_CASH = "payer_cash"
    """Checks and transfers of payers, as the remittance states them."""
    PATIENT_CASH = "patient_cash"
    """Payments of patients, less refunds to them."""
    REMITTANCE_CLEARING = "remittance_clearing"
    """Between a check and its claims: zero for every check that is posted whole."""
    PROVIDER_LEVEL_ADJUSTMENT = "provider_level_adjustment"
    """PLB of the 835: recoupment, forwarded balance, interest ...; the reason is on the posting."""
    UNAPPLIED = "unapplied"
    """Money received that no claim of ours explains yet. A credit balance is to be resolved."""


class EntryKind(StrEnum):
    """What an entry records."""

    CHARGE = "charge"
    CHARGE_REVERSAL = "charge_reversal"
    REMITTANCE_CLAIM = "remittance_claim"
    REMITTANCE_UNMATCHED = "remittance_unmatched"
    REMITTANCE_CHECK = "remittance_check"
    NEXT_PAYER = "next_payer"
    PATIENT_TRANSFER = "patient_transfer"
    PATIENT_PAYMENT = "patient_payment"
    WRITE_OFF = "write_off"
    APPLY = "apply"


class Posting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One side of an entry: ``amount_cents`` on ``account``, debit positive, credit negative.

    ``group`` and ``carc`` are those of the CAS triplet that caused it; for a provider-level
    adjustment ``group`` is PLB and ``carc`` its reason code.
    """

    account: Account
    amount_cents: int
    claim_id: UUID | None = None
    line_no: int | None = None
    patient_id: UUID | None = None
    payer_ref: UUID | None = None
    group: str = ""
    carc: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Postings that belong together and sum to zero; else ``LedgerImbalanceError``.

    ``key`` is unique in the practice: the same happening posted again is refused by the database.
    ``segment`` is where in the 835 it came from, 0 without one. ``memo`` holds no health
    information.
    """

    kind: EntryKind
    key: str
    effective_on: date
    postings: tuple[Posting, ...]
    claim_id: UUID | None = None
    segment: int = 0
    memo: str = ""

    def __post_init__(self) -> None:
        total_cents = 0
        for posting in self.postings:
            total_cents += posting.amount_cents
        if total_cents:
            raise LedgerImbalanceError(
                f"an entry of kind {self.kind} does not sum to zero; nothing was posted"
            )


def charge_entry(
    claim: Claim,
    *,
    claim_id: UUID,
    patient_id: UUID,
    payer_ref: UUID,
    effective_on: date,
    account: Account = Account.INSURANCE_RECEIVABLE,
) -> Entry:
    """The first filing of a visit: each line's charge becomes owed and is income.

    Only the first claim of a visit; the next payer's claim takes over what is left
    (``next_payer_entry``). ``account`` is the patient's receivable where nobody insures.
    """
    assert account in (Account.INSURANCE_RECEIVABLE, Account.PATIENT_RECEIVABLE), "a receivable"
    postings = []
    for line in claim.lines:
        if not line.charge_cents:
            continue
        for side, amount_cents in (
            (account, line.charge_cents),
            (Account.CHARGES, -line.charge_cents),
        ):
            postings.append(
                Posting(
                    account=side,
                    amount_cents=amount_cents,
                    claim_id=claim_id,
                    line_no=line.line_no,
                    patient_id=patient_id,
                    payer_ref=payer_ref,
                )
            )
    return Entry(
        kind=EntryKind.CHARGE,
        key=f"charge:{claim_id}",
        effective_on=effective_on,
        postings=tuple(postings),
        claim_id=claim_id,
    )


def reversal_of(entry: Entry, *, effective_on: date, kind: EntryKind, memo: str) -> Entry:
    """The entry that takes ``entry`` back: same postings, other sign, a key of its own."""
    return Entry(
        kind=kind,
        key=f"reversal:{entry.key}",
        effective_on=effective_on,
        postings=tuple(
            msgspec.structs.replace(posting, amount_cents=-posting.amount_cents)
            for posting in entry.postings
        ),
        claim_id=entry.claim_id,
        segment=entry.segment,
        memo=memo,
    )


def charge_reversal_entry(charge: Entry, *, effective_on: date, memo: str) -> Entry:
    """A replaced or voided claim takes its charges back; the replacement posts its own."""
    assert charge.kind is EntryKind.CHARGE, "only charges are taken back this way"
    return reversal_of(charge, effective_on=effective_on, kind=EntryKind.CHARGE_REVERSAL, memo=memo)

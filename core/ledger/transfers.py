"""Entries that move an open amount: to the next payer's claim, to the patient, out of the books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from core.claims.parties import Value
from core.ledger.entries import Account, Entry, EntryKind, Posting


class Debtor(Value, frozen=True, kw_only=True):
    """Where an open amount stands: claim, patient and payer (None for money of a patient)."""

    claim_id: UUID
    patient_id: UUID
    payer_ref: UUID | None = None


def next_payer_entry(
    source: Debtor,
    target: Debtor,
    line_amounts_cents: Mapping[int | None, int],
    *,
    effective_on: date,
) -> Entry:
    """What the earlier payer left (by line; None: the claim as a whole) moves to the next claim.

    Posted when the next payer's claim is filed. ``source`` is the earlier claim with the *next*
    payer as debtor: posting the remittance has already put the amount in that payer's name.
    """
    return _moved(
        EntryKind.NEXT_PAYER,
        f"next-payer:{target.claim_id}",
        (Account.INSURANCE_RECEIVABLE, source),
        (Account.INSURANCE_RECEIVABLE, target),
        line_amounts_cents,
        effective_on,
        "",
    )


def patient_transfer_entry(
    source: Debtor,
    line_amounts_cents: Mapping[int | None, int],
    *,
    key: str,
    effective_on: date,
    memo: str,
) -> Entry:
    """A person decides that the patient owes what the insurer does not pay; ``memo`` says why."""
    return _moved(
        EntryKind.PATIENT_TRANSFER,
        key,
        (Account.INSURANCE_RECEIVABLE, source),
        (Account.PATIENT_RECEIVABLE, source),
        line_amounts_cents,
        effective_on,
        memo,
    )


def write_off_entry(
    source: Debtor,
    line_amounts_cents: Mapping[int | None, int],
    *,
    account: Account,
    key: str,
    effective_on: date,
    memo: str,
) -> Entry:
    """The practice gives up what is open on ``account`` (a receivable); ``memo`` is the reason."""
    assert account in (Account.INSURANCE_RECEIVABLE, Account.PATIENT_RECEIVABLE), "a receivable"
    return _moved(
        EntryKind.WRITE_OFF,
        key,
        (account, source),
        (Account.WRITE_OFF, source),
        line_amounts_cents,
        effective_on,
        memo,
    )


def patient_payment_entry(
    payer: Debtor,
    amount_cents: int,
    *,
    line_no: int | None = None,
    key: str,
    effective_on: date,
    memo: str = "",
) -> Entry:
    """A patient pays on a claim (negative: a refund). A copay before the decision is a credit."""
    return _moved(
        EntryKind.PATIENT_PAYMENT,
        key,
        (Account.PATIENT_RECEIVABLE, payer),
        (Account.PATIENT_CASH, payer),
        {line_no: amount_cents},
        effective_on,
        memo,
    )


def apply_entry(
    target: Debtor,
    line_amounts_cents: Mapping[int | None, int],
    *,
    key: str,
    effective_on: date,
    memo: str = "",
) -> Entry:
    """Unapplied payer money finds its claim: it leaves ``unapplied`` and pays the receivable."""
    return _moved(
        EntryKind.APPLY,
        key,
        (Account.INSURANCE_RECEIVABLE, target),
        (Account.UNAPPLIED, target),
        line_amounts_cents,
        effective_on,
        memo,
    )


def _moved(
    kind: EntryKind,
    key: str,
    credited: tuple[Account, Debtor],
    debited: tuple[Account, Debtor],
    line_amounts_cents: Mapping[int | None, int],
    effective_on: date,
    memo: str,
) -> Entry:
    postings = []
    for line_no, amount_cents in line_amounts_cents.items():
        if not amount_cents:
            continue
        for (account, debtor), signed_cents in ((debited, amount_cents), (credited, -amount_cents)):
            postings.append(
                Posting(
                    account=account,
                    amount_cents=signed_cents,
                    claim_id=debtor.claim_id,
                    line_no=line_no,
                    patient_id=debtor.patient_id,
                    payer_ref=debtor.payer_ref,
                )
            )
    return Entry(
        kind=kind,
        key=key,
        effective_on=effective_on,
        postings=tuple(postings),
        claim_id=debited[1].claim_id,
        memo=memo,
    )

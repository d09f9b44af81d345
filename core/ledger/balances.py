"""What the ledger says: balances and ageing, as folds over postings and entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar
from uuid import UUID

from core.claims.parties import Value
from core.ledger.entries import Account, Entry, Posting

K = TypeVar("K")

BUCKET_LAST_DAYS = (30, 60, 90, 120)
"""The last day of each ageing bucket; a further bucket takes everything older."""


def balances(postings: Iterable[Posting]) -> dict[Account, int]:
    """Cents by account; an account without postings is absent. The values sum to zero."""
    return balances_by(postings, lambda posting: posting.account)


def balances_by(postings: Iterable[Posting], key: Callable[[Posting], K]) -> dict[K, int]:
    """Cents by whatever ``key`` takes from a posting."""
    totals: dict[K, int] = {}
    for posting in postings:
        group = key(posting)
        totals[group] = totals.get(group, 0) + posting.amount_cents
    return totals


def claim_balances(postings: Iterable[Posting], account: Account) -> dict[UUID, int]:
    """Cents of ``account`` by claim, claims at zero left out."""
    totals: dict[UUID, int] = {}
    for posting in postings:
        if posting.account is account and posting.claim_id is not None:
            totals[posting.claim_id] = totals.get(posting.claim_id, 0) + posting.amount_cents
    return {claim_id: amount_cents for claim_id, amount_cents in totals.items() if amount_cents}


class AgeBucket(Value, frozen=True, kw_only=True):
    """Open cents from ``first_days`` to ``last_days`` old (None: and older), over ``items``."""

    first_days: int
    last_days: int | None
    amount_cents: int
    items: int

    @property
    def label(self) -> str:
        return (
            f"{self.first_days}+"
            if self.last_days is None
            else f"{self.first_days}-{self.last_days}"
        )


def ageing(
    open_cents: Mapping[K, int],
    since: Mapping[K, date],
    *,
    as_of: date,
    last_days: tuple[int, ...] = BUCKET_LAST_DAYS,
) -> tuple[AgeBucket, ...]:
    """``open_cents`` by age in days from ``since`` to ``as_of``; the buckets sum to what is open.

    ``since`` decides the basis (day of service, first filing, last activity); a key it lacks counts
    as new, so that nothing open is ever left out. A day after ``as_of`` counts as new as well.
    """
    firsts = (0, *(days + 1 for days in last_days))
    amounts = [0] * len(firsts)
    items = [0] * len(firsts)
    for key, amount_cents in open_cents.items():
        if not amount_cents:
            continue
        days = (as_of - since.get(key, as_of)).days
        place = sum(1 for first in firsts[1:] if days >= first)
        amounts[place] += amount_cents
        items[place] += 1
    return tuple(
        AgeBucket(
            first_days=first,
            last_days=last_days[place] if place < len(last_days) else None,
            amount_cents=amounts[place],
            items=items[place],
        )
        for place, first in enumerate(firsts)
    )


def open_since(entries: Iterable[Entry], account: Account) -> dict[UUID, date]:
    """By claim, the first day on which ``account`` was posted to: one basis for ``ageing``."""
    first: dict[UUID, date] = {}
    for entry in entries:
        for posting in entry.postings:
            if posting.account is account and posting.claim_id is not None:
                known = first.get(posting.claim_id)
                if known is None or entry.effective_on < known:
                    first[posting.claim_id] = entry.effective_on
    return first


def line_balances(
    postings: Iterable[Posting], account: Account, *, claim_id: UUID, payer_ref: UUID | None
) -> dict[int | None, int]:
    """Cents of ``account`` by line of one claim, as far as ``payer_ref`` owes them.

    What ``core.ledger.transfers.next_payer_entry`` moves when the next payer's claim is filed.
    """
    totals = balances_by(
        (
            posting
            for posting in postings
            if posting.account is account
            and posting.claim_id == claim_id
            and posting.payer_ref == payer_ref
        ),
        lambda posting: posting.line_no,
    )
    return {line_no: amount_cents for line_no, amount_cents in totals.items() if amount_cents}

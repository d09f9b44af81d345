"""The ledger: entries and postings, appended and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.ledger.entries import Entry
from tenants.store.context import StoreContext


class LedgerStore:
    """Implements ``core.ports.Ledger``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def post(self, entries: Sequence[Entry], *, remittance_id: UUID | None = None) -> None:
        """Append entries; the database refuses a key that is there, and an entry off balance."""
        if entries:
            self._context.later(partial(self._post, entries, remittance_id))

    def _post(self, entries: Sequence[Entry], remittance_id: UUID | None) -> None:
        context = self._context
        ids = context.new_ids(len(entries))
        context.insert(
            "ledger_entry",
            ("id", "kind", "key", "effective_on", "claim_id", "remittance_id", "segment"),
            (
                (
                    entry_id,
                    entry.kind.value,
                    entry.key,
                    entry.effective_on,
                    entry.claim_id,
                    remittance_id,
                    entry.segment or None,
                )
                for entry_id, entry in zip(ids, entries, strict=True)
            ),
        )
        context.insert(
            "ledger_posting",
            (
                "entry_id",
                "place",
                "account",
                "amount_cents",
                "claim_id",
                "line_no",
                "patient_id",
                "payer_ref",
                "group_code",
                "carc",
            ),
            (
                (
                    entry_id,
                    place,
                    posting.account.value,
                    posting.amount_cents,
                    posting.claim_id,
                    posting.line_no,
                    posting.patient_id,
                    posting.payer_ref,
                    posting.group,
                    posting.carc,
                )
                for entry_id, entry in zip(ids, entries, strict=True)
                for place, posting in enumerate(entry.postings)
                if posting.amount_cents
            ),
        )

    def receivable_by_line(
        self, claims: Sequence[tuple[UUID, UUID]]
    ) -> dict[UUID, dict[int | None, int]]:
        """What a payer owes on a claim, by line, in cents, for (claim id, payer record) pairs."""
        found: dict[UUID, dict[int | None, int]] = {}
        for row in self._context.rows(
            "SELECT p.claim_id, p.line_no, sum(p.amount_cents)::bigint AS cents"
            " FROM ledger_posting p JOIN unnest(CAST(:claims AS uuid[]), CAST(:payers AS uuid[]))"
            " AS asked(claim_id, payer_ref) ON asked.claim_id = p.claim_id"
            " AND asked.payer_ref = p.payer_ref WHERE p.account = 'insurance_receivable'"
            " GROUP BY p.claim_id, p.line_no HAVING sum(p.amount_cents) <> 0",
            claims=[claim_id for claim_id, _ in claims],
            payers=[payer_ref for _, payer_ref in claims],
        ):
            found.setdefault(row.claim_id, {})[row.line_no] = int(row.cents)
        return found

    def totals(self) -> dict[str, int]:
        """The balance of every account, in cents, debit positive."""
        rows = self._context.rows(
            "SELECT account, sum(amount_cents)::bigint AS cents FROM ledger_posting"
            " GROUP BY account ORDER BY account"
        )
        return {row.account: int(row.cents) for row in rows}

    def of_claim(self, claim_id: UUID) -> Sequence[Any]:
        """A claim's postings with their entries, oldest first."""
        return self._context.rows(
            "SELECT e.kind, e.effective_on, e.segment, p.account, p.amount_cents, p.line_no,"
            " p.group_code, p.carc FROM ledger_posting p JOIN ledger_entry e"
            " ON e.tenant_id = p.tenant_id AND e.id = p.entry_id WHERE p.claim_id = :id"
            " ORDER BY e.id, p.place",
            id=claim_id,
        )

"""Sums over a practice, for reports and for the comparison with what payers decided."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, text


def demonstration_counts(connection: Connection) -> Counter[str]:
    """What there is of everything in the practice of this transaction, by name."""
    counts: Counter[str] = Counter()
    for name, statement in _COUNTS.items():
        counts[name] = int(connection.execute(text(statement)).scalar() or 0)
    for direction, kind, count in connection.execute(text(_FILES)):
        for one in kind.split("+"):
            counts[f"{direction} {one}"] += count
    for account, debit, credit in connection.execute(text(_ACCOUNTS)):
        counts[f"account {account}"] = int(debit - credit)
        counts["debits_cents"] += int(debit)
        counts["credits_cents"] += int(credit)
    return counts


_COUNTS = {
    "encounters": "SELECT count(*) FROM encounter",
    "charges": "SELECT count(*) FROM charge",
    "claims": "SELECT count(*) FROM claim WHERE parent_claim_id IS NULL",
    "held": "SELECT count(*) FROM claim WHERE stage = 'held'",
    "payments": "SELECT count(*) FROM remittance_claim",
    "denials": "SELECT count(*) FROM denial_item",
    "secondary_claims": "SELECT count(*) FROM claim WHERE parent_claim_id IS NOT NULL",
    "statements": "SELECT count(*) FROM statement",
}

_FILES = "SELECT direction, kind, count(*) FROM exchange_file GROUP BY direction, kind"

_ACCOUNTS = (
    "SELECT account, coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0),"
    " coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0)"
    " FROM ledger_posting GROUP BY account"
)


def posted_by_claim(connection: Connection) -> dict[str, int]:
    """What payers paid on each claim, in cents, as the ledger has it; by claim number."""
    rows = connection.execute(
        text(
            "SELECT c.claim_number, sum(p.amount_cents)::bigint AS cents FROM ledger_posting p"
            " JOIN claim c ON c.tenant_id = p.tenant_id AND c.id = p.claim_id"
            " WHERE p.account = 'remittance_clearing' GROUP BY c.claim_number"
        )
    )
    return {row.claim_number: int(row.cents) for row in rows}


def posted_checks(connection: Connection) -> dict[str, int]:
    """What each posted check came to, in cents, as the ledger has it; by trace number."""
    rows = connection.execute(
        text(
            "SELECT r.trace_number, coalesce(sum(p.amount_cents), 0)::bigint AS cents"
            " FROM remittance r LEFT JOIN ledger_entry e ON e.tenant_id = r.tenant_id"
            "   AND e.remittance_id = r.id"
            " LEFT JOIN ledger_posting p ON p.tenant_id = e.tenant_id AND p.entry_id = e.id"
            "   AND p.account = 'payer_cash'"
            " WHERE r.status = 'posted' GROUP BY r.trace_number"
        )
    )
    return {row.trace_number: int(row.cents) for row in rows}

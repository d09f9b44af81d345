"""What must hold of a practice at any moment, whatever was killed: read in one snapshot."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from api.bootstrap import Runtime
from audit.store import read_only_snapshot
from tenants.session import tenant_transaction

# Each query finds what breaks its promise, and finds nothing.
PROMISES = {
    "every entry sums to zero": """
        SELECT entry_id FROM ledger_posting GROUP BY entry_id HAVING sum(amount_cents) <> 0
    """,
    "a check's cash in the ledger is its payment on the remittance": """
        SELECT r.trace_number FROM remittance r
        LEFT JOIN ledger_entry e ON e.remittance_id = r.id
        LEFT JOIN ledger_posting p ON p.entry_id = e.id AND p.account = 'payer_cash'
        WHERE r.status = 'posted' GROUP BY r.id, r.trace_number, r.payment_cents
        HAVING coalesce(sum(p.amount_cents), 0) <> r.payment_cents
    """,
    "a check is posted whole": """
        SELECT r.trace_number FROM remittance r LEFT JOIN remittance_claim c
          ON c.remittance_id = r.id
        GROUP BY r.id, r.trace_number, r.claims_count, r.status
        HAVING r.status = 'posted' AND count(c.id) <> r.claims_count
    """,
    "between check and claims nothing is left": """
        SELECT e.remittance_id FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
        WHERE p.account = 'remittance_clearing' GROUP BY e.remittance_id
        HAVING sum(p.amount_cents) <> 0
    """,
    "a trace number is posted once": """
        SELECT trace_number FROM remittance WHERE status = 'posted'
        GROUP BY payer_identifier, trace_number HAVING count(*) > 1
    """,
    "one audit event of the ledger a check": """
        SELECT r.trace_number FROM remittance r LEFT JOIN audit_event a
          ON a.kind = 'ledger.posted' AND r.id = ANY (a.object_ids)
        WHERE r.status = 'posted' GROUP BY r.id, r.trace_number HAVING count(a.id) <> 1
    """,
    "one audit event a file that came in": """
        SELECT f.name FROM exchange_file f LEFT JOIN audit_event a
          ON a.kind = 'file.received' AND f.id = ANY (a.object_ids)
        WHERE f.direction = 'in' GROUP BY f.id, f.name HAVING count(a.id) <> 1
    """,
    "no file is left half applied": """
        SELECT name FROM exchange_file WHERE direction = 'in' AND status = 'received'
    """,
    "one audit event a file that went out": """
        SELECT f.name FROM exchange_file f LEFT JOIN audit_event a
          ON a.kind = 'file.sent' AND f.id = ANY (a.object_ids)
        WHERE f.direction = 'out' GROUP BY f.id, f.name, f.status
        HAVING count(a.id) <> CASE f.status WHEN 'waiting' THEN 0 ELSE 1 END
    """,
    "a visit becomes a claim once": """
        SELECT encounter_id FROM claim GROUP BY encounter_id, part, sequence HAVING count(*) > 1
    """,
    "a claim is created once, and audited once": """
        SELECT c.claim_number FROM claim c LEFT JOIN audit_event a
          ON a.kind = 'claim.created' AND c.id = ANY (a.object_ids)
        GROUP BY c.id, c.claim_number HAVING count(a.id) <> 1
    """,
    "a claim is in one file": """
        SELECT claim_id FROM submission GROUP BY claim_id HAVING count(*) > 1
    """,
    "a filed claim is charged once": """
        SELECT c.claim_number FROM claim c LEFT JOIN ledger_entry e
          ON e.claim_id = c.id AND e.kind = 'charge'
        WHERE EXISTS (SELECT FROM submission s WHERE s.claim_id = c.id)
        GROUP BY c.id, c.claim_number, c.charge_cents HAVING count(e.id) <> 1
    """,
}


def broken_promises(running: Runtime, tenant_id: UUID) -> dict[str, list[str]]:
    """What is not so, by promise; read in one REPEATABLE READ snapshot."""
    with tenant_transaction(running.engine, tenant_id) as connection:
        read_only_snapshot(connection)
        return broken_here(connection)


def broken_here(connection: Connection) -> dict[str, list[str]]:
    """The same, as this transaction sees it."""
    found = {
        promise: [str(row[0]) for row in connection.execute(text(query))]
        for promise, query in PROMISES.items()
    }
    return {promise: rows for promise, rows in found.items() if rows}

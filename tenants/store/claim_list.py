"""The claims of a practice as a list to take away: numbers, payers, days and money.

Read in the transaction of the practice. No name, no birth date, no member id and no diagnosis is
in it: whoever needs those opens the claim.
"""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy import Connection, text


class ListedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim; amounts in cents, ``due_on`` is the day somebody has to act by."""

    claim_number: str
    payer_name: str
    form: str
    stage: str
    next_actor: str
    due_on: date | None
    service_from: date | None
    service_to: date | None
    charge_cents: int
    expected_cents: int | None
    paid_cents: int
    adjusted_cents: int
    insurer_cents: int
    patient_cents: int


# The sums by account are those of the claim's page (claim_page).
_CLAIMS = """
SELECT c.claim_number, p.name AS payer_name, c.form, c.stage, c.next_actor, c.due_on,
       c.service_from, c.service_to, c.charge_cents, c.expected_cents,
       coalesce(l.paid_cents, 0)::bigint AS paid_cents,
       coalesce(l.adjusted_cents, 0)::bigint AS adjusted_cents,
       coalesce(l.insurer_cents, 0)::bigint AS insurer_cents,
       coalesce(l.patient_cents, 0)::bigint AS patient_cents
  FROM claim c
  JOIN payer p ON p.id = c.payer_ref
  LEFT JOIN LATERAL (
       SELECT sum(amount_cents) FILTER (WHERE account IN
                  ('remittance_clearing', 'patient_cash', 'unapplied')) AS paid_cents,
              sum(amount_cents) FILTER (WHERE account IN
                  ('contractual_adjustment', 'other_adjustment', 'write_off')) AS adjusted_cents,
              sum(amount_cents) FILTER (WHERE account = 'insurance_receivable') AS insurer_cents,
              sum(amount_cents) FILTER (WHERE account = 'patient_receivable') AS patient_cents
         FROM ledger_posting g WHERE g.tenant_id = c.tenant_id AND g.claim_id = c.id) l ON true
 WHERE c.service_from BETWEEN :first AND :last
 ORDER BY c.claim_number
 LIMIT :limit
"""


def claims_served(
    connection: Connection, first: date, last: date, *, limit: int
) -> tuple[ListedClaim, ...]:
    """Claims whose service began in these days, both included, by number."""
    rows = connection.execute(text(_CLAIMS), {"first": first, "last": last, "limit": limit})
    return tuple(ListedClaim(**row._mapping) for row in rows)

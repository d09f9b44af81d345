"""What a practice sees of itself: sums of its ledger, its claims by stage, and who looked.

Read in the transaction of that practice alone. Sums and counts only; nothing of a patient.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, text


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger of the practice in cents.

    Charges are the sum of all the others. ``withheld_cents`` is what insurers kept back from checks
    outside of any claim (PLB of the 835: recoupment, balances carried forward), less what they
    added (interest). ``clearing_cents`` is a check not yet spread over its claims: none where a
    remittance is posted whole. ``unapplied_cents`` is money of patients without a claim yet,
    negative as it is theirs.
    """

    charges_cents: int
    payer_payments_cents: int
    patient_payments_cents: int
    adjustments_cents: int
    insurers_owe_cents: int
    patients_owe_cents: int
    withheld_cents: int
    clearing_cents: int
    unapplied_cents: int


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """What is open and how old, counted from the day the charge was posted."""

    first_days: int
    last_days: int | None
    insurers_cents: int
    patients_cents: int
    claims: int


class StageSum(msgspec.Struct, frozen=True, kw_only=True):
    """Claims in one stage."""

    stage: str
    claims: int
    charge_cents: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that waits for the practice."""

    claim_number: str
    payer_name: str
    reason: str
    amount_cents: int
    due_on: date | None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """How often one person or program read health information, and when last."""

    actor_kind: str
    name: str
    role: str
    reads: int
    records: int
    last_at: datetime


_MONEY = """
SELECT coalesce(-sum(c) FILTER (WHERE account = 'charges'), 0)::bigint AS charges_cents,
       coalesce(sum(c) FILTER (WHERE account = 'payer_cash'), 0)::bigint AS payer_payments_cents,
       coalesce(sum(c) FILTER (WHERE account = 'patient_cash'), 0)::bigint
           AS patient_payments_cents,
       coalesce(sum(c) FILTER (WHERE account IN
           ('contractual_adjustment', 'other_adjustment', 'write_off')), 0)::bigint
           AS adjustments_cents,
       coalesce(sum(c) FILTER (WHERE account = 'insurance_receivable'), 0)::bigint
           AS insurers_owe_cents,
       coalesce(sum(c) FILTER (WHERE account = 'patient_receivable'), 0)::bigint
           AS patients_owe_cents,
       coalesce(sum(c) FILTER (WHERE account = 'provider_level_adjustment'), 0)::bigint
           AS withheld_cents,
       coalesce(sum(c) FILTER (WHERE account = 'remittance_clearing'), 0)::bigint
           AS clearing_cents,
       coalesce(sum(c) FILTER (WHERE account = 'unapplied'), 0)::bigint AS unapplied_cents
  FROM (SELECT account, sum(amount_cents) AS c FROM ledger_posting GROUP BY account) AS sums
"""

_AGES = """
WITH open AS (
    SELECT p.claim_id, min(e.effective_on) AS since,
           coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'insurance_receivable'), 0)
               AS insurers,
           coalesce(sum(p.amount_cents) FILTER (WHERE p.account = 'patient_receivable'), 0)
               AS patients
      FROM ledger_posting p
      JOIN ledger_entry e ON e.tenant_id = p.tenant_id AND e.id = p.entry_id
     WHERE p.account IN ('insurance_receivable', 'patient_receivable')
     GROUP BY p.claim_id
)
SELECT b.first_days, b.last_days, count(o.claim_id) AS claims,
       coalesce(sum(o.insurers), 0)::bigint AS insurers_cents,
       coalesce(sum(o.patients), 0)::bigint AS patients_cents
  FROM (VALUES (0, 30), (31, 60), (61, 90), (91, 120), (121, NULL)) AS b(first_days, last_days)
  LEFT JOIN open o ON (o.insurers <> 0 OR o.patients <> 0)
       AND greatest(CAST(:today AS date) - o.since, 0)
           BETWEEN b.first_days AND coalesce(b.last_days, 1000000)
 GROUP BY b.first_days, b.last_days ORDER BY b.first_days
"""

_LOOKED = """
SELECT a.actor_kind, coalesce(s.name, '') AS name, coalesce(s.role, '') AS role, a.reads,
       a.records, a.last_at
  FROM (SELECT actor_kind, actor_id, count(*) AS reads,
               sum(cardinality(object_ids))::bigint AS records, max(at) AS last_at
          FROM audit_event
         WHERE kind = ANY(:kinds) AND at > CAST(:since AS timestamptz)
         GROUP BY actor_kind, actor_id) AS a
  LEFT JOIN staff s ON s.id = a.actor_id
 ORDER BY a.last_at DESC LIMIT :limit
"""


def money(connection: Connection) -> Money:
    """The sums of the practice's ledger."""
    return Money(**connection.execute(text(_MONEY)).one()._mapping)


def ages(connection: Connection, *, today: date) -> tuple[Age, ...]:
    """What is open by age; the buckets add up to what insurers and patients owe."""
    rows = connection.execute(text(_AGES), {"today": today})
    return tuple(Age(**row._mapping) for row in rows)


def stages(connection: Connection) -> tuple[StageSum, ...]:
    """The practice's claims by stage."""
    rows = connection.execute(
        text(
            "SELECT stage, count(*) AS claims, sum(charge_cents)::bigint AS charge_cents"
            " FROM claim GROUP BY stage"
        )
    )
    return tuple(StageSum(**row._mapping) for row in rows)


def waiting(connection: Connection, *, limit: int) -> tuple[Waiting, ...]:
    """What waits for the practice, soonest due first."""
    rows = connection.execute(
        text(
            "SELECT claim_number, payer_name, reason, amount_cents, due_on FROM work_item"
            " WHERE tenant_id = (SELECT current_tenant()) AND next_actor = 'client'"
            " ORDER BY due_on NULLS LAST, amount_cents DESC, id LIMIT :limit"
        ),
        {"limit": limit},
    )
    return tuple(Waiting(**row._mapping) for row in rows)


def waiting_sum(connection: Connection) -> tuple[int, int]:
    """How many claims wait for the practice, and their charges in cents."""
    row = connection.execute(
        text(
            "SELECT count(*) AS claims, coalesce(sum(amount_cents), 0)::bigint AS cents"
            " FROM work_item WHERE tenant_id = (SELECT current_tenant())"
            " AND next_actor = 'client'"
        )
    ).one()
    return int(row.claims), int(row.cents)


def looked(
    connection: Connection, *, kinds: tuple[str, ...], since: datetime, limit: int
) -> tuple[Looked, ...]:
    """Who read health information of this practice since then, the latest first."""
    rows = connection.execute(text(_LOOKED), {"kinds": list(kinds), "since": since, "limit": limit})
    return tuple(Looked(**row._mapping) for row in rows)

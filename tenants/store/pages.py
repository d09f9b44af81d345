"""What the staff queue shows, read from ``work_item`` under the membership policy.

The table holds no health information. Every statement is fixed; filters are bound arrays, NULL
where a filter is not used. The connection is one of ``tenants.session.staff_transaction``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

PAGE_ROWS = 50

# Who acts next, as staff think of it: the tabs of the queue. What waits for a payer or for us
# to run a batch is no work for a person and stands in no queue.
ACTORS: dict[str, tuple[str, ...]] = {
    "all": ("biller", "coder", "client"),
    "biller": ("biller",),
    "coder": ("coder",),
    "client": ("client",),
}


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What of the queue to show. An empty tuple filters nothing.

    ``actor`` is a key of ``ACTORS``. ``number`` is the beginning of a claim number. ``late_on``:
    only what was due before that day. ``after`` is the ``place`` of the last row already shown.
    """

    actor: str = "all"
    practices: tuple[UUID, ...] = ()
    stages: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    number: str = ""
    late_on: date | None = None
    after: QueuePlace | None = None


class QueuePlace(msgspec.Struct, frozen=True):
    """Where a row stands in the order of the queue: by due date, then as it came."""

    due_on: date | None
    item_id: UUID


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One claim that waits for somebody."""

    item_id: UUID
    tenant_id: UUID
    claim_id: UUID
    claim_number: str
    payer_name: str
    form: str
    stage: str
    next_actor: str
    reason: str
    amount_cents: int
    due_on: date | None
    tags: Sequence[str] = ()

    @property
    def place(self) -> QueuePlace:
        return QueuePlace(self.due_on, self.item_id)


class QueueSum(msgspec.Struct, frozen=True, kw_only=True):
    """How many claims, and how much money, share ``name``."""

    name: str
    claims: int
    amount_cents: int


class QueueSums(msgspec.Struct, frozen=True, kw_only=True):
    """``total`` and ``late`` follow the whole filter.

    ``actors`` follow the membership alone; the other groups the membership and the actor, so that
    a filter can always be widened. Practices are named by the text of their id.
    """

    total: QueueSum
    late: QueueSum
    actors: tuple[QueueSum, ...]
    practices: tuple[QueueSum, ...]
    stages: tuple[QueueSum, ...]
    payers: tuple[QueueSum, ...]
    reasons: tuple[QueueSum, ...]


_SHOWN = """
    w.next_actor = ANY(:actors)
    AND (CAST(:practices AS uuid[]) IS NULL OR w.tenant_id = ANY(CAST(:practices AS uuid[])))
    AND (CAST(:stages AS text[]) IS NULL OR w.stage = ANY(CAST(:stages AS text[])))
    AND (CAST(:payers AS text[]) IS NULL OR w.payer_name = ANY(CAST(:payers AS text[])))
    AND (CAST(:reasons AS text[]) IS NULL OR w.reason = ANY(CAST(:reasons AS text[])))
    AND (CAST(:number AS text) IS NULL OR w.claim_number ^@ CAST(:number AS text))
    AND (CAST(:late_on AS date) IS NULL OR w.due_on < CAST(:late_on AS date))
"""

_ROWS = f"""
SELECT w.id AS item_id, w.tenant_id, w.claim_id, w.claim_number, w.payer_name, w.form, w.stage,
       w.next_actor, w.reason, w.amount_cents, w.due_on,
       string_to_array(w.tags, ' ') AS tags
  FROM work_item w
 WHERE {_SHOWN}
   AND (CAST(:after_id AS uuid) IS NULL OR (coalesce(w.due_on, 'infinity'::date), w.id)
        > (CAST(:after_due AS date), CAST(:after_id AS uuid)))
 ORDER BY coalesce(w.due_on, 'infinity'::date), w.id
 LIMIT :limit
"""

_TOTALS = f"""
SELECT count(*) AS claims, coalesce(sum(w.amount_cents), 0)::bigint AS amount_cents,
       count(*) FILTER (WHERE w.due_on < :today) AS late_claims,
       coalesce(sum(w.amount_cents) FILTER (WHERE w.due_on < :today), 0)::bigint AS late_cents
  FROM work_item w
 WHERE {_SHOWN}
"""

_GROUPS = """
SELECT 'actor' AS kind, w.next_actor AS name, count(*) AS claims,
       sum(w.amount_cents)::bigint AS amount_cents
  FROM work_item w GROUP BY w.next_actor
UNION ALL
SELECT CASE WHEN GROUPING(w.tenant_id) = 0 THEN 'practice' WHEN GROUPING(w.stage) = 0 THEN 'stage'
            WHEN GROUPING(w.payer_name) = 0 THEN 'payer' ELSE 'reason' END,
       coalesce(w.tenant_id::text, w.stage, w.payer_name, w.reason), count(*),
       sum(w.amount_cents)::bigint
  FROM work_item w WHERE w.next_actor = ANY(:actors)
 GROUP BY GROUPING SETS ((w.tenant_id), (w.stage), (w.payer_name), (w.reason))
"""


def queue_rows(
    connection: Connection, shown: QueueFilter, *, limit: int = PAGE_ROWS
) -> tuple[QueueRow, ...]:
    """The next ``limit`` rows after ``shown.after``, soonest due first, undated ones last."""
    after = shown.after
    values = _values(shown) | {
        "after_id": after.item_id if after else None,
        "after_due": str(after.due_on or "infinity") if after else None,
        "limit": limit,
    }
    return tuple(QueueRow(**row._mapping) for row in connection.execute(text(_ROWS), values))


def queue_sums(connection: Connection, shown: QueueFilter, *, today: date) -> QueueSums:
    """Counts and money of what is shown, and of every value a filter could have."""
    total = connection.execute(text(_TOTALS), _values(shown) | {"today": today}).one()
    groups: dict[str, list[QueueSum]] = {}
    found = connection.execute(text(_GROUPS), {"actors": list(ACTORS[shown.actor])})
    for row in found:
        groups.setdefault(row.kind, []).append(
            QueueSum(name=row.name, claims=row.claims, amount_cents=row.amount_cents)
        )
    return QueueSums(
        total=QueueSum(name="", claims=total.claims, amount_cents=total.amount_cents),
        late=QueueSum(name="", claims=total.late_claims, amount_cents=total.late_cents),
        actors=_actor_sums(groups.get("actor", [])),
        practices=_by_money(groups.get("practice", [])),
        stages=_by_money(groups.get("stage", [])),
        payers=_by_money(groups.get("payer", [])),
        reasons=_by_money(groups.get("reason", [])),
    )


def _actor_sums(found: list[QueueSum]) -> tuple[QueueSum, ...]:
    by_name = {one.name: one for one in found}
    return tuple(
        QueueSum(
            name=tab,
            claims=sum(by_name[name].claims for name in names if name in by_name),
            amount_cents=sum(by_name[name].amount_cents for name in names if name in by_name),
        )
        for tab, names in ACTORS.items()
    )


def _by_money(found: list[QueueSum]) -> tuple[QueueSum, ...]:
    return tuple(sorted(found, key=lambda one: (-one.amount_cents, one.name)))


def _values(shown: QueueFilter) -> dict[str, Any]:
    return {
        "actors": list(ACTORS[shown.actor]),
        "practices": list(shown.practices) or None,
        "stages": list(shown.stages) or None,
        "payers": list(shown.payers) or None,
        "reasons": list(shown.reasons) or None,
        "number": shown.number or None,
        "late_on": shown.late_on,
    }

"""Who did what to whose record: the audit events of a practice, asked as people ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One event, with who did it by name; ``objects`` are ids by type."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID
    name: str
    role: str
    kind: str
    purpose: str
    objects: dict[str, tuple[UUID, ...]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page ends: the next begins after this event."""

    at: datetime
    id: UUID


_ACTS = """
SELECT event.id, event.at, event.actor_kind, event.actor_id, coalesce(s.name, '') AS name,
       coalesce(s.role, '') AS role, event.kind, event.purpose, event.object_groups,
       event.object_ids
  FROM audit_event AS event LEFT JOIN staff s ON s.id = event.actor_id
 WHERE event.tenant_id = (SELECT current_tenant()) AND event.at >= :since AND event.at < :until
"""
_NEWEST_FIRST = " ORDER BY event.at DESC, event.id DESC LIMIT :limit"
_OF_ACTOR = " AND event.actor_id = :actor_id"


def reads(
    connection: Connection,
    *,
    kinds: Sequence[str],
    since: datetime,
    until: datetime,
    actor_id: UUID | None = None,
    after: Place | None = None,
    limit: int,
) -> tuple[Act, ...]:
    """Events of these kinds in the period, the newest first, from ``after`` on."""
    statement = _ACTS + " AND event.kind = ANY(:kinds)"
    values: dict[str, Any] = {
        "kinds": list(kinds),
        "since": since,
        "until": until,
        "limit": limit,
    }
    if actor_id is not None:
        statement += _OF_ACTOR
        values["actor_id"] = actor_id
    if after is not None:
        statement += " AND (event.at, event.id) < (:after_at, :after_id)"
        values |= {"after_at": after.at, "after_id": after.id}
    rows = connection.execute(text(statement + _NEWEST_FIRST), values)
    return tuple(_act(row) for row in rows)


def acts_of(
    connection: Connection, actor_id: UUID, *, since: datetime, until: datetime
) -> tuple[Act, ...]:
    """Everything one actor did in the period, the oldest first."""
    rows = connection.execute(
        text(_ACTS + _OF_ACTOR + " ORDER BY event.at, event.id"),
        {"actor_id": actor_id, "since": since, "until": until},
    )
    return tuple(_act(row) for row in rows)


def by_ids(
    connection: Connection, ids: Sequence[UUID], *, since: datetime, until: datetime
) -> tuple[Act, ...]:
    """These events, as far as they lie in the period, the newest first."""
    rows = connection.execute(
        text(_ACTS + " AND event.id = ANY(:ids)" + _NEWEST_FIRST),
        {"ids": list(ids), "since": since, "until": until, "limit": len(ids)},
    )
    return tuple(_act(row) for row in rows)


def readers(
    connection: Connection, *, kinds: Sequence[str], since: datetime, until: datetime
) -> tuple[tuple[UUID, str], ...]:
    """The people who read in the period, by name: what the list can be narrowed to."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT s.id, s.name FROM audit_event AS event JOIN staff s"
            " ON s.id = event.actor_id WHERE event.tenant_id = (SELECT current_tenant())"
            " AND event.at >= :since AND event.at < :until AND event.kind = ANY(:kinds)"
            " ORDER BY s.name, s.id"
        ),
        {"kinds": list(kinds), "since": since, "until": until},
    )
    return tuple((row.id, row.name) for row in rows)


# Each way from an object to the patients whose health information it holds.
_PATIENTS_OF = """
SELECT id AS patient_id FROM patient WHERE id = ANY(:patient)
UNION SELECT patient_id FROM claim WHERE id = ANY(:claim)
UNION SELECT patient_id FROM encounter WHERE id = ANY(:encounter)
UNION SELECT patient_id FROM coverage WHERE id = ANY(:coverage)
UNION SELECT patient_id FROM statement WHERE id = ANY(:statement)
UNION SELECT patient_id FROM disclosure WHERE id = ANY(:disclosure)
UNION SELECT e.patient_id FROM charge c JOIN encounter e
   ON e.tenant_id = c.tenant_id AND e.id = c.encounter_id WHERE c.id = ANY(:charge)
UNION SELECT c.patient_id FROM denial_item d JOIN claim c
   ON c.tenant_id = d.tenant_id AND c.id = d.claim_id WHERE d.id = ANY(:denial)
UNION SELECT c.patient_id FROM submission s JOIN claim c
   ON c.tenant_id = s.tenant_id AND c.id = s.claim_id WHERE s.file_id = ANY(:file)
UNION SELECT c.patient_id FROM remittance_claim r JOIN claim c
   ON c.tenant_id = r.tenant_id AND c.id = r.claim_id WHERE r.remittance_id = ANY(:remittance)
UNION SELECT c.patient_id FROM remittance m JOIN remittance_claim r
   ON r.tenant_id = m.tenant_id AND r.remittance_id = m.id JOIN claim c
   ON c.tenant_id = r.tenant_id AND c.id = r.claim_id WHERE m.file_id = ANY(:file)
UNION SELECT p.patient_id FROM ledger_posting p
   WHERE p.entry_id = ANY(:ledger_entry) AND p.patient_id IS NOT NULL
"""
WITH_PATIENTS = (
    "patient", "claim", "encounter", "coverage", "statement", "disclosure", "charge", "denial",
    "file", "remittance", "ledger_entry",
)  # fmt: skip
"""The types of objects that lead to patients."""


def patients_of(connection: Connection, objects: dict[str, tuple[UUID, ...]]) -> tuple[UUID, ...]:
    """The patients whose health information these objects hold, ascending."""
    values = {name: list(objects.get(name, ())) for name in WITH_PATIENTS}
    rows = connection.execute(text(_PATIENTS_OF + " ORDER BY 1"), values)
    return tuple(rows.scalars())


def claim_numbers(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID]]:
    """Number and patient of claims, by id."""
    rows = connection.execute(
        text("SELECT id, claim_number, patient_id FROM claim WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: (row.claim_number, row.patient_id) for row in rows}


def _act(row: Any) -> Act:
    objects: dict[str, tuple[UUID, ...]] = {}
    at = 0
    for part in row.object_groups.split(",") if row.object_groups else ():
        name, _, count = part.partition(":")
        objects[name] = (*objects.get(name, ()), *row.object_ids[at : at + int(count)])
        at += int(count)
    return Act(
        id=row.id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        name=row.name,
        role=row.role,
        kind=row.kind,
        purpose=row.purpose,
        objects=objects,
    )

"""Emergency access: who took it, to which practice, for how long, and what the review said.

The row of the deployment is an assignment for a while; why, and to whose record, is sealed among
the practice's own. Time is the database's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.ports import Practice
from tenants.store.context import StoreContext, decoder

REVIEW_WITHIN = timedelta(days=3)
"""A review is overdue so long after the access began."""

_TEXT = decoder(str)


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """One emergency access. ``outcome`` is empty until the review: justified or not_justified."""

    id: UUID
    staff_id: UUID
    name: str
    role: str
    practice_slug: str
    practice_name: str
    practice_number: int
    tenant_id: UUID
    medical: bool
    began_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    live: bool
    overdue: bool
    outcome: str
    reviewer: str


_SELECT = """
SELECT e.id, e.staff_id, s.name, s.role, o.slug AS practice_slug, o.name AS practice_name,
       o.number AS practice_number, e.tenant_id, e.medical, e.began_at, e.expires_at, e.ended_at,
       e.ended_at IS NULL AND e.expires_at > now() AS live,
       e.outcome IS NULL AND e.began_at < now() - CAST(:within AS interval) AS overdue,
       coalesce(e.outcome, '') AS outcome, coalesce(r.name, '') AS reviewer
  FROM emergency_access e
  JOIN staff s ON s.id = e.staff_id
  JOIN practice o ON o.tenant_id = e.tenant_id
  LEFT JOIN staff r ON r.id = e.reviewed_by
"""


def begin(
    connection: Connection,
    *,
    row_id: UUID,
    staff_id: UUID,
    practice: Practice,
    medical: bool,
    minutes: int,
) -> None:
    """Begin emergency access of so many minutes, 1 to 60, counted by the database."""
    connection.execute(
        text(
            "INSERT INTO emergency_access (id, staff_id, tenant_id, medical, expires_at)"
            " VALUES (:id, :staff, :tenant, :medical, now() + make_interval(mins => :minutes))"
        ),
        {
            "id": row_id,
            "staff": staff_id,
            "tenant": practice.tenant_id,
            "medical": medical,
            "minutes": minutes,
        },
    )


def end(connection: Connection, emergency_id: UUID, staff_id: UUID) -> UUID | None:
    """End one's own emergency access before its time; its practice, None when there is none."""
    row = connection.execute(
        text(
            "UPDATE emergency_access SET ended_at = now() WHERE id = :id AND staff_id = :staff"
            " AND ended_at IS NULL AND expires_at > now() RETURNING tenant_id"
        ),
        {"id": emergency_id, "staff": staff_id},
    ).one_or_none()
    return None if row is None else row.tenant_id


def of_person(connection: Connection, staff_id: UUID, *, limit: int) -> tuple[Emergency, ...]:
    """A person's own, the latest first."""
    return _found(connection, "WHERE e.staff_id = :staff", limit=limit, staff=staff_id)


def of_practice(
    connection: Connection, tenant_id: UUID, *, since: datetime, limit: int
) -> tuple[Emergency, ...]:
    """Those to one practice since then, the latest first."""
    where = "WHERE e.tenant_id = :tenant AND e.began_at > :since"
    return _found(connection, where, limit=limit, tenant=tenant_id, since=since)


def every(connection: Connection, *, limit: int) -> tuple[Emergency, ...]:
    """All of them: those that wait for a review first, the longest waiting on top."""
    rows = connection.execute(
        text(
            f"{_SELECT} ORDER BY e.outcome IS NOT NULL,"
            " CASE WHEN e.outcome IS NULL THEN e.began_at END, e.began_at DESC LIMIT :limit"
        ),
        {"within": REVIEW_WITHIN, "limit": limit},
    )
    return tuple(Emergency(**row._mapping) for row in rows)


def waiting(connection: Connection, reviewer: UUID) -> int:
    """How many wait for a review that this person may do: not their own."""
    found = connection.execute(
        text(
            "SELECT count(*) FROM emergency_access WHERE outcome IS NULL AND staff_id <> :reviewer"
        ),
        {"reviewer": reviewer},
    )
    return int(found.scalar() or 0)


def by_id(connection: Connection, emergency_id: UUID) -> Emergency | None:
    """One of them."""
    return next(iter(_found(connection, "WHERE e.id = :id", limit=1, id=emergency_id)), None)


def review(connection: Connection, emergency_id: UUID, reviewer: UUID, outcome: str) -> bool:
    """Enter what the review came to; False where it was reviewed already, or is the reviewer's."""
    done = connection.execute(
        text(
            "UPDATE emergency_access SET outcome = :outcome, reviewed_by = :reviewer,"
            " reviewed_at = now(), ended_at = coalesce(ended_at, now())"
            " WHERE id = :id AND outcome IS NULL AND staff_id <> :reviewer"
        ),
        {"id": emergency_id, "reviewer": reviewer, "outcome": outcome},
    )
    return bool(done.rowcount)


def patients(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """Whose record each of these reaches, in the practice's transaction; None: everybody's."""
    rows = connection.execute(
        text("SELECT id, patient_id FROM emergency_reason WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: row.patient_id for row in rows}


class EmergencyReasons:
    """The sealed words beside it, in a unit of work of the practice."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, emergency_id: UUID, *, patient_id: UUID | None, reason: str) -> None:
        """Keep why it was taken."""
        sealed = self._context.seal("emergency_reason", "reason", emergency_id, reason)
        self._context.insert(
            "emergency_reason", ("id", "patient_id", "reason"), [(emergency_id, patient_id, sealed)]
        )

    def add_review(self, emergency_id: UUID, words: str) -> None:
        """Keep what the reviewer wrote."""
        self._context.write(
            "UPDATE emergency_reason SET review = :review WHERE id = :id",
            id=emergency_id,
            review=self._context.seal("emergency_reason", "review", emergency_id, words),
        )

    def reasons(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        """Why each was taken. The caller records the read."""
        rows = self._context.rows(
            "SELECT id, reason FROM emergency_reason WHERE id = ANY(:ids)", ids=list(ids)
        )
        return {
            row.id: self._context.open("emergency_reason", "reason", row.id, row.reason, _TEXT)
            for row in rows
        }


def _found(
    connection: Connection, where: str, *, limit: int, **values: Any
) -> tuple[Emergency, ...]:
    rows = connection.execute(
        text(f"{_SELECT} {where} ORDER BY e.began_at DESC LIMIT :limit"),
        {"within": REVIEW_WITHIN, "limit": limit, **values},
    )
    return tuple(Emergency(**row._mapping) for row in rows)

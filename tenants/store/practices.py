"""Practices: the registry of client practices."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, NotFoundError
from core.ports import Practice

_COLUMNS = "tenant_id, number, slug, name, submitter_id, time_zone"
_READ = f"{_COLUMNS}, state = 'leaving' AS is_leaving"


def add(connection: Connection, practice: Practice) -> None:
    """Add a practice; ``ConflictError`` when its short name or number is taken."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    f"INSERT INTO practice ({_COLUMNS}) VALUES"
                    " (:tenant_id, :number, :slug, :name, :submitter_id, :time_zone)"
                ),
                msgspec.structs.asdict(practice),
            )
    except IntegrityError:
        raise ConflictError(
            f"there is already a practice {practice.slug}; choose another short name"
        ) from None


def next_number(connection: Connection) -> int:
    """One more than the highest practice number; the caller holds the lock of its transaction."""
    connection.execute(text("LOCK TABLE practice IN SHARE ROW EXCLUSIVE MODE"))
    found = connection.execute(text("SELECT coalesce(max(number), 0) + 1 FROM practice")).scalar()
    return int(found or 1)


def every(connection: Connection) -> tuple[Practice, ...]:
    """All active practices, by number."""
    rows = connection.execute(text(f"SELECT {_READ} FROM practice WHERE active ORDER BY number"))
    return tuple(_practice(row) for row in rows)


def every_id(connection: Connection) -> tuple[UUID, ...]:
    """The ids of all practices, also of those that left, by number."""
    rows = connection.execute(text("SELECT tenant_id FROM practice ORDER BY number"))
    return tuple(row.tenant_id for row in rows)


def first_created_at(connection: Connection) -> datetime | None:
    """When the first practice became a client; None when there is none."""
    return connection.execute(text("SELECT min(created_at) FROM practice")).scalar()


def by_slug(connection: Connection, slug: str) -> Practice:
    """The practice with this short name, or ``NotFoundError``."""
    row = connection.execute(
        text(f"SELECT {_READ} FROM practice WHERE slug = :slug AND active"), {"slug": slug}
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no practice {slug}; see: claimwright practice list")
    return _practice(row)


def by_id(connection: Connection, tenant_id: UUID) -> Practice:
    """The practice with this id, or ``NotFoundError``."""
    row = connection.execute(
        text(f"SELECT {_READ} FROM practice WHERE tenant_id = :id AND active"),
        {"id": tenant_id},
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no such practice")
    return _practice(row)


def _practice(row: Any) -> Practice:
    return Practice(
        tenant_id=row.tenant_id,
        number=row.number,
        slug=row.slug,
        name=row.name,
        submitter_id=row.submitter_id,
        time_zone=row.time_zone,
        is_leaving=row.is_leaving,
    )

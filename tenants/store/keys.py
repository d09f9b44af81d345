"""The wrapped keys of a practice; nothing here can open one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

__all__ = ["Connection", "WrappedKey", "insert_key", "tenant_keys", "were_destroyed"]


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One row of ``tenant_key``.

    ``is_settled`` is False while the row may still be rolled back: it was made in the very
    transaction that reads it. ``is_everywhere`` is True once it is so old that no process can
    still be without it.
    """

    purpose: str
    version: int
    wrapped: bytes
    is_settled: bool
    is_everywhere: bool


def tenant_keys(
    connection: Connection, tenant_id: UUID, everywhere_after: timedelta
) -> tuple[WrappedKey, ...]:
    """Every usable key of a practice, oldest first within its purpose.

    ``everywhere_after``: the age from which every process has a key.
    """
    rows = connection.execute(
        text(
            # created_at is the time of the transaction that made the row, so it equals ours only
            # when that transaction is this one.
            """
            SELECT purpose, version, wrapped, created_at <> transaction_timestamp() AS is_settled,
                   created_at <= transaction_timestamp() - :everywhere_after AS is_everywhere
            FROM tenant_key
            WHERE tenant_id = :tenant_id AND state <> 'destroyed'
            ORDER BY purpose, version
            """
        ),
        {"tenant_id": tenant_id, "everywhere_after": everywhere_after},
    )
    return tuple(
        WrappedKey(
            purpose=row.purpose,
            version=row.version,
            wrapped=row.wrapped,
            is_settled=row.is_settled,
            is_everywhere=row.is_everywhere,
        )
        for row in rows
    )


def were_destroyed(connection: Connection, tenant_id: UUID) -> bool:
    """Whether the practice had keys that were destroyed: then it gets no new ones."""
    return bool(
        connection.execute(
            text(
                "SELECT EXISTS (SELECT FROM tenant_key"
                " WHERE tenant_id = :tenant_id AND state = 'destroyed')"
            ),
            {"tenant_id": tenant_id},
        ).scalar()
    )


def insert_key(
    connection: Connection,
    tenant_id: UUID,
    *,
    purpose: str,
    version: int,
    wrapped: bytes,
    root_version: int,
) -> bool:
    """Store a key unless another transaction was first; whether it was stored."""
    done = connection.execute(
        text(
            """
            INSERT INTO tenant_key (tenant_id, purpose, version, wrapped, root_version)
            VALUES (:tenant_id, :purpose, :version, :wrapped, :root_version)
            ON CONFLICT DO NOTHING
            """
        ),
        {
            "tenant_id": tenant_id,
            "purpose": purpose,
            "version": version,
            "wrapped": wrapped,
            "root_version": root_version,
        },
    )
    return done.rowcount == 1

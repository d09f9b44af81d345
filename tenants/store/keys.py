"""The wrapped keys of a practice; nothing here can open one."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, text

__all__ = [
    "Connection",
    "Engine",
    "WrappedKey",
    "destroy_keys",
    "insert_key",
    "replace_wrapped",
    "retire_key",
    "root_versions",
    "tenant_keys",
]


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One row of ``tenant_key``.

    ``state`` is active (opens; the newest one that is everywhere seals), retired (nothing is sealed
    with it any more; opens nothing) or destroyed (``wrapped`` is empty). ``is_settled`` is False
    while the row may still be rolled back: it was made in the very transaction that reads it.
    ``is_everywhere`` is True once it is so old that no process can still be without it.
    """

    purpose: str
    version: int
    wrapped: bytes
    root_version: int
    state: str
    created_at: datetime
    is_settled: bool
    is_everywhere: bool

    @property
    def is_retired(self) -> bool:
        return self.state == "retired"

    @property
    def is_destroyed(self) -> bool:
        return self.state == "destroyed"


def tenant_keys(
    connection: Connection, tenant_id: UUID, everywhere_after: timedelta = timedelta()
) -> tuple[WrappedKey, ...]:
    """Every key of a practice, oldest first within its purpose.

    ``everywhere_after``: the age from which every process has a key.
    """
    rows = connection.execute(
        text(
            # created_at is the time of the transaction that made the row, so it equals ours only
            # when that transaction is this one.
            """
            SELECT purpose, version, wrapped, root_version, state, created_at,
                   created_at <> transaction_timestamp() AS is_settled,
                   created_at <= transaction_timestamp() - :everywhere_after AS is_everywhere
            FROM tenant_key
            WHERE tenant_id = :tenant_id
            ORDER BY purpose, version
            """
        ),
        {"tenant_id": tenant_id, "everywhere_after": everywhere_after},
    )
    return tuple(WrappedKey(**row._mapping) for row in rows)


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


def replace_wrapped(
    connection: Connection, tenant_id: UUID, key: WrappedKey, *, wrapped: bytes, root_version: int
) -> bool:
    """Store ``key`` wrapped anew unless somebody else has meanwhile; whether it was stored."""
    done = connection.execute(
        text(
            "UPDATE tenant_key SET wrapped = :wrapped, root_version = :root_version"
            " WHERE tenant_id = :tenant_id AND purpose = :purpose AND version = :version"
            " AND wrapped = :old"
        ),
        {
            "tenant_id": tenant_id,
            "purpose": key.purpose,
            "version": key.version,
            "old": key.wrapped,
            "wrapped": wrapped,
            "root_version": root_version,
        },
    )
    return done.rowcount == 1


def retire_key(connection: Connection, tenant_id: UUID, purpose: str, version: int) -> bool:
    """Let a key open nothing any more; its wrapped bytes stay, so that this can be undone."""
    done = connection.execute(
        text(
            "UPDATE tenant_key SET state = 'retired' WHERE tenant_id = :tenant_id"
            " AND purpose = :purpose AND version = :version AND state = 'active'"
        ),
        {"tenant_id": tenant_id, "purpose": purpose, "version": version},
    )
    return done.rowcount == 1


def destroy_keys(connection: Connection, tenant_id: UUID) -> int:
    """Overwrite every wrapped key of a practice; how many there were left to destroy."""
    done = connection.execute(
        text(
            "UPDATE tenant_key SET state = 'destroyed', wrapped = ''"
            " WHERE tenant_id = :tenant_id AND state <> 'destroyed'"
        ),
        {"tenant_id": tenant_id},
    )
    return done.rowcount


def root_versions(connection: Connection, tenant_id: UUID) -> set[int]:
    """The root keys a practice's keys are wrapped with."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT root_version FROM tenant_key WHERE tenant_id = :tenant_id"
            " AND state <> 'destroyed'"
        ),
        {"tenant_id": tenant_id},
    )
    return {row.root_version for row in rows}

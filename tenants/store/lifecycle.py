"""How a practice leaves: its state, holds, requests to destroy, and the destruction of its keys."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.errors import ConflictError, NotFoundError

__all__ = ["Connection", "DestructionRequest", "Hold"]


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold; ``reason`` is sealed."""

    id: UUID
    reason: bytes
    placed_by: UUID
    placed_at: datetime
    lifted_at: datetime | None


class DestructionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One person asks to destroy a practice's keys; it waits for another."""

    id: UUID
    requested_by: UUID
    requested_at: datetime
    before_retention_ends: bool
    without_export: bool
    reason: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What retention depends on: the last day anything happened, payers, states."""

    last_act: date
    payer_kinds: tuple[str, ...]


def set_leaving(connection: Connection, tenant_id: UUID, at: datetime) -> bool:
    """Note that the practice leaves; False when it was noted before."""
    done = connection.execute(
        text(
            "UPDATE practice SET state = 'leaving', leaving_since = :at"
            " WHERE tenant_id = :id AND state = 'working'"
        ),
        {"id": tenant_id, "at": at},
    )
    return done.rowcount == 1


def set_destroyed(connection: Connection, tenant_id: UUID) -> None:
    """Note that nothing of the practice can be opened any more."""
    connection.execute(
        text("UPDATE practice SET state = 'destroyed', active = false WHERE tenant_id = :id"),
        {"id": tenant_id},
    )


def add_hold(
    connection: Connection, tenant_id: UUID, hold_id: UUID, *, reason: bytes, placed_by: UUID
) -> None:
    """Place a legal hold."""
    connection.execute(
        text(
            "INSERT INTO legal_hold (tenant_id, id, reason, placed_by)"
            " VALUES (:tenant_id, :id, :reason, :placed_by)"
        ),
        {"tenant_id": tenant_id, "id": hold_id, "reason": reason, "placed_by": placed_by},
    )


def lift_hold(connection: Connection, hold_id: UUID, *, lifted_by: UUID, at: datetime) -> None:
    """Lift a hold of the practice; ``NotFoundError`` when there is none of that id in force."""
    done = connection.execute(
        text(
            "UPDATE legal_hold SET lifted_by = :by, lifted_at = :at"
            " WHERE id = :id AND lifted_at IS NULL"
        ),
        {"id": hold_id, "by": lifted_by, "at": at},
    )
    if not done.rowcount:
        raise NotFoundError("there is no such hold in force; see: claimwright practice hold list")


def holds(connection: Connection) -> tuple[Hold, ...]:
    """Every hold of the practice, oldest first."""
    rows = connection.execute(
        text(
            "SELECT id, reason, placed_by, placed_at, lifted_at FROM legal_hold"
            " ORDER BY placed_at, id"
        )
    )
    return tuple(Hold(**row._mapping) for row in rows)


def add_request(
    connection: Connection,
    tenant_id: UUID,
    request_id: UUID,
    *,
    requested_by: UUID,
    before_retention_ends: bool,
    without_export: bool,
    reason: str,
) -> None:
    """Ask for destruction; ``ConflictError`` while an earlier request waits."""
    if waiting_request(connection) is not None:
        raise ConflictError("a request to destroy this practice's keys waits for approval already")
    connection.execute(
        text(
            "INSERT INTO destruction_request (tenant_id, id, requested_by, before_retention_ends,"
            " without_export, reason) VALUES (:tenant_id, :id, :by, :early, :without, :reason)"
        ),
        {
            "tenant_id": tenant_id,
            "id": request_id,
            "by": requested_by,
            "early": before_retention_ends,
            "without": without_export,
            "reason": reason,
        },
    )


def waiting_request(connection: Connection) -> DestructionRequest | None:
    """The practice's request that waits for a second person, locked for this transaction."""
    row = connection.execute(
        text(
            "SELECT id, requested_by, requested_at, before_retention_ends, without_export, reason"
            " FROM destruction_request WHERE approved_at IS NULL AND withdrawn_at IS NULL"
            " FOR UPDATE"
        )
    ).one_or_none()
    return None if row is None else DestructionRequest(**row._mapping)


def withdraw_request(connection: Connection, at: datetime) -> bool:
    """Withdraw the request that waits; False when there is none."""
    done = connection.execute(
        text(
            "UPDATE destruction_request SET withdrawn_at = :at"
            " WHERE approved_at IS NULL AND withdrawn_at IS NULL"
        ),
        {"at": at},
    )
    return done.rowcount == 1


def approve_request(
    connection: Connection, request_id: UUID, *, approved_by: UUID, at: datetime
) -> None:
    """Note the second person; the database refuses the first one."""
    connection.execute(
        text("UPDATE destruction_request SET approved_by = :by, approved_at = :at WHERE id = :id"),
        {"id": request_id, "by": approved_by, "at": at},
    )


def exported_at(connection: Connection, tenant_id: UUID, since: datetime) -> datetime | None:
    """When the practice was last exported whole after ``since``."""
    return connection.execute(
        text(
            "SELECT max(at) FROM audit_event WHERE tenant_id = :id AND kind = 'practice.exported'"
            " AND at >= :since"
        ),
        {"id": tenant_id, "since": since},
    ).scalar()


def leaving_since(connection: Connection, tenant_id: UUID) -> datetime | None:
    """Since when the practice has been leaving; None while it works."""
    return connection.execute(
        text("SELECT leaving_since FROM practice WHERE tenant_id = :id AND state = 'leaving'"),
        {"id": tenant_id},
    ).scalar()


def standing(connection: Connection) -> Standing:
    """What retention depends on, of the practice of this transaction."""
    row = connection.execute(
        text(
            "SELECT greatest("
            " (SELECT max(coalesce(service_to, service_from)) FROM claim),"
            " (SELECT max(service_from) FROM encounter),"
            " (SELECT max(effective_on) FROM ledger_entry),"
            " (SELECT max(issued_on) FROM statement),"
            " (SELECT max(created_at)::date FROM exchange_file),"
            " (SELECT created_at::date FROM practice WHERE tenant_id = current_tenant())) AS day,"
            " ARRAY(SELECT DISTINCT p.kind FROM payer p WHERE p.id IN"
            " (SELECT payer_ref FROM coverage UNION SELECT payer_ref FROM claim)) AS kinds"
        )
    ).one()
    return Standing(last_act=row.day, payer_kinds=tuple(row.kinds))

"""Demands of a practice on who works for it, and the certificates of people."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError
from tenants.demands import Credential, Demand


def every(connection: Connection) -> tuple[Demand, ...]:
    """The demands of the practice whose transaction this is, oldest first."""
    rows = connection.execute(
        text(
            "SELECT id, payer_kind, access, onshore, credential FROM practice_access_rule"
            " ORDER BY created_at, id"
        )
    )
    return tuple(Demand(**row._mapping) for row in rows)


def add(connection: Connection, tenant_id: UUID, demand: Demand) -> None:
    """Enter a demand; ``ConflictError`` when it is there already."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO practice_access_rule (tenant_id, id, payer_kind, access, onshore,"
                    " credential) VALUES (:tenant, :id, :kind, :access, :onshore, :credential)"
                ),
                {
                    "tenant": tenant_id,
                    "id": demand.id,
                    "kind": demand.payer_kind,
                    "access": demand.access,
                    "onshore": demand.onshore,
                    "credential": demand.credential,
                },
            )
    except IntegrityError:
        raise ConflictError("this demand is entered already") from None


def remove(connection: Connection, demand_id: UUID) -> bool:
    """Take a demand away; whether it was there."""
    done = connection.execute(
        text("DELETE FROM practice_access_rule WHERE id = :id"), {"id": demand_id}
    )
    return bool(done.rowcount)


def credentials(connection: Connection, staff_id: UUID) -> tuple[Credential, ...]:
    """The certificates of a person, by name."""
    rows = connection.execute(
        text(
            "SELECT id, staff_id, name, number, expires_on FROM staff_credential"
            " WHERE staff_id = :staff ORDER BY name"
        ),
        {"staff": staff_id},
    )
    return tuple(Credential(**row._mapping) for row in rows)


def all_credentials(connection: Connection) -> dict[UUID, tuple[Credential, ...]]:
    """Everybody's certificates, by person."""
    rows = connection.execute(
        text(
            "SELECT c.id, c.staff_id, c.name, c.number, c.expires_on FROM staff_credential c"
            " JOIN staff s ON s.id = c.staff_id WHERE s.active ORDER BY c.name"
        )
    )
    found: dict[UUID, list[Credential]] = {}
    for row in rows:
        found.setdefault(row.staff_id, []).append(Credential(**row._mapping))
    return {person: tuple(theirs) for person, theirs in found.items()}


def enter_credential(connection: Connection, new: Credential) -> None:
    """Enter a certificate; one of the same name is replaced by it."""
    connection.execute(
        text(
            "INSERT INTO staff_credential (id, staff_id, name, number, expires_on)"
            " VALUES (:id, :staff, :name, :number, :expires_on)"
            " ON CONFLICT (staff_id, name) DO UPDATE"
            " SET number = EXCLUDED.number, expires_on = EXCLUDED.expires_on"
        ),
        {
            "id": new.id,
            "staff": new.staff_id,
            "name": new.name,
            "number": new.number,
            "expires_on": new.expires_on,
        },
    )


def remove_credential(connection: Connection, staff_id: UUID, credential_id: UUID) -> bool:
    """Take a certificate of a person away; whether it was there."""
    done = connection.execute(
        text("DELETE FROM staff_credential WHERE id = :id AND staff_id = :staff"),
        {"id": credential_id, "staff": staff_id},
    )
    return bool(done.rowcount)

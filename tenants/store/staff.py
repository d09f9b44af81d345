"""Accounts of people, and the practices they are assigned to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, NotFoundError
from core.ports import Practice
from tenants.staff import CLIENT_ROLES, Role, Staff

_COLUMNS = "id, email, name, role, active, location"


class StaffEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A person for the list of staff, with the short names of their practices."""

    staff: Staff
    practices: tuple[str, ...]
    has_password: bool


def add(connection: Connection, staff: Staff, *, password_hash: str | None) -> None:
    """Add an account; ``ConflictError`` when the address has one already."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO staff (id, email, name, role, active, location, password_hash)"
                    " VALUES (:id, :email, :name, :role, :active, :location, :hash)"
                ),
                {**msgspec.structs.asdict(staff), "role": staff.role.value, "hash": password_hash},
            )
    except IntegrityError:
        raise ConflictError("this e-mail address has an account already") from None


def change(connection: Connection, staff: Staff) -> None:
    """Change name, role, location and whether the account is active; ``NotFoundError`` if none."""
    done = connection.execute(
        text(
            "UPDATE staff SET name = :name, role = :role, active = :active, location = :location"
            " WHERE id = :id"
        ),
        {**msgspec.structs.asdict(staff), "role": staff.role.value},
    )
    if not done.rowcount:
        raise NotFoundError("there is no such account")


def lock(connection: Connection, staff_id: UUID) -> None:
    """Hold the account until the end of the transaction: what must not happen twice waits."""
    connection.execute(text("SELECT FROM staff WHERE id = :id FOR UPDATE"), {"id": staff_id})


def set_password_hash(connection: Connection, staff_id: UUID, password_hash: str | None) -> None:
    """Store a new hash; None: no password opens the account."""
    connection.execute(
        text("UPDATE staff SET password_hash = :hash WHERE id = :id"),
        {"id": staff_id, "hash": password_hash},
    )


def with_hash(connection: Connection, email: str) -> tuple[Staff, str | None] | None:
    """The active account of an address and its password hash; None when there is none."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS}, password_hash FROM staff WHERE email = :email AND active"),
        {"email": email},
    ).one_or_none()
    return None if row is None else (_staff(row), row.password_hash)


def by_id(connection: Connection, staff_id: UUID) -> Staff:
    """The account with this id, active or not, or ``NotFoundError``."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM staff WHERE id = :id"), {"id": staff_id}
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no such account")
    return _staff(row)


def by_email(connection: Connection, email: str) -> Staff:
    """The account of this address, active or not, or ``NotFoundError``."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM staff WHERE email = :email"), {"email": email.lower()}
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no account with this e-mail address")
    return _staff(row)


def assign(connection: Connection, staff_id: UUID, tenant_ids: Sequence[UUID]) -> None:
    """Make ``tenant_ids`` the practices of the person, no more and no fewer."""
    connection.execute(
        text("DELETE FROM staff_assignment WHERE staff_id = :staff AND NOT tenant_id = ANY(:ids)"),
        {"staff": staff_id, "ids": list(tenant_ids)},
    )
    connection.execute(
        text(
            "INSERT INTO staff_assignment (staff_id, tenant_id)"
            " SELECT :staff, unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING"
        ),
        {"staff": staff_id, "ids": list(tenant_ids)},
    )


def practices_of(connection: Connection, staff_id: UUID) -> tuple[Practice, ...]:
    """The active practices the person is assigned to, by number."""
    rows = connection.execute(
        text(
            "SELECT p.tenant_id, p.number, p.slug, p.name, p.submitter_id, p.time_zone,"
            " p.state = 'leaving' AS is_leaving"
            " FROM practice p JOIN staff_assignment a USING (tenant_id)"
            " WHERE a.staff_id = :staff AND p.active ORDER BY p.number"
        ),
        {"staff": staff_id},
    )
    return tuple(Practice(**row._mapping) for row in rows)


def every(connection: Connection) -> tuple[StaffEntry, ...]:
    """All accounts with their practices, active ones first, by name."""
    rows = connection.execute(
        text(
            f"SELECT {_COLUMNS}, password_hash IS NOT NULL AS has_password,"
            " ARRAY(SELECT p.slug FROM staff_assignment a JOIN practice p USING (tenant_id)"
            "       WHERE a.staff_id = staff.id ORDER BY p.slug) AS practices"
            " FROM staff ORDER BY NOT active, name, id"
        )
    )
    return tuple(
        StaffEntry(staff=_staff(row), practices=tuple(row.practices), has_password=row.has_password)
        for row in rows
    )


def of_practice(connection: Connection, tenant_id: UUID) -> tuple[Staff, ...]:
    """The practice's own people, not those of the billing company; active ones first, by name."""
    rows = connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM staff JOIN staff_assignment a ON a.staff_id = staff.id"
            " WHERE a.tenant_id = :tenant AND role = ANY(:roles) ORDER BY NOT active, name, id"
        ),
        {"tenant": tenant_id, "roles": sorted(CLIENT_ROLES)},
    )
    return tuple(_staff(row) for row in rows)


def _staff(row: Any) -> Staff:
    return Staff(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        active=row.active,
        location=row.location,
    )

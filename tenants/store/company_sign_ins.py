"""Whose account an identity of the company's provider opens, and which sign-ins are used up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError
from tenants.staff import Role, Staff

# A token of the provider is minutes old when it comes, so a day is long enough to remember.
_REMEMBERED = timedelta(days=1)


def use_up(connection: Connection, state_sha256: bytes) -> bool:
    """Whether this state comes for the first time."""
    connection.execute(
        text("DELETE FROM company_sign_in WHERE used_at < now() - CAST(:kept AS interval)"),
        {"kept": _REMEMBERED},
    )
    added = connection.execute(
        text("INSERT INTO company_sign_in (state_sha256) VALUES (:state) ON CONFLICT DO NOTHING"),
        {"state": state_sha256},
    )
    return bool(added.rowcount)


def account_of(connection: Connection, *, issuer: str, subject: str) -> Staff | None:
    """The open account linked to an identity."""
    row = connection.execute(
        text(
            "SELECT s.id, s.email, s.name, s.role FROM staff_identity i JOIN staff s"
            " ON s.id = i.staff_id WHERE i.issuer = :issuer AND i.subject = :subject AND s.active"
        ),
        {"issuer": issuer, "subject": subject},
    ).one_or_none()
    if row is None:
        return None
    return Staff(id=row.id, email=row.email, name=row.name, role=Role(row.role))


def link(connection: Connection, *, issuer: str, subject: str, staff_id: UUID) -> None:
    """Link an identity to an account; ``ConflictError`` when either is linked already."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO staff_identity (issuer, subject, staff_id)"
                    " VALUES (:issuer, :subject, :staff)"
                ),
                {"issuer": issuer, "subject": subject, "staff": staff_id},
            )
    except IntegrityError:
        raise ConflictError("this account, or this identity, is linked already") from None

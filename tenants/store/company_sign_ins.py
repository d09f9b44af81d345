"""Sign-ins on their way to the company's identity provider, and whose account an identity opens."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, UnavailableError
from tenants.staff import Role, Staff

# How long a person may take at the provider, and how many may be on their way at once: a row is
# written before anybody is known.
_OPEN_FOR = timedelta(minutes=10)
_OPEN_MAX = 10_000


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of a sign-in that was begun."""

    nonce: str
    verifier: str
    back: str


def begin(
    connection: Connection, *, state_sha256: bytes, browser_sha256: bytes, begun: Begun
) -> None:
    """Keep a sign-in until it comes back; ``UnavailableError`` when too many are on their way."""
    connection.execute(
        text("DELETE FROM company_sign_in WHERE created_at < now() - CAST(:open AS interval)"),
        {"open": _OPEN_FOR},
    )
    added = connection.execute(
        text(
            "INSERT INTO company_sign_in (state_sha256, browser_sha256, nonce, verifier, back)"
            " SELECT :state, :browser, :nonce, :verifier, :back"
            " WHERE (SELECT count(*) FROM company_sign_in) < :most"
        ),
        {
            **msgspec.structs.asdict(begun),
            "state": state_sha256,
            "browser": browser_sha256,
            "most": _OPEN_MAX,
        },
    )
    if not added.rowcount:
        raise UnavailableError("too many people are signing in just now; try again in a minute")


def use_up(connection: Connection, *, state_sha256: bytes, browser_sha256: bytes) -> Begun | None:
    """The sign-in of this state, begun in this browser, once; None the second time, or late."""
    row = connection.execute(
        text(
            "DELETE FROM company_sign_in WHERE state_sha256 = :state"
            " AND created_at > now() - CAST(:open AS interval)"
            " RETURNING browser_sha256, nonce, verifier, back"
        ),
        {"state": state_sha256, "open": _OPEN_FOR},
    ).one_or_none()
    if row is None or not hmac.compare_digest(bytes(row.browser_sha256), browser_sha256):
        return None
    return Begun(nonce=row.nonce, verifier=row.verifier, back=row.back)


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

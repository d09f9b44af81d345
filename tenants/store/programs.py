"""Programs with their tokens, and the answers given to requests that must happen once."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, NotFoundError
from core.ports import Practice
from tenants.programs import Program, Token, TokenScope

# A token in use is written at most this often, so that most requests only read.
_TOUCH = timedelta(minutes=1)

ANSWER_KEPT = timedelta(hours=24)
"""How long a request with the same key gets the first answer."""

_PROGRAM = (
    "p.id, p.name, p.scopes, p.networks, p.active,"
    " coalesce((SELECT json_agg(json_build_object('tenant_id', o.tenant_id, 'number',"
    "   o.number, 'slug', o.slug, 'name', o.name, 'submitter_id', o.submitter_id,"
    "   'time_zone', o.time_zone) ORDER BY o.number)"
    "   FROM service_principal_practice a JOIN practice o USING (tenant_id)"
    "   WHERE a.principal_id = p.id AND o.active), '[]') AS practices"
)
_COLUMNS = (
    "t.id, t.prefix, t.created_at, t.expires_at, t.revoked_at, t.exposed_at,"
    " (SELECT u.used_at FROM api_token_use u WHERE u.token_id = t.id) AS used_at"
)


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A true token that came. Not ``live``: revoked, expired, or its program closed."""

    token_id: UUID
    program: Program
    live: bool


class Once(msgspec.Struct, frozen=True, kw_only=True):
    """Which request it is: the practice, who asks, and the digest of the key they chose for it."""

    tenant_id: UUID
    program_id: UUID
    key_sha256: bytes


def add(connection: Connection, program: Program) -> None:
    """Add a program with its practices; ``ConflictError`` when the name is taken."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO service_principal (id, name, scopes, networks, active)"
                    " VALUES (:id, :name, :scopes, CAST(:networks AS cidr[]), :active)"
                ),
                {
                    "id": program.id,
                    "name": program.name,
                    "scopes": sorted(scope.value for scope in program.scopes),
                    "networks": [str(one) for one in program.networks],
                    "active": program.active,
                },
            )
    except IntegrityError:
        raise ConflictError("there is a program of this name already") from None
    connection.execute(
        text(
            "INSERT INTO service_principal_practice (principal_id, tenant_id)"
            " SELECT :id, unnest(CAST(:ids AS uuid[]))"
        ),
        {"id": program.id, "ids": [one.tenant_id for one in program.practices]},
    )


def close(connection: Connection, program_id: UUID) -> None:
    """Close a program's account: its tokens work no more from the next request on."""
    connection.execute(
        text("UPDATE service_principal SET active = false WHERE id = :id"), {"id": program_id}
    )


def every(connection: Connection) -> tuple[Program, ...]:
    """All programs, open ones first, by name."""
    rows = connection.execute(
        text(f"SELECT {_PROGRAM} FROM service_principal p ORDER BY NOT p.active, p.name")
    )
    return tuple(_program(row) for row in rows)


def by_id(connection: Connection, program_id: UUID) -> Program:
    """The program with this id, or ``NotFoundError``."""
    row = connection.execute(
        text(f"SELECT {_PROGRAM} FROM service_principal p WHERE p.id = :id"), {"id": program_id}
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no such program")
    return _program(row)


def add_token(
    connection: Connection, token: Token, *, program_id: UUID, secret_sha256: bytes
) -> None:
    """Add a token of a program."""
    connection.execute(
        text(
            "INSERT INTO api_token (id, principal_id, prefix, secret_sha256, created_at,"
            " expires_at) VALUES (:id, :program, :prefix, :digest, :created, :expires)"
        ),
        {
            "id": token.id,
            "program": program_id,
            "prefix": token.prefix,
            "digest": secret_sha256,
            "created": token.created_at,
            "expires": token.expires_at,
        },
    )


def tokens(connection: Connection, program_id: UUID) -> tuple[Token, ...]:
    """A program's tokens, newest first."""
    rows = connection.execute(
        text(f"SELECT {_COLUMNS} FROM api_token t WHERE t.principal_id = :id ORDER BY t.id DESC"),
        {"id": program_id},
    )
    return tuple(Token(**row._mapping) for row in rows)


def revoke(connection: Connection, *, token_id: UUID | None = None, prefix: str = "") -> UUID:
    """End a token by its id or prefix, from the next request on; its id, or ``NotFoundError``."""
    row = connection.execute(
        text(
            "UPDATE api_token SET revoked_at = coalesce(revoked_at, now())"
            " WHERE id = CAST(:id AS uuid) OR prefix = :prefix RETURNING id"
        ),
        {"id": token_id, "prefix": prefix},
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no such token")
    found: UUID = row.id
    return found


def presented(connection: Connection, *, prefix: str, secret_sha256: bytes) -> Presented | None:
    """Whose token this is, marked as used when it is live; None for a wrong secret too."""
    row = connection.execute(
        text(
            f"SELECT t.id AS token_id, t.secret_sha256, {_PROGRAM},"
            " t.revoked_at IS NULL AND t.expires_at > now() AND p.active AS live,"
            " coalesce((SELECT u.used_at < now() - CAST(:touch AS interval)"
            "   FROM api_token_use u WHERE u.token_id = t.id), true) AS stale"
            " FROM api_token t JOIN service_principal p ON p.id = t.principal_id"
            " WHERE t.prefix = :prefix"
        ),
        {"prefix": prefix, "touch": _TOUCH},
    ).one_or_none()
    if row is None or not hmac.compare_digest(bytes(row.secret_sha256), secret_sha256):
        return None
    if row.live and row.stale:
        connection.execute(
            text(
                "INSERT INTO api_token_use (token_id) VALUES (:id)"
                " ON CONFLICT (token_id) DO UPDATE SET used_at = now()"
            ),
            {"id": row.token_id},
        )
    return Presented(token_id=row.token_id, program=_program(row), live=row.live)


def mark_exposed(connection: Connection, *, prefix: str, secret_sha256: bytes) -> UUID | None:
    """Remember that a true token stood where none may; its id. Only who has it can mark it."""
    row = connection.execute(
        text(
            "UPDATE api_token SET exposed_at = coalesce(exposed_at, now())"
            " WHERE prefix = :prefix AND secret_sha256 = :digest RETURNING id"
        ),
        {"prefix": prefix, "digest": secret_sha256},
    ).one_or_none()
    return None if row is None else row.id


def first_answer(
    connection: Connection, once: Once, *, request_sha256: bytes
) -> tuple[bytes, bytes] | None:
    """Begin a request that must happen once: None, or the request's digest and the answer given.

    Who comes second waits here for the first to commit, then gets what the first was told.
    """
    connection.execute(
        # Skipping what another request is clearing away just now: none waits for the other.
        text(
            "DELETE FROM api_answer WHERE (tenant_id, principal_id, key_sha256) IN (SELECT"
            " tenant_id, principal_id, key_sha256 FROM api_answer"
            " WHERE created_at < now() - CAST(:kept AS interval) FOR UPDATE SKIP LOCKED)"
        ),
        {"kept": ANSWER_KEPT},
    )
    values = msgspec.structs.asdict(once)
    added = connection.execute(
        text(
            "INSERT INTO api_answer (tenant_id, principal_id, key_sha256, request_sha256)"
            " VALUES (:tenant_id, :program_id, :key_sha256, :request) ON CONFLICT DO NOTHING"
        ),
        values | {"request": request_sha256},
    )
    if added.rowcount:
        return None
    row = connection.execute(
        text(
            "SELECT request_sha256, body FROM api_answer WHERE tenant_id = :tenant_id"
            " AND principal_id = :program_id AND key_sha256 = :key_sha256"
        ),
        values,
    ).one()
    return bytes(row.request_sha256), bytes(row.body)


def keep_answer(connection: Connection, once: Once, body: bytes) -> None:
    """Keep the answer of a request begun in this transaction."""
    connection.execute(
        text(
            "UPDATE api_answer SET body = :body WHERE tenant_id = :tenant_id"
            " AND principal_id = :program_id AND key_sha256 = :key_sha256"
        ),
        msgspec.structs.asdict(once) | {"body": body},
    )


def _program(row: Any) -> Program:
    practices: Sequence[Practice] = msgspec.convert(row.practices, tuple[Practice, ...])
    return Program(
        id=row.id,
        name=row.name,
        scopes=frozenset(map(TokenScope, row.scopes)),
        networks=tuple(row.networks),
        practices=tuple(practices),
        active=row.active,
    )

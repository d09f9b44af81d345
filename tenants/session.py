"""Connections: one engine a process, and transactions that belong to one practice for life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from core.errors import ClaimwrightError, ConflictError, InputError, UnavailableError

_UNREACHABLE = (
    "the database does not answer; start it, or check DATABASE_URL, then run: claimwright doctor"
)
_DISK_FULL = "the disk of the database is full; free space, then run it again; nothing was stored"


def make_engine(url: str, *, pool_size: int = 8) -> Engine:
    """The engine of this process. Parameters are never shown in errors or logs."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"prepare_threshold": 3},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction without a practice: only the tables of the deployment show rows."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except (DBAPIError, psycopg.Error) as problem:
        known = _known(problem)
        if known is None:
            raise
        raise known from None


def _known(problem: DBAPIError | psycopg.Error) -> ClaimwrightError | None:
    """What happened to the database, in a sentence; None for a mistake of our own.

    Never with the server's own words: they may hold values of a row.
    """
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    if isinstance(cause, psycopg.DataError):
        return InputError(
            "a value is too large, or holds a character, that cannot be stored; nothing was stored"
        )
    if not isinstance(cause, psycopg.OperationalError):
        return None
    state = cause.sqlstate or ""
    if state.startswith("40"):
        return ConflictError("two programs changed the same records at once; run it again")
    return UnavailableError(_DISK_FULL if state == "53100" else _UNREACHABLE)


@contextmanager
def tenant_transaction(engine: Engine, tenant_id: UUID) -> Iterator[Connection]:
    """One transaction of one practice.

    ``SET LOCAL`` as a statement, not ``set_config()``: it ends with the transaction and is the form
    that reaches the workers of a distributed PostgreSQL. The id is a UUID, so it cannot carry SQL.
    """
    with transaction(engine) as connection:
        connection.exec_driver_sql(f"SET LOCAL app.tenant = '{UUID(int=tenant_id.int)}'")
        yield connection


@contextmanager
def staff_transaction(engine: Engine, staff_id: UUID) -> Iterator[Connection]:
    """One transaction of one member of staff: the PHI-free queue of the practices assigned."""
    with transaction(engine) as connection:
        connection.exec_driver_sql(f"SET LOCAL app.staff = '{UUID(int=staff_id.int)}'")
        yield connection

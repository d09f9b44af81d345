"""Connections: one engine a process, and transactions that belong to one practice for life."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.adapt import Loader
from psycopg.types.array import ListDumper
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from audit.event import DEPLOYMENT
from core.errors import (
    ClaimwrightError,
    CollisionError,
    InputError,
    IntegrityError,
    UnavailableError,
)
from tenants.context import TOKEN_SECONDS, ContextSigner, Speaker

_UNREACHABLE = (
    "the database does not answer; start it, or check DATABASE_URL, then run: claimwright doctor"
)
_DISK_FULL = "the disk of the database is full; free space, then run it again; nothing was stored"


_SIGNER = "context_signer"
_STANDING = "context_standing"
_CLOCK = "context_clock"
_CLOCK_OFFSET = "clock_offset_seconds"
_SHOWN_BYTES = "shown_bytes"

_IDS_OID = psycopg.adapters.types["uuid"].array_oid

# Renewed in the middle of its life: any single statement has that long to begin.
_RENEWED_SECONDS_BEFORE = TOKEN_SECONDS // 2


class _ListDumper(ListDumper):
    """Arrays as the driver writes them; those of ids, which batches name by the thousand, at once.

    The driver asks of each element how it is written and whether it needs quotes; ids need none.
    """

    def dump(self, obj: list[Any]) -> Any:
        """The array as PostgreSQL reads it."""
        if self.oid != _IDS_OID or {*map(type, obj)} != {UUID}:
            return super().dump(obj)
        return b"{%s}" % b",".join([b"%032x" % one.int for one in obj])


class _IdLoader(Loader):
    """Ids in a third of the time that their class takes to read its own text."""

    def load(self, data: Any) -> UUID:
        """The id that PostgreSQL wrote."""
        return msgspec.convert(str(data, "ascii"), UUID)


def make_engine(
    url: str,
    *,
    context_key: str | None = None,
    pool_size: int = 8,
    clock: Callable[[], float] = time.time,
) -> Engine:
    """The engine of this process. Parameters are never shown in errors or logs.

    With ``context_key`` (of ``DatabaseUrls``) its transactions can speak for a practice or a member
    of staff; without it they see the tables of the deployment only.
    """
    role = make_url(url).username or ""
    signer = ContextSigner(context_key, role) if context_key else None
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"prepare_threshold": 3},
        execution_options={_SIGNER: signer, _CLOCK: clock},
    )

    @event.listens_for(engine, "connect")
    def learn_of_the_server(driver: Any, record: Any) -> None:
        """Its clock, by which tokens expire; and how much of a statement other sessions see."""
        driver.adapters.register_dumper(list, _ListDumper)
        driver.adapters.register_loader("uuid", _IdLoader)
        now, shown_bytes = driver.execute(
            "SELECT extract(epoch FROM clock_timestamp())::float8, setting::integer"
            " FROM pg_settings WHERE name = 'track_activity_query_size'"
        ).fetchone()
        driver.rollback()
        record.info[_CLOCK_OFFSET] = now - clock()
        record.info[_SHOWN_BYTES] = shown_bytes

    @event.listens_for(engine, "before_cursor_execute")
    def keep(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("ROLLBACK TO "):
            # That also takes back the token that was set after the savepoint.
            _doubt(connection)
        else:
            keep_standing(connection)

    return engine


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
        return CollisionError("two programs changed the same records at once; run it again")
    return UnavailableError(_DISK_FULL if state == "53100" else _UNREACHABLE)


class _Standing:
    """Whom an open transaction speaks for, and until when its token is to be renewed."""

    __slots__ = ("renew_at", "speaker", "speaker_id")

    def __init__(self, speaker: Speaker, speaker_id: UUID) -> None:
        self.speaker = speaker
        self.speaker_id = speaker_id
        self.renew_at = 0.0


def keep_standing(connection: Connection) -> None:
    """Give a long transaction a new token before its own ends; a no-op for any other.

    Called before every statement of SQLAlchemy; whoever uses the driver directly calls it too.
    """
    options = connection.get_execution_options()
    standing: _Standing | None = options.get(_STANDING)
    if standing is None:
        return
    now = options[_CLOCK]() + connection.info[_CLOCK_OFFSET]
    if now < standing.renew_at:
        return
    expires_at = int(now) + TOKEN_SECONDS
    standing.renew_at = float(expires_at - _RENEWED_SECONDS_BEFORE)
    signer: ContextSigner = options[_SIGNER]
    driver: Any = connection.connection.driver_connection
    driver.execute(
        signer.statement(
            standing.speaker,
            standing.speaker_id,
            expires_at=expires_at,
            hidden_after=connection.info[_SHOWN_BYTES],
        )
    )


def _doubt(connection: Connection) -> None:
    standing: _Standing | None = connection.get_execution_options().get(_STANDING)
    if standing is not None:
        standing.renew_at = 0.0


@contextmanager
def _speaking(engine: Engine, speaker: Speaker, speaker_id: UUID) -> Iterator[Connection]:
    if engine.get_execution_options()[_SIGNER] is None:
        raise IntegrityError("this engine was made without a key and can speak for nobody")
    with transaction(engine) as connection:
        connection.execution_options(**{_STANDING: _Standing(speaker, speaker_id)})
        keep_standing(connection)
        yield connection


def tenant_transaction(engine: Engine, tenant_id: UUID) -> AbstractContextManager[Connection]:
    """One transaction of one practice."""
    return _speaking(engine, Speaker.TENANT, tenant_id)


def deployment_transaction(engine: Engine) -> AbstractContextManager[Connection]:
    """One transaction of the deployment: accounts, assignments, sessions and their audit events.

    Only such a transaction changes them; ``transaction`` reads what is nobody's secret.
    """
    return _speaking(engine, Speaker.TENANT, DEPLOYMENT)


def staff_transaction(engine: Engine, staff_id: UUID) -> AbstractContextManager[Connection]:
    """One transaction of one member of staff: the PHI-free queue of the practices assigned."""
    return _speaking(engine, Speaker.STAFF, staff_id)


def is_believed(engine: Engine) -> bool:
    """Whether the database believes what this engine says; not so with a key it does not have."""
    with deployment_transaction(engine) as connection:
        return bool(connection.execute(text("SELECT current_tenant()")).scalar() == DEPLOYMENT)

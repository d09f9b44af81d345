"""A throwaway PostgreSQL with the audit tables, and what tests do to it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, create_engine, text

from audit.checkpoint import Checkpoint, CheckpointSigner
from audit.event import Event, ObjectType, machine
from audit.log import Verification, verify_all
from audit.sequencer import sequence
from audit.store import record
from tenants.postgres import DatabaseUrls, EmbeddedServer, open_database

REPOSITORY = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SIGNER = CheckpointSigner("claimwright/test", b"s" * 32)
WORKER = machine("worker")

GUARDED = ("audit_event", "audit_object", "audit_object_span", "audit_leaf", "audit_checkpoint")
OURS = (*GUARDED, "audit_pending", "audit_unpublished", "tenant_key")
TRIGGERS_OFF = "; ".join(f"ALTER TABLE {table} DISABLE TRIGGER append_only" for table in GUARDED)
TRIGGERS_ON = "; ".join(
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only" for table in GUARDED
)


def migration(name: str) -> ModuleType:
    """A migration module; its name begins with a digit, so it cannot be imported by name."""
    path = REPOSITORY / "tenants/store/migrations/versions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location("migration", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def claims_event(
    tenant_id: UUID, number: int = 0, *, ids: Iterable[UUID] = (), kind: str = "claim.created"
) -> Event:
    """An event about claims, ``number`` milliseconds after ``NOW``; its id sorts by time too."""
    about = tuple(ids) or (uuid4(),)
    return Event.of(
        kind,
        id=UUID(int=(number + 1) << 80 | uuid4().int >> 48),
        tenant_id=tenant_id,
        at=NOW + timedelta(milliseconds=number),
        actor=WORKER,
        about={ObjectType.CLAIM: about},
        counts={"claims": len(about)},
    )


class LogDatabase:
    """The database as each role reaches it."""

    def __init__(self, home: Path) -> None:
        self.urls: DatabaseUrls = open_database(home, database_url=None, durable=False)
        self.app = create_engine(self.urls.app, hide_parameters=True)
        self.sequencer = create_engine(self.urls.sequencer)
        owner = create_engine(self.urls.migrator)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL "
                    "SAFE RETURN nullif(current_setting('app.tenant', true), '')::uuid"
                )
            )
            for statement in (
                *migration("0002_keys_and_audit").STATEMENTS,
                *migration("0006_keys_by_class").KEY_STATEMENTS,
                *migration("0007_capture_and_disclosures").AUDIT_STATEMENTS,
                *migration("0016_lean_events").STATEMENTS,
                *migration("0019_lighter_events").STATEMENTS,
                *migration("0020_events_of_one_act").STATEMENTS,
            ):
                connection.execute(text(statement))
        owner.dispose()
        self._server = EmbeddedServer(home, durable=False)
        administrator = self._server.administrator().database("claimwright")
        self.superuser: Engine = create_engine(administrator.url())

    def close(self) -> None:
        for engine in (self.app, self.sequencer, self.superuser):
            engine.dispose()
        self._server.destroy()

    def clear(self) -> None:
        self.tamper(f"TRUNCATE {', '.join(OURS)}")

    def tamper(self, *statements: str) -> int:
        """What a database administrator can do; how many rows the last statement changed."""
        changed = 0
        with self.superuser.begin() as connection:
            connection.execute(text(TRIGGERS_OFF))
            for statement in statements:
                changed = connection.execute(text(statement)).rowcount
            connection.execute(text(TRIGGERS_ON))
        return changed

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Connection]:
        """A transaction of the application for one practice."""
        with self.app.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL app.tenant = '{tenant_id}'")
            yield connection

    def record(self, tenant_id: UUID, count: int, *, start: int = 0) -> tuple[Event, ...]:
        """Record ``count`` events of one claim each."""
        events = tuple(claims_event(tenant_id, start + number) for number in range(count))
        with self.tenant(tenant_id) as connection:
            record(connection, events)
        return events

    def sequence(self, folder: Path, *, batch_events: int = 5_000) -> tuple[Checkpoint, ...]:
        with self.sequencer.connect() as connection:
            return sequence(connection, SIGNER, NOW, folder, batch_events=batch_events)

    def verify(self, folder: Path) -> Verification:
        with self.sequencer.connect() as connection:
            return verify_all(connection, SIGNER.verifier, folder)

    def value(self, statement: str) -> object:
        """One value, read without any policy."""
        with self.superuser.begin() as connection:
            return connection.execute(text(statement)).scalar()

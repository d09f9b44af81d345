"""The safety net: no row changes without a captured line, and no line without an event commits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import FeatureNotSupported, IntegrityConstraintViolation
from sqlalchemy import create_engine

from audit.event import DEPLOYMENT
from audit.reconcile import reconcile
from tenants.postgres import (
    DatabaseUrls,
    EmbeddedServer,
    create_from_template,
    drop_database,
)
from tenants.postgres.address import address_of_url
from tests.by_hand import NOTED
from tests.speaking import speaks_for

TENANT = UUID("00000000-0000-4000-8000-00000000000c")
OTHER = UUID("00000000-0000-4000-8000-00000000000d")

# Tables that change without an act of anybody, each with its reason.
UNWATCHED = {
    "alembic_version": "the migrator's own",
    "context_key": "the owner's own",
    "index_length": "how long an index is, chosen by the program; a new choice is an event",
    "web_session": "a session's last use; its beginning and end are events",
    "sign_in_throttle": "counts attempts; a refused attempt is an event",
    "key_challenge": "handed out for minutes; the factor that used it is an event",
    "company_sign_in": "on its way for minutes; the sign-in is an event",
    "api_token_use": "when a token was used last; what it did is an event",
    "api_answer": "an answer kept for a day; the work it answers for is an event",
    "tenant_counter": "the last number given out; what got the number is an event",
}

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def urls(server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    name = f"capture_{os.getpid()}"
    made = create_from_template(server, "template_claimwright", name)
    yield made
    drop_database(made, name)


Speak = Callable[[UUID], str]


@pytest.fixture
def speak(urls: DatabaseUrls) -> Speak:
    """The statement by which the rest of a transaction speaks for a practice."""
    return lambda tenant_id: speaks_for(urls, tenant_id)


@pytest.fixture
def app(urls: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(urls.app.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(urls: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(urls.migrator.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def act(app: Connection, speak: Speak, *statements: str | UUID) -> None:
    """One transaction of the application for the practice; a UUID: on for that one."""
    with app.transaction():
        app.execute(speak(TENANT))
        for statement in statements:
            app.execute(speak(statement) if isinstance(statement, UUID) else statement)


def practice(number: int, tenant_id: UUID = TENANT) -> str:
    return (
        "INSERT INTO practice (tenant_id, number, slug, name, submitter_id) VALUES"
        f" ('{tenant_id}', {number}, 'capture-{number}', 'Capture', 'C{number}')"
    )


def patients(count: int) -> str:
    return (
        "INSERT INTO patient (tenant_id, id, number_index, name_index, identifiers, demographics)"
        f" SELECT '{TENANT}', gen_random_uuid(), uuid_send(gen_random_uuid()), '', 'sealed',"
        " 'sealed'"
        f" FROM generate_series(1, {count})"
    )


@pytest.fixture
def there(app: Connection, speak: Speak) -> None:
    """The practice, made once."""
    with app.transaction():
        app.execute(speak(TENANT))
        if app.execute("SELECT FROM practice WHERE tenant_id = %s", (TENANT,)).rowcount == 0:
            app.execute(practice(1))
            app.execute(NOTED)


def captured(app: Connection, speak: Speak) -> list[tuple[Any, ...]]:
    with app.transaction():
        app.execute(speak(TENANT))
        return app.execute(
            "SELECT table_name, operation, rows_count, encode(digest, 'hex') FROM audit_capture"
            " WHERE tenant_id = %s ORDER BY transaction_id, id",
            (TENANT,),
        ).fetchall()


@pytest.mark.control("R16")
def test_every_table_is_watched_or_its_reason_stands_here(owner: Connection) -> None:
    watched = owner.execute(
        "SELECT c.relname, array_agg(t.tgname::text ORDER BY t.tgname),"
        " array_agg(DISTINCT t.tgenabled::text)"
        " FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname ~ '^capture_'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND c.relname !~ '^(audit|procrastinate)_' GROUP BY 1"
    ).fetchall()
    bare = {name for name, triggers, _ in watched if triggers == [None]}
    assert bare == set(UNWATCHED), "SELECT capture_changes_of('...') in the table's migration"
    every = ["capture_delete", "capture_insert", "capture_truncate", "capture_update"]
    for name, triggers, enabled in watched:
        assert name in UNWATCHED or (triggers, enabled) == (every, ["A"]), name


# By whatever way a row is written, and whoever's table it is in; the last statement.
STAFF = (
    "INSERT INTO staff (id, email, name, role)"
    " VALUES (gen_random_uuid(), gen_random_uuid()::text, 'x', 'biller')"
)
WORK = (
    "INSERT INTO work_item (tenant_id, id, claim_id, claim_number, payer_name, form, stage,"
    f" next_actor, amount_cents) VALUES ('{TENANT}', gen_random_uuid(), gen_random_uuid(), '1',"
    " 'x', '837P', 'held', 'biller', 1)"
)
WAYS: dict[str, tuple[str | UUID, ...]] = {
    "a row of a practice": (patients(1),),
    "many rows at once": (patients(500),),
    "a row of the deployment": (OTHER, practice(77, OTHER)),
    "a change": ("UPDATE patient SET version = version + 1",),
    "a change through a WITH": (
        (
            "WITH old AS (SELECT id FROM patient) UPDATE patient SET version = 9"
            " FROM old WHERE patient.id = old.id"
        ),
    ),
    "an upsert": (
        (
            "INSERT INTO practice (tenant_id, number, slug, name, submitter_id) VALUES"
            f" ('{TENANT}', 1, 'capture-1', 'x', 'C1')"
            " ON CONFLICT (tenant_id) DO UPDATE SET name = 'y'"
        ),
    ),
    "a person": (DEPLOYMENT, STAFF),
    "a deletion": ("DELETE FROM work_item",),
    "an event under another's name": (
        patients(1),
        OTHER,
        NOTED,
    ),
    "an event that was taken back": (
        patients(1),
        "SAVEPOINT before",
        NOTED,
        "ROLLBACK TO SAVEPOINT before",
    ),
    "the question asked too early": (
        NOTED,
        "SET CONSTRAINTS ALL IMMEDIATE",
        OTHER,
        practice(78, OTHER),
    ),
}


@pytest.mark.attack("S-52")
@pytest.mark.control("R16")
@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("way", WAYS)
def test_raw_sql_of_the_application_without_an_event_is_refused(
    app: Connection, speak: Speak, way: str
) -> None:
    act(app, speak, patients(1), WORK, NOTED)
    before = captured(app, speak)
    with pytest.raises(IntegrityConstraintViolation, match="without an audit event"):
        act(app, speak, *WAYS[way])
    assert captured(app, speak) == before


@pytest.mark.attack("S-52")
@pytest.mark.usefixtures("there")
def test_copy_without_an_event_is_refused_too(app: Connection, speak: Speak) -> None:
    """Row-level security stands before the net: no table takes a COPY of the application."""

    def copied() -> None:
        columns = "id, payer_id, name, kind, filing_indicator"
        with app.transaction(), app.cursor().copy(f"COPY payer ({columns}) FROM STDIN") as copy:
            copy.write_row((UUID(int=5), "COPIED", "Copied", "commercial", "CI"))

    with pytest.raises(FeatureNotSupported):
        copied()


@pytest.mark.attack("S-52")
@pytest.mark.usefixtures("there")
def test_an_event_of_an_earlier_transaction_does_not_count(app: Connection, speak: Speak) -> None:
    act(app, speak, NOTED)
    with pytest.raises(IntegrityConstraintViolation, match="without an audit event"):
        act(app, speak, patients(1))


@pytest.mark.usefixtures("there")
def test_the_check_at_commit_reads_its_own_event_however_many_wait(
    app: Connection, owner: Connection, speak: Speak
) -> None:
    """A plan made while nothing waits serves the session for days, and must not read the queue."""
    owner.execute("DELETE FROM audit_pending")
    owner.execute("VACUUM (ANALYZE) audit_pending")
    for _ in range(8):  # past where a plan of the session's own is kept
        act(app, speak, patients(1), NOTED)
    waiting = NOTED.replace("VALUES (", "SELECT ").removesuffix(")")
    act(app, speak, f"{waiting} FROM generate_series(1, 2000)")
    seen = "SELECT seq_scan, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s"

    def reads() -> tuple[int, int]:
        (found,) = app.execute(seen, ["audit_pending"]).fetchall()
        return found

    with app.transaction():
        app.execute(speak(TENANT))
        app.execute(patients(1))
        app.execute(NOTED)
        whole, rows = reads()
        app.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert reads() == (whole, rows + 1)


@pytest.mark.attack("S-52")
@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(("column", "value"), [("id", "'5'"), ("at", "now()")])
def test_an_event_cannot_claim_another_transaction(
    app: Connection, speak: Speak, column: str, value: str
) -> None:
    forged = NOTED.replace("purpose)", f"purpose, transaction_{column})")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(app, speak, forged.replace("'operations')", f"'operations', {value})"))


@pytest.mark.control("R17")
@pytest.mark.usefixtures("there")
def test_a_statement_leaves_one_line_with_its_rows_and_their_digest(
    app: Connection, speak: Speak
) -> None:
    before = len(captured(app, speak))
    with app.transaction():
        app.execute(speak(TENANT))
        app.execute(patients(3))
        app.execute("UPDATE patient SET version = version WHERE false")
        app.execute(NOTED)
        [expected] = app.execute(
            "SELECT encode(sha256(string_agg(sha256(record_send(p)), '' ORDER BY ctid)), 'hex')"
            " FROM patient p WHERE xmin = pg_current_xact_id()::xid"
        ).fetchone() or [None]
    assert captured(app, speak)[before:] == [("patient", "INSERT", 3, expected)]


@pytest.mark.usefixtures("there")
def test_a_statement_over_two_practices_leaves_a_line_for_each(
    urls: DatabaseUrls, run_folder: Path
) -> None:
    """Only who is above the policies can write one; it goes into no practice's line but its own."""
    admin = EmbeddedServer(run_folder / "server", durable=False).administrator()
    with admin.database(address_of_url(urls.app).dbname).connect() as connection:
        connection.execute("BEGIN")
        connection.execute(practice(2, OTHER))
        connection.execute(
            "INSERT INTO patient (tenant_id, id, number_index, name_index, identifiers,"
            " demographics) SELECT owner, gen_random_uuid(), uuid_send(gen_random_uuid()), '',"
            " 'sealed', 'sealed' FROM unnest(ARRAY[%s, %s, %s]) AS owner",
            (TENANT, OTHER, OTHER),
        )
        lines = connection.execute(
            "SELECT tenant_id, rows_count, digest FROM audit_capture"
            " WHERE transaction_id = pg_current_xact_id() AND table_name = 'patient'"
            " ORDER BY tenant_id"
        ).fetchall()
        expected = connection.execute(
            "SELECT tenant_id, count(*),"
            " sha256(string_agg(sha256(record_send(p)), '' ORDER BY ctid))"
            " FROM patient p WHERE xmin = pg_current_xact_id()::xid GROUP BY 1 ORDER BY 1"
        ).fetchall()
        connection.execute("ROLLBACK")
    assert [(owner, rows) for owner, rows, _ in lines] == [(TENANT, 1), (OTHER, 2)]
    assert lines == expected


@pytest.mark.attack("S-52")
@pytest.mark.control("R16")
@pytest.mark.usefixtures("there")
def test_what_an_administrator_does_by_hand_is_found_by_reconciliation(
    urls: DatabaseUrls, app: Connection, owner: Connection
) -> None:
    engine = create_engine(urls.sequencer)
    with engine.connect() as connection:
        assert reconcile(connection).accounted
        with owner.transaction():
            owner.execute("UPDATE practice SET name = 'by hand'")
        found = reconcile(connection)
    engine.dispose()
    assert not found.accounted
    assert [(one.table, one.operation, one.rows) for one in found.changes] == [
        ("practice", "UPDATE", 1)
    ]
    assert "UPDATE of 1 rows of practice" in found.sentence


@pytest.mark.attack("S-52")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_capture",
        "UPDATE audit_capture SET rows_count = 0",
        (
            "INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)"
            f" VALUES ('{TENANT}', 'x', 'INSERT', 0, '')"
        ),
        "ALTER TABLE patient DISABLE TRIGGER capture_insert",
        "SET session_replication_role = replica",
        "SELECT capture_changes_of('patient')",
    ],
)
def test_the_application_cannot_touch_the_net(
    app: Connection, speak: Speak, statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)

"""One practice never sees, changes or learns of another; over every table there is.

The same world shows that backups and exports know every sealed column.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from psycopg.errors import (
    CheckViolation,
    ForeignKeyViolation,
    InsufficientPrivilege,
    RestrictViolation,
)
from sqlalchemy import Engine, text

from api import worker
from api.backup.prove import prove_cells
from api.lifecycle.export import export_practice
from audit.event import machine
from core.errors import InputError, NotFoundError, SealError, UnavailableError
from tenants.postgres.upkeep import Upkeep
from tenants.session import make_engine, staff_transaction, tenant_transaction, transaction
from tenants.store import whole
from tests.tenants.two_practices import CANARIES, LAST_NAME, World

pytestmark = pytest.mark.xdist_group("two_practices")

# Empty between two runs of the sequencer, which alone may read them.
PASSING = {"audit_pending", "audit_unpublished"}
SEQUENCER_ONLY = {"audit_pending", "audit_unpublished"}
REFUSED = (InsufficientPrivilege, RestrictViolation)


def count(connection: psycopg.Connection[object], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])  # type: ignore[index]


def test_every_table_of_a_tenant_has_rows_to_guard(world: World) -> None:
    """Else what follows proves nothing for it: a new table needs a row in ``two_practices``."""
    for office in (world.river, world.brook):
        with world.connection(tenant=office.tenant_id, owner=True) as connection:
            empty = {table for table in world.tenant_tables() if not count(connection, table)}
        assert empty <= PASSING


@pytest.mark.attack("S-02")
def test_without_a_tenant_nothing_is_there_and_nothing_can_be_written(world: World) -> None:
    river = world.river.tenant_id
    for table in world.tenant_tables():
        if table in SEQUENCER_ONLY:
            continue
        with world.connection(tenant=river) as connection:
            row = connection.execute(f"SELECT to_jsonb(t)::text FROM {table} t LIMIT 1").fetchone()
        assert row is not None
        with world.connection() as connection:
            assert count(connection, table) == 0, table
            with pytest.raises(REFUSED):
                connection.execute(
                    f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)",
                    (row[0],),
                )
        for change in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
            with world.connection() as connection:
                try:
                    assert connection.execute(change).rowcount == 0, change
                except REFUSED:
                    continue


@pytest.mark.attack("S-02")
def test_the_owner_is_under_the_policies_as_well(world: World) -> None:
    with world.connection(owner=True) as connection:
        assert {table for table in world.tenant_tables() if count(connection, table)} == set()


@pytest.mark.attack("S-02")
def test_another_practices_rows_are_invisible_and_cannot_be_made_changed_or_taken(
    world: World,
) -> None:
    river, brook = world.river.tenant_id, world.brook.tenant_id
    for table in set(world.tenant_tables()) - SEQUENCER_ONLY:
        with world.connection(tenant=river) as connection:
            mine = count(connection, table)
            foreign = f"SELECT count(*) FROM {table} WHERE tenant_id <> %s"
            assert connection.execute(foreign, (river,)).fetchone() == (0,), table
            assert mine > 0 or table in PASSING
        given_away = (
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t)"
            " || jsonb_build_object('tenant_id', %s::text))).* FROM " + table + " t LIMIT 1"
        )
        for change in (given_away, f"UPDATE {table} SET tenant_id = %s"):
            with (
                world.connection(tenant=brook) as connection,
                pytest.raises((*REFUSED, CheckViolation)) as refused,
            ):
                connection.execute(change, (str(river),))
            assert "row-level security" in str(refused.value) or isinstance(
                refused.value, (InsufficientPrivilege, RestrictViolation)
            )
        with world.connection(tenant=brook) as connection:
            try:
                done = connection.execute(
                    f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = %s", (river,)
                )
                assert done.rowcount == 0
            except REFUSED:
                pass
        with world.connection(tenant=river) as connection:
            assert count(connection, table) == mine


@pytest.mark.attack("S-08")
def test_a_link_into_another_practice_is_refused_as_one_into_nothing(world: World) -> None:
    with world.connection(tenant=world.river.tenant_id) as connection:
        [theirs] = connection.execute("SELECT id FROM patient LIMIT 1").fetchall()
        [payer] = connection.execute("SELECT id FROM payer LIMIT 1").fetchall()
    told = []
    for patient in (theirs[0], uuid4()):
        with (
            world.connection(tenant=world.brook.tenant_id) as connection,
            pytest.raises(ForeignKeyViolation) as refused,
        ):
            connection.execute(
                "INSERT INTO coverage (tenant_id, id, patient_id, rank, payer_ref, member_index,"
                " demographics, identifiers) VALUES (%s, %s, %s, 1, %s, '', '', '')",
                (world.brook.tenant_id, uuid4(), patient, payer[0]),
            )
        diag = refused.value.diag
        told.append((diag.sqlstate, diag.message_primary, diag.constraint_name))
    assert told[0] == told[1]


@pytest.mark.attack("S-09")
def test_files_keys_outbox_and_jobs_of_another_practice_are_out_of_reach(world: World) -> None:
    """What a program holds of one practice is worth nothing in a transaction of another."""
    river, brook = world.river, world.brook
    [file] = river.rows("SELECT id FROM exchange_file WHERE direction = 'in' LIMIT 1")
    with river.work() as uow:
        assert uow.files.body(file.id)
        kept = uow.files._context.sealer
        sealed = kept.seal("exchange_file", "body", file.id, b"of river")
        uow.record("claim.read")
    with brook.work() as uow:
        with pytest.raises((AssertionError, NotFoundError)):
            uow.files.body(file.id)
        assert uow.files.by_sha256("in", b"\0" * 32) is None
        assert uow.files._context.sealer is not kept
        with pytest.raises(SealError):
            uow.files._context.sealer.open("exchange_file", "body", file.id, sealed)
        uow.record("claim.read")
    # A file of one that waits is not sent by the other, nor into its folder.
    with river.work() as uow:
        uow.files.set_status(river.rows(_SENT)[0].id, "waiting")
        uow.record("file.sent")
    assert brook.cycle.send() == ()
    assert len(river.cycle.send()) == 1
    with pytest.raises(NotFoundError, match="a job names a practice"):
        worker._job(world.running, "prepare", worker.STEPS["prepare"])(str(uuid4()))


_SENT = "SELECT id FROM exchange_file WHERE direction = 'out' LIMIT 1"


@pytest.mark.attack("S-08")
def test_a_key_another_practice_uses_is_free_here(world: World) -> None:
    with world.connection(tenant=world.river.tenant_id, owner=True) as connection:
        [key] = connection.execute(
            "SELECT key FROM ledger_entry WHERE kind = 'charge' LIMIT 1"
        ).fetchall()
    with world.connection(tenant=world.brook.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ledger_entry (tenant_id, id, kind, key, effective_on)"
            " VALUES (%s, %s, 'charge', %s, '2026-01-30')",
            (world.brook.tenant_id, uuid4(), key[0]),
        )


def test_the_queue_shows_a_person_the_practices_assigned_and_no_others(world: World) -> None:
    river, brook = world.river.tenant_id, world.brook.tenant_id
    for person, seen in ((world.biller.id, {river}), (world.idle.id, set()), (uuid4(), set())):
        with world.connection(staff=person) as connection:
            found = connection.execute("SELECT DISTINCT tenant_id FROM work_item").fetchall()
            assert {row[0] for row in found} == seen
            others = set(world.tenant_tables()) - {"work_item"} - SEQUENCER_ONLY
            assert not [table for table in others if count(connection, table)]
            changed = connection.execute("UPDATE work_item SET staff_id = NULL")
            assert changed.rowcount == 0
            assert connection.execute("DELETE FROM work_item").rowcount == 0
    with world.connection(tenant=brook) as connection:
        [row] = connection.execute("SELECT claim_number FROM work_item").fetchall()[:1]
    assert str(row[0]).startswith(f"{world.brook.practice.number:04d}")


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    """One connection, used again and again."""
    made = make_engine(world.urls.app, context_key=world.urls.context_key, pool_size=1)
    yield made
    made.dispose()


def left_behind(engine: Engine) -> tuple[int, str, int]:
    with transaction(engine) as connection:
        row = connection.execute(
            text(
                "SELECT pg_backend_pid() AS pid, current_setting('app.ctx', true) AS token,"
                " (SELECT count(*) FROM patient) + (SELECT count(*) FROM work_item) AS n"
            )
        ).one()
    return row.pid, row.token or "", row.n


@pytest.mark.attack("S-03")
def test_a_pooled_connection_carries_no_tenant_from_one_use_to_the_next(
    world: World, engine: Engine
) -> None:
    river = world.river.tenant_id
    pid, *_ = left_behind(engine)

    def commits() -> None:
        with tenant_transaction(engine, river) as connection:
            assert connection.execute(text("SELECT count(*) FROM patient")).scalar_one() > 0

    def raises() -> None:
        with tenant_transaction(engine, river):
            raise LookupError

    def fails_in_sql() -> None:
        with tenant_transaction(engine, river) as connection:
            connection.execute(text("SELECT 1 / 0"))

    def is_cancelled() -> None:
        with tenant_transaction(engine, river) as connection:
            connection.execute(text("SET LOCAL statement_timeout = 1"))
            connection.execute(text("SELECT pg_sleep(1)"))

    def is_staff() -> None:
        with staff_transaction(engine, world.biller.id) as connection:
            connection.execute(text("SELECT count(*) FROM work_item"))

    for use, ends in (
        (commits, None),
        (raises, LookupError),
        (fails_in_sql, InputError),
        (is_cancelled, UnavailableError),
        (is_staff, None),
    ):
        with pytest.raises(ends) if ends else nullcontext():
            use()
        assert left_behind(engine) == (pid, "", 0), use.__name__


@pytest.mark.attack("S-10")
def test_a_statement_kept_by_the_driver_serves_each_practice_its_own(
    world: World, engine: Engine
) -> None:
    numbers: dict[UUID, set[str]] = {world.river.tenant_id: set(), world.brook.tenant_id: set()}
    for _ in range(8):  # past the driver's threshold for keeping a statement
        for tenant_id, seen in numbers.items():
            with tenant_transaction(engine, tenant_id) as connection:
                rows = connection.execute(text("SELECT claim_number FROM claim")).all()
            seen |= {row.claim_number for row in rows}
    river, brook = numbers.values()
    assert river
    assert brook
    assert not river & brook


def test_nothing_of_a_patient_lies_in_clear_in_any_table(world: World) -> None:
    needles = [form for one in CANARIES for form in (one, one.encode().hex())]
    found = []
    seen = 0
    for office in (world.river, world.brook):
        with world.connection(tenant=office.tenant_id, owner=True) as connection:
            for table in world.tables():
                rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
                seen += len(rows)
                for (row,) in rows:
                    found += [(table, one) for one in needles if one.lower() in row.lower()]
    assert seen > 200
    assert not found


def test_nothing_of_a_patient_lies_in_the_home_folder_or_the_servers_files(
    world: World, run_folder: Path
) -> None:
    exchanged = sorted(world.running.settings.exchange.rglob("*.x12"))
    assert any(CANARIES[0].encode() in path.read_bytes() for path in exchanged)
    home = world.running.settings.home
    for path in home.rglob("*"):
        if path.is_file() and path not in exchanged and path.name != "keyring.json":
            data = path.read_bytes()
            assert not [one for one in CANARIES if one.encode() in data], path.name
    grep = ["grep", "-r", "-a", "-l", "-F"]
    for one in CANARIES[:5]:
        grep += ["-e", one]
    server = run_folder / "server"
    # Other tests drop their databases meanwhile; a walk passes over what is gone.
    assert any("log" in name for _, _, names in os.walk(server) for name in names)
    hits = subprocess.run([*grep, str(server)], capture_output=True, text=True, check=False)
    assert hits.stdout == ""


@pytest.mark.control("R15")
def test_every_sealed_value_of_a_whole_cycle_opens_where_it_was_sealed(
    world: World, run_folder: Path
) -> None:
    upkeep = Upkeep(run_folder / "server", None, durable=False)
    with upkeep.reader(world.urls.migrator) as url:
        engine = make_engine(url, pool_size=1)
        with engine.connect() as connection, connection.begin():
            columns = whole.sealed_columns()
            assert ("finding", "override_reason") in columns
            river = world.river.tenant_id
            empty = [
                column
                for column in columns
                if not any(True for _ in whole.sealed_cells(connection, river, *column))
            ]
            # Nothing was overridden here and nothing is of Part 2; an app is of no practice.
            assert {table for table, _ in empty} == {
                *("authenticator_app", "claim", "encounter", "finding", "submission"),
                *("remittance_claim", "statement"),
            }
            assert {column for _, column in empty} == {
                *("secret", "substance_use", "override_reason")
            }
            proof = prove_cells(connection, world.running.keys)
        engine.dispose()
    assert proof.ok, proof.sentence
    assert "of 2 practices open" in proof.sentence


def test_every_sealed_column_is_opened_in_an_export(world: World, tmp_path: Path) -> None:
    done = export_practice(
        world.running, "river", tmp_path, with_part2=False, actor=machine("command")
    )
    (hold,) = (done.folder / "legal_hold.ndjson").read_text(encoding="utf-8").splitlines()
    assert msgspec.json.decode(hold)["reason"] == LAST_NAME
    assert {"provider", "statement", "remittance_claim", "coverage"} <= {
        table for table, rows in done.rows.items() if rows
    }
    (statement, *_) = (done.folder / "files" / "statement").iterdir()
    assert statement.read_bytes().startswith(b"%PDF")

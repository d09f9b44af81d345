"""Keys are renewed, values sealed anew, roots changed and practices shredded; nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.bootstrap import Runtime
from core.confidentiality import FieldClass
from core.crypto import sealed_key_version
from core.errors import ConflictError, DestroyedError, SealError, SetupError
from core.ports import ClaimRecord
from tenants.keyring import LocalKeyring
from tenants.keys import TenantKeys
from tenants.postgres import DatabaseUrls
from tenants.practice_secrets import SECRETS_FOLDER, PracticeSecrets
from tenants.rotation import (
    KeyState,
    Rewrapped,
    key_states,
    refuse_fresh_root,
    retire_unused,
    rewrap,
    roots_in_use,
    to_newest_root,
)
from tenants.session import tenant_transaction
from tenants.shred import shred
from tenants.store import resealing
from tests.by_hand import by_hand
from tests.campaign import rounds
from tests.core.usecases.office import Office, made
from tests.tenants.sealed_world import cells, grow_older, now, renew
from tests.tenants.two_practices import World, two_practices

REPOSITORY = Path(__file__).parents[2]
# The database refuses every change of these: what lies there keeps its key.
UNCHANGING = {"submission", "remittance_claim", "disclosure", "finding_answer", "record_version"}


@pytest.fixture(scope="module")
def world(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("rotation") / "home"
    with two_practices(server, home, f"rotation_{os.getpid()}") as made_world:
        grow_older(made_world, [made_world.river.tenant_id, made_world.brook.tenant_id])
        yield made_world


def states(world: World, tenant_id: UUID) -> tuple[KeyState, ...]:
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        return key_states(connection, world.running.keys, tenant_id)


def versions(world: World, tenant_id: UUID) -> dict[str, set[int]]:
    """The key versions in each table."""
    found: dict[str, set[int]] = {}
    for cell in cells(world, tenant_id):
        found.setdefault(cell.stored_in, set()).add(sealed_key_version(cell.sealed))
    return found


def rewrapped(world: World, tenant_id: UUID, batch_rows: int = 3) -> Rewrapped:
    running = world.running
    return rewrap(running.engine, running.keys, tenant_id, now=now, batch_rows=batch_rows)


def everything(office: Office) -> list[ClaimRecord]:
    records = office.records()
    with office.work() as uow:
        assert uow.patients.load(one.patient_id for one in records)
    return records


@pytest.mark.attack("S-14")
@pytest.mark.control("R15")
def test_a_rewrap_leaves_nothing_under_the_old_key_that_can_be_changed(world: World) -> None:
    office = world.river
    tenant_id = office.tenant_id
    before = everything(office)
    renew(world, tenant_id)
    newest = max(one.version for one in states(world, tenant_id) if one.purpose == "clinical")
    told: list[tuple[str, int, int]] = []
    came_to = rewrap(
        world.running.engine,
        world.running.keys,
        tenant_id,
        now=now,
        batch_rows=2,
        progress=lambda *step: told.append(step),
    )
    assert came_to.rows > 10
    assert (came_to.left, came_to.damaged) == (0, 0)
    assert told[-1][1] == told[-1][2], "progress ends where it said it would"
    found = versions(world, tenant_id)
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        kept = {one.name for one in resealing.present(connection) if not one.can_change}
    assert kept == UNCHANGING, "docs/operating.md names them"
    assert all(found[table] == {newest} for table in set(found) - UNCHANGING)
    assert all(newest not in found[table] for table in UNCHANGING)
    assert everything(office) == before
    assert rewrapped(world, tenant_id).rows == 0, "a second run finds nothing to do"
    events = office.rows("SELECT counts FROM audit_event WHERE kind = 'key.rewrapped'")
    assert sum(row.counts["rows"] for row in events) >= came_to.rows


@pytest.mark.attack("S-14")
def test_an_old_key_is_retired_once_it_seals_nothing_and_opens_nothing_then(world: World) -> None:
    office = world.brook
    tenant_id = office.tenant_id
    [old] = [cell for cell in cells(world, tenant_id) if cell.table == "provider"][:1]
    renew(world, tenant_id)

    def retire() -> int:
        with tenant_transaction(world.running.engine, tenant_id) as connection:
            return retire_unused(connection, world.running.keys, tenant_id, at=now())

    retire()
    state = {(one.purpose, one.version): one.state for one in states(world, tenant_id)}
    assert state["operations", sealed_key_version(old.sealed)] == "active", "it still seals values"
    rewrapped(world, tenant_id)
    assert retire() >= 1
    state = {(one.purpose, one.version): one.state for one in states(world, tenant_id)}
    assert state["operations", sealed_key_version(old.sealed)] == "retired"
    assert state["demographics", 1] == "active", "what was filed keeps its key"
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        sealer = world.running.keys.for_tenant(connection, tenant_id)
    with pytest.raises(SealError):
        sealer.open("provider", "body", old.row_id, old.sealed)
    assert everything(office)


@pytest.mark.attack("S-15")
@pytest.mark.campaign
def test_a_rewrap_that_is_killed_is_finished_by_the_next_one(world: World) -> None:
    office = world.river
    tenant_id = office.tenant_id
    before = everything(office)
    chance = random.Random(15)
    for _ in range(rounds(10)):
        renew(world, tenant_id)
        arguments = [world.running.settings.home, world.urls.app, tenant_id]
        with subprocess.Popen(
            [sys.executable, Path(__file__).with_name("killed_rewrap.py"), *map(str, arguments)],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        ) as child:
            assert child.stdout is not None
            for _ in range(chance.randrange(1, 12)):
                child.stdout.readline()
            child.kill()
        assert everything(office) == before, "half of it old, half new, all readable"
        came_to = rewrapped(world, tenant_id)
        assert (came_to.left, came_to.damaged) == (0, 0)
        assert everything(office) == before


@pytest.mark.attack("S-15")
@pytest.mark.campaign
def test_what_people_change_during_a_rewrap_is_not_lost(world: World) -> None:
    office = world.river
    record = office.records()[0]
    written = 0
    stop = Event()

    def edit(cents: int) -> None:
        with office.work() as uow:
            one = uow.claims.get(record.id)
            changed = replace(one.claim, patient_paid_cents=cents)
            uow.claims.replace(replace(one, claim=changed), expected_version=one.version)
            uow.record("claim.edited", {"claim": [one.id]})

    def work() -> None:
        nonlocal written
        while not stop.is_set():
            with suppress(ConflictError):
                edit(written + 1)
                written += 1

    person = Thread(target=work)
    person.start()
    try:
        for _ in range(rounds(20)):
            renew(world, office.tenant_id, [FieldClass.CLINICAL, FieldClass.DEMOGRAPHICS])
            rewrapped(world, office.tenant_id, batch_rows=1)
    finally:
        stop.set()
        person.join()
    assert rewrapped(world, office.tenant_id).damaged == 0
    after = office.record(record.id)
    assert written > 0
    assert after.version == record.version + written
    assert after.claim == replace(record.claim, patient_paid_cents=written)


def test_a_cell_that_does_not_open_is_counted_and_stops_nothing(world: World) -> None:
    office = world.river
    [victim] = office.rows("SELECT id, demographics FROM patient ORDER BY id LIMIT 1")
    renew(world, office.tenant_id)

    def put(sealed: bytes) -> None:
        with by_hand(world.running.engine, office.tenant_id) as connection:
            connection.execute(
                text("UPDATE patient SET demographics = :sealed WHERE id = :id"),
                {"sealed": sealed, "id": victim.id},
            )

    put(bytes(victim.demographics)[:-1] + b"\0")
    came_to = rewrapped(world, office.tenant_id)
    assert (came_to.damaged, came_to.left) == (1, 0)
    put(bytes(victim.demographics))
    assert rewrapped(world, office.tenant_id).rows == 1
    assert everything(office)


def test_a_new_root_wraps_every_practice_and_the_old_one_is_dropped_when_it_wraps_nothing(
    world: World,
) -> None:
    running = world.running
    tenants = running.every_practice_id()
    elsewhere = LocalKeyring.open(running.settings.home, database_has_keys=True)
    newest = running.keyring.add_root()
    changed = to_newest_root(running.engine, running.keyring, tenants[:1], now=now)
    assert changed > 0
    assert roots_in_use(running.engine, tenants) == {newest - 1, newest}, "killed here"
    for office in (world.river, world.brook):
        keys = TenantKeys(elsewhere, running.keys.secrets)
        with tenant_transaction(running.engine, office.tenant_id) as connection:
            keys.for_tenant(connection, office.tenant_id).seal(
                "statement", "body", office.tenant_id, b"a process that has read the old keyring"
            )
    assert to_newest_root(running.engine, running.keyring, tenants, now=now) > 0
    assert to_newest_root(running.engine, running.keyring, tenants, now=now) == 0
    assert roots_in_use(running.engine, tenants) == {newest}
    with pytest.raises(ConflictError, match="wait ten minutes"):
        refuse_fresh_root(running.keyring.changed_at(), now(), running.keys.kept_for * 2)
    running.keyring.drop_roots({newest - 1, newest})
    assert running.keyring.root_versions() == (newest,), "the one in use always stays"
    for office in (world.river, world.brook):
        running.keys.forget(office.tenant_id)
        assert everything(office)


def keys_as_stored(world: World, tenant_id: UUID) -> list[tuple[object, ...]]:
    with world.connection(tenant=tenant_id, owner=True) as connection:
        return connection.execute(
            "SELECT wrapped, purpose, version FROM tenant_key ORDER BY purpose, version"
        ).fetchall()


def restore(world: World, tenant_id: UUID, rows: list[tuple[object, ...]]) -> None:
    """What putting back an old backup of the database does."""
    with world.connection(tenant=tenant_id, owner=True) as connection:
        connection.execute("ALTER TABLE tenant_key DISABLE TRIGGER guard")
        for wrapped, purpose, version in rows:
            connection.execute(
                "UPDATE tenant_key SET state = 'active', wrapped = %s"
                " WHERE purpose = %s AND version = %s",
                (wrapped, purpose, version),
            )
        connection.execute("ALTER TABLE tenant_key ENABLE ALWAYS TRIGGER guard")
        connection.commit()


def refused_everywhere(running: Runtime, office: Office, error: type[Exception]) -> None:
    """Nothing of the practice opens: in this process, or in one that starts now."""
    fresh = TenantKeys(
        LocalKeyring.open(running.settings.home, database_has_keys=True),
        PracticeSecrets(running.settings.home),
    )
    claim = office.rows("SELECT id, clinical FROM claim")[0]
    patient = office.rows("SELECT id, demographics FROM patient")[0]
    for keys in (running.keys, fresh):
        with tenant_transaction(running.engine, office.tenant_id) as connection:
            sealer = keys.for_tenant(connection, office.tenant_id)
            for table, column, row_id, sealed in (
                ("claim", "clinical", claim.id, claim.clinical),
                ("patient", "demographics", patient.id, patient.demographics),
            ):
                with pytest.raises(error):
                    sealer.open(table, column, row_id, sealed)


@pytest.mark.attack("S-67")
@pytest.mark.control("R28", "R29")
def test_after_a_shred_nothing_opens_not_even_an_old_backup_and_the_audit_log_verifies(
    world: World,
) -> None:
    running = world.running
    office = Office(running, "fen")
    office.take(made(2))
    office.cycle.prepare()
    tenant_id = office.tenant_id
    backup = keys_as_stored(world, tenant_id)
    with pytest.raises(ConflictError, match="legal hold"):
        shred(running.engine, running.keys, tenant_id, hold_reasons=["audit 2026"], at=now())
    assert office.records(), "a hold keeps everything readable"
    count = shred(running.engine, running.keys, tenant_id, hold_reasons=(), at=now())
    assert count == len(backup) > 6
    refused_everywhere(running, office, DestroyedError)
    assert all(wrapped == b"" for wrapped, *_ in keys_as_stored(world, tenant_id))
    with pytest.raises(DestroyedError), office.work() as uow:
        uow.patients.named("Anybody")
    with (
        pytest.raises(DestroyedError),
        tenant_transaction(running.engine, tenant_id) as connection,
    ):
        running.keys.renew(connection, tenant_id, FieldClass.CLINICAL)

    restore(world, tenant_id, backup)
    running.keys.forget(tenant_id)
    refused_everywhere(running, office, DestroyedError)
    folder = running.settings.home / SECRETS_FOLDER
    (folder / f"{tenant_id}.destroyed").unlink()
    refused_everywhere(running, office, SetupError)
    assert not (folder / f"{tenant_id}.secret").exists()

    again = shred(running.engine, running.keys, tenant_id, hold_reasons=(), at=now())
    assert again == count, "of what was put back, all is destroyed again"
    kinds = [row.kind for row in office.rows("SELECT kind FROM audit_event ORDER BY at, id")]
    assert kinds.count("key.destroyed") == 2
    assert kinds.count("key.destroy_refused") == 1
    running.sequence_audit()
    assert running.verify_audit().verified
    assert everything(world.river), "no other practice is touched"


@pytest.mark.attack("S-67")
def test_the_application_cannot_bring_a_key_back_or_change_what_it_is(world: World) -> None:
    running = world.running
    office = Office(running, "moor")
    shred(running.engine, running.keys, office.tenant_id, hold_reasons=(), at=now())
    for change in (
        "state = 'active'",
        "wrapped = '\\x00'",
        "purpose = 'index'",
        "version = 9",
        "created_at = now()",
    ):
        with (
            pytest.raises(DBAPIError),
            tenant_transaction(running.engine, office.tenant_id) as connection,
        ):
            connection.execute(text(f"UPDATE tenant_key SET {change}"))
    with pytest.raises(DBAPIError), tenant_transaction(running.engine, office.tenant_id) as one:
        one.execute(text("DELETE FROM tenant_key"))

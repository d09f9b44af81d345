"""The database server is killed while checks are posted: what was promised still holds."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from api.bootstrap import Runtime
from api.settings import Settings
from core.errors import UnavailableError
from tenants.postgres import (
    EmbeddedServer,
    drop_database,
    open_database,
)
from tenants.postgres.processes import is_running, postmaster
from tenants.store.schema import migrate
from tests.api.invariants import broken_promises
from tests.api.killed_poster import checks
from tests.campaign import rounds
from tests.core.usecases.office import Office, made

FILES_A_KILL = 2
# About what it takes to post them.
SECONDS_A_ROUND = 0.5


@pytest.fixture
def durable(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """The shared server as installations run it: a commit is on the disk before it is told."""
    server.stop()
    made_durable = EmbeddedServer(server.home)
    made_durable.start()
    yield made_durable
    made_durable.stop()


@pytest.fixture
def office(server: EmbeddedServer, shared_home: Path, tmp_path: Path) -> Iterator[Office]:
    urls = open_database(shared_home, database_url=None, name="posting", durable=False)
    migrate(urls)
    running = Runtime(Settings(home=tmp_path, claims_per_transaction=50), urls)
    yield Office(running)
    running.close()
    server.start()
    drop_database(urls, "posting")


def kill(server: EmbeddedServer) -> None:
    pid = postmaster(server.data, server._account())
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while is_running(pid):
        time.sleep(0.002)


def post_until_refused(office: Office, files: list[bytes]) -> None:
    """Post the files, then again and again, so that the server dies at work."""
    with suppress(UnavailableError):
        for data in itertools.cycle(files):
            office.receive(data, "at-work.835")


@pytest.mark.attack("S-54", "S-63")
@pytest.mark.campaign
def test_a_server_killed_while_checks_are_posted_loses_and_doubles_nothing(
    office: Office, durable: EmbeddedServer
) -> None:
    kills = rounds(20)
    records = office.filed(made(2 * FILES_A_KILL * kills))
    files = list(checks(records))
    assert len(files) == FILES_A_KILL * kills
    seed = int.from_bytes(os.urandom(4))
    chance = random.Random(seed)
    for round_ in range(kills):
        part = files[round_ * FILES_A_KILL : (round_ + 1) * FILES_A_KILL]
        poster = threading.Thread(target=post_until_refused, args=(office, part))
        poster.start()
        time.sleep(chance.uniform(0, SECONDS_A_ROUND))
        kill(durable)
        poster.join()
        durable.start()
        assert broken_promises(office.running, office.tenant_id) == {}, (round_, seed)
        for data in part:
            assert office.receive(data, "again.835").status in ("applied", "repeated")
    assert broken_promises(office.running, office.tenant_id) == {}, seed
    [row] = office.rows(
        "SELECT count(*) AS posted, (SELECT sum(payment_cents) FROM remittance) AS era,"
        " (SELECT sum(amount_cents) FROM ledger_posting WHERE account = 'payer_cash') AS cash"
        " FROM remittance WHERE status = 'posted'"
    )
    assert (row.posted, row.cash) == (len(files), row.era)
    office.running.sequence_audit()
    verification = office.running.verify_audit()
    assert verification.verified, verification.sentence


@pytest.mark.attack("S-62")
def test_a_migration_killed_midway_is_not_there_and_is_made_whole_by_the_next(
    server: EmbeddedServer, shared_home: Path
) -> None:
    """All revisions are one transaction, so a killed one leaves an empty database."""
    urls = open_database(shared_home, database_url=None, name="half", durable=False)
    try:
        killed = threading.Event()

        def bring_up() -> None:
            try:
                migrate(urls)
            except UnavailableError:
                killed.set()

        migrating = threading.Thread(target=bring_up)
        admin = server.administrator().database("half")
        with admin.connect() as connection:
            migrating.start()
            while migrating.is_alive():
                writing = connection.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = 'half'"
                    " AND backend_xid IS NOT NULL"
                ).fetchone()
                if writing:
                    break
                time.sleep(0.002)
        kill(server)
        migrating.join()
        server.start()
        with admin.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchone()
        assert killed.is_set(), "the migration was over before it could be killed"
        assert row == (0,)
        migrate(urls)
        with admin.connect() as connection:
            again = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert again is not None
        assert migrate(urls) == again[0]
    finally:
        drop_database(urls, "half")

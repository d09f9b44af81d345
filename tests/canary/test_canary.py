"""S-30, S-31: an invented patient goes through everything; nothing of it lies about anywhere.

The one place that holds it in plain is the exchange folder: what lies there is what the
clearinghouse takes and gives. docs/operating.md says how that folder is kept.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from tenants.postgres import EmbeddedServer, open_database
from tenants.postgres.account import server_account
from tenants.postgres.home import read_passwords
from tenants.postgres.installation import programs_for
from tenants.postgres.server import EMBEDDED
from tenants.session import tenant_transaction
from tenants.store.schema import migrate
from tests.canary.shapes import Hunt, shapes
from tests.canary.world import BORN, SURNAME, WORDS, World, installation, live_through

HUNT = Hunt(WORDS)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A cluster of its own, with its settings as the product writes them, lived through."""
    home = tmp_path_factory.mktemp("canary") / "home"
    home.mkdir(mode=0o700)
    urls = open_database(home, database_url=None, durable=False)
    try:
        migrate(urls)
        with installation(home, urls, tmp_path_factory.mktemp("handed-in")) as made:
            live_through(made)
            yield made
    finally:
        EmbeddedServer(home, durable=False).destroy()


@pytest.fixture(scope="module")
def dumped(world: World) -> bytes:
    """The whole database as a backup reads it, in plain SQL."""
    server = EmbeddedServer(world.home, durable=False)
    address = server.administrator().database("claimwright")
    program = programs_for(server_account(server.home, server.data)) / "pg_dump"
    return subprocess.run(
        [program, "--dbname", address.conninfo()], capture_output=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def written(world: World) -> Path:
    """The home folder, once the cluster has put everything on disk."""
    with EmbeddedServer(world.home, durable=False).administrator().connect() as connection:
        connection.execute("CHECKPOINT")
    return world.home


def test_the_hunt_finds_a_word_in_each_of_its_shapes(tmp_path: Path) -> None:
    for place, shape in enumerate(sorted(shapes(SURNAME))):
        (tmp_path / f"{place}.bin").write_bytes(b"\x00\xff before \n" + shape + b"\n\x00 behind")
    found = HUNT.below(tmp_path)
    assert len(found) == len(shapes(SURNAME)) > 15
    (tmp_path / f"{SURNAME.lower()}.txt").write_bytes(b"")
    assert len(HUNT.below(tmp_path)) == len(found) + 1


def test_the_patient_is_there_whole(world: World) -> None:
    with world.running.unit_of_work(world.tenant_id) as uow:
        ids = world.ids("SELECT id FROM claim ORDER BY claim_number")
        claims = [uow.claims.get(one).claim for one in ids]
        uow.record("claim.read", {"claim": ids}, claims=len(ids))
    assert all(claim.patient.birth_date == BORN for claim in claims)
    assert {claim.patient.name.last for claim in claims} >= {SURNAME.upper()}
    for table in ("statement", "remittance", "finding", "encounter", "procrastinate_jobs"):
        with tenant_transaction(world.running.engine, world.tenant_id) as connection:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar(), table
    assert HUNT.below(world.home / "exchange"), "the clearinghouse's files hold the patient"
    shown = [page.text for what, page in world.answers if what.endswith(str(ids[0]))]
    assert any(SURNAME.upper() in page for page in shown)


@pytest.mark.attack("S-30")
@pytest.mark.control("R15")
@pytest.mark.control("R28")
def test_the_home_folder_with_the_cluster_holds_nothing_of_the_patient(
    world: World, written: Path
) -> None:
    clear = "Bluestone Health Plan"
    found = Hunt([*WORDS, clear]).below(written, leave=[written / "exchange"])
    told = [one for one in found if not one.endswith(clear)]
    assert told == []
    assert {one.split("/")[1] for one in found} == {"base", "pg_wal"}, "heap and WAL were read"


@pytest.mark.attack("S-30")
@pytest.mark.control("R15")
def test_a_dump_holds_nothing_of_the_patient(dumped: bytes) -> None:
    assert HUNT.within(dumped) == []
    assert Hunt(["Bluestone Health Plan"]).within(dumped), "what is in the clear is in the dump"


@pytest.mark.attack("S-30")
def test_no_day_in_the_clear_is_the_day_of_birth(world: World) -> None:
    with (
        EmbeddedServer(world.home, durable=False)
        .administrator()
        .database("claimwright")
        .connect() as connection
    ):
        columns = connection.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('date', 'timestamp with time zone')"
        ).fetchall()
        assert len(columns) > 20
        for table, column in columns:
            query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::date = %s'
            assert connection.execute(query, [BORN]).fetchone() == (0,), f"{table}.{column}"


@pytest.mark.attack("S-30")
def test_logs_and_command_lines_hold_nothing_of_the_patient(world: World) -> None:
    logged = world.logs.getvalue()
    assert logged.count("\n") > 20
    assert HUNT.within(logged.encode()) == []
    assert HUNT.within("".join(world.said).encode()) == []


@pytest.mark.attack("S-30")
def test_no_address_of_a_page_and_no_error_page_holds_anything_of_the_patient(
    world: World,
) -> None:
    assert len(world.answers) > 100
    links = re.compile(r'(?:href|src|action|content)="([^"]*)"')
    for what, answer in world.answers:
        where = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
        if SURNAME not in str(answer.url) and "/claims/" not in what:
            where += " ".join(unescape(one) for one in links.findall(answer.text))
        assert HUNT.within(where.encode()) == [], what
        assert answer.status_code < 500, what
        # A form that is shown again shows what was typed, to whoever typed it.
        if answer.status_code >= 400 and "<form method" not in answer.text:
            assert HUNT.within(answer.content) == [], f"{what}: {answer.status_code}"


@pytest.mark.attack("S-31")
def test_no_password_session_or_token_lies_in_the_home_a_dump_or_a_log(
    world: World, written: Path, dumped: bytes
) -> None:
    roles = read_passwords(world.home, EMBEDDED)
    hunt = Hunt([*world.secrets, *roles.values()])
    assert len(world.secrets) > 6
    found = hunt.below(written, leave=[written / "database.json"])
    assert found == []
    assert hunt.within(dumped + world.logs.getvalue().encode()) == []
    assert hunt.within("".join(world.said).encode()) == []
    keyring = (written / "keyring.json").read_text()
    keys = re.findall(r'"([A-Za-z0-9_+/=-]{40,})"', keyring)
    assert keys
    assert Hunt(keys).below(written, leave=[written / "keyring.json"]) == []

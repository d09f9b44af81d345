"""Every column that holds sealed values is known to backups and exports, and every value opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from api.backup.prove import _cells
from api.lifecycle.export import export_practice
from audit.event import machine
from tenants.postgres import DatabaseUrls
from tenants.postgres.database import database_name
from tenants.postgres.upkeep import Upkeep
from tenants.session import make_engine
from tenants.store import whole
from tests.tenants.two_practices import LAST_NAME, World, two_practices


@pytest.fixture(scope="module")
def world(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("sealed") / "home"
    with two_practices(server, home, f"sealed_{os.getpid()}") as made:
        yield made


@pytest.mark.control("R15")
def test_every_sealed_value_of_a_whole_cycle_opens_where_it_was_sealed(
    world: World, run_folder: Path
) -> None:
    upkeep = Upkeep(run_folder / "server", None, durable=False)
    with upkeep.reader(database_name(world.urls)) as url:
        engine = make_engine(url, pool_size=1)
        with engine.connect() as connection, connection.begin():
            columns = whole.sealed_columns(connection)
            assert ("finding", "override_reason") in columns
            river = world.river.tenant_id
            empty = [
                column
                for column in columns
                if not any(True for _ in whole.sealed_cells(connection, river, *column))
            ]
            # Nothing was overridden in this world; that column has its own test.
            assert empty == [("finding", "override_reason")]
            proof = _cells(connection, world.running.keyring)
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

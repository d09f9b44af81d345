"""The exchange folder holds files in plain: nobody but its owner may look into it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.transports.folder import FolderOutbox, inbound_files, open_folders, set_aside
from tenants.postgres import DatabaseUrls
from tests.api.command_line import command_line


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.control("R15")
def test_folders_and_files_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    exchange = tmp_path / "exchange"
    FolderOutbox(exchange, "river").put("837P-000000001.x12", b"ISA")
    inbound = exchange / "river" / "inbound"
    inbound.mkdir(mode=0o700)
    (inbound / "a.835").write_bytes(b"ISA")
    [waiting] = inbound_files(exchange, "river")
    set_aside(waiting)
    folders = [exchange, *(path for path in exchange.rglob("*") if path.is_dir())]
    assert len(folders) == 5
    assert {mode(path) for path in folders} == {0o700}
    assert mode(exchange / "river" / "outbound" / "837P-000000001.x12") == 0o600
    assert open_folders(exchange) == ()
    inbound.chmod(0o750)
    assert open_folders(exchange) == (inbound,)


@pytest.mark.control("R15")
def test_doctor_says_when_others_may_look_into_it(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claimwright = command_line(database, tmp_path / "home", monkeypatch, capsys)
    folder = tmp_path / "home" / "exchange" / "river"
    for wanted in (0o755, 0o700):
        folder.mkdir(parents=True, exist_ok=True)
        folder.parent.chmod(0o700)
        folder.chmod(wanted)
        [told] = claimwright("doctor", "--json").json
        [one] = [check for check in told["checks"] if check["name"] == "exchange folder"]
        assert one["ok"] is (wanted == 0o700)
        assert ("chmod" in one["sentence"]) is (wanted != 0o700)

"""``claimwright keys``: what it shows and does, over a practice with claims."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from api.bootstrap import runtime
from api.doctor import examine
from api.settings import Settings
from core.crypto.blind import BITS_MIN
from tenants.key_provider import LOCAL
from tenants.postgres import DatabaseUrls
from tenants.practice_secrets import SECRETS_FOLDER
from tests.api.command_line import CommandLine, command_line
from tests.core.usecases.office import file_of, made
from tests.speaking import MIGRATOR, speaks_for
from tests.tenants.key_services import Vault, served


@pytest.fixture
def river(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    made_line = command_line(database, tmp_path / "home", monkeypatch, capsys)
    made_line.found()
    path = tmp_path / "claims.x12"
    path.write_bytes(file_of(made(4)))
    assert made_line("intake", "837", path, "--practice=river").status == 0
    return made_line


def names(river: CommandLine) -> int:
    """How many patients a search finds, whatever their indexes look like."""
    with runtime(Settings(home=river.home)) as running:
        practice = running.practice("river")
        with running.unit_of_work(practice.tenant_id) as uow:
            people = {
                person.name.last
                for row in uow._context.rows("SELECT id FROM patient")
                for person in [uow.patients.load([row.id])[row.id][0].person]
            }
            return sum(len(uow.patients.named(last.lower())) for last in people)


def grow(database: DatabaseUrls, statement: str, tenant_id: UUID) -> None:
    with psycopg.connect(database.migrator.replace("+psycopg", "")) as connection:
        connection.execute(speaks_for(database, tenant_id, role=MIGRATOR))
        connection.execute(statement)


def test_keys_are_shown_renewed_rewrapped_and_put_out_of_use(
    river: CommandLine, database: DatabaseUrls
) -> None:
    [shown] = river("keys", "status", "--json").json
    assert {one["purpose"] for one in shown["keys"]} >= {"clinical", "substance_use", "index"}
    assert all(one["version"] == 1 and one["seals"] for one in shown["keys"])
    sealed = {one["purpose"]: one["cells"] for one in shown["keys"]}
    assert sealed["demographics"] > 4
    assert sealed["psychotherapy"] == 0
    assert "demographics" in river("keys", "status", "--practice=river").out
    [renewed] = river("keys", "renew", "--json", "--class=demographics").json
    assert renewed["versions"] == {"demographics": 2}
    assert "new keys; they seal from" in river("keys", "renew", "--practice=river").out
    [early] = river("keys", "rewrap", "--json").json
    assert early["rewrap"]["rows"] == 0, "the new keys are not everywhere yet"
    with runtime(Settings(home=river.home)) as running:
        tenant_id = running.practice("river").tenant_id
    grow(database, "UPDATE tenant_key SET created_at = created_at - interval '11 min'", tenant_id)
    [rewrapped] = river("keys", "rewrap", "--json").json
    assert rewrapped["rewrap"]["rows"] > 8
    assert rewrapped["rewrap"]["left"] == 0
    assert rewrapped["retired"] >= 2, "nothing has been filed, so nothing keeps the first keys"
    [after] = river("keys", "status", "--json").json
    assert {one["state"] for one in after["keys"] if one["cells"]} == {"active"}
    assert "0 rows sealed anew" in river("keys", "rewrap").out
    assert names(river) >= 4


def test_name_indexes_are_measured_and_written_anew_when_a_practice_has_grown(
    river: CommandLine, database: DatabaseUrls
) -> None:
    [measured] = river("keys", "leakage", "--json").json
    found = measured["leakage"]
    assert found["patients"] >= found["names"] > 0
    assert found["bits"] == BITS_MIN
    assert not found["grown_out"]
    with runtime(Settings(home=river.home)) as running:
        tenant_id = running.practice("river").tenant_id
    # As if the practice had been founded for one patient, with another length.
    grow(database, "UPDATE index_length SET chosen_for_rows = 1, bits = 9", tenant_id)
    assert "run claimwright keys reindex" in river("keys", "leakage", "--practice=river").out
    unchanged = [{"practice": "river", "rows": 0}]
    assert river("keys", "reindex", "--json").json == unchanged, "they have that length already"
    grow(database, "UPDATE index_length SET bits = 10", tenant_id)
    assert names(river) >= 4, "a search finds indexes of another length"
    assert f"{found['patients']} indexes written anew" in river("keys", "reindex").out
    assert names(river) >= 4


def test_the_root_key_is_changed_and_old_ones_are_dropped(river: CommandLine) -> None:
    keyring = river.home / "keyring.json"
    before = keyring.read_bytes()
    assert "Copy keyring.json to its backup now" in river("keys", "rotate-root").out
    assert keyring.read_bytes() != before
    early = river("keys", "rotate-root", "--drop-old")
    assert (early.status, early.out) == (2, "")
    assert "wait ten minutes" in early.err
    os.utime(keyring, (0, 0))
    [dropped] = river("keys", "rotate-root", "--drop-old", "--json").json
    assert dropped == {"dropped": [1], "kept": [2]}
    assert names(river) >= 4
    keyring.write_bytes(before)
    assert "not the one" in river("keys", "leakage").err


def test_an_installation_moves_to_a_key_service_and_back(
    river: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Vault) as service:
        monkeypatch.setenv("CLAIMWRIGHT_KEYS", service.setting)
        assert "was not wrapped by" in river("keys", "leakage").err
        [moved] = river("keys", "rotate-root", f"--from={LOCAL}", "--json").json
        assert moved["keys"] >= 7
        assert river("keys", "rotate-root", f"--from={LOCAL}", "--json").json == [{"keys": 0}]
        assert river("keys", "leakage").status == 0
        service.rotate()
        assert river("keys", "rotate-root", "--json").json == [{"keys": moved["keys"]}]
        refused = river("keys", "rotate-root", "--drop-old")
        assert (refused.status, "for the keyring file" in refused.err) == (2, True)
        service.mode = "denying"
        told = river("keys", "leakage")
        assert (told.status, told.out) == (2, "")
        assert "refuses to use the transit key" in told.err
        service.mode = "fine"
        monkeypatch.setenv("CLAIMWRIGHT_KEYS", LOCAL)
        assert river("keys", "rotate-root", f"--from={service.setting}").status == 0
    assert river("keys", "leakage").status == 0


@pytest.mark.control("R28")
def test_without_the_secret_of_a_practice_nothing_opens_and_it_is_said(river: CommandLine) -> None:
    river.found("brook")
    with runtime(Settings(home=river.home)) as running:
        mine, other = (
            river.home / SECRETS_FOLDER / f"{running.practice(slug).tenant_id}.secret"
            for slug in ("river", "brook")
        )
    content = mine.read_bytes()
    for spoilt, mode, words in (
        (None, 0o600, "is not in the folder"),
        (content[:-4], 0o600, "is damaged"),
        (other.read_bytes(), 0o600, "is damaged"),
        (content, 0o644, "chmod 600"),
        (content, 0o600, ""),
    ):
        mine.unlink(missing_ok=True)
        if spoilt is not None:
            mine.write_bytes(spoilt)
            mine.chmod(mode)
        told = river("keys", "leakage", "--practice=river")
        assert told.status == (2 if words else 0)
        assert words in told.err
        examined = {one.name: one for one in examine(Settings(home=river.home))}
        assert examined["keys"].ok is not bool(words)
        assert words in examined["keys"].sentence

"""The rehearsal, from the command line: what it proves, prints and puts on record (R7)."""

from __future__ import annotations

import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from api import bootstrap, cli
from api.backup.age import examine_backups
from api.bootstrap import Runtime, runtime
from api.settings import Settings
from tests.api.backup.canary import found_in
from tests.api.backup.conftest import Office
from tests.api.command_line import CommandLine

# One installation serves them all.
pytestmark = pytest.mark.xdist_group("backup")


@pytest.fixture
def claimwright(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line over the office's own server, which keeps no promise to the disk."""
    read = bootstrap.settings_module.read

    def not_durable() -> Settings:
        return Settings(home=read().home, durable=False)

    monkeypatch.setattr(bootstrap.settings_module, "read", not_durable)
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(office.settings.home))
    return CommandLine(capsys, office.settings.home)


@pytest.mark.control("R7")
def test_a_drill_ends_in_proofs_figures_and_evidence(
    office: Office, running: Runtime, claimwright: CommandLine
) -> None:
    ran = claimwright("backup", "drill", "--json")
    assert (ran.status, ran.err) == (0, "")
    (said,) = ran.json
    assert said["well"] is True
    assert [proof["ok"] for proof in said["restored"]["proofs"]] == [True] * 5
    assert 0 < said["restore_seconds"] < 72 * 3600
    assert 0 <= said["backup_age_hours"] < 48
    assert not (office.settings.home / "drill").exists()
    note = Path(said["evidence"]).read_text()
    assert Path(said["evidence"]).stat().st_mode & 0o777 == 0o600
    content = running.keyring.signer().verifier.open_note(note, "evidence backup-drill")
    facts = json.loads(content)
    assert facts["practices"] == 3
    assert facts["seconds to restore and verify"] == said["restore_seconds"]
    assert not list(found_in(office.settings.home / "evidence"))


@pytest.mark.control("R7")
def test_doctor_misses_a_backup_after_two_days_and_a_drill_after_thirty(
    office: Office, running: Runtime
) -> None:
    now = running.clock()

    def after(**age: int) -> dict[str, bool]:
        with runtime(office.settings, clock=lambda: now + timedelta(**age)) as later:
            return {name: ok for name, ok, _ in examine_backups(later)}

    assert after(hours=47) == {"backup": True, "backup drill": True}
    assert after(hours=49) == {"backup": False, "backup drill": True}
    assert after(days=31) == {"backup": False, "backup drill": False}
    with runtime(office.settings, clock=lambda: now + timedelta(days=31)) as later:
        sentences = [sentence for _, _, sentence in examine_backups(later)]
    assert sentences[0] == "The newest backup is 31 days old; run: claimwright backup make DIR."


def test_backup_and_keyring_are_made_and_refused_in_plain_words(
    office: Office, claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = claimwright("backup", "make", tmp_path / "kept", "--json")
    (said,) = ran.json
    assert (ran.status, said["practices"]) == (0, 3)
    assert {path.name for path in Path(said["folder"]).iterdir()} == {
        "database", "keys", "manifest",
    }  # fmt: skip
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [Path(said["folder"]).name]
    monkeypatch.setattr("sys.stdin", io.StringIO("seven words drawn by lot\n"))
    assert claimwright("backup", "keyring", tmp_path / "keyring").status == 0
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(tmp_path / "home"))
    for arguments, sentence in (
        (["restore"], "name the folder of a backup"),
        (["restore", tmp_path], "keyring.json is not in the home folder"),
        (["restore", said["folder"]], "keyring.json is not in the home folder"),
    ):
        ran = claimwright(*arguments)
        assert ran.status == 2
        assert sentence in ran.err
    monkeypatch.setattr("sys.stdin", io.StringIO("seven words drawn by lot\n"))
    assert claimwright("restore", "--keyring", tmp_path / "keyring").status == 0
    ran = claimwright("restore", tmp_path)
    assert (ran.status, "that is no backup of ours" in ran.err) == (2, True)
    ran = claimwright("restore", said["folder"], "--checkpoints", tmp_path / "nowhere")
    assert (ran.status, "--checkpoints is not a folder" in ran.err) == (2, True)
    shutil.rmtree(tmp_path / "home")


def test_the_commands_are_there() -> None:
    assert callable(cli.parser().parse_args(["backup", "forget-keys", "x"]).run)

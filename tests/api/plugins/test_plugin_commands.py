"""``claimwright plugin ...`` as an operator types it: from a wheel to staged practices and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api import bootstrap
from api.bootstrap import Runtime
from api.plugin_signature import signature_path
from tests.api.command_line import CommandLine
from tests.api.plugins.conftest import House
from tests.api.plugins.sight import sight, signed


@pytest.fixture
def claimwright(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The commands of one installation that stays open: plugins are loaded once, not each time."""

    @contextmanager
    def opened() -> Iterator[Runtime]:
        yield house.running

    monkeypatch.setattr(bootstrap, "runtime", opened)
    return CommandLine(capsys, house.running.settings.home)


def test_a_version_goes_from_a_wheel_to_staged_practices_and_back(
    claimwright: CommandLine, house: House, tmp_path: Path
) -> None:
    river, brook, maple = (house.office()[0].practice.slug for _ in range(3))
    trusted = claimwright.home / "plugins" / "trusted"
    one = signed(sight(tmp_path / "dist", "2.0.0"), trusted)
    two = signed(sight(tmp_path / "dist", "2.1.0", sees=("clinical",)), trusted)
    for wheel in (one, two):
        assert "signed by Sight Ltd" in claimwright("plugin", "install", wheel).out
    assert "installed already" in claimwright("plugin", "install", one).out
    signature_path(one).unlink()
    refused = claimwright("plugin", "install", one)
    assert (refused.status, "is not signed" in refused.err) == (2, True)

    for slug in (river, brook):
        on = claimwright("plugin", "enable", "sight", f"--practice={slug}", "--version=2.0.0")
        assert on.out == f"{slug}: sight 2.0.0 is on\n"
    assert f"is used by {river}, {brook}" in claimwright("plugin", "remove", "sight", "2.0.0").err
    promote = ("plugin", "promote", "sight", "--version=2.1.0")
    staged = claimwright(*promote, f"--practices={river},elm")
    assert staged.status == 1
    assert f"{river}: sight 2.1.0 asks to see clinical" in staged.err
    assert "elm: there is no practice elm" in staged.err
    staged = claimwright(*promote, f"--practices={river}", "--grant=clinical")
    assert (staged.status, staged.out) == (0, f"{river}: sight 2.1.0 counts now\n")
    rolled = claimwright("plugin", "rollout", "sight", "--json").json
    assert [(each["practice"], each["state"], each["version"]) for each in rolled[-3:]] == [
        (river, "on", "2.1.0"),
        (brook, "on", "2.0.0"),
        (maple, "off", ""),
    ]
    rest = claimwright(*promote, "--rest", "--grant=clinical")
    assert f"{brook}: sight 2.1.0 counts now\n" in rest.out
    assert river not in rest.out
    back = claimwright("plugin", "rollback", "sight", f"--practices={river},{brook}")
    assert back.out == f"{river}: sight 2.0.0 counts again\n{brook}: sight 2.0.0 counts again\n"
    listed = {
        (each["name"], each["version"]): each
        for each in claimwright("plugin", "list", "--json").json
    }
    assert listed["sight", "2.0.0"]["practices"] == [river, brook]
    assert listed["sight", "2.1.0"]["signer"] == "Sight Ltd"
    assert listed["dental", "0.1.0"]["signer"] is None
    for slug in listed["sight", "2.1.0"]["practices"]:
        claimwright("plugin", "disable", "sight", f"--practice={slug}")
    assert "is removed" in claimwright("plugin", "remove", "sight", "2.1.0").out
    # No version before that one: nothing is rolled back.
    gone = claimwright("plugin", "rollback", "sight", f"--practice={river}")
    assert (gone.status, gone.out) == (1, "")


def test_settings_shadow_and_status_are_told_in_words_and_json(
    claimwright: CommandLine, house: House, tmp_path: Path
) -> None:
    slug = house.office()[0].practice.slug
    at = f"--practice={slug}"
    settings = tmp_path / "settings.json"
    settings.write_text('{"severity": "warn", "account_key": "4711-secret"}', encoding="utf-8")
    on = claimwright(
        "plugin", "enable", "sight", at, "--version=1.0.0", f"--settings={settings}",
        "--from=2026-01-01", "--until=2026-12-31",
    )  # fmt: skip
    assert on.status == 0
    shown = claimwright("plugin", "settings", "sight", at)
    assert shown.out == "severity = warn\naccount_key is secret; it is set\n"
    [told] = claimwright("plugin", "status", at, "--json").json
    assert (told["live"]["first"], told["live"]["last"]) == ("2026-01-01", "2026-12-31")
    assert told["secrets_set"] == ["account_key"]
    assert "2026-01-01 to 2026-12-31" in claimwright("plugin", "status", at).out
    tried = claimwright("plugin", "shadow", "sight", at, "--version=1.0.0")
    assert "tried in shadow" in tried.out
    report = claimwright("plugin", "shadow", "sight", at)
    assert report.out.startswith("0 claims judged twice")
    assert claimwright("plugin", "shadow", "sight", at, "--json").json[0]["newly_held"] == 0
    assert "no longer" in claimwright("plugin", "shadow", "sight", at, "--end").out
    assert (
        "is off from 2026-06-01"
        in claimwright("plugin", "disable", "sight", at, "--from=2026-06-01").out
    )
    assert claimwright("plugin", "disable", "sight", at).out == f"{slug}: sight 1.0.0 is off\n"
    promoted = claimwright("plugin", "promote", "sight", at, "--version=1.0.0")
    assert promoted.status == 1
    assert "not switched on for the practice" in promoted.err
    for ran in (
        claimwright("plugin", "disable", "sight", at),
        claimwright("plugin", "settings", "sight", at),
        claimwright("plugin", "enable", "sight", at, "--grant=everything"),
        claimwright("plugin", "enable", "sight", at, "--from=2026-02-01", "--until=2026-01-01"),
        claimwright("plugin", "install", tmp_path / "absent-1.0-py3-none-any.whl"),
    ):
        assert ran.status == 2
        assert ran.err.startswith("claimwright: ")
        assert "4711-secret" not in ran.out + ran.err

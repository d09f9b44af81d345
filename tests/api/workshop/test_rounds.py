"""Rounds of the workshop: what a save changes, who is asked, and where the author's code broke."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from api.bootstrap import Runtime
from api.workshop import practices
from api.workshop.bench import Wish, run
from api.workshop.round import _fault, play
from api.workshop.told import FindingTold, Order, PracticeTold, RoundTold, RuleTold, words
from api.workshop.watch import look
from core.errors import ConflictError, PluginError
from plugins.project import read_project
from tests.campaign import SOAK
from tests.conftest import REPOSITORY
from tests.partners.conftest import VISION

DAY = date(2026, 6, 1)
RULES = Path("src", "claimwright_vision", "examinations.py")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "vision"
    shutil.copytree(VISION, copy)
    path, known = [*sys.path], {*sys.modules}
    yield copy
    sys.path[:] = path
    for name in {*sys.modules} - known:
        if name.startswith("claimwright_vision"):
            del sys.modules[name]


def anew(running: Runtime, order: Order) -> RoundTold:
    """A round as a process of its own plays it: nothing of the save before is loaded."""
    opened = Runtime(running.settings, running.urls)
    try:
        return play(opened, order)
    finally:
        opened.plugins.close()
        opened.close()


def save(folder: Path, before: str, after: str) -> None:
    path = folder / RULES
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_save_is_judged_by_the_practices_that_enabled_the_plugin(
    running: Runtime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(practices, "VISITS_A_PRACTICE", 6)
    monkeypatch.setattr(practices, "CODES_MAX", 1)  # 92002
    monkeypatch.setattr(practices, "SITES", practices.SITES[1:])
    monkeypatch.setattr(practices, "STAFF", ())
    order = Order(project=str(folder), day=DAY)

    first = anew(running, order)
    assert first.fault == ""
    assert {one.practice: one.enabled for one in first.practices} == {
        "cedar": True, "aspen": False,
    }  # fmt: skip
    told = {one.rule: one for one in first.rules}
    assert told["VIS-001"].held > 0
    assert {one.practice for one in first.findings} == {"cedar"}
    assert sum(first.payers.values()) > 0

    save(folder, "Medicare never pays for a refraction", "Nobody pays for a refraction")
    other = anew(running, order)
    assert other.changed == told["VIS-001"].claims
    assert "Nobody pays for a refraction: the patient does" in {
        one.message for one in other.findings
    }

    save(folder, '        if "GY" in line.modifiers:', "        if line.colour:")
    broken = anew(running, order)
    assert broken.failed == ("VIS-001",)
    (place,) = {one.broke for one in broken.findings if one.broke}
    assert place.startswith("claimwright_vision/examinations.py, line ")
    assert "'colour'" in place

    save(folder, 'REFRACTION = "92015"', 'raise ValueError("here")')
    with pytest.raises(PluginError) as refused:
        anew(running, order)
    for name in [one for one in sys.modules if one.startswith("claimwright_vision")]:
        del sys.modules[name]
    fault = _fault(refused.value, order)
    assert re.search(r"claimwright_vision/examinations\.py, line \d+: ValueError: here\Z", fault)
    # The pages go on with the save before.
    assert "vision" in running.plugins.names()


def test_a_save_is_seen_and_a_test_run_is_not(folder: Path) -> None:
    project = read_project(folder)
    before = look(project)
    (folder / "src" / "claimwright_vision" / "__pycache__").mkdir(exist_ok=True)
    (folder / "tests" / "other.py").write_text("")
    assert look(project) == before
    save(folder, "Refraction to Medicare", "Refraction")
    assert look(project) != before


def test_an_installation_is_no_place_for_a_workshop(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "keyring.json").write_text("{}")
    with pytest.raises(ConflictError, match="a home of its own"):
        run(Wish(path=folder, home=home, day=DAY, once=True))
    assert [one.name for one in home.iterdir()] == ["keyring.json"]


def test_a_round_is_told_in_lines() -> None:
    told = RoundTold(
        plugin="vision",
        version="1.0.0",
        rules=(
            RuleTold(rule="VIS-001", title="Refraction", claims=2, held=2),
            RuleTold(rule="VIS-010", title="Two visits"),
        ),
        findings=(
            FindingTold(
                practice="maple", claim="0001", page="/practices/maple/claims/1", rule="VIS-001",
                severity="deny", line_no=2, message="Never paid", failed=True, broke="a.py, line 3",
            ),
        ),
        practices=(PracticeTold(practice="aspen", enabled=False, claims=3),),
        changed=1,
        seconds=1.25,
        claim_microseconds=18.4,
    )  # fmt: skip
    assert list(words(told, origin="http://localhost:8000")) == [
        "vision 1.0.0: 2 rules, 3 open claims, 1 judged otherwise than before, 1.2 s (18 µs a claim)",  # noqa: E501
        "  aspen    3 claims, 0 held, plugin not enabled",
        "  VIS-001    Refraction: 2 claims, 2 held",
        "  silent: VIS-010",
        "  deny   VIS-001    line 2: Never paid",
        "         http://localhost:8000/practices/maple/claims/1",
        "FAULT  rule VIS-001 breaks on 0001: a.py, line 3",
    ]
    assert list(words(RoundTold(plugin="", fault="cannot be imported"))) == [
        "FAULT  cannot be imported"
    ]


@pytest.mark.campaign
@pytest.mark.skipif(not SOAK, reason="real processes: the soak run does it")
def test_a_save_while_it_runs_is_told_and_nothing_is_left_when_it_ends(
    folder: Path, tmp_path: Path
) -> None:
    homes = tmp_path / "homes"
    homes.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "plugin", "dev", folder, "--json", "--port", "8472"],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(homes)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        first = msgspec.json.decode(process.stdout.readline(), type=RoundTold)
        save(folder, "Medicare never pays for a refraction", "Nobody pays for a refraction")
        second = msgspec.json.decode(process.stdout.readline(), type=RoundTold)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert first.fault == second.fault == ""
    held = {one.rule: one.held for one in first.rules}
    assert second.changed == held["VIS-001"] > 0
    assert list(homes.iterdir()) == []

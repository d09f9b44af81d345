"""The store of releases: what is loaded is whole, whoever is killed, full, or at work beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.tables.kinds import kind_of
from api.tables.load import Outcome, load
from api.tables.opened import PublishedTables
from api.tables.store import TableStore
from core.errors import ConflictError, IntegrityError, StateError
from tests.conftest import REPOSITORY

KIND = "mue-dme"
HEADING = "hcpcs_code,mue_units,mue_mai,mue_rationale\n"
FIRST = HEADING + "A4206,0,3,CMS Policy\nA4218,56,3,Clinical: Data\n"
SECOND = HEADING + "A4206,1,3,CMS Policy\nA4224,13,2,Code Descriptor\n"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
Put = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def file_of(folder: Path, text: str, quarter: str = "2024q3") -> Path:
    path = folder / f"mue-dme-{quarter}.csv"
    path.write_text(text)
    return path


@pytest.fixture
def put(home: Path, tmp_path: Path) -> Put:
    def putting(text: str, quarter: str, *, stage: bool = False, replace: bool = False) -> Outcome:
        return load(
            TableStore(home),
            kind_of(KIND),
            [file_of(tmp_path, text, quarter)],
            release="",
            stage=stage,
            replace=replace,
            at=NOW,
        )

    return putting


def units(home: Path, code: str = "A4206", day: date = date(2024, 8, 1)) -> int | None:
    table = PublishedTables(home).table(KIND)
    limit = table and table.limit(code, day)
    return limit and limit.units


def test_a_second_load_changes_nothing(home: Path, put: Put) -> None:
    assert put(FIRST, "2024q3").is_new
    manifest = TableStore(home).manifest(KIND)
    assert not put(FIRST, "2024q3").is_new
    # The same rows packed or named otherwise are the same release.
    assert not put(FIRST.replace("\n", "\r\n"), "2024Q3").is_new
    assert TableStore(home).manifest(KIND) == manifest


def test_a_release_counts_what_it_adds_changes_and_ends(put: Put) -> None:
    put(FIRST, "2024q3")
    outcome = put(SECOND, "2024q4")
    counts = outcome.counts
    assert (counts.added, counts.changed, counts.ended) == (1, 1, 1)
    assert outcome.against == "2024Q3"


def test_an_older_release_answers_for_its_own_days_alone(home: Path, put: Put) -> None:
    put(SECOND, "2024q3")
    outcome = put(FIRST, "2024q2")
    assert (outcome.is_active, outcome.is_current) == (True, False)
    assert units(home) == 1
    assert units(home, day=date(2024, 6, 30)) == 0
    assert units(home, day=date(2024, 10, 1)) is None


def test_a_staged_release_answers_when_it_is_put_in_force_and_no_longer_when_undone(
    home: Path, put: Put
) -> None:
    put(FIRST, "2024q3", stage=True)
    store, tables = TableStore(home), PublishedTables(home)
    assert tables.table(KIND) is None
    before = tables.in_force()
    with store.changing(KIND) as change:
        change.activate("2024Q3", NOW)
    after = tables.in_force()
    assert after.tables.mue_dme is not None
    assert after.digest != before.digest
    assert tables.in_force() is after
    with store.changing(KIND) as change:
        change.roll_back(NOW)
    assert tables.in_force().digest == before.digest
    with store.changing(KIND) as change, pytest.raises(StateError):
        change.roll_back(NOW)


def test_a_corrected_file_takes_its_releases_place_only_when_told_and_can_be_undone(
    home: Path, put: Put
) -> None:
    put(FIRST, "2024q3")
    with pytest.raises(ConflictError, match="--replace"):
        put(SECOND, "2024q3")
    assert units(home) == 0
    assert put(SECOND, "2024q3", replace=True).counts.changed == 1
    assert units(home) == 1
    with TableStore(home).changing(KIND) as change:
        change.roll_back(NOW)
    assert units(home) == 0


def test_a_release_that_was_altered_on_the_disk_is_not_believed(home: Path, put: Put) -> None:
    put(FIRST, "2024q3")
    [path] = (home / "tables" / KIND).glob("*.table")
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="not as it was loaded"):
        units(home)


def loader(home: Path, file: Path, step: str) -> subprocess.Popen[bytes]:
    program = ["-m", "tests.api.tables.killed_loader", str(home), KIND, str(file), step]
    return subprocess.Popen([sys.executable, *program], cwd=REPOSITORY)


def test_a_killed_load_leaves_the_old_release_whole_and_the_next_one_gets_through(
    home: Path, tmp_path: Path, put: Put
) -> None:
    put(FIRST, "2024q3")
    file = file_of(tmp_path, SECOND, "2024q4")
    running = [(step, loader_home(home, tmp_path, step)) for step in range(1, 7)]
    started = [(step, one, loader(one, file, str(step))) for step, one in running]
    for step, one, process in started:
        assert process.wait() == -signal.SIGKILL, step
        assert units(one) == 0
        # The sync after the last rename: the release is there, and nobody was told.
        assert units(one, "A4224", date(2024, 10, 1)) == (13 if step == 6 else None)
        again = load(TableStore(one), kind_of(KIND), [file], release="", stage=False, at=NOW)
        assert again.is_new == (step < 6)
        folder = one / "tables" / KIND
        assert not list(folder.glob("*.part"))
        assert len(list(folder.glob("*.table"))) == 2
        assert units(one, "A4224", date(2024, 10, 1)) == 13


def loader_home(home: Path, tmp_path: Path, step: int) -> Path:
    """A copy of the folder, so that all steps run side by side."""
    from shutil import copytree

    return Path(copytree(home, tmp_path / f"home{step}"))


def test_a_full_disk_refuses_the_load_and_leaves_nothing(
    home: Path, tmp_path: Path, put: Put
) -> None:
    put(FIRST, "2024q3")
    assert loader(home, file_of(tmp_path, SECOND, "2024q4"), "full").wait() == 3
    assert [one.release for one in TableStore(home).manifest(KIND).releases] == ["2024Q3"]
    assert not list((home / "tables" / KIND).glob("*.part"))
    assert units(home) == 0


def test_two_loads_at_once_are_one_after_the_other(home: Path, tmp_path: Path) -> None:
    same = file_of(tmp_path, FIRST, "2024q3")
    other = file_of(tmp_path, SECOND, "2024q4")
    processes = [loader(home, file, "0") for file in (same, same, other)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    manifest = TableStore(home).manifest(KIND)
    assert manifest.active == ("2024Q3", "2024Q4")
    assert len(manifest.history) == 2
    assert units(home) == 0
    assert units(home, day=date(2024, 12, 31)) == 1

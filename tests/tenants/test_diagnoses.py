"""ICD-10-CM out of the box: made once, by one process, whole or not at all, and right by day."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from core.codes.compact import pack
from core.codes.diagnoses import Diagnosis
from core.codes.diagnosis_book import IcdBook
from core.rules.tables import DiagnosisBook
from tenants.diagnoses import open_diagnoses
from tenants.made_once import made_once

REPOSITORY = Path(__file__).parents[2]
FY2026 = date(2026, 1, 5)
BILLABLE, CATEGORY, ABSENT = Diagnosis.BILLABLE, Diagnosis.CATEGORY, Diagnosis.ABSENT


@pytest.fixture(scope="module")
def book(shipped_home: Path) -> IcdBook:
    return open_diagnoses(shipped_home)


def test_it_is_the_book_the_rules_ask(book: IcdBook) -> None:
    asked: DiagnosisBook = book
    assert asked.standing("E119", FY2026) is BILLABLE


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        # New in FY2026, with its heading.
        ("E11A", date(2025, 9, 30), ABSENT),
        ("E11A", date(2025, 10, 1), BILLABLE),
        ("B8801", date(2025, 9, 30), ABSENT),
        ("B8801", date(2026, 9, 30), BILLABLE),
        # Divided in FY2026: it was billable until the day before.
        ("B880", date(2025, 9, 30), BILLABLE),
        ("B880", date(2025, 10, 1), CATEGORY),
        ("M545", date(2021, 9, 30), BILLABLE),
        ("M545", date(2021, 10, 1), CATEGORY),
        ("M5450", date(2021, 9, 30), ABSENT),
        ("M5450", date(2021, 10, 1), BILLABLE),
        # A heading was never valid; nor was a code nobody published.
        ("E11", FY2026, CATEGORY),
        ("E11", date(2022, 3, 1), CATEGORY),
        ("E1199", FY2026, ABSENT),
        # A seventh character has to be there, has to be one of its heading, and needs its X.
        ("S52501A", FY2026, BILLABLE),
        ("S52501", FY2026, CATEGORY),
        ("S52501Z", FY2026, ABSENT),
        ("S01", FY2026, CATEGORY),
        ("T402X1A", FY2026, BILLABLE),
        ("T402X1", FY2026, CATEGORY),
        ("T4021A", FY2026, ABSENT),
        ("S0100XA", FY2026, BILLABLE),
        ("S0100A", FY2026, ABSENT),
        # Later than any list here: what is a heading stays one, of the rest there is no opinion.
        ("E119", date(2026, 10, 1), None),
        ("E11", date(2026, 10, 1), CATEGORY),
        # Before the changes are on record: only what is good today is spoken of.
        ("E119", date(2019, 1, 1), BILLABLE),
        ("E1199", date(2019, 1, 1), None),
    ],
)
def test_a_code_is_judged_by_the_list_of_its_day(
    book: IcdBook, code: str, day: date, standing: Diagnosis | None
) -> None:
    assert book.standing(code, day) is standing


@pytest.mark.parametrize(
    ("one", "other", "is_excluded"),
    [
        ("E109", "E119", True),
        ("E119", "E109", True),
        ("F329", "F330", True),
        ("F330", "F310", True),
        ("E119", "I10", False),
        # Below the heading the note stands under, it says nothing.
        ("E1010", "E1040", False),
        ("E119", "E119", False),
    ],
)
def test_an_excludes1_note_holds_for_all_below_it_and_either_way(
    book: IcdBook, one: str, other: str, is_excluded: bool
) -> None:
    assert book.excludes(one, other, FY2026) is is_excluded


@pytest.mark.parametrize(
    ("code", "side"),
    [
        ("M1711", "right"),
        ("M1712", "left"),
        ("M170", "bilateral"),
        ("M1710", "unspecified"),
        ("S52501A", "right"),
        ("E119", ""),
        ("I50810", ""),  # right heart failure: nothing is left of it
    ],
)
def test_a_side_is_one_of_a_pair(book: IcdBook, code: str, side: str) -> None:
    assert book.side(code, FY2026) == side


@pytest.mark.parametrize(
    ("code", "sex"),
    [
        ("N400", "M"),
        ("N800", "F"),
        ("O80", "F"),
        ("C50911", "F"),
        ("C50921", "M"),
        ("E119", ""),
        ("C50A1", ""),
    ],
)
def test_a_diagnosis_of_one_sex_is_known(book: IcdBook, code: str, sex: str) -> None:
    assert book.sex(code, FY2026) == sex


def test_manifestations_ages_and_exemptions_are_known(book: IcdBook) -> None:
    for code in ("F0280", "H42", "I43", "G63"):
        assert book.is_manifestation(code, FY2026), code
    assert not book.is_manifestation("E119", FY2026)
    assert book.age_group("P0700", FY2026) == "newborn"
    assert book.age_group("O80", FY2026) == "maternity"
    assert book.age_group("E119", FY2026) == ""
    assert book.is_exempt_from_presence("Z23", FY2026)
    assert not book.is_exempt_from_presence("E119", FY2026)


def test_words_and_notes_are_those_of_the_tabular_list(book: IcdBook) -> None:
    assert book.words("S52501A", FY2026).endswith("initial encounter for closed fracture")
    assert book.words("Z99999", FY2026) == ""
    notes = book.notes("E119", FY2026)
    assert notes[0].at.startswith("E11")
    assert any(note.kind == "excludes1" and "E10" in note.text for note in notes)
    assert book.release(FY2026) == "FY2026"
    assert book.release(date(2026, 10, 1)) is None


def test_a_table_is_made_once_and_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []

    def make() -> bytes:
        made.append(1)
        return pack({"run": b"all of it"})

    path = tmp_path / "shipped" / "list-1.table"
    first = bytes(made_once(path, make, "Preparing"))
    assert bytes(made_once(path, make, "Preparing")) == first
    assert len(made) == 1
    assert capsys.readouterr().err == "Preparing ...\n"


def test_a_table_that_is_cut_off_or_empty_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "list-1.table"
    whole = pack({"run": b"all of it" * 100})
    for left in (b"", whole[:20], whole[:-30], b"x" * 500):
        path.write_bytes(left)
        assert bytes(made_once(path, lambda: whole, "Preparing")) == whole
    assert path.read_bytes() == whole


def test_a_newer_form_takes_the_place_of_an_older_one_and_of_no_other(tmp_path: Path) -> None:
    for name in ("list-1.table", "list-search-1.table", "list-2.table.part"):
        (tmp_path / name).write_bytes(b"older")
    made_once(tmp_path / "list-2.table", lambda: pack({}), "Preparing")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "list-2.table",
        "list-search-1.table",
        "list.lock",
    ]


def test_where_nothing_can_be_written_it_is_made_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    whole = pack({"run": b"all of it"})
    assert made_once(tmp_path / "file" / "list-1.table", lambda: whole, "Preparing") == whole


_MAKER = """
import sys, time
from pathlib import Path
from core.codes.compact import pack
from tenants.made_once import made_once
folder = Path(sys.argv[1])
def make():
    (folder / f"made-by-{sys.argv[2]}").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    return pack({"run": b"all of it"})
print(len(made_once(folder / "shipped" / "list-1.table", make, "Preparing")))
"""


def _maker(folder: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", _MAKER, str(folder), name],
        cwd=REPOSITORY,
        env={"PYTHONPATH": ":".join([str(REPOSITORY), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_of_two_processes_one_makes_it_and_a_killed_maker_harms_nothing(tmp_path: Path) -> None:
    killed = _maker(tmp_path, "killed")
    while not (tmp_path / "made-by-killed").exists():
        assert killed.poll() is None, killed.communicate()[1]
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not list((tmp_path / "shipped").glob("*.table"))
    both = [_maker(tmp_path, "one"), _maker(tmp_path, "two")]
    while not list(tmp_path.glob("made-by-[ot]*")):
        assert any(one.poll() is None for one in both)
    (tmp_path / "go").touch()
    said = [one.communicate() for one in both]
    assert said[0][0] == said[1][0] != ""
    assert sum(text.count("Preparing ...") for _, text in said) == 1
    assert len(list(tmp_path.glob("made-by-[ot]*"))) == 1

"""``claimwright codes lookup``, ``search`` and ``ask`` for ICD-10-CM, and what a load changes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from api.settings import read
from api.tables.code_tables import loaded_code_tables
from api.tables.opened import published_tables
from core.codes.diagnoses import Diagnosis
from core.codes.lists import Standing
from core.codes.questions import answer_line
from tenants import diagnoses
from tenants.diagnoses import Shipped
from tests.api.command_line import CommandLine

ON = ("--on", "2026-01-05")
OLD = ("--on", "2021-01-05")
# An invented list of an older year: what it holds answers on its days alone.
ORDER = "order\tcode\tbillable\tdescription\n00001\tM54\t0\tDorsalgia\n00002\tM545\t1\tOld pain\n"


@pytest.fixture
def claimwright(
    shipped_home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    """A home of its own, with what was made once for all tests."""
    diagnoses.open_search(shipped_home)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "shipped").symlink_to(shipped_home / "shipped")
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(home))
    return CommandLine(capsys, home)


def asked(code: str, on: str) -> object:
    question = {"id": 7, "table": "icd10cm", "code": code, "on": on}
    return json.loads(
        answer_line(json.dumps(question).encode(), published_tables(read().home).table)
    )


def test_a_code_is_looked_up_by_day(claimwright: CommandLine) -> None:
    ran = claimwright("codes", "lookup", "m54.5", *OLD)
    assert ran.status == 0
    out = ran.out
    assert out == "M54.5  Low back pain  (icd10cm; FY2026; to 2021-09-30)\n"
    out = claimwright("codes", "lookup", "M545", *ON, "--json").out
    assert json.loads(out)["billable"] is False
    out = claimwright("codes", "lookup", "E11A", *ON).out
    assert "from 2025-10-01" in out
    assert claimwright("codes", "lookup", "Q9999", *ON).status == 1


def test_diagnoses_are_found_by_words(claimwright: CommandLine) -> None:
    ran = claimwright("codes", "search", "heart", "attack", *ON, "--json", "--billable")
    assert ran.status == 0
    out = ran.out
    assert "I21.9" in [json.loads(one)["code"] for one in out.splitlines()]
    assert claimwright("codes", "search", "qqqqq", *ON).status == 1
    assert claimwright("codes", "search", "pain", "--limit", "0", *ON).status == 2


def test_icd10cm_is_asked_out_of_the_box(claimwright: CommandLine) -> None:
    assert asked("E11.9", "2026-01-05") == {
        "id": 7,
        "valid": True,
        "billable": True,
        "description": "Type 2 diabetes mellitus without complications",
        "release": "FY2026",
    }
    assert asked("E11", "2026-01-05")["billable"] is False  # type: ignore[index]
    assert asked("E11A", "2025-09-30")["valid"] is False  # type: ignore[index]
    assert asked("E119", "2027-01-01") == {
        "id": 7, "valid": None, "billable": None, "description": None, "release": None,
    }  # fmt: skip


def test_a_loaded_list_answers_on_its_days(claimwright: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "icd10cm-order-2020.tsv"
    file.write_text(ORDER)
    assert claimwright("codes", "load", "icd10cm", str(file)).status == 0
    assert asked("M54.5", "2020-01-05") == {
        "id": 7, "valid": True, "billable": True, "description": "Old pain", "release": "FY2020",
    }  # fmt: skip
    assert asked("E119", "2020-01-05")["valid"] is False  # type: ignore[index]
    assert asked("E119", "2020-10-01")["valid"] is True  # type: ignore[index]
    tables = published_tables(read().home)
    book = tables.in_force().tables.diagnoses
    assert book is not None
    assert book.standing("E119", date(2020, 1, 5)) is Diagnosis.ABSENT
    assert loaded_code_tables(read().home).diagnoses_on("20200105").find("E119") is Diagnosis.ABSENT  # type: ignore[union-attr]


_TABULAR = """<ICD10CM.tabular><version>2026</version><chapter><name>4</name><desc>Endocrine</desc>
<section id="E08-E13"><desc>Diabetes</desc><diag><name>E11</name><desc>Type 2 diabetes</desc>
<diag><name>E11.9</name><desc>Type 2 diabetes, plain</desc></diag></diag></section></chapter>
</ICD10CM.tabular>"""


def test_words_of_a_loaded_index_are_searched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, tabular = tmp_path / "codes.txt", tmp_path / "tabular.xml"
    codes.write_text("E11\nE119\n")
    tabular.write_text(_TABULAR)
    small = Shipped(codes, tabular, date(2025, 10, 1), date(2026, 9, 30), date(2026, 4, 1))
    monkeypatch.setattr(diagnoses, "shipped", lambda: small)
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(tmp_path / "home"))
    claimwright = CommandLine(capsys, tmp_path / "home")
    assert claimwright("codes", "search", "zwiebel", *ON).status == 1
    file = tmp_path / "icd10cm-index-2026.tsv"
    file.write_text("term\tcode\nZwiebel's complaint\tE11.9\n")
    assert claimwright("codes", "load", "icd10cm-index", str(file)).status == 0
    ran = claimwright("codes", "search", "zwiebels complaint", *ON)
    assert ran.out == "  E11.9    Type 2 diabetes, plain  [Zwiebel's complaint]\n"


def test_a_check_of_files_reads_the_loaded_list_on_its_days(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    home = read().home
    before = loaded_code_tables(home)
    assert before.lists["place_of_service"].standing("27", "20240105") is Standing.GOOD
    file = tmp_path / "pos-codes-2024.csv"
    file.write_text("pos_code,pos_name\n11,Office\n")
    assert claimwright("codes", "load", "pos", str(file)).status == 0
    after = loaded_code_tables(home)
    assert after.lists["place_of_service"].standing("27", "20240105") is Standing.UNKNOWN
    assert after.lists["place_of_service"].standing("27", "20250105") is Standing.GOOD
    out = claimwright("codes", "lookup", "11", "--on", "2024-01-05").out
    assert out == "11  Office  (pos; 2024)\n"

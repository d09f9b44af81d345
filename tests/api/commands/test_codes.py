"""``claimwright codes``: what it prints, asks nobody for, and leaves behind."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from api import cli
from api.bootstrap import runtime
from api.settings import Settings
from core.claims.claim import Claim
from tenants.postgres import DatabaseUrls
from tests.api.command_line import CommandLine, command_line
from tests.by_hand import by_hand
from tests.conftest import SHARED
from tests.core.usecases.office import Office, made

PAIRS = "column1\tcolumn2\tmodifier_indicator\n80053\t82947\t1\n13121\t13120\t0\n"
UNITS = "hcpcs_code,mue_units,mue_mai,mue_rationale\n90785,1,3,Clinical\n99213,2,3,Clinical\n"
AUGUST = "2024-08-01"


@pytest.fixture
def claimwright(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(tmp_path / "home"))
    return CommandLine(capsys, tmp_path / "home")


def put(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def ask(claimwright: CommandLine, monkeypatch: pytest.MonkeyPatch, *questions: object) -> list[Any]:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in questions]
    given = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO("\n".join(lines).encode())))  # type: ignore[arg-type]
    out = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", given)
        patched.setattr(sys, "stdout", SimpleNamespace(buffer=out, flush=lambda: None))
        with pytest.raises(SystemExit) as ended:
            cli.main(["codes", "ask"])
    assert ended.value.code == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_questions_about_pairs_are_answered_with_their_own_id(
    claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path, "ptp-practitioner-2024q3.tsv", PAIRS)
    assert claimwright("codes", "load", "ncci-ptp-practitioner", file).status == 0

    def question(id_: object, a: str, b: str, on: str = AUGUST, **more: str) -> dict[str, object]:
        return {"id": id_, "table": "ncci_ptp", "a": a, "b": b, "on": on, **more}

    edit = {"edit": True, "column1": "80053", "column2": "82947", "modifier_indicator": "1"}
    none = dict.fromkeys(("column1", "column2", "modifier_indicator"))
    answers = ask(
        claimwright,
        monkeypatch,
        question(1, "80053", "82947", setting="practitioner"),
        question("1", "82947", "80053"),
        question("x", "80053", "99213"),
        question(2, "80053", "82947", "2024-10-01"),
        question(3, "80053", "82947", setting="outpatient"),
        question(2**60, "80053", "80053"),
    )
    assert answers == [
        {"id": 1, **edit, "release": "2024Q3"},
        {"id": "1", **edit, "release": "2024Q3"},
        {"id": "x", "edit": False, **none, "release": "2024Q3"},
        {"id": 2, "edit": None, **none, "release": None},
        {"id": 3, "edit": None, **none, "release": None},
        {"id": 2**60, "edit": False, **none, "release": "2024Q3"},
    ]


def test_a_line_that_is_no_question_gets_an_error_and_the_rest_goes_on(
    claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path, "mue-practitioner-2024q3.csv", UNITS)
    claimwright("codes", "load", "mue-practitioner", file)
    good = {"id": "last", "table": "mue", "code": "99213", "on": AUGUST}
    answers = ask(
        claimwright,
        monkeypatch,
        "{",
        "[]",
        {"table": "mue", "code": "99213", "on": AUGUST},
        {**good, "id": 1.5},
        {**good, "id": 7, "table": "moon"},
        {**good, "id": 8, "on": "2024-13-01"},
        {"id": 9, "table": "mue", "on": AUGUST},
        {**good, "id": 10, "code": "00000"},
        good,
    )
    assert [one["id"] for one in answers] == [None, None, None, None, 7, 8, 9, 10, "last"]
    assert ["error" in one for one in answers] == [True] * 7 + [False] * 2
    assert answers[7] == {"id": 10, "value": None, "mai": None, "release": "2024Q3"}
    assert answers[8] == {"id": "last", "value": 2, "mai": 3, "release": "2024Q3"}


def test_a_release_is_staged_looked_at_put_in_force_and_undone(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    file = put(tmp_path, "mue-practitioner-2024q3.csv", UNITS)
    [loaded] = claimwright("codes", "load", "mue-practitioner", file, "--stage", "--json").json
    assert (loaded["release"], loaded["added"], loaded["active"]) == ("2024Q3", 2, False)
    [again] = claimwright("codes", "load", "mue-practitioner", file, "--json").json
    assert (again["loaded"], again["active"]) == (False, False)
    [impact] = claimwright("codes", "impact", "mue-practitioner", "staged", "--json").json
    assert "BH-015" in {rule["id"] for rule in impact["rules"]}  # it names 90785
    assert impact["claims"] is None
    assert len(impact["notes"]) == 2

    def status() -> dict[str, Any]:
        found = claimwright("codes", "status", "--json").json
        return next(one for one in found if one["kind"] == "mue-practitioner")

    assert [one["state"] for one in status()["releases"]] == ["staged"]
    assert status()["answers_to"] is None
    assert claimwright("codes", "activate", "mue-practitioner", "2024Q3").status == 0
    assert (status()["answers_from"], status()["answers_to"]) == ("2024-07-01", "2024-09-30")
    assert status()["is_stale"] is True
    assert "is stale" in claimwright("codes", "status").out
    assert claimwright("codes", "rollback", "mue-practitioner").status == 0
    assert status()["answers_to"] is None
    assert claimwright("codes", "rollback", "mue-practitioner").status == 2
    assert not (claimwright.home / "postgres").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("load", "moon", "x"), "the kinds are"),
        (("load", "mue-dme", "absent.csv"), "absent.csv: cannot be opened"),
        (("activate", "mue-dme", "2024Q3"), "is not loaded"),
        (("rollback", "mue-dme"), "nothing was put in force"),
        (("impact", "mue-dme", "staged"), "no release of mue-dme is staged"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    claimwright: CommandLine, arguments: tuple[str, ...], says: str
) -> None:
    ran = claimwright("codes", *arguments)
    assert ran.status == 2
    assert says in ran.err
    assert not list(claimwright.home.rglob("*.table"))


def test_a_damaged_file_leaves_nothing_loaded(claimwright: CommandLine, tmp_path: Path) -> None:
    bad = put(tmp_path, "mue-practitioner-2024q3.csv", UNITS + "213,1,2,Clinical\n")
    ran = claimwright("codes", "load", "mue-practitioner", bad)
    assert ran.status == 2
    assert "row 4, column code" in ran.err
    assert not list(claimwright.home.rglob("*.table"))


def test_with_a_database_open_claims_are_counted_and_each_change_is_an_event(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claimwright = command_line(database, tmp_path / "home", monkeypatch, capsys)
    (tmp_path / "home" / "postgres").mkdir(parents=True)
    with runtime(Settings(home=claimwright.home)) as running:
        office = Office(running)
        claims: list[Claim] = made(3)
        office.take(claims)
        office.cycle.prepare()
    codes = sorted({line.code for line in claims[0].lines})
    rows = "".join(f"{code},1,2,Clinical\n" for code in codes)
    file = put(tmp_path, "mue-practitioner-2026q1.csv", UNITS.partition("\n")[0] + "\n" + rows)
    touched = sum(any(line.code in codes for line in claim.lines) for claim in claims)
    [impact] = claimwright("codes", "impact", "mue-practitioner", file, "--json").json
    assert impact["claims"] == [{"practice": "river", "unsent": touched, "at_payer": 0}]
    elsewhere = put(tmp_path, "mue-dme-2026q1.csv", UNITS.replace("99213", "A4206"))
    [none] = claimwright("codes", "impact", "mue-dme", elsewhere, "--json").json
    assert none["claims"] == [{"practice": "river", "unsent": 0, "at_payer": 0}]
    assert claimwright("codes", "load", "mue-practitioner", file, "--stage").status == 0
    assert claimwright("codes", "activate", "mue-practitioner", "2026Q1").status == 0
    assert claimwright("codes", "rollback", "mue-practitioner").status == 0
    with runtime(Settings(home=claimwright.home)) as running, by_hand(running.engine) as connection:
        kinds = connection.execute(
            text("SELECT kind FROM audit_event WHERE kind LIKE 'table.%' ORDER BY at, id")
        ).scalars()
        assert list(kinds) == ["table.loaded", "table.activated", "table.rolled_back"]


@pytest.mark.skipif(
    not SHARED.exists(), reason="the published examples are not beside the checkout"
)
def test_the_published_cuts_load(claimwright: CommandLine) -> None:
    folder = SHARED / "data" / "ncci"
    for kind, name, rows in (
        ("mue-practitioner", "mue-practitioner-2024q3.csv", 14_677),
        ("mue-outpatient", "mue-outpatient-2024q3.csv", 14_628),
        ("mue-dme", "mue-dme-2024q3.csv", 2_928),
        ("ncci-addon", "aoc-2024q3.csv", 7_465),
    ):
        [loaded] = claimwright("codes", "load", kind, folder / name, "--json").json
        assert (loaded["release"], loaded["rows"], loaded["added"]) == ("2024Q3", rows, rows)

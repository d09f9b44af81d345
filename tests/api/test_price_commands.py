"""``claimwright price``, and a practice's own charges and contracts by command."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tenants.postgres import DatabaseUrls
from tests.api.command_line import CommandLine, Ran, command_line
from tests.core.pricing.medicare_world import BRAZORIA, PLACES, published_values

VISIT = {"code": "99213", "date": "2025-11-03", "locality": BRAZORIA, "facility": False}


class Asked:
    """The command line with something on its standard input."""

    def __init__(self, run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run, self._monkeypatch = run, monkeypatch

    def price(self, *questions: dict[str, Any] | str, practice: str = "") -> list[dict[str, Any]]:
        lines = [one if isinstance(one, str) else json.dumps(one) for one in questions]
        given = SimpleNamespace(buffer=io.BytesIO("\n".join(lines).encode()), isatty=bool)
        self._monkeypatch.setattr(sys, "stdin", given)
        ran = self.run("price", *(["--practice", practice] if practice else []))
        assert (ran.status, ran.err) == (0, "")
        return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture
def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Asked:
    """Without a database: the fee schedule is loaded."""
    home = tmp_path / "home"
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(home))
    run = CommandLine(capsys, home)
    load_schedule(run, tmp_path)
    return Asked(run, monkeypatch)


def load_schedule(run: CommandLine, folder: Path) -> None:
    for kind, name, text in (
        ("mpfs-rvu", "PPRRVU2025_Oct.csv", published_values()),
        ("mpfs-gpci", "GPCI2025.csv", PLACES),
    ):
        (folder / name).write_text(text)
        ran = run("codes", "load", kind, folder / name)
        assert (ran.status, ran.err) == (0, "")


def test_each_line_is_answered_in_its_place_and_a_bad_one_alone_is_refused(asked: Asked) -> None:
    found = asked.price(
        {"id": "a", **VISIT, "modifiers": [], "units": 2, "basis": "mpfs"},
        "no JSON",
        {"id": 7, "code": "99213"},
        {"id": 8, **VISIT, "basis": "practice"},
        {"id": 9, **VISIT, "units": "several"},
        {"id": 10, **VISIT, "facility": True},
    )
    assert [(one["id"], one.get("allowed")) for one in found] == [
        ("a", "178.28"),
        (None, None),
        (7, None),
        (8, None),
        (9, None),
        (10, "63.76"),
    ]
    assert [one["id"] for one in found if "error" in one] == [None, 7, 8, 9]
    assert found[0]["trace"][-1] == {"step": "2 units", "amount": "178.28"}


def test_lines_of_one_claim_are_priced_together(asked: Asked) -> None:
    operation = {**VISIT, "code": "27447"}
    alone = asked.price({"id": 1, **operation}, {"id": 2, **operation, "code": "22551"})
    together = asked.price(
        {"id": 1, "claim": 5, **operation}, {"id": 2, "claim": 5, **operation, "code": "22551"}
    )
    assert together[1] == alone[1]
    assert float(together[0]["allowed"]) == pytest.approx(float(alone[0]["allowed"]) / 2, abs=0.01)


@pytest.fixture
def river(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Asked:
    """A practice with a payer OAK, and the fee schedule."""
    run = command_line(database, tmp_path / "home", monkeypatch, capsys)
    run.found()
    assert run("payer", "create", "OAK", "--name", "Oak", "--practice", "river").status == 0
    load_schedule(run, tmp_path)
    return Asked(run, monkeypatch)


def test_a_practice_asks_its_charges_and_contracts(river: Asked, tmp_path: Path) -> None:
    fees, terms = tmp_path / "fees.csv", tmp_path / "terms.csv"
    fees.write_text("code,amount\n99213,125.00\n", encoding="utf-8")
    terms.write_text("code,form,percent,of\n*,percent,110,mpfs\n", encoding="utf-8")

    def load_fees() -> Ran:
        return river.run("practice", "fees", "load", "river", fees, "--from", "2025-01-01")

    def load_terms(*more: str) -> Ran:
        return river.run(
            *("practice", "contract", "load", "river", "Oak 2025", terms, "--payer", "OAK"),
            *("--from", "2025-01-01", *more),
        )

    assert load_fees().out == "1 rows of the charge master, from 2025-01-01 on\n"
    assert "nothing was changed" in load_fees().out
    assert load_terms().status == 0
    questions = [
        {"id": 1, **VISIT, "basis": "practice", "units": 2},
        {"id": 2, **VISIT, "basis": "Oak 2025"},
        {"id": 3, **VISIT, "basis": "Oak 2025", "charge": "90.00"},
        {"id": 4, **VISIT, "basis": "Oak 2025", "date": "2024-11-03"},
        {"id": 5, **VISIT, "basis": "Elm"},
    ]
    found = river.price(*questions, practice="river")
    assert [one.get("allowed") for one in found] == ["250.00", "98.05", "90.00", None, None]
    assert found[0]["trace"][0]["row"] == "CHARGES 2025-01-01 99213"
    assert found[1]["trace"][-1]["row"] == "contract Oak 2025 2025-01-01 row 2 110 % of mpfs"
    assert "no contract of that name" in found[4]["error"]

    terms.write_text("code,form,amount\n*,fixed,80.00\n", encoding="utf-8")
    assert "in place of the one of that day" in load_terms().out
    assert river.price(questions[1], practice="river")[0]["allowed"] == "80.00"
    listed = json.loads(river.run("practice", "contract", "list", "river", "--json").out)
    assert [one["withdrawn_at"] is None for one in listed["contracts"]] == [False, True]
    gone = river.run("practice", "contract", "withdraw", "river", "Oak 2025")
    assert gone.out == "1 edition(s) of the contract Oak 2025 are out of force\n"
    assert "error" in river.price(questions[1], practice="river")[0]


def test_what_cannot_be_loaded_changes_nothing(river: Asked, tmp_path: Path) -> None:
    terms = tmp_path / "terms.csv"
    terms.write_text("code,form,amount\n*,fixed,80.00\n", encoding="utf-8")

    def load(name: str, payer: str, *more: str) -> Ran:
        return river.run(
            *("practice", "contract", "load", "river", name, terms, "--payer", payer),
            *("--from", "2025-01-01", *more),
        )

    assert load("Oak", "OAK").status == 0
    for ran, told in (
        (load("Elm", "ELM"), "no payer ELM is on the list"),
        (load("Ash", "OAK"), "speak for one payer on the same days"),
        (load("mpfs", "OAK"), "is neither mpfs nor practice"),
        (load("Ash", "OAK", "--to", "2024-01-01"), "a window ends before it begins"),
        (load("Ash", "OAK", "--locality", "Texas"), "a locality is written 04412-09"),
    ):
        assert ran.status == 2
        assert told in ran.err
    terms.write_bytes(b"code,form,amount\n*,fixed,\xff\n")
    assert "no text in UTF-8" in load("Ash", "OAK").err
    listed = json.loads(river.run("practice", "contract", "list", "river", "--json").out)
    assert [one["name"] for one in listed["contracts"]] == ["Oak"]

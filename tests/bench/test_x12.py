"""The program that measures the X12 engine runs, and its page holds what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench import x12_input
from bench.x12 import Run
from bench.x12_ours import (
    CHECKED,
    LOOPS,
    SEGMENTS,
    YARDSTICK,
    measures,
    typed,
    values_of,
    write_measure,
)
from bench.x12_report import MARKERS, markdown
from core.x12.check import check
from core.x12.claims_reader import ReadClaim, read_claims

REPOSITORY = Path(__file__).parents[2]
PROGRAM = REPOSITORY / "bench" / "x12.py"
TINY = ("--claims", "20", "--rounds", "1", "--memory-claims", "20", "--no-peers")


@pytest.fixture(scope="module")
def tiny_run() -> dict[str, Any]:
    command = [sys.executable, str(PROGRAM), *TINY, "--json"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def test_a_tiny_run_prints_every_figure_as_json(tiny_run: dict[str, Any]) -> None:
    measured = {(one["kind"], one["what"]) for one in tiny_run["rates"]}
    for kind in x12_input.KINDS:
        for what in (YARDSTICK, SEGMENTS, LOOPS, CHECKED, typed(kind)):
            assert (kind, what) in measured
    assert all(one["segments_per_s"] > 0 and one["claims_per_s"] > 0 for one in tiny_run["rates"])
    assert {one["claims"] for one in tiny_run["memory"]} == {20}
    assert tiny_run["peers"] == []


def test_each_floor_of_the_engine_is_judged_or_said_to_be_not_measured(
    tiny_run: dict[str, Any],
) -> None:
    verdicts = {one["goal"]: one["verdict"] for one in tiny_run["goals"]}
    assert set(verdicts.values()) <= {"ok", "MISSED", "not measured"}
    beside = {goal for goal in verdicts if "beside" in goal}
    assert len(beside) == 4
    assert {verdicts[goal] for goal in beside} == {"not measured"}
    assert all((one["measured"] is None) == (one["goal"] in beside) for one in tiny_run["goals"])


def test_the_page_has_one_block_for_the_figures_in_the_shape_that_is_printed(
    tiny_run: dict[str, Any],
) -> None:
    page = (REPOSITORY / "docs" / "x12.md").read_text(encoding="utf-8")
    begin, end = (page.index(marker) for marker in MARKERS)
    assert begin < end
    assert [page.count(marker) for marker in MARKERS] == [1, 1]
    block = page[begin : end + len(MARKERS[1])]
    fresh = markdown(msgspec.convert(tiny_run, Run), YARDSTICK).rstrip("\n")
    assert (fresh.startswith(MARKERS[0]), fresh.endswith(MARKERS[1])) == (True, True)
    headings = [line for line in fresh.splitlines() if line.startswith("|  |")]
    assert len(headings) == 2
    assert [line for line in block.splitlines() if line in headings] == headings


@pytest.mark.parametrize("kind", x12_input.KINDS)
def test_our_own_writers_make_clean_files_to_measure_with(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(x12_input, "MAKE", tmp_path / "not there")
    data = x12_input.made(kind, 12)
    (transaction,) = check(data).transactions
    assert (transaction.type, transaction.claims, transaction.errors) == (kind, 12, ())
    for measure in measures(kind, data, 12).values():
        assert measure() > 0
    if kind != "835":
        measure, segments = write_measure(kind, data, 12)
        assert measure() > 0
        assert segments > 12


def test_a_measure_that_sees_too_few_claims_fails() -> None:
    data = x12_input.made("837P", 3)
    todo = measures("837P", data, 4)
    for what in (typed("837P"), values_of("837P")):
        with pytest.raises(AssertionError, match="3 seen, 4 expected"):
            todo[what]()


@pytest.mark.parametrize("kind", ["837P", "837I", "837D"])
def test_a_repeated_file_is_clean_and_no_claim_number_comes_twice(kind: str) -> None:
    blocks = list(x12_input.repeated(x12_input.made(kind, 5), 3))
    report = check(blocks)
    assert not report.has_errors
    assert [one.claims for one in report.transactions] == [5, 5, 5]
    numbers = [one.claim.claim_number for one in read_claims(blocks) if isinstance(one, ReadClaim)]
    assert len(set(numbers)) == 15

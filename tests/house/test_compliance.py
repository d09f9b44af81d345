"""The page on compliance is current, and each row of it is proved or says what it waits for."""

from __future__ import annotations

import pytest

from tests import compliance

CONTROLS, ATTACKS = compliance.register()
ROWS = (*CONTROLS, *ATTACKS)
TESTS = compliance.marked_tests()


@pytest.mark.control("R8")
@pytest.mark.control("R34")
def test_the_page_is_current() -> None:
    written = compliance.PAGE.read_text(encoding="utf-8")
    assert written == compliance.page(), "write it anew: make docs"


def test_every_row_is_there_once() -> None:
    assert [row.id for row in CONTROLS] == [f"R{number}" for number in range(1, 35)]
    assert [row.id for row in ATTACKS] == [f"S-{number:02}" for number in range(1, 69)]


def test_a_test_names_only_rows_that_there_are() -> None:
    assert TESTS.keys() <= {row.id for row in ROWS}


@pytest.mark.control("R1")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_proved_or_says_what_it_waits_for(row: compliance.Row) -> None:
    assert TESTS.get(row.id) or row.waits_for, f"{row.id}: no test has its mark"


@pytest.mark.parametrize("row", CONTROLS, ids=lambda row: row.id)
def test_a_control_is_where_the_row_says(row: compliance.Row) -> None:
    assert (compliance.REPOSITORY / row.where).exists(), row.where


def test_no_failure_is_kept_as_evidence() -> None:
    _, outcomes = compliance.results()
    assert {name for name, outcome in outcomes.items() if outcome == "failed"} == set()

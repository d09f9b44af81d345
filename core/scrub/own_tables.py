"""The platform's own dated tables (``core/scrub/data/*.csv``), read once when rules are built.

Code numbers, days and our own words only; every file names its source. They are part of the rules,
as their code is: loading a published release never changes them.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources

from core.codes.lists import CodeList, parse_list
from core.dates import ALWAYS, Window, parse_day
from core.errors import RowError

CODES_REMEMBERED_MAXIMUM = 20_000
"""Codes a family keeps an answer for; more than there are procedure codes."""


def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``data/<name>`` by column; ``RowError`` for a ragged row."""
    text = resources.files("core.scrub").joinpath("data", name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    table = list(csv.reader(lines))
    header = table[0]
    for number, row in enumerate(table[1:], 2):
        if len(row) != len(header):
            raise RowError("the row has more or fewer columns than the header", row=number)
    return tuple(dict(zip(header, row, strict=True)) for row in table[1:])


def window_of(row: dict[str, str]) -> Window:
    """The days of a row; ``ALWAYS`` when both ends are empty."""
    first, last = row["effective_from"], row["effective_to"]
    if not first and not last:
        return ALWAYS
    return Window(parse_day(first) if first else None, parse_day(last) if last else None)


def codes_of(text: str) -> tuple[str, ...]:
    """``99202-99205 G0402`` as single codes. A range keeps its letter and counts its digits."""
    found: list[str] = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += expanded(first, last or first)
    return tuple(found)


def expanded(first: str, last: str) -> list[str]:
    """Every code from ``first`` to ``last``, which share their letter and its place."""
    if first == last:
        return [first]
    before, after = _letters(first)
    digits = len(first) - len(before) - len(after)
    low, high = (int(code.removeprefix(before).removesuffix(after)) for code in (first, last))
    return [f"{before}{number:0{digits}d}{after}" for number in range(low, high + 1)]


def _letters(code: str) -> tuple[str, str]:
    if code.isdecimal():
        return "", ""
    return (code[0], "") if code[0].isalpha() else ("", code[-1])


class CodeFamily:
    """Codes that a rule speaks of together, as dated ranges."""

    def __init__(self, ranges: tuple[tuple[str, str, Window], ...]) -> None:
        self.ranges = ranges
        self._by_shape: dict[tuple[str, str], list[tuple[str, str, Window]]] = {}
        for row in ranges:
            self._by_shape.setdefault(_letters(row[0]), []).append(row)
        self._known: dict[str, tuple[Window, ...]] = {}

    def holds(self, code: str, day: date | None) -> bool:
        """Whether ``code`` belongs to it on ``day`` (None: on any day)."""
        windows = self._known.get(code)
        if windows is None:
            windows = self._find(code)
        if not windows:
            return False
        return any(window is ALWAYS or day is None or day in window for window in windows)

    def codes(self) -> tuple[str, ...]:
        """Each of its codes, for a rule that touches no others."""
        return tuple(
            dict.fromkeys(code for first, last, _ in self.ranges for code in expanded(first, last))
        )

    def _find(self, code: str) -> tuple[Window, ...]:
        found: tuple[Window, ...] = ()
        if len(code) == 5:
            ranges = self._by_shape.get(_letters(code), ())
            found = tuple(window for first, last, window in ranges if first <= code <= last)
        if len(self._known) >= CODES_REMEMBERED_MAXIMUM:
            self._known.clear()
        self._known[code] = found
        return found


@cache
def families() -> dict[str, CodeFamily]:
    """The families of ``code_families.csv`` by name."""
    found: dict[str, list[tuple[str, str, Window]]] = {}
    for row in rows("code_families.csv"):
        found.setdefault(row["family"], []).append((row["first"], row["last"], window_of(row)))
    return {name: CodeFamily(tuple(ranges)) for name, ranges in found.items()}


def family(name: str) -> CodeFamily:
    """The family called ``name``."""
    return families()[name]


@cache
def modifiers() -> CodeList:
    """The modifiers there are, as the product's list of them says (``core/codes/data``)."""
    folder = resources.files("core.codes").joinpath("data")
    about = csv.DictReader(folder.joinpath("lists.csv").read_text(encoding="utf-8").splitlines())
    row = next(row for row in about if row["list"] == "modifier")
    return parse_list(row, folder.joinpath("modifier.csv").read_text("utf-8").splitlines())

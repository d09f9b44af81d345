"""What the published NCCI files have in common: their quarter, their setting, their heading.

A published file has a copyright and a title above its heading; a cut of one begins with it. The
quarter stands in the name of the file (``ccipra-v302r0-f1.txt``, ``..._Eff_07-01-2024.csv``,
``AOC_V2024Q3-MCR.xlsx``) or above the heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from core.codes.published import Part, TableFileError, plain
from core.codes.release import days_of, quarter_of

# A published heading stands in the first few rows, under its copyright.
_ABOVE_MAX = 30

_QUARTER = re.compile(r"(?<!\d)(20\d\d)[ _-]?q([1-4])(?!\d)", re.IGNORECASE | re.ASCII)
_QUARTER_FIRST = re.compile(r"(?<![0-9a-z])q([1-4])[ _-]?(20\d\d)(?!\d)", re.IGNORECASE | re.ASCII)
# Version 32.0 is the first quarter of 2026, 32.1 the second; each year has the next number.
_VERSION = re.compile(r"cci(?:pra|oph)-v(\d\d)([0-3])r", re.IGNORECASE | re.ASCII)
_VERSION_ZERO_YEAR = 1994
_EFFECTIVE = re.compile(
    r"eff(?:ective)?[ _a-z:-]*?(\d{1,2})[-/_](\d{1,2})[-/_](20\d\d)", re.IGNORECASE | re.ASCII
)
_MONTHS = ("january", "april", "july", "october")
_EFFECTIVE_WORDS = re.compile(
    r"effective[ a-z:]*?(january|april|july|october) 1, (20\d\d)", re.IGNORECASE | re.ASCII
)

_SETTING_MARKS = {
    "practitioner": ("ccipra", "practitioner"),
    "outpatient": ("ccioph", "outpatient", "hospital"),
    "dme": ("dme",),
}


def quarter_in(text: str) -> str:
    """The stamp of the quarter ``text`` names; empty when it names none."""
    if found := _VERSION.search(text):
        return f"{_VERSION_ZERO_YEAR + int(found[1])}Q{int(found[2]) + 1}"
    if found := _QUARTER.search(text):
        return f"{found[1]}Q{found[2]}"
    if found := _QUARTER_FIRST.search(text):
        return f"{found[2]}Q{found[1]}"
    if found := _EFFECTIVE.search(text):
        try:
            return quarter_of(date(int(found[3]), int(found[1]), int(found[2])))
        except ValueError:
            return ""
    if found := _EFFECTIVE_WORDS.search(text):
        return f"{found[2]}Q{_MONTHS.index(found[1].lower()) + 1}"
    return ""


def agreed_release(part: Part, given: str, said: Sequence[str]) -> str:
    """The one quarter a part is of: given beside it, in its name, or above its heading."""
    stamps = {quarter_in(text) for text in (part.name, *said)} - {""}
    if given:
        if not re.fullmatch(r"20\d\dQ[1-4]", given, re.ASCII):
            raise TableFileError(
                "these tables are published each quarter: give --release as 2024Q3",
                file=part.name,
            )
        stamps.add(given)
    if len(stamps) > 1:
        raise TableFileError(
            f"more than one release is named: {', '.join(sorted(stamps))}; "
            "load the files of one quarter, under their published names",
            file=part.name,
        )
    if not stamps:
        raise TableFileError(
            "neither its name nor its heading says which quarter it is; "
            "say it with --release, for example --release 2024Q3",
            file=part.name,
        )
    return stamps.pop()


def refuse_other_setting(part: Part, setting: str, said: Sequence[str]) -> None:
    """Stop when a part says it is of another setting than ``setting``."""
    text = " ".join((part.name, *said)).lower()
    if any(mark in text for mark in _SETTING_MARKS[setting]):
        return
    for other, marks in _SETTING_MARKS.items():
        if other != setting and any(mark in text for mark in marks):
            raise TableFileError(
                f"this is the table of another setting ({other}), not {setting}", file=part.name
            )


class Headed:
    """A part whose heading was found: what stands above it, its columns, its rows.

    ``columns`` maps our name of a column to the headings it may have (``plain``); one that the
    file lacks is no key of ``places``. A heading may go on below in rows that begin empty.
    """

    def __init__(
        self,
        part: Part,
        columns: Mapping[str, Callable[[str], bool]],
        needed: Sequence[str],
    ) -> None:
        self.part = part
        self.above: list[str] = []
        self.row = 0
        self._rows = part.rows()
        heading = self._find(columns, needed)
        self.width = len(heading)
        self.places = _placed(heading, columns)
        self.headings = heading

    def _find(
        self, columns: Mapping[str, Callable[[str], bool]], needed: Sequence[str]
    ) -> list[str]:
        for cells in self._rows:
            self.row += 1
            heading = _without_empty_end([plain(cell) for cell in cells])
            places = _placed(heading, columns)
            if all(name in places for name in needed):
                return heading
            self.above.append(" ".join(cell for cell in cells if cell))
            if self.row >= _ABOVE_MAX:
                break
        raise TableFileError(
            "there is no heading of this kind of table in its first rows; "
            "load the file as it was published",
            file=self.part.name,
            row=self.row,
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the heading with its number; its cells stripped, as many as columns."""
        width, number, began = self.width, self.row, False
        for cells in self._rows:
            number += 1
            if len(cells) != width:
                while len(cells) > width and not cells[-1].strip():
                    cells.pop()
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != width:
                    raise TableFileError(
                        f"there are {len(cells)} cells where the heading has {width}",
                        file=self.part.name,
                        row=number,
                    )
            if not began:
                if not cells[0].strip() and not cells[1].strip():
                    continue  # the heading goes on, or a line is left empty
                began = True
            yield number, cells

    def fault(self, message: str, row: int, column: str) -> TableFileError:
        """The error about one cell."""
        return TableFileError(message, file=self.part.name, row=row, column=column)


def _placed(heading: list[str], columns: Mapping[str, Callable[[str], bool]]) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, is_meant in columns.items():
        found = [place for place, text in enumerate(heading) if text and is_meant(text)]
        if len(found) == 1:
            places[name] = found[0]
    return places


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def one_release(releases: Sequence[str], part: Part) -> tuple[str, date, date]:
    """The stamp all parts share, with its days."""
    if len(set(releases)) != 1:
        raise TableFileError(
            f"the files are of different quarters: {', '.join(sorted(set(releases)))}",
            file=part.name,
        )
    return releases[0], *days_of(releases[0])

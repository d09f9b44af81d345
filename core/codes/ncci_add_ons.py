"""NCCI add-on codes: reading the published files, and answering from them.

The published file has the days of each edit (``CCYYDDD``, the day counted through the year, or
``CCYYMMDD``); a cut has none. ``CCCCC`` stands for primaries the contractor names.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.ncci_files import Headed, agreed_release, one_release
from core.codes.published import (
    Kind,
    Loaded,
    Part,
    Reading,
    TableFileError,
    bad_procedure,
    is_procedure,
    published_day,
)
from core.codes.release import Timeline
from core.rules.tables import AddOn, Edition

_COLUMNS = {
    "primary code": lambda text: text == "primary code",
    "add-on code": lambda text: text == "add on code",
    "type": lambda text: text == "aoc edit type",
    "effective": lambda text: text.startswith("aoc edit eff dt"),
    "deletion": lambda text: text.startswith("aoc edit del dt"),
    "add-on deletion": lambda text: text.startswith("aoc del dt"),
    "primary deletion": lambda text: text.startswith("primary code del dt"),
}
_NEEDED = ("primary code", "add-on code", "type")
_DAYS = ("effective", "deletion", "add-on deletion", "primary deletion")
_CONTRACTOR = "CCCCC"
_THROUGH_THE_YEAR = re.compile(r"(\d{4})(\d{3})", re.ASCII).fullmatch
_TITLE = "NCCI add-on codes"

# Primary code, its type, first and last day (empty: open).
_Row = tuple[str, str, str, str]


def read_add_ons(parts: Sequence[Part], given: str) -> Reading:
    """The compact form of the add-on codes of one quarter."""
    edits: dict[str, set[_Row]] = {}
    releases, since, rows = [], date.max, 0
    for part in parts:
        headed = Headed(part, _COLUMNS, _NEEDED)
        releases.append(agreed_release(part, given, headed.above))
        for number, cells in headed.rows():
            add_on, row = _row(headed, number, cells)
            known = edits.setdefault(add_on, set())
            if row in known:
                raise headed.fault("this pair was there already", number, "add-on code")
            known.add(row)
            rows += 1
            if row[2]:
                since = min(since, date.fromisoformat(row[2]))
    release, first, last = one_release(releases, parts[0])
    if not edits:
        raise TableFileError("there are no add-on codes in it", file=parts[0].name)
    lines = ["\t".join((code, *row)) for code in sorted(edits) for row in sorted(edits[code])]
    return Reading(
        release=release,
        first=first,
        last=last,
        since=min(first, since),
        rows=rows,
        data=pack({"edits": texts_to_bytes(lines)}),
    )


def _row(headed: Headed, number: int, cells: list[str]) -> tuple[str, _Row]:
    primary, add_on, kind = (cells[headed.places[name]].strip() for name in _NEEDED)
    for code, column in ((primary, "primary code"), (add_on, "add-on code")):
        if not is_procedure(code):
            raise headed.fault(bad_procedure(code), number, column)
    if kind not in ("1", "2", "3"):
        raise headed.fault("the type of an add-on code is 1, 2 or 3", number, "type")
    days = {name: _day(headed, number, cells, name) for name in _DAYS}
    first = days["effective"]
    ends = [day for name in _DAYS[1:] if (day := days[name]) is not None]
    last = min(ends) if ends else None
    if first is not None and days["deletion"] is not None and days["deletion"] < first:
        raise headed.fault("the edit ends before it begins", number, "deletion")
    return add_on, (
        primary,
        kind,
        first.isoformat() if first else "",
        last.isoformat() if last else "",
    )


def _day(headed: Headed, number: int, cells: list[str], column: str) -> date | None:
    place = headed.places.get(column)
    text = "" if place is None else cells[place].strip()
    if not text:
        return None
    day = published_day(text)
    if found := _THROUGH_THE_YEAR(text):
        year, count = int(found[1]), int(found[2])
        if year and 0 < count <= 366:
            day = date(year, 1, 1) + timedelta(days=count - 1)
        day = day if day is not None and day.year == year else None
    if day is None:
        raise headed.fault("there is no such day", number, column)
    return day


class PublishedAddOns:
    """The add-on codes of the releases in force, by date of service (``AddOnTable``)."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        self._timeline = Timeline(
            [(one.first, one.last, one.since, (one.release, _edits(one))) for one in releases]
        )

    def add_on(self, code: str, day: date) -> AddOn | None:
        """What ``code`` needs beside it on ``day``; None when it is no add-on code."""
        known = self._timeline.at(day)
        if known is None or code not in known[1]:
            return None
        text = day.isoformat()
        held = [
            (primary, kind)
            for primary, kind, first, last in known[1][code]
            if first <= text and (not last or text <= last)
        ]
        if not held:
            return None
        kind = max(kind for _, kind in held)
        primaries = frozenset(primary for primary, _ in held if primary != _CONTRACTOR)
        return AddOn(
            kind=int(kind),
            primaries=primaries,
            edition=Edition(table=_TITLE, release=known[0], row=f"{code} type {kind}"),
        )

    def release(self, day: date) -> str | None:
        """The release that answers for ``day``; None: none does, so there is no opinion."""
        known = self._timeline.at(day)
        return None if known is None else known[0]


def _edits(loaded: Loaded) -> dict[str, list[_Row]]:
    edits: dict[str, list[_Row]] = {}
    for line in texts(unpack(loaded.data)[0]["edits"]):
        code, primary, kind, first, last = line.split("\t")
        edits.setdefault(code, []).append((primary, kind, first, last))
    return edits


def _rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    for code, rows in _edits(loaded).items():
        by_primary: dict[str, tuple[_Row, ...]] = {}
        for row in rows:
            if row[3] and row[3] < loaded.first.isoformat():
                continue
            by_primary[row[0]] = (*by_primary.get(row[0], ()), row)
        if by_primary:
            yield code, by_primary


KINDS = (
    Kind(
        name="ncci-addon",
        title=_TITLE,
        read=read_add_ons,
        open=PublishedAddOns,
        rows=_rows,
        fills={"add_on": lambda table: table},
        # The published text has no heading; the workbook beside it has.
        suffixes=("xlsx", "csv", "tsv", "txt"),
    ),
)

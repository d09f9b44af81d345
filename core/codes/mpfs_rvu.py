"""Relative values of the Medicare physician fee schedule: the file PPRRVU, and what it answers.

Read are its csv and its fixed text (record layout of RVU25D), and the quarters of a year in one
csv, each row with its days. A file holds for its quarter; where the release of an earlier quarter
of the same year is not loaded, it answers for that one too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

import msgspec

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.mpfs_rvu_layout import (
    FIELDS,
    HEADING,
    NUMBERS,
    POSITIONS,
    QUARTERLY_FIELDS,
    QUARTERLY_HEADING,
    RECORD_LENGTH,
    SETS,
)
from core.codes.mpfs_values import RelativeValues, is_text, quarter_in_name, scaled
from core.codes.published import (
    Kind,
    Loaded,
    Part,
    Reading,
    TableFileError,
    bad_procedure,
    is_procedure,
    plain,
)
from core.codes.release import Timeline, days_of, quarter_days, quarter_of
from core.errors import InputError

_TITLE = re.compile(
    r"(20\d\d) National Physician Fee Schedule Relative Value File\s+(\w+)", re.IGNORECASE
)
_QUARTERS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
_PREAMBLE_ROWS_MAX = 15
_ENCODE = msgspec.json.Encoder()


class _Quarter(msgspec.Struct, array_like=True):
    """The rows of one release within a file, and the days they hold."""

    release: str
    first: date
    last: date
    keys: list[str]
    rows: list[str]


class _Rows:
    """Checks rows of one file and gathers them by release."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[tuple[str, str]] = set()
        self._numbers: dict[tuple[str, int], int | None] = {}
        self.quarters: dict[str, _Quarter] = {}

    def quarter(self, release: str, first: date, last: date) -> _Quarter:
        found = self.quarters.get(release)
        if found is None:
            found = self.quarters[release] = _Quarter(release, first, last, [], [])
        return found

    def add(
        self, cells: Mapping[str, str], row: int, place: Callable[[str], str], into: _Quarter
    ) -> None:
        """One row; ``place`` names the column of a field."""
        code, modifier = cells["code"], cells["modifier"]

        def refuse(field: str, message: str) -> TableFileError:
            return TableFileError(message, file=self._file, row=row, column=place(field))

        if not is_procedure(code):
            raise refuse("code", bad_procedure(code))
        for field, allowed in SETS.items():
            if cells[field] not in allowed:
                raise refuse(field, "this value is not one the record layout has")
        known: dict[str, int] = {}
        for field, places in NUMBERS.items():
            number = self._number(cells[field], places)
            if number is None:
                raise refuse(field, f"a number with at most {places} decimals was expected")
            known[field] = number
        both = known["work"] + known["malpractice"]
        for setting in ("nonfacility", "facility"):
            if both + known[f"{setting}_pe"] != known[f"{setting}_total"]:
                raise refuse(f"{setting}_total", "the relative values do not add up to the total")
        key = code + modifier
        if (into.release, key) in self._seen:
            raise refuse("code", "the same code and modifier stand here twice")
        self._seen.add((into.release, key))
        into.keys.append(key)
        into.rows.append(_ENCODE.encode(_row(cells, known)).decode())

    def _number(self, text: str, places: int) -> int | None:
        key = (text, places)
        if key not in self._numbers:
            self._numbers[key] = scaled(text, places)
        return self._numbers[key]


def _row(cells: Mapping[str, str], known: Mapping[str, int]) -> RelativeValues:
    values: dict[str, object] = {
        "is_rare_outside": cells["nonfacility_na"] == "NA",
        "is_rare_inside": cells["facility_na"] == "NA",
    }
    for field in RelativeValues.__struct_fields__:
        if field not in values:
            values[field] = known[field] if field in known else cells[field]
    return RelativeValues(**values)  # type: ignore[arg-type]


def read_relative_values(parts: Sequence[Part], stamp: str) -> Reading:
    """A release out of its file; ``TableFileError`` with row and column for a damaged one."""
    if len(parts) != 1:
        raise InputError("relative values are loaded from one file; name that file alone")
    part = parts[0]
    rows = _Rows(part.name)
    if is_text(part):
        _read_fixed(part, stamp, rows)
    else:
        _read_csv(part, stamp, rows)
    quarters = sorted(rows.quarters.values(), key=lambda one: one.first)
    count = sum(len(one.rows) for one in quarters)
    if not count:
        raise TableFileError("there is no row of a code in it", file=part.name)
    first, last = quarters[0].first, quarters[-1].last
    year = date(first.year, 1, 1)
    runs: dict[str, bytes] = {}
    about = {"quarters": "\t".join(f"{q.release} {q.first} {q.last}" for q in quarters)}
    for quarter in quarters:
        runs[f"keys {quarter.release}"] = texts_to_bytes(quarter.keys)
        runs[f"rows {quarter.release}"] = texts_to_bytes(quarter.rows)
    release = quarters[0].release if len(quarters) == 1 else str(first.year)
    return Reading(
        release=release,
        first=first,
        last=last,
        since=year,
        rows=count,
        data=pack(runs, about),
    )


def _read_csv(part: Part, stamp: str, rows: _Rows) -> None:
    lines = enumerate(part.rows(), start=1)
    title = ""
    for number, cells in lines:
        heading = [plain(cell) for cell in cells]
        if heading == QUARTERLY_HEADING:
            _quarterly(part, lines, rows)
            return
        if heading[:1] == ["hcpcs"]:
            _check_heading(part, number, heading)
            break
        title = title or next((cell for cell in cells if _TITLE.search(cell)), "")
        if number >= _PREAMBLE_ROWS_MAX:
            raise TableFileError("this is not a file PPRRVU: no heading HCPCS", file=part.name)
    release, first, last = _release(part, title, stamp)
    into = rows.quarter(release, first, last)
    for number, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(FIELDS):
            raise TableFileError(
                f"a row has {len(FIELDS)} columns, this one {len(cells)}",
                file=part.name,
                row=number,
            )
        given = dict(zip(FIELDS, map(str.strip, cells), strict=True))
        rows.add(given, number, _column_name, into)


def _quarterly(part: Part, lines: Iterator[tuple[int, list[str]]], rows: _Rows) -> None:
    for number, cells in lines:
        if len(cells) != len(QUARTERLY_FIELDS):
            raise TableFileError(
                f"a row has {len(QUARTERLY_FIELDS)} columns, this one {len(cells)}",
                file=part.name,
                row=number,
            )
        given = dict(zip(QUARTERLY_FIELDS, map(str.strip, cells), strict=True))
        try:
            first, last = date.fromisoformat(given["first"]), date.fromisoformat(given["last"])
        except ValueError:
            raise TableFileError(
                "a day is written 2024-03-09", file=part.name, row=number, column="date_start"
            ) from None
        release = quarter_of(first)
        if first != days_of(release)[0]:
            release = first.isoformat()
        rows.add(given, number, _column_name, rows.quarter(release, first, last))


def _read_fixed(part: Part, stamp: str, rows: _Rows) -> None:
    # No line of it says which quarter: its name does, or that of its archive.
    release, first, last = _release(part, "", stamp or quarter_in_name(part.name))
    into = rows.quarter(release, first, last)
    for number, line in enumerate(part.lines(), start=1):
        if number == 1 and not line.startswith("HDR"):
            raise TableFileError("the heading records (HDR) are missing", file=part.name, row=1)
        if line.startswith("HDR") or not line.strip("\x1a\r "):
            continue
        if len(line) < RECORD_LENGTH:
            raise TableFileError(
                f"a record has {RECORD_LENGTH} characters, this one {len(line)}",
                file=part.name,
                row=number,
            )
        given = {field: line[start - 1 : end].strip() for field, (start, end) in POSITIONS.items()}
        rows.add(given, number, _position_name, into)


def _column_name(field: str) -> str:
    return field.replace("_", " ")


def _position_name(field: str) -> str:
    start, end = POSITIONS[field]
    return f"{start}-{end}"


def _check_heading(part: Part, row: int, heading: Sequence[str]) -> None:
    for place, (found, wanted) in enumerate(zip(heading, HEADING, strict=False)):
        if found != wanted:
            raise TableFileError(
                f"the heading {wanted.upper()} was expected here",
                file=part.name,
                row=row,
                column=str(place + 1),
            )
    if len(heading) != len(HEADING):
        raise TableFileError(
            f"the heading has {len(HEADING)} columns, this one {len(heading)}",
            file=part.name,
            row=row,
        )


def _release(part: Part, title: str, stamp: str) -> tuple[str, date, date]:
    """Stamp and days: as given, else as the title of the file says."""
    if stamp:
        first, last = days_of(stamp)
        return stamp, first, min(last, days_of(quarter_of(first))[1] if last == date.max else last)
    found = _TITLE.search(title)
    quarter = _QUARTERS.get(found[2][:3].lower()) if found else None
    if found is None or quarter is None:
        raise TableFileError(
            "the title that says year and quarter is missing; "
            "load the file as it was published, or say --release 2025Q4",
            file=part.name,
            row=1,
        )
    first, last = quarter_days(int(found[1]), quarter)
    return quarter_of(first), first, last


class RelativeValueTable:
    """Relative values by code, component and day."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        quarters = [quarter for loaded in releases for quarter in _quarters(loaded)]
        self._timeline = Timeline(
            [(one.first, one.last, date(one.first.year, 1, 1), one) for one in quarters]
        )

    def find(self, code: str, modifier: str, day: date) -> RelativeValues | None:
        """The row in force on ``day``."""
        quarter = self._timeline.at(day)
        return None if quarter is None else quarter.find(code + modifier)

    def release(self, day: date) -> str:
        """The release that answers for ``day``; empty: none does."""
        quarter = self._timeline.at(day)
        return "" if quarter is None else quarter.release


class PolicyWords:
    """A column of the file by code and day: a ``core.rules.tables.WordTable``."""

    def __init__(self, table: RelativeValueTable, field: str) -> None:
        self._table, self._field = table, field

    def word(self, code: str, day: date) -> str | None:
        """What stands in the column; None: the code is not in the release of that day."""
        found = self._table.find(code, "", day)
        return None if found is None else str(getattr(found, self._field))


class _OpenQuarter:
    """One release; its keys are read when the first day of it is asked for."""

    def __init__(self, release: str, first: date, last: date, runs: Mapping[str, memoryview]):
        self.release, self.first, self.last = release, first, last
        self._runs = runs
        self._places: dict[str, int] | None = None
        self._rows: list[str] = []
        self._known: dict[str, RelativeValues] = {}

    def find(self, key: str) -> RelativeValues | None:
        found = self._known.get(key)
        if found is None:
            place = self._opened().get(key)
            if place is None:
                return None
            found = _DECODE.decode(self._rows[place])
            self._known[key] = found
        return found

    def every(self) -> Iterator[RelativeValues]:
        """All rows, by code and modifier."""
        return (_DECODE.decode(self._rows[place]) for _, place in sorted(self._opened().items()))

    def _opened(self) -> dict[str, int]:
        if self._places is None:
            self._rows = texts(self._runs[f"rows {self.release}"])
            keys = texts(self._runs[f"keys {self.release}"])
            self._places = {key: place for place, key in enumerate(keys)}
        return self._places


_DECODE = msgspec.json.Decoder(RelativeValues)


def _quarters(loaded: Loaded) -> list[_OpenQuarter]:
    runs, about = unpack(loaded.data)
    found = (words.split(" ") for words in about["quarters"].split("\t"))
    return [
        _OpenQuarter(release, date.fromisoformat(first), date.fromisoformat(last), runs)
        for release, first, last in found
    ]


def _rows_of(loaded: Loaded) -> Iterable[tuple[str, Mapping[str, Hashable]]]:
    """The rows of its last quarter by code, each by its component."""
    for code, rows in groupby(_quarters(loaded)[-1].every(), key=lambda row: row.code):
        yield code, {row.modifier: row for row in rows}


RELATIVE_VALUES = Kind(
    name="mpfs-rvu",
    title="Relative values of the Medicare physician fee schedule",
    read=read_relative_values,
    open=RelativeValueTable,
    rows=_rows_of,
    fills={
        "global_days": lambda table: PolicyWords(table, "global_days"),
        "bilateral": lambda table: PolicyWords(table, "bilateral"),
    },
    suffixes=("csv", "txt", "xlsx"),
    member="PPRRVU",
)

KINDS = (RELATIVE_VALUES,)

"""Where a service is priced: practice cost indices, anesthesia factors, and ZIP codes.

Read are GPCI and ANES as csv or text, and ZIP5 as text (record layout ZIP5lyout).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.fixed_records import FixedRecords, records_to_bytes
from core.codes.mpfs_values import Locality, is_text, scaled
from core.codes.published import Kind, Loaded, Part, Reading, TableFileError, plain
from core.codes.release import Timeline, days_of, quarter_days
from core.errors import InputError

_YEAR = re.compile(r"\b(20\d\d) PW GPCI")
_YEAR_IN_NAME = re.compile(r"(20\d\d)")
_GPCI_HEADING = re.compile(
    r"medicare administrative contractor mac,state,locality number,locality name,"
    r"(20\d\d) pw gpci[^,]*,\1 pe gpci,\1 mp gpci"
)
_GPCI_LINE = re.compile(
    r"(\d{5})\s+([A-Z]{2})\s+(\d\d)\s+(\S.*?)\s+(\d\.\d+)\s+(\d\.\d+)\s+(\d\.\d+)\s*\Z", re.ASCII
)
_ANESTHESIA_HEADING = re.compile(r"contractor,locality,locality name,national anes cf of ([\d ]+)")
_ANESTHESIA_LINE = re.compile(r"(\d{5})\s+(\d\d)\s+(\S.*?)\s+(\d{3,4})\s*\Z", re.ASCII)
_CONTRACTOR = re.compile(r"\d{5}", re.ASCII).fullmatch
_NUMBER = re.compile(r"\d{2}", re.ASCII).fullmatch
_PREAMBLE_ROWS_MAX = 15


class _Cell(msgspec.Struct, frozen=True):
    """A row of cells as it was read, with its place in the file."""

    row: int
    cells: tuple[str, ...]


def check_locality(file: str, row: int, contractor: str, number: str) -> None:
    """Refuse a contractor or locality that lost its leading zeros."""
    for text, right, column, digits in (
        (contractor, _CONTRACTOR, "contractor", 5),
        (number, _NUMBER, "locality", 2),
    ):
        if not right(text):
            message = f"{digits} digits were expected"
            if text.isdigit() and len(text) < digits:
                message = (
                    "the number has lost its leading zeros (a spreadsheet took it for a number); "
                    "load the file as it was published"
                )
            raise TableFileError(message, file=file, row=row, column=column)


def single(parts: Sequence[Part], what: str) -> Part:
    """The one file a release of ``what`` is."""
    if len(parts) != 1:
        raise InputError(f"{what} are loaded from one file; name that file alone")
    return parts[0]


def read_localities(parts: Sequence[Part], stamp: str) -> Reading:
    """The practice cost indices of a year."""
    part = single(parts, "practice cost indices")
    if is_text(part):
        year, rows = _gpci_lines(part)
    else:
        year, rows = _gpci_cells(part)
    found: dict[str, Locality] = {}
    for one in rows:
        contractor, state, number, name, *indices = one.cells
        check_locality(part.name, one.row, contractor, number)
        values = [scaled(text, 3) for text in indices]
        for column, value in zip(("PW", "PE", "MP"), values, strict=True):
            if not value:
                raise TableFileError(
                    "an index with at most 3 decimals was expected",
                    file=part.name,
                    row=one.row,
                    column=f"{column} GPCI",
                )
        work, practice_expense, malpractice = (value or 0 for value in values)
        locality = Locality(
            contractor, number, state, name.strip("* "), work, practice_expense, malpractice
        )
        if found.setdefault(locality.id, locality) is not locality:
            raise TableFileError(
                "this locality stands here twice", file=part.name, row=one.row, column="locality"
            )
    if not found:
        raise TableFileError("there is no locality in it", file=part.name)
    rows_out = [msgspec.json.encode(found[key]).decode() for key in sorted(found)]
    return _reading(stamp or year, pack({"rows": texts_to_bytes(rows_out)}), len(found))


def _reading(stamp: str, data: bytes, rows: int) -> Reading:
    """A release of a year; within it, it answers for days before its quarter too."""
    first, last = days_of(stamp)
    if last == date.max:
        last = date(first.year, 12, 31)
    return Reading(
        release=stamp,
        first=first,
        last=last,
        since=date(first.year, 1, 1),
        rows=rows,
        data=data,
    )


def _gpci_cells(part: Part) -> tuple[str, Iterator[_Cell]]:
    lines = enumerate(part.rows(), start=1)
    for number, cells in lines:
        heading = _GPCI_HEADING.fullmatch(",".join(map(plain, cells)))
        if heading:
            return heading[1], (
                _Cell(row, tuple(map(str.strip, _seven(part, row, cells))))
                for row, cells in lines
                if _is_row(cells, 1)
            )
        if number >= _PREAMBLE_ROWS_MAX:
            break
    raise TableFileError(
        "this is not a file GPCI: the heading with contractor, state, locality and the three "
        "indices is missing",
        file=part.name,
    )


def _is_row(cells: Sequence[str], at: int) -> bool:
    """Whether a row is one of a locality: below the last stand notes in the first column alone."""
    return any(cell.strip() for cell in cells[at:])


def _seven(part: Part, row: int, cells: Sequence[str]) -> Sequence[str]:
    if len(cells) != 7:
        raise TableFileError(f"a row has 7 columns, this one {len(cells)}", file=part.name, row=row)
    return cells


def _gpci_lines(part: Part) -> tuple[str, Iterator[_Cell]]:
    lines = list(part.lines())
    year = next((found[1] for line in lines[:5] if (found := _YEAR.search(line))), "")
    if not year:
        raise TableFileError("the heading that says the year is missing", file=part.name, row=1)
    return year, _matching(part, lines, _GPCI_LINE)


def _matching(part: Part, lines: Sequence[str], shape: re.Pattern[str]) -> Iterator[_Cell]:
    for row, line in enumerate(lines, start=1):
        found = shape.match(line)
        if found:
            yield _Cell(row, tuple(found.groups()))
        elif line[:4].isdigit():
            raise TableFileError(
                "this line is not as the file is published", file=part.name, row=row
            )


class LocalityTable:
    """Practice cost indices by locality and day."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        self._timeline = Timeline(
            [(one.first, one.last, one.since, _Localities(one)) for one in releases]
        )

    def find(self, contractor: str, number: str, day: date) -> tuple[Locality, str] | None:
        """The locality and the release it stands in.

        Some files name a locality under a sister contractor of the same state (01112-17 stands
        under 01182): where a contractor has no such number, the one of its state is meant.
        """
        year = self._timeline.at(day)
        found = year.find(contractor, number) if year else None
        return (found, year.release) if year and found else None

    def release(self, day: date) -> str:
        """The release that answers for ``day``; empty: none does."""
        year = self._timeline.at(day)
        return year.release if year else ""


class _Localities:
    def __init__(self, loaded: Loaded) -> None:
        runs, _ = unpack(loaded.data)
        self.release = loaded.release
        self.rows = [msgspec.json.decode(row, type=Locality) for row in texts(runs["rows"])]
        self._by_id = {(row.contractor, row.number): row for row in self.rows}
        states: dict[str, set[str]] = {}
        for row in self.rows:
            states.setdefault(row.contractor, set()).add(row.state)
        for contractor, own in states.items():
            for row in self.rows:
                if own == {row.state}:
                    self._by_id.setdefault((contractor, row.number), row)

    def find(self, contractor: str, number: str) -> Locality | None:
        return self._by_id.get((contractor, number))


def _rows_of_localities(loaded: Loaded) -> Iterable[tuple[str, Mapping[str, Hashable]]]:
    for row in _Localities(loaded).rows:
        yield row.id, {"": row}


def read_anesthesia(parts: Sequence[Part], stamp: str) -> Reading:
    """The anesthesia conversion factors of a year's localities."""
    part = single(parts, "anesthesia factors")
    if is_text(part):
        lines = list(part.lines())
        rows, places = _matching(part, [line.strip("\x1a") for line in lines], _ANESTHESIA_LINE), 0
    else:
        rows, places = _anesthesia_cells(part), 2
    found: dict[str, int] = {}
    for one in rows:
        contractor, number, _, factor = one.cells
        check_locality(part.name, one.row, contractor, number)
        cents = scaled(factor, places)
        if not cents:
            raise TableFileError(
                "an amount with two decimals was expected",
                file=part.name,
                row=one.row,
                column="anesthesia CF",
            )
        if f"{contractor}{number}" in found:
            raise TableFileError(
                "this locality stands here twice", file=part.name, row=one.row, column="locality"
            )
        found[f"{contractor}{number}"] = cents
    if not found:
        raise TableFileError("there is no locality in it", file=part.name)
    if not stamp:
        named = _YEAR_IN_NAME.search(part.name.rpartition("/")[2])
        if named is None:
            raise TableFileError(
                "nothing in it says for which year it holds; say --release 2025", file=part.name
            )
        stamp = named[1]
    run = records_to_bytes(f"{key}{cents:06d}" for key, cents in found.items())
    return _reading(stamp, pack({"rows": run}), len(found))


def _anesthesia_cells(part: Part) -> Iterator[_Cell]:
    rows = enumerate(part.rows(), start=1)
    _, heading = next(rows, (1, []))
    if not _ANESTHESIA_HEADING.fullmatch(",".join(map(plain, heading))):
        raise TableFileError(
            "the heading with contractor, locality, name and the national factor is missing",
            file=part.name,
            row=1,
        )
    for row, cells in rows:
        if not _is_row(cells, 0):
            continue
        if len(cells) != 4:
            raise TableFileError(
                f"a row has 4 columns, this one {len(cells)}", file=part.name, row=row
            )
        yield _Cell(row, tuple(map(str.strip, cells)))


class AnesthesiaFactorTable:
    """Cents of one anesthesia unit by locality and day."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        self._timeline = Timeline(
            [(one.first, one.last, one.since, (one.release, _factors(one))) for one in releases]
        )

    def cents(self, locality: Locality, day: date) -> tuple[int, str] | None:
        """Cents of a unit, and the release that says so."""
        found = self._timeline.at(day)
        record = found[1].find(locality.contractor + locality.number) if found else None
        return (int(record[7:]), found[0]) if found and record else None


def _factors(loaded: Loaded) -> FixedRecords:
    return FixedRecords(unpack(loaded.data)[0]["rows"], length=13, key_length=7)


def _rows_of_factors(loaded: Loaded) -> Iterable[tuple[str, Mapping[str, Hashable]]]:
    for record in _factors(loaded):
        yield f"{record[:5]}-{record[5:7]}", {"": int(record[7:])}


_ZIP_LENGTH = 80
_ZIP_LINE = re.compile(
    r"([A-Z]{2})(\d{5})(\d{5})(\d{2})([ RB])(Z\d)([ RB]).{2}([01]) .{1}.{52}(20\d\d)([1-4])\Z",
    re.ASCII,
).match


def read_zip_codes(parts: Sequence[Part], stamp: str) -> Reading:
    """The localities of the ZIP codes in a quarter."""
    part = single(parts, "ZIP codes")
    records: dict[str, str] = {}
    quarter = ""
    for row, line in enumerate(part.lines(), start=1):
        if not line.strip("\x1a "):
            continue
        found = _ZIP_LINE(line)
        if found is None:
            message = "this record is not as the layout of ZIP5 has it"
            if len(line) != _ZIP_LENGTH:
                message = f"a record has {_ZIP_LENGTH} characters, this one {len(line)}"
            raise TableFileError(message, file=part.name, row=row)
        state, code, contractor, number, _, _, _, plus_four, year, place = found.groups()
        quarter = quarter or f"{year}Q{place}"
        if f"{year}Q{place}" != quarter:
            raise TableFileError(
                "this record is of another quarter than the first",
                file=part.name,
                row=row,
                column="76-80",
            )
        if code in records:
            raise TableFileError(
                "this ZIP code stands here twice", file=part.name, row=row, column="3-7"
            )
        records[code] = f"{code}{contractor}{number}{state}{plus_four}"
    if not quarter:
        raise TableFileError("there is no ZIP code in it", file=part.name)
    if stamp and stamp != quarter:
        raise TableFileError(
            f"its records say {quarter}, not the release that was given", file=part.name
        )
    first, last = quarter_days(int(quarter[:4]), int(quarter[5]))
    return Reading(
        release=quarter,
        first=first,
        last=last,
        since=date(first.year, 1, 1),
        rows=len(records),
        data=pack({"rows": records_to_bytes(records.values())}),
    )


class ZipCode(msgspec.Struct, frozen=True):
    """Where a ZIP code is priced. ``is_split``: only its last four digits tell for sure."""

    contractor: str
    number: str
    is_split: bool
    release: str


class ZipTable:
    """Localities by ZIP code and day."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        self._timeline = Timeline(
            [(one.first, one.last, one.since, (one.release, _zip_codes(one))) for one in releases]
        )

    def find(self, code: str, day: date) -> ZipCode | None:
        """The locality of the five digits ``code``."""
        found = self._timeline.at(day)
        record = found[1].find(code) if found else None
        if found is None or record is None:
            return None
        return ZipCode(record[5:10], record[10:12], record[14] == "1", found[0])


def _zip_codes(loaded: Loaded) -> FixedRecords:
    return FixedRecords(unpack(loaded.data)[0]["rows"], length=15, key_length=5)


def _rows_of_zip_codes(loaded: Loaded) -> Iterable[tuple[str, Mapping[str, Hashable]]]:
    for record in _zip_codes(loaded):
        yield record[:5], {"": record[5:]}


LOCALITIES = Kind(
    name="mpfs-gpci",
    title="Practice cost indices of the payment localities",
    read=read_localities,
    open=LocalityTable,
    rows=_rows_of_localities,
    months=12,
    suffixes=("csv", "txt", "xlsx"),
    member="GPCI",
)
ANESTHESIA = Kind(
    name="mpfs-anesthesia",
    title="Anesthesia conversion factors of the payment localities",
    read=read_anesthesia,
    open=AnesthesiaFactorTable,
    rows=_rows_of_factors,
    months=12,
    suffixes=("csv", "txt", "xlsx"),
    member="ANES",
)
ZIP_CODES = Kind(
    name="zip-locality",
    title="Payment localities of the ZIP codes",
    read=read_zip_codes,
    open=ZipTable,
    rows=_rows_of_zip_codes,
    suffixes=("txt",),
    member="ZIP5",
)

KINDS = (LOCALITIES, ANESTHESIA, ZIP_CODES)

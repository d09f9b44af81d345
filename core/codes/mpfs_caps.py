"""Published prices after the cap by the hospital outpatient payment: the file OPPSCAP.

Of a code the contractor prices it holds the cap alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from core.codes.compact import pack, unpack
from core.codes.fixed_records import FixedRecords, records_to_bytes
from core.codes.mpfs_places import check_locality, single
from core.codes.mpfs_values import CappedPrice, quarter_in_name, scaled
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
from core.codes.release import Timeline, days_of

_HEADING = ["hcpcs", "mod", "procstat", "carrier", "locality", "facility price"]
_PREAMBLE_ROWS_MAX = 15
_KEY = 14
_LENGTH = _KEY + 1 + 9 + 9


def read_caps(parts: Sequence[Part], stamp: str) -> Reading:
    """The capped prices of a quarter; no field of the file says which one, but its archive."""
    part = single(parts, "capped prices")
    stamp = stamp or quarter_in_name(part.name)
    if not stamp:
        raise TableFileError(
            "nothing in it says for which quarter it holds; say --release 2025Q4", file=part.name
        )
    first, last = days_of(stamp)
    if last == date.max:
        last = date(first.year, 12, 31)
    records: dict[str, str] = {}
    for row, cells in _rows(part):
        code, modifier, status, contractor, number, inside, outside = cells
        if not is_procedure(code):
            raise TableFileError(bad_procedure(code), file=part.name, row=row, column="HCPCS")
        if modifier not in {"", "26", "TC", "53"}:
            raise TableFileError(
                "a component is empty, 26 or TC", file=part.name, row=row, column="MOD"
            )
        check_locality(part.name, row, contractor, number)
        amounts = [scaled(inside, 2), scaled(outside, 2)]
        for name, cents in zip(("FACILITY PRICE", "NON-FACILTY PRICE"), amounts, strict=True):
            if cents is None or cents > 10**9 - 1:
                raise TableFileError(
                    "an amount with two decimals was expected",
                    file=part.name,
                    row=row,
                    column=name,
                )
        key = f"{code}{modifier:2}{contractor}{number}"
        if key in records:
            raise TableFileError(
                "the same code and locality stand here twice",
                file=part.name,
                row=row,
                column="HCPCS",
            )
        records[key] = f"{key}{status:1}{amounts[0]:09d}{amounts[1]:09d}"
    if not records:
        raise TableFileError("there is no price in it", file=part.name)
    return Reading(
        release=stamp,
        first=first,
        last=last,
        since=first,
        rows=len(records),
        data=pack({"rows": records_to_bytes(records.values())}),
    )


def _rows(part: Part) -> Iterable[tuple[int, list[str]]]:
    is_open = False
    for row, cells in enumerate(part.rows(), start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if is_open:
            if len(cells) != 7:
                raise TableFileError(
                    f"a row has 7 columns, this one {len(cells)}", file=part.name, row=row
                )
            yield row, [cell.strip() for cell in cells]
        elif [plain(cell) for cell in cells][:6] == _HEADING:
            is_open = True
        elif row >= _PREAMBLE_ROWS_MAX:
            break
    if not is_open:
        raise TableFileError("this is not a file OPPSCAP: its heading is missing", file=part.name)


class CapTable:
    """Published capped prices by code, component, locality and day."""

    def __init__(self, releases: Sequence[Loaded]) -> None:
        self._timeline = Timeline(
            [(one.first, one.last, one.since, (one.release, _records(one))) for one in releases]
        )

    def find(
        self, code: str, modifier: str, contractor: str, number: str, day: date
    ) -> tuple[CappedPrice, str] | None:
        """The published price and its release; None: the code is not capped, or not loaded."""
        found = self._timeline.at(day)
        record = found[1].find(f"{code}{modifier:2}{contractor}{number}") if found else None
        return (_price(record), found[0]) if found and record else None


def _price(record: str) -> CappedPrice:
    return CappedPrice(
        code=record[:5],
        modifier=record[5:7].strip(),
        status=record[_KEY],
        facility_cents=int(record[_KEY + 1 : _KEY + 10]),
        nonfacility_cents=int(record[_KEY + 10 :]),
    )


def _records(loaded: Loaded) -> FixedRecords:
    return FixedRecords(unpack(loaded.data)[0]["rows"], length=_LENGTH, key_length=_KEY)


def _rows_of(loaded: Loaded) -> Iterable[tuple[str, Mapping[str, Hashable]]]:
    """The rows by code, each by its component and locality."""
    for code, records in groupby(_records(loaded), key=lambda record: record[:5]):
        yield code, {record[5:_KEY]: record[_KEY:] for record in records}


CAPS = Kind(
    name="mpfs-oppscap",
    title="Prices of the Medicare physician fee schedule under the outpatient cap",
    read=read_caps,
    open=CapTable,
    rows=_rows_of,
    suffixes=("csv", "xlsx"),
    member="OPPSCAP",
)

KINDS = (CAPS,)

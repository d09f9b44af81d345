"""ICD-10-CM as CMS publishes it: the order file of a fiscal year, with or without its addenda.

The order file has a row for each code: number, code, whether it is billable, short and long title,
each at its place. The addenda say what changed against the year before; they are held against the
order file, so that files of two releases are never loaded as one. The same list is read with tabs
and a heading (order, code, billable, description).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from core.codes.diagnosis_table import IcdTable, Listed, make_table
from core.codes.fiscal_years import Year
from core.codes.published import Kind, Loaded, Part, Reading, TableFileError, plain
from core.codes.release import days_of

_CODE = re.compile(r"[A-Z][0-9A][0-9A-Z][0-9A-Z]{0,4}", re.ASCII).fullmatch
_FISCAL_YEAR = re.compile(r"(?<!\d)(20[1-4]\d)(?!\d)", re.ASCII)
_APRIL = re.compile(r"apr(?:il)?(?![a-z])", re.IGNORECASE | re.ASCII)
_ADDENDA = re.compile(r"addend", re.IGNORECASE)
_CHANGE = re.compile(r"(Add|Delete|Revise from|Revise to|No change): +", re.ASCII).match
_HEADING = ["order", "code", "billable", "description"]
_TITLE = "ICD-10-CM"
# Number, code, billable, short title and long title begin here.
_CODE_AT, _BILLABLE_AT, _SHORT_AT, _LONG_AT = 6, 14, 16, 77


def icd_release(names: Sequence[str], given: str) -> tuple[str, date, date]:
    """The release ``names`` of files speak of, and its days; ``given`` beside them, or empty.

    The list of October is ``FY2026``; that of April has the day it begins, ``2026-04-01``, and
    holds until the fiscal year ends.
    """
    file = names[0]
    said = {found[1] for name in names for found in [_FISCAL_YEAR.search(name)] if found}
    if len(said) > 1:
        raise TableFileError("the files are of different fiscal years", file=file)
    stamp = given
    if not stamp and said:
        year = said.pop()
        stamp = f"{year}-04-01" if any(_APRIL.search(name) for name in names) else f"FY{year}"
    if not stamp:
        raise TableFileError(
            "its name does not say which fiscal year it is; say it with --release, for example "
            "--release FY2026",
            file=file,
        )
    if not re.fullmatch(r"FY20\d\d|20\d\d-\d\d-\d\d", stamp, re.ASCII):
        raise TableFileError(
            "ICD-10-CM is published each fiscal year: give --release as FY2026, or 2026-04-01 for "
            "the list of April",
            file=file,
        )
    first, _ = days_of(stamp)
    year = f"{first.year + (first.month >= 10)}"
    if said and year not in said:
        raise TableFileError(f"the file is of another fiscal year than {stamp}", file=file)
    return stamp, first, date(int(year), 9, 30)


def read_order(parts: Sequence[Part], given: str) -> Reading:
    """The compact form of one release."""
    release, first, last = icd_release([part.name for part in parts], given)
    addenda = [part for part in parts if _ADDENDA.search(part.name)]
    lists = [part for part in parts if part not in addenda]
    if len(lists) != 1:
        raise TableFileError(
            "load one order file, and its addenda where there are any; the addenda alone say only "
            "what changed",
            file=parts[0].name,
        )
    listed: dict[str, Listed] = {}
    rows: dict[str, int] = {}
    for number, row in _listed(lists[0]):
        if row.code in listed:
            raise TableFileError(
                "this code was there already", file=lists[0].name, row=number, column="code"
            )
        listed[row.code], rows[row.code] = row, number
    if not listed:
        raise TableFileError("there is no code in it", file=lists[0].name)
    _refuse_wrong_headings(lists[0].name, listed, rows)
    notes = tuple(_held_against(part, listed) for part in addenda)
    return Reading(
        release=release,
        first=first,
        last=last,
        since=first,
        rows=len(listed),
        data=make_table(listed.values(), None, {"release": release}),
        notes=notes,
    )


def _listed(part: Part) -> Iterator[tuple[int, Listed]]:
    first = next(part.lines(), "")
    if "\t" in first or plain(first) == " ".join(_HEADING):
        yield from _listed_in_cells(part)
        return
    expected = 0
    for number, line in enumerate(part.lines(), 1):
        if not line.strip():
            continue
        expected += 1
        yield number, _row(part.name, number, expected, line)


def _row(file: str, number: int, expected: int, line: str) -> Listed:
    """One row of the order file."""
    if re.match(r"[A-Z][0-9A][0-9A-Z]", line, re.ASCII):
        raise TableFileError(
            "this is the list of billable codes alone, without headings; load the order file",
            file=file,
            row=number,
        )
    code = line[_CODE_AT : _BILLABLE_AT - 1].rstrip()
    _check(file, number, expected, line[: _CODE_AT - 1], code, line[_BILLABLE_AT:_SHORT_AT].strip())
    words = line[_LONG_AT:].strip()
    if line[_CODE_AT - 1] != " " or line[_LONG_AT - 1 : _LONG_AT] != " " or not words:
        raise TableFileError(
            "the titles are not at their places; load the file as it was published",
            file=file,
            row=number,
            column="long title",
        )
    return Listed(code, line[_BILLABLE_AT] == "1", words)


def _listed_in_cells(part: Part) -> Iterator[tuple[int, Listed]]:
    for number, cells in enumerate(part.rows(), 1):
        if number == 1:
            if [plain(cell) for cell in cells] != _HEADING:
                raise TableFileError(
                    f"the heading is {', '.join(_HEADING)}; load the file as it was published",
                    file=part.name,
                    row=1,
                )
            continue
        if not any(cells):
            continue
        if len(cells) != len(_HEADING):
            raise TableFileError(
                f"there are {len(cells)} cells where the heading has {len(_HEADING)}",
                file=part.name,
                row=number,
            )
        order, code, billable, words = (cell.strip() for cell in cells)
        _check(part.name, number, number - 1, order, code, billable)
        if not words:
            raise TableFileError(
                "there is no description", file=part.name, row=number, column="description"
            )
        yield number, Listed(code, billable == "1", words)


def _check(file: str, row: int, expected: int, order: str, code: str, billable: str) -> None:
    if not re.fullmatch(r"\d{5,6}", order, re.ASCII):
        raise TableFileError(
            "the number of a row has five digits, its leading zeros too; load the file as it was "
            "published",
            file=file,
            row=row,
            column="order",
        )
    if int(order) != expected:
        raise TableFileError(
            f"this row has the number {int(order)} and is the {expected}th: rows are missing or "
            "were sorted anew",
            file=file,
            row=row,
            column="order",
        )
    if not _CODE(code):
        raise TableFileError("this is no code of ICD-10-CM", file=file, row=row, column="code")
    if billable not in ("0", "1"):
        raise TableFileError("billable is 0 or 1", file=file, row=row, column="billable")


def _refuse_wrong_headings(
    file: str, listed: Mapping[str, Listed], rows: Mapping[str, int]
) -> None:
    """A code with longer ones below it is a heading, and only such a one is."""
    for code, following in pairwise([*sorted(listed), ""]):
        if following.startswith(code) == listed[code].is_billable:
            why = (
                "it is marked as billable and longer codes stand below it"
                if listed[code].is_billable
                else "it is marked as a heading and no code stands below it"
            )
            raise TableFileError(
                f"{why}: rows are missing, or the mark is wrong",
                file=file,
                row=rows[code],
                column="billable",
            )


def _held_against(part: Part, listed: Mapping[str, Listed]) -> str:
    """What the addenda changed, in words; ``TableFileError`` when they are of another release."""
    counts = dict.fromkeys(("Add", "Delete", "Revise to"), 0)
    added: dict[str, int] = {}
    deleted: dict[str, int] = {}
    for number, line in enumerate(part.lines(), 1):
        found = _CHANGE(line)
        if found is None:
            continue  # the counts and their headings
        code = next(
            iter(re.findall(r"(?<![0-9A-Z])[A-Z][0-9A][0-9A-Z]{1,5}\b", line[found.end() :])), ""
        )
        if not code:
            raise TableFileError("there is no code", file=part.name, row=number, column="code")
        if found[1] in counts:
            counts[found[1]] += 1
        if found[1] == "Add":
            added[code] = number
        elif found[1] == "Delete":
            deleted[code] = number
    if not sum(counts.values()):
        raise TableFileError("there is no change in it", file=part.name)
    for code, number in added.items():
        if code not in listed:
            raise TableFileError(
                "this code was added and is not in the order file: they are of two releases",
                file=part.name,
                row=number,
                column="code",
            )
    for code, number in deleted.items():
        if code in listed and code not in added and listed[code].is_billable:
            raise TableFileError(
                "this code was deleted and is in the order file: they are of two releases",
                file=part.name,
                row=number,
                column="code",
            )
    return (
        f"its addenda: {counts['Add']:,} rows added, {counts['Delete']:,} deleted, "
        f"{counts['Revise to']:,} worded anew"
    )


def opened_years(releases: Sequence[Loaded]) -> tuple[Year[IcdTable], ...]:
    """The releases in force, each with its days."""
    return tuple(Year(one.first, one.last, IcdTable(one.data)) for one in releases)


def _rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    table = IcdTable(loaded.data)
    for place in range(len(table)):
        yield table.code_at(place), {"": (table.is_billable_at(place), table.words_at(place))}


KINDS = (
    Kind(
        name="icd10cm",
        title=_TITLE,
        read=read_order,
        open=opened_years,
        rows=_rows,
        months=6,
        suffixes=("txt", "tsv", "csv"),
        member=r"order",
    ),
)

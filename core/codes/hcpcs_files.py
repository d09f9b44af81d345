"""HCPCS level II as CMS publishes it: the ANWEB file of fixed width, modifiers in it too.

A code has one row with its facts and further rows with the rest of its description. Tables with
tabs are read as well: one of codes and days, one of descriptions, or both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from core.codes.ncci_files import Headed
from core.codes.published import Kind, Part, Reading, TableFileError, published_day
from core.codes.published_lists import (
    ListForm,
    PublishedList,
    compared_rows,
    list_release,
    read_list,
    reading_of,
)
from core.errors import InputError

_TITLE = "HCPCS level II"
_WIDTH = 293
_CODE = re.compile(r"[A-CEGHJ-MP-V]\d{4}|   [0-9A-Z]{2}", re.ASCII).fullmatch
_RECORD = re.compile(r"[ A-Z][ 0-9]{2}[0-9A-Z]{2}\d{5}[3478]", re.ASCII).match
# Record 3 begins a procedure and 7 a modifier; 4 and 8 go on with its description.
_FIRST_RECORDS, _MODIFIERS = ("3", "7"), ("7", "8")
_QUARTER = re.compile(
    r"(?<!\d)(20\d\d)[ _-]?(jan|apr|jul|oct)|(jan|apr|jul|oct)[a-z]*[ _-]?(20\d\d)",
    re.IGNORECASE | re.ASCII,
)
_QUARTERS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
_IN_CELLS = ListForm(
    name="hcpcs",
    title=_TITLE,
    code=("hcpcs code", "hcpcs", "code"),
    shape=r"[A-CEGHJ-MP-V]\d{4}|[0-9A-Z]{2}",
    form="a capital and four digits",
    words=("long description", "description"),
)


def read_hcpcs(parts: Sequence[Part], given: str) -> Reading:
    """The compact form of one release."""
    releases = [_release(part, given) for part in parts]
    if not any(_RECORD(line) for line in _first_lines(parts[0])):
        return _read_cells(parts, releases[0])
    rows: dict[str, str] = {}
    for part in parts:
        for number, code, days, words in _records(part):
            if code in rows:
                raise TableFileError(
                    "this code was there already", file=part.name, row=number, column="code"
                )
            rows[code] = "\t".join((code, *days, words))
    return reading_of(rows, releases, parts[0])


def _release(part: Part, given: str) -> str:
    if not given and (found := _QUARTER.search(part.name)):
        year, month = found[1] or found[4], found[2] or found[3]
        return f"{year}Q{_QUARTERS[month.lower()]}"
    # The digits of the year follow a letter: HCPC2019_CONTR_ANWEB.
    if not given and (year_found := re.search(r"20[0-4]\d(?!\d)", part.name)):
        return year_found[0]
    return list_release(part, given)


def _first_lines(part: Part) -> Iterator[str]:
    for number, line in enumerate(part.lines()):
        if number > 30:
            return
        yield line


def _records(part: Part) -> Iterator[tuple[int, str, tuple[str, str], str]]:
    """Row, code, first and last day, and description of each code."""
    began: tuple[int, str, tuple[str, str]] | None = None
    words: list[str] = []
    sequence = 0
    for number, line in enumerate(part.lines(), 1):
        if not _RECORD(line):
            if began is not None and line.strip():
                raise _fault(part, number, "code", "this row does not begin as a record does")
            continue  # what stands above the records
        code, record = line[:5], line[10]
        if not _CODE(code) or (record in _MODIFIERS) != code.startswith("   "):
            raise _fault(part, number, "code", "this is no code of HCPCS level II, or was moved")
        code = code.strip()
        sequence += 1
        if record in _FIRST_RECORDS:
            if began is not None:
                yield (*began, " ".join(" ".join(words).split()))
            if len(line.rstrip()) < _WIDTH:
                raise _fault(part, number, "action code", "the row is cut off")
            days = (_day(part, number, line, 268, "added"), _day(part, number, line, 284, "ended"))
            began, words = (number, code, days), [line[11:91].strip()]
        elif began is None or began[1] != code:
            raise _fault(part, number, "record", "the first row of this code is missing")
        else:
            words.append(line[11:91].strip())
    if began is None:
        raise TableFileError("there is no code in it", file=part.name)
    yield (*began, " ".join(" ".join(words).split()))


def _day(part: Part, number: int, line: str, start: int, column: str) -> str:
    text = line[start : start + 8].strip()
    if not text:
        return ""
    day = published_day(text)
    if day is None:
        raise _fault(part, number, column, "there is no such day")
    return day.isoformat()


def _fault(part: Part, number: int, column: str, message: str) -> TableFileError:
    return TableFileError(
        f"{message}; load the file as it was published", file=part.name, row=number, column=column
    )


def _read_cells(parts: Sequence[Part], release: str) -> Reading:
    """Tables of codes with their days, of descriptions (a long and a short one a code), or both."""
    described: dict[str, str] = {}
    lists = []
    for part in parts:
        found = _descriptions(part)
        if found is None:
            lists.append(part)
        else:
            described |= found
    if not lists:
        rows = {code: f"{code}\t\t\t{words}" for code, words in described.items()}
        return reading_of(rows, [release], parts[0])
    return read_list(_IN_CELLS, lists, release, described)


def _descriptions(part: Part) -> dict[str, str] | None:
    """The long description by code; None where the table is another one."""
    columns = {name: name.__eq__ for name in ("hcpcs", "type", "description")}
    try:
        headed = Headed(part, columns, ("hcpcs", "type", "description"))
    except InputError:
        return None
    found: dict[str, str] = {}
    for number, cells in headed.rows():
        code, kind, words = (cells[headed.places[name]].strip() for name in columns)
        if not _CODE(code):
            raise headed.fault("this is no code of HCPCS level II", number, "hcpcs")
        if kind == "Long" and words:
            found[code] = " ".join(words.split())
    return found


KINDS = (
    Kind(
        name="hcpcs",
        title=_TITLE,
        read=read_hcpcs,
        open=partial(PublishedList, _TITLE),
        rows=compared_rows,
        suffixes=("txt", "tsv", "csv", "xlsx"),
        member=r"anweb|hcpc",
    ),
)

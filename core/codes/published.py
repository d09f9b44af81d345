"""What a kind of published table is: how its files are read, and what answers from them.

A kind is a value of functions without files: ``read`` makes one compact run of bytes of the parts
of a published file, ``open`` makes a lookup of such bytes. Where the bytes lie is not its matter
(``api/tables``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import msgspec

from core.errors import InputError


class TableFileError(InputError):
    """A published file is damaged, or is another one; nothing of it is loaded.

    ``row`` counts from 1, 0 = the file as a whole.
    """

    code = "table-file"

    def __init__(self, message: str, *, file: str, row: int = 0, column: str = "") -> None:
        place = file
        if row:
            place += f", row {row}"
        if column:
            place += f", column {column}"
        super().__init__(f"{place}: {message}")
        self.file = file
        self.row = row
        self.column = column


class Part(Protocol):
    """One file of a release, unpacked; each method reads it from its beginning."""

    @property
    def name(self) -> str:
        """Its name, with that of the archive it came in."""

    def rows(self) -> Iterator[list[str]]:
        """The cells of a text with tabs or commas, or of the first sheet of a workbook."""

    def lines(self) -> Iterator[str]:
        """The lines of a text, without their ends."""

    def blocks(self) -> Iterator[bytes]:
        """Its bytes."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the parts of a release.

    ``rows`` were read. ``since``: from that day on the rows themselves say what held; the first
    day of the release where they have no days of their own.
    """

    release: str
    first: date
    last: date
    since: date
    rows: int
    data: bytes
    notes: tuple[str, ...] = ()


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """One release as it was loaded; ``data`` is what ``read`` made."""

    release: str
    first: date
    last: date
    since: date
    data: bytes | memoryview


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of published table.

    ``read`` gets the parts of a release and the stamp that was given beside them (empty: the file
    says it). ``open`` gets the releases in force and makes what answers. ``rows`` gives what a
    release holds, by code in rising order: so two releases are compared. ``fills`` are the fields
    of ``core.rules.tables.Tables`` it fills, and how. A new release is due every ``months`` months
    (0: whenever). ``suffixes``: the forms a file may have, the best first, where an archive holds
    the same in several; ``member``: which files of an archive are meant. ``pairs``: what stands
    beside a code is another code, and a row touches a claim that has both.
    """

    name: str
    title: str
    read: Callable[[Sequence[Part], str], Reading]
    open: Callable[[Sequence[Loaded]], Any]
    rows: Callable[[Loaded], Iterable[tuple[str, Mapping[str, Hashable]]]]
    fills: Mapping[str, Callable[[Any], object]] = {}
    months: int = 3
    suffixes: tuple[str, ...] = ("txt", "csv", "tsv", "xlsx")
    member: str = ""
    pairs: bool = False


_PROCEDURE = re.compile(r"[0-9A-Z]{5}", re.ASCII).fullmatch
_LOST_ZEROS = re.compile(r"\d{1,4}(?:\.0)?", re.ASCII).fullmatch
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII).fullmatch


def is_procedure(text: str) -> bool:
    """Whether ``text`` has the form of a CPT or HCPCS code: five digits or capitals."""
    return _PROCEDURE(text) is not None


def bad_procedure(text: str) -> str:
    """The sentence about a cell that should hold a procedure code and does not."""
    if not text:
        return "there is no code"
    if _LOST_ZEROS(text):
        return (
            "the code has lost its leading zeros (a spreadsheet took it for a number); "
            "load the file as it was published"
        )
    return "this is no code of five digits and capitals"


def published_day(text: str) -> date | None:
    """The day written ``CCYYMMDD``; None when there is no such day."""
    found = _DAY(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def plain(cell: str) -> str:
    """A heading as it is compared: small letters and digits, one blank between words."""
    return re.sub(r"[^a-z0-9]+", " ", cell.lower()).strip()

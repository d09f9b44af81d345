"""CSV files that a spreadsheet shows and never runs, and that we can read back.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a control character for a
formula, whatever quotes stand around it. Such a text gets an apostrophe in front; one that begins
with apostrophes and then such a sign gets one more, so that taking one off gives every text back.
Numbers of ours stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from core.money import plain

MEDIA_TYPE = "text/csv; charset=utf-8"

Cell = str | int | Decimal | date | None
"""What a cell may be. A number or a day is written as it is, a text is guarded."""

# The wide forms are signs of a formula to spreadsheets set to an East Asian language.
_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


# Looked at first: nearly no cell begins with one of them.
_FIRST = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def guarded(text: str) -> str:
    """``text`` as a spreadsheet may have it."""
    return f"'{text}" if text[:1] in _FIRST and _RUNS.match(text) else text


def bare(cell: str) -> str:
    """The text that ``guarded`` made ``cell`` from."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell


def money(amount_cents: int | None) -> Decimal | None:
    """An amount as a cell: dollars and cents, a number."""
    return None if amount_cents is None else Decimal(plain(amount_cents))


def write(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file: header and rows, every text quoted and guarded, lines ended as RFC 4180 asks."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def line(cells: Sequence[Cell]) -> bytes:
    """One row as ``write`` writes it, for a file that is too long to be held."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerow(map(_cell, cells))
    return out.getvalue().encode()


def read(data: bytes) -> Iterator[tuple[str, ...]]:
    """The rows of a file of ``write``, header first, with the texts that were given."""
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    return (tuple(bare(cell) for cell in row) for row in csv.reader(text, strict=True))


def _cell(value: Cell) -> str | int | Decimal:
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value

"""The rows of a charge file: its columns, and which rows are one visit."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping

from core.errors import RowError

REQUIRED = (
    "visit_id",
    "patient_number",
    "last_name",
    "first_name",
    "birth_date",
    "sex",
    "payer_id",
    "member_id",
    "diagnoses",
    "date_of_service",
    "code",
)
OPTIONAL = (
    "middle_name",
    "address",
    "city",
    "state",
    "postal_code",
    "phone",
    "payer_name",
    "group_number",
    "relationship",
    "subscriber_last_name",
    "subscriber_first_name",
    "subscriber_birth_date",
    "subscriber_sex",
    "payer2_id",
    "payer2_name",
    "member2_id",
    "form",
    "place_of_service",
    "rendering_npi",
    "rendering_last_name",
    "rendering_first_name",
    "rendering_taxonomy",
    "rendering_credential",
    "auth_number",
    "modifiers",
    "units",
    "charge",
    "pointers",
    "minutes",
    "start",
    "end",
    "tooth",
    "surfaces",
    "note",
)

LINE_COLUMNS = frozenset(
    {
        "date_of_service",
        "place_of_service",
        "code",
        "modifiers",
        "units",
        "charge",
        "pointers",
        "minutes",
        "start",
        "end",
        "tooth",
        "surfaces",
        "note",
    }
)
"""What may differ from line to line; everything else is said of the visit."""

FAULT = "!"

ROW_CHARACTERS_MAX = 50_000
"""A row with every column filled is a hundredth of it."""


class BoundedLines:
    """The lines of a file for ``csv.reader``, with a limit to what one row may hold.

    A row may go on over many lines (a cell in quotes), and a file of nothing but commas would be
    one row of millions of cells. ``RowError`` when a row passes ``ROW_CHARACTERS_MAX``.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._line = 0
        self._left = ROW_CHARACTERS_MAX

    def begin_row(self) -> None:
        """What comes next is another row."""
        self._left = ROW_CHARACTERS_MAX

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._lines)
        self._line += 1
        self._left -= len(text)
        if self._left < 0:
            raise RowError("this row is too long to be one of a charge file", row=self._line)
        return text


Row = Mapping[str, str]


def read_header(reader: Iterator[list[str]]) -> list[str]:
    """The file's columns; ``RowError`` for line 1 where they are not those of a charge file."""
    try:
        cells = next(reader, [])
    except csv.Error:
        raise RowError("the quotes of this row do not close; save the file again", row=1) from None
    names = [cell.strip().lower().lstrip("\ufeff") for cell in cells]
    for place, name in enumerate(names, start=1):
        if name not in REQUIRED and name not in OPTIONAL:
            # By its place: in a file without a header this is the name of a patient.
            raise RowError(
                "this is no column of a charge file; see docs/charge-file.md",
                row=1,
                column=str(place),
            )
    if len(set(names)) != len(names):
        raise RowError("a column stands twice", row=1)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise RowError(f"these columns are missing: {', '.join(missing)}", row=1)
    return names


def numbered_rows(
    reader: Iterator[list[str]], header: list[str], lines: BoundedLines
) -> Iterator[tuple[int, Row]]:
    """Each row with its line number; what is wrong with a row as a whole stands under ``FAULT``."""
    line = 1
    try:
        for cells in reader:
            lines.begin_row()
            line = getattr(reader, "line_num", line + 1)
            if not any(cell.strip() for cell in cells):
                continue
            row = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
            if len(cells) != len(header):
                row[FAULT] = f"has {len(cells)} cells, the header has {len(header)}"
            elif not "".join(cells).isprintable():
                row[FAULT] = "holds a character that cannot be printed; type the row again"
            yield line, row
    except csv.Error:
        raise RowError(
            "the quotes of this row do not close; save the file again", row=line + 1
        ) from None


def by_visit(rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[str | int, int, Row]]:
    """Each row with its visit; a row without one belongs to the visit that stands around it."""
    visit = ""
    unnamed: list[tuple[int, Row]] = []
    for line, row in rows:
        named = row.get("visit_id", "")
        if not named:
            unnamed.append((line, row))
            continue
        for one, cells in unnamed:
            yield (named if named == visit else one), one, cells
        unnamed, visit = [], named
        yield named, line, row
    for one, cells in unnamed:
        yield one, one, cells

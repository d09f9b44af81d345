"""Payer policies as files, csv or JSON: read whole, or refused with the row and the column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from core.bounded_json import read_json
from core.claims.parties import PayerKind
from core.dates import parse_day
from core.errors import InputError, RowError
from core.rules.knobs import read_knob
from core.rules.policy import KNOBS
from core.rules.policy_library import LibraryEntry
from core.rules.rule import Layer

COLUMNS = (
    "knob", "value", "payer", "plan", "state", "payer_kind", "document", "page", "first_day",
    "last_day", "review_by",
)  # fmt: skip
"""The columns of a csv file and the names of a JSON row; knob, value and document must be."""

ROWS_MAX = 5_000
BYTES_MAX = 4_000_000
_DEMANDED = ("knob", "value", "document")
_TEXT_MAX = 300

ReadValue = Callable[[str, str], object]
"""A knob and what was typed for it -> its value as JSON has it."""


Rows = Sequence[tuple[int, Mapping[str, Any]]]
"""Rows by their number in the file: of a csv the line, of JSON the place in the list."""


def rows_of(text: str, *, as_json: bool) -> Rows:
    """The rows of a file, or ``RowError`` for the first that cannot be one."""
    if len(text) > BYTES_MAX:
        raise InputError("the file is longer than a file of policies is")
    return tuple(_of_json(text) if as_json else _of_csv(text))


def read_policies(
    rows: Rows, *, layer: Layer, read_value: ReadValue, new_id: Callable[[], UUID]
) -> tuple[LibraryEntry, ...]:
    """The entries of the rows, or ``RowError`` naming row and column."""
    return tuple(_entry(number, row, layer, read_value, new_id()) for number, row in rows)


def _of_csv(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = reader.fieldnames or ()
        unknown = [name for name in header if name not in COLUMNS]
        missing = [name for name in _DEMANDED if name not in header]
        if unknown or missing or len(set(header)) < len(header):
            wrong = f"column {missing[0]} is missing" if missing else "a column is not known"
            raise RowError(f"{wrong}; the columns are {', '.join(COLUMNS)}", row=1)
        found = []
        for row in reader:
            if None in row or None in row.values():
                raise RowError("this row has another number of columns", row=reader.line_num)
            found.append((reader.line_num, row))
            if len(found) > ROWS_MAX:
                raise InputError(f"a file of policies has at most {ROWS_MAX} rows")
    except csv.Error:
        raise RowError("this is not csv", row=reader.line_num) from None
    if not found:
        raise InputError("the file has no policies")
    return found


def _of_json(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    whole = read_json(text.encode(), bytes_max=BYTES_MAX)
    rows = whole.get("policies") if isinstance(whole, Mapping) else whole
    if not isinstance(rows, list) or not rows:
        raise InputError("a file of policies has a list named policies with at least one of them")
    if len(rows) > ROWS_MAX:
        raise InputError(f"a file of policies has at most {ROWS_MAX} rows")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise RowError("a policy is an object", row=number)
        for name in row:
            if name not in COLUMNS:
                raise RowError(f"a column is not known; they are {', '.join(COLUMNS)}", row=number)
        yield number, row


def _entry(
    number: int, row: Mapping[str, Any], layer: Layer, read_value: ReadValue, new_id: UUID
) -> LibraryEntry:
    def text(name: str) -> str:
        found = row.get(name, "")
        if not isinstance(found, str) or (len(found) > _TEXT_MAX and name != "value"):
            raise _wrong(number, name, f"this is a text of at most {_TEXT_MAX} characters")
        return found.strip()

    def day(name: str) -> date | None:
        try:
            return parse_day(text(name)) if text(name) else None
        except InputError as problem:
            raise _wrong(number, name, problem.message) from None

    for name in _DEMANDED:
        if name not in row or row[name] == "":
            raise _wrong(number, name, "this is missing")
    knob, kind, state = text("knob"), text("payer_kind"), text("state").upper()
    if knob not in KNOBS and "." not in knob:
        raise _wrong(number, "knob", "there is no such knob; docs/knobs.md lists those there are")
    if kind and kind not in set(PayerKind):
        raise _wrong(number, "payer_kind", f"this is one of {', '.join(PayerKind)}")
    if state and (len(state) != 2 or not state.isalpha()):
        raise _wrong(number, "state", "a state has two letters")
    first, last = day("first_day"), day("last_day")
    if first and last and last < first:
        raise _wrong(number, "last_day", "the last day lies before the first")
    if text("plan") and not text("payer"):
        raise _wrong(number, "plan", "a plan belongs to a payer; name the payer too")
    try:
        given = row["value"]
        value = read_value(knob, given) if isinstance(given, str) else given
        read_knob(knob, value)
    except InputError as problem:
        raise _wrong(number, "value", problem.message) from None
    return LibraryEntry(
        id=new_id,
        layer=layer,
        knob=knob,
        value=value,
        document=text("document"),
        page=text("page"),
        payer_kind=kind,
        payer_id=text("payer").upper(),
        plan=text("plan"),
        state=state,
        first_day=first,
        last_day=last,
        review_by=day("review_by"),
    )


def _wrong(row: int, column: str, message: str) -> RowError:
    return RowError(message, row=row, column=column)

"""Charges come in, from a file of the command line or from a program: the same bytes, one way."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from io import StringIO
from typing import Any

from core.bounded_json import read_json
from core.errors import ConflictError, InputError, RowError
from core.intake.charge_file import ChargedVisit, read_charge_file
from core.intake.charge_rows import OPTIONAL, REQUIRED
from core.usecases.intake import Arrival, IntakeResult, Refusal, take_encounters
from tenants.ids import new_id
from tenants.uow import UnitOfWork


def take_charges(uow: UnitOfWork, data: bytes) -> IntakeResult:
    """Take a charge file (CSV) into the practice; the same bytes again change nothing.

    ``InputError`` when the file cannot be read, ``ConflictError`` without a billing provider.
    """
    return take_encounters(
        uow, _arrivals(uow, data), kind="charges", sha256=hashlib.sha256(data).digest()
    )


def _arrivals(uow: UnitOfWork, data: bytes) -> Iterator[Arrival | Refusal]:
    billing = uow.masters.active_providers("billing")
    if not billing:
        raise ConflictError("the practice has no billing provider yet; enter one first")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        place = data.count(b"\n", 0, problem.start) + 1
        raise InputError(f"line {place}: the file is not UTF-8; save it as UTF-8") from None
    # Not splitlines: a cell may hold a sign that is a line's end to it and to nobody else.
    lines = StringIO(text, newline="")
    for one in read_charge_file(lines, billing=billing[0].provider, new_id=new_id):
        if isinstance(one, ChargedVisit):
            yield Arrival(position=one.line, encounter=one.encounter, records=one.rows)
        else:
            yield _refusal(one)


def _refusal(fault: RowError) -> Refusal:
    column = f"column {fault.column}: " if fault.column else ""
    return Refusal(position=fault.row, reason=column + fault.reason)


_COLUMNS = (*REQUIRED, *OPTIONAL)


CHARGES_BYTES_MAX = 5_000_000


def charge_file_of(document: bytes) -> bytes:
    """The charge file that a JSON document says: ``{"rows": [{column: text or number}, ...]}``.

    Line 1 is the header, so row ``n`` of the document is line ``n + 1`` of the answer.
    """
    read = read_json(document, bytes_max=CHARGES_BYTES_MAX)
    rows = read.get("rows") if isinstance(read, dict) and len(read) == 1 else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError('the document is {"rows": [...]} with one object a service line')
    columns = [name for name in _COLUMNS if any(name in row for row in rows)]
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(row.get(name, ""), number, name) for name in columns])
        if len(row) > sum(name in row for name in columns):
            raise RowError("has a column that a charge file does not have", row=number + 1)
    try:
        return out.getvalue().encode()
    except UnicodeEncodeError:
        raise InputError("the document holds half a sign (a lone surrogate)") from None


def _cell(value: Any, number: int, column: str) -> str:
    if not isinstance(value, str):
        raise RowError("is a text or a number", row=number + 1, column=column)
    return value

"""Visits come in from files: what a charge file or an 837 holds, and what is said of it.

Commands and pages both come through here, so a file means the same whichever way it is handed in.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any

from api.bootstrap import Runtime
from audit.event import Actor
from core.bounded_json import read_json
from core.errors import ConflictError, InputError, RowError
from core.intake.charge_file import ChargedVisit, read_charge_file
from core.intake.charge_rows import OPTIONAL, REQUIRED
from core.intake.from_claims import encounter_from_claim
from core.ports import Practice
from core.usecases.intake import Arrival, IntakeResult, Refusal, take_encounters
from core.x12.claims_reader import ReadClaim, read_claims
from tenants.ids import new_id
from tenants.uow import UnitOfWork

CHARGES = "charges"
CLAIMS = "837"

CHARGES_BYTES_MAX = 5_000_000
"""The largest document of charges that a program may send."""

_SHOWN_REFUSALS = 20

_COLUMNS = (*REQUIRED, *OPTIONAL)


def take_file(
    runtime: Runtime,
    practice: Practice,
    kind: str,
    data: bytes,
    *,
    actor: Actor,
    confirm_new_providers: bool = False,
) -> IntakeResult:
    """Take a file in, whole, in one transaction; ``kind`` is ``CHARGES`` or ``CLAIMS``.

    ``InputError`` for a file that is not of its kind or breaks off: nothing of it is taken.
    """
    with runtime.unit_of_work(practice.tenant_id, actor) as uow:
        if kind == CHARGES:
            return take_charges(uow, data)
        return take_encounters(
            uow,
            _from_claims(data),
            kind=kind,
            sha256=hashlib.sha256(data).digest(),
            confirm_new_providers=confirm_new_providers,
        )


def take_charges(uow: UnitOfWork, data: bytes) -> IntakeResult:
    """Take a charge file (CSV) into the practice; the same bytes again change nothing.

    ``InputError`` when the file cannot be read, ``ConflictError`` without a billing provider.
    """
    return take_encounters(
        uow, _from_charges(uow, data), kind=CHARGES, sha256=hashlib.sha256(data).digest()
    )


def _from_charges(uow: UnitOfWork, data: bytes) -> Iterator[Arrival | Refusal]:
    billing = uow.masters.active_providers("billing")
    if not billing:
        raise ConflictError("the practice has no billing provider yet; enter one first")
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        place = data.count(b"\n", 0, problem.start) + 1
        raise InputError(f"line {place}: the file is not UTF-8; save it as UTF-8") from None
    # Line by line, so that the text is never held whole. Not splitlines: a cell may hold a sign
    # that is a line's end to it and to nobody else.
    lines = TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline="")
    for one in read_charge_file(lines, billing=billing[0].provider, new_id=new_id):
        if isinstance(one, ChargedVisit):
            yield Arrival(position=one.line, encounter=one.encounter, records=one.rows)
        else:
            yield _refusal(one)


def _refusal(fault: RowError) -> Refusal:
    column = f"column {fault.column}: " if fault.column else ""
    return Refusal(position=fault.row, reason=column + fault.reason)


def _from_claims(data: bytes) -> Iterator[Arrival | Refusal]:
    for one in read_claims(data):
        if isinstance(one, ReadClaim):
            encounter = encounter_from_claim(one.claim, new_id)
            yield Arrival(position=one.segment, encounter=encounter)
        else:
            yield Refusal(position=one.segment, reason=one.reason)


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


def told(kind: str, result: IntakeResult) -> tuple[str, ...]:
    """What became of a file, line by line, for people; the first line sums up."""
    if result.seen_before:
        return ("this file was taken before; nothing was added",)
    counts = result.counts
    what, place = ("rows", "line") if kind == CHARGES else ("claims", "segment")
    first = (
        f"{counts.records} {what} in = {counts.taken} taken ({counts.charges} charges)"
        f" + {counts.repeated} repeated + {counts.refused} refused; difference {counts.difference}"
    )
    lines = [first]
    lines += [f"{place} {one.position}: {one.reason}" for one in result.refusals[:_SHOWN_REFUSALS]]
    if len(result.refusals) > _SHOWN_REFUSALS:
        lines.append(
            f"and {len(result.refusals) - _SHOWN_REFUSALS} more; all are kept with the batch"
        )
    if result.new_payers:
        lines.append(f"{result.new_payers} payer(s) met for the first time: look at them")
    if result.new_providers:
        lines.append(f"{result.new_providers} billing provider(s) met for the first time")
    return tuple(lines)

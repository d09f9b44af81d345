"""A charge file to break: two visits of three rows, one cell changed at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.claims.parties import Entity, Name, Provider
from core.errors import RowError
from core.intake.charge_file import ChargedVisit, read_charge_file

BILLING = Provider(name=Name(last="CLINIC"), entity=Entity.ORGANIZATION, npi="1234567893")
COLUMNS = (
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
ROW: Mapping[str, str] = {
    "visit_id": "V1",
    "patient_number": "P1",
    "last_name": "Quillfeather",
    "first_name": "Odette",
    "birth_date": "1981-04-09",
    "sex": "F",
    "payer_id": "30003",
    "member_id": "ZZQ998877665",
    "diagnoses": "F41.1",
    "date_of_service": "2026-01-05",
    "code": "90834",
}
SECOND = {**ROW, "code": "90785"}
OTHER = {**ROW, "visit_id": "V2", "date_of_service": "2026-01-12"}


def new_ids() -> Iterator[UUID]:
    number = 0
    while True:
        number += 1
        yield UUID(int=number)


def text_of(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = ()) -> str:
    """The rows as a CSV with every column that one of them has."""
    names = columns or list(dict.fromkeys(name for row in (ROW, *rows) for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def read(text: str) -> tuple[list[ChargedVisit], list[RowError]]:
    """Visits and refusals of a file."""
    ids = new_ids()
    found: list[Any] = list(
        read_charge_file(io.StringIO(text, newline=""), billing=BILLING, new_id=lambda: next(ids))
    )
    return (
        [one for one in found if isinstance(one, ChargedVisit)],
        [one for one in found if isinstance(one, RowError)],
    )

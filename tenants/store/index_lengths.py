"""How long the searchable blind indexes of a practice are, chosen from how many rows it has.

Few bits hide which rows are equal, many make a search quick; the choice is stored with the number
of rows it was made for, and made again once there are four times as many.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.crypto import bits_for

PATIENT_NAME = "patient.name"

GROWTH = 4
"""At this many times the rows the length was chosen for, it is chosen anew."""

# The rule of two candidates a value counts patients, and many patients share a surname: with it,
# seven of ten surnames of a practice of 10,000 would stand alone. With 32 patients a value almost
# none does, and a search opens some dozens of names more (docs/decisions/0016).
NAME_BITS_MAX = 12
_PATIENTS_A_VALUE = 32
# A practice just founded is taken to be as large as a small one will be.
_ROWS_MIN = 1_000


class IndexLength(msgspec.Struct, frozen=True, kw_only=True):
    bits: int
    chosen_for_rows: int


def name_bits(rows: int) -> IndexLength:
    """The length for a practice of that many patients."""
    expected = max(rows, _ROWS_MIN)
    return IndexLength(
        bits=min(NAME_BITS_MAX, bits_for(expected * 2 // _PATIENTS_A_VALUE)),
        chosen_for_rows=expected,
    )


def in_force(connection: Connection, tenant_id: UUID) -> IndexLength:
    """The length of the index of patients' names, chosen now if it never was."""
    found = _stored(connection, tenant_id)
    if found is None:
        # Of two at once the first one's choice stays.
        connection.execute(
            text(f"{_INSERT} NOTHING"), _values(tenant_id, name_bits(patients(connection)))
        )
        found = _stored(connection, tenant_id)
    assert found is not None, "it was stored, by us or by somebody else"
    return found


def patients(connection: Connection) -> int:
    """How many patients the practice has."""
    return int(connection.execute(text("SELECT count(*) FROM patient")).scalar() or 0)


def store(connection: Connection, tenant_id: UUID, length: IndexLength) -> None:
    """Keep a choice in place of the one before."""
    connection.execute(text(f"{_INSERT} {_REPLACE}"), _values(tenant_id, length))


_INSERT = (
    "INSERT INTO index_length (tenant_id, name, bits, chosen_for_rows)"
    " VALUES (:tenant, :name, :bits, :rows) ON CONFLICT (tenant_id, name) DO"
)
_REPLACE = (
    "UPDATE SET bits = EXCLUDED.bits, chosen_for_rows = EXCLUDED.chosen_for_rows, chosen_at = now()"
)


def _values(tenant_id: UUID, length: IndexLength) -> dict[str, object]:
    return {
        "tenant": tenant_id,
        "name": PATIENT_NAME,
        "bits": length.bits,
        "rows": length.chosen_for_rows,
    }


def _stored(connection: Connection, tenant_id: UUID) -> IndexLength | None:
    row = connection.execute(
        text(
            "SELECT bits, chosen_for_rows FROM index_length WHERE tenant_id = :tenant"
            " AND name = :name"
        ),
        {"tenant": tenant_id, "name": PATIENT_NAME},
    ).one_or_none()
    return None if row is None else IndexLength(bits=row.bits, chosen_for_rows=row.chosen_for_rows)


# Name index and sealed demographics of the next patients; the second form only of those whose
# index has another length, and for changing them.
_NAMES = (
    "SELECT id, name_index, demographics FROM patient"
    " WHERE (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit"
)
_STALE_NAMES = (
    "SELECT id, name_index, demographics FROM patient"
    " WHERE (CAST(:after AS uuid) IS NULL OR id > :after) AND substr(name_index, 3, 1) <> :length"
    " ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
)

Named = tuple[UUID, bytes, bytes]
"""A patient's id, name index and sealed demographics."""


def names_after(connection: Connection, after: UUID | None, *, limit: int) -> list[Named]:
    """The next patients by id."""
    return _named(connection, _NAMES, after=after, limit=limit)


def stale_names_after(
    connection: Connection, after: UUID | None, *, bits: int, limit: int
) -> list[Named]:
    """The next patients by id whose index does not have ``bits``, locked."""
    return _named(connection, _STALE_NAMES, after=after, limit=limit, length=bytes((bits,)))


def _named(connection: Connection, statement: str, **values: object) -> list[Named]:
    rows = connection.execute(text(statement), values)
    return [(row.id, bytes(row.name_index), bytes(row.demographics)) for row in rows]


def set_name_indexes(
    connection: Connection, tenant_id: UUID, indexes: list[tuple[UUID, bytes]]
) -> int:
    """Write name indexes anew; how many rows."""
    done = connection.execute(
        text(
            "UPDATE patient AS old SET name_index = given.name_index"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:indexes AS bytea[]))"
            " AS given(id, name_index) WHERE old.tenant_id = :tenant AND old.id = given.id"
        ),
        {
            "tenant": tenant_id,
            "ids": [row_id for row_id, _ in indexes],
            "indexes": [index for _, index in indexes],
        },
    )
    return done.rowcount

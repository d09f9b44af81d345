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
        store(connection, tenant_id, name_bits(patients(connection)), replace=False)
        found = _stored(connection, tenant_id)
    assert found is not None, "it was stored, by us or by somebody else"
    return found


def patients(connection: Connection) -> int:
    """How many patients the practice has."""
    return int(connection.execute(text("SELECT count(*) FROM patient")).scalar() or 0)


def store(
    connection: Connection, tenant_id: UUID, length: IndexLength, *, replace: bool = True
) -> None:
    """Keep a choice; without ``replace`` one that is there stays."""
    conflict = (
        "UPDATE SET bits = EXCLUDED.bits, chosen_for_rows = EXCLUDED.chosen_for_rows,"
        " chosen_at = now()"
        if replace
        else "NOTHING"
    )
    connection.execute(
        text(
            "INSERT INTO index_length (tenant_id, name, bits, chosen_for_rows)"
            " VALUES (:tenant, :name, :bits, :rows)"
            f" ON CONFLICT (tenant_id, name) DO {conflict}"
        ),
        {
            "tenant": tenant_id,
            "name": PATIENT_NAME,
            "bits": length.bits,
            "rows": length.chosen_for_rows,
        },
    )


def _stored(connection: Connection, tenant_id: UUID) -> IndexLength | None:
    row = connection.execute(
        text(
            "SELECT bits, chosen_for_rows FROM index_length WHERE tenant_id = :tenant"
            " AND name = :name"
        ),
        {"tenant": tenant_id, "name": PATIENT_NAME},
    ).one_or_none()
    return None if row is None else IndexLength(bits=row.bits, chosen_for_rows=row.chosen_for_rows)


def names_after(
    connection: Connection, after: UUID | None, *, bits_other_than: int | None, limit: int
) -> list[tuple[UUID, bytes, bytes]]:
    """The next patients by id: (id, name index, sealed demographics), locked where to be changed.

    ``bits_other_than`` leaves out those whose index has that length already.
    """
    stale = "" if bits_other_than is None else " AND substr(name_index, 3, 1) <> :length"
    lock = "" if bits_other_than is None else " FOR UPDATE SKIP LOCKED"
    rows = connection.execute(
        text(
            "SELECT id, name_index, demographics FROM patient"
            f" WHERE (CAST(:after AS uuid) IS NULL OR id > :after){stale}"
            f" ORDER BY id LIMIT :limit{lock}"
        ),
        {"after": after, "limit": limit, "length": bytes((bits_other_than or 0,))},
    )
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

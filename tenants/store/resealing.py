"""Sealed columns as a rotation sees them: which key version each cell names, and putting in anew.

A row is changed only while its sealed columns are still those that were read (compare-and-set), and
rows somebody else holds are left for the next pass, so nobody's change is lost and nobody waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.engine import Row

from core.confidentiality import FieldClass
from tenants.sealed import CLASS_OF


class SealedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with sealed columns.

    ``cells`` is the table its values were sealed for and ``row`` the column with the row id they
    are bound to: a submission holds the claim's own bytes. ``can_change`` is False where the
    database refuses every change: what lies there keeps its key.
    """

    name: str
    columns: tuple[str, ...]
    cells: str
    row: str = "id"
    can_change: bool = True


def _tables() -> tuple[SealedTable, ...]:
    columns: dict[str, list[str]] = {}
    for table, column in CLASS_OF:
        columns.setdefault(table, []).append(column)
    own = [
        SealedTable(
            name=table, columns=tuple(names), cells=table, can_change=table != "remittance_claim"
        )
        for table, names in columns.items()
    ]
    filed = SealedTable(
        name="submission",
        columns=tuple(columns["claim"]),
        cells="claim",
        row="claim_id",
        can_change=False,
    )
    return (*own, filed)


TABLES = _tables()
"""Every table with sealed columns."""


def present(connection: Connection) -> tuple[SealedTable, ...]:
    """Those of ``TABLES`` that this database has."""
    return tuple(
        table
        for table in TABLES
        if connection.execute(text("SELECT to_regclass(:name)"), {"name": table.name}).scalar()
    )


def cells_by_version(
    connection: Connection, tables: Sequence[SealedTable]
) -> Counter[tuple[FieldClass, int]]:
    """How many cells of the practice are sealed with each version of each class."""
    counts: Counter[tuple[FieldClass, int]] = Counter()
    for table in tables:
        for column in table.columns:
            for header, count in connection.execute(
                text(
                    f"SELECT substr({column}, 3, 4) AS header, count(*) FROM {table.name}"
                    f" WHERE {column} IS NOT NULL GROUP BY 1"
                )
            ):
                version = int.from_bytes(bytes(header), "big")
                counts[CLASS_OF[table.cells, column], version] += count
    return counts


def stale_rows(
    connection: Connection,
    table: SealedTable,
    newest: Mapping[FieldClass, int],
    *,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next rows with a cell that is not sealed with ``newest``, by id, locked."""
    conditions = " OR ".join(f"substr({column}, 3, 4) <> :{column}" for column in table.columns)
    wanted = {
        column: newest[CLASS_OF[table.cells, column]].to_bytes(4, "big") for column in table.columns
    }
    return connection.execute(
        text(
            f"SELECT id, {', '.join(table.columns)} FROM {table.name}"
            f" WHERE ({conditions}) AND (CAST(:after AS uuid) IS NULL OR id > :after)"
            " ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
        ),
        {"after": after, "limit": limit, **wanted},
    ).all()


def count_stale(
    connection: Connection, table: SealedTable, newest: Mapping[FieldClass, int]
) -> int:
    """How many rows ``stale_rows`` would give in all."""
    conditions = " OR ".join(f"substr({column}, 3, 4) <> :{column}" for column in table.columns)
    wanted = {
        column: newest[CLASS_OF[table.cells, column]].to_bytes(4, "big") for column in table.columns
    }
    found = connection.execute(
        text(f"SELECT count(*) FROM {table.name} WHERE {conditions}"), wanted
    ).scalar()
    return int(found or 0)


def put_anew(
    connection: Connection,
    tenant_id: UUID,
    table: SealedTable,
    rows: Sequence[tuple[UUID, Mapping[str, bytes | None], Mapping[str, bytes | None]]],
) -> int:
    """Store (row id, columns before, columns after); how many were still as before."""
    columns = table.columns
    given = ", ".join(
        f"CAST(:before_{column} AS bytea[]), CAST(:after_{column} AS bytea[])" for column in columns
    )
    names = ", ".join(f"before_{column}, after_{column}" for column in columns)
    values: dict[str, Any] = {"tenant": tenant_id, "ids": [row_id for row_id, _, _ in rows]}
    for column in columns:
        values[f"before_{column}"] = [before[column] for _, before, _ in rows]
        values[f"after_{column}"] = [after[column] for _, _, after in rows]
    done = connection.execute(
        text(
            f"UPDATE {table.name} AS old SET"
            f" {', '.join(f'{column} = given.after_{column}' for column in columns)}"
            f" FROM unnest(CAST(:ids AS uuid[]), {given}) AS given(id, {names})"
            " WHERE old.tenant_id = :tenant AND old.id = given.id AND "
            + " AND ".join(
                f"old.{column} IS NOT DISTINCT FROM given.before_{column}" for column in columns
            )
        ),
        values,
    )
    return done.rowcount

"""Sealed columns as a rotation sees them: which key version each cell names, and putting in anew.

Rows are read under a lock that lasts until they are stored anew, a few milliseconds, so nobody's
change is lost; rows somebody else holds are left for the next pass, so nobody waits for anybody.
Names of tables and columns come from ``tenants.sealed``, never from input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import sql
from sqlalchemy import Connection, text

from core.confidentiality import FieldClass
from tenants.sealed import CLASS_OF
from tenants.store import bulk


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
        SealedTable(name=table, columns=tuple(names), cells=table)
        for table, names in columns.items()
    ]
    filed = SealedTable(
        name="submission", columns=tuple(columns["claim"]), cells="claim", row="claim_id"
    )
    return (*own, filed)


TABLES = _tables()
"""Every table with sealed columns."""


def present(connection: Connection) -> tuple[SealedTable, ...]:
    """Those of ``TABLES`` that this database has, and whether it lets them be changed."""
    rows = connection.execute(
        text(
            "SELECT name, has_table_privilege(name, 'UPDATE') AS can_change"
            " FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL"
        ),
        {"names": [table.name for table in TABLES]},
    )
    changes = {row.name: bool(row.can_change) for row in rows}
    return tuple(
        replace(table, can_change=changes[table.name]) for table in TABLES if table.name in changes
    )


def cells_by_version(
    connection: Connection, tables: Sequence[SealedTable]
) -> Counter[tuple[FieldClass, int]]:
    """How many cells of the practice are sealed with each version of each class."""
    counts: Counter[tuple[FieldClass, int]] = Counter()
    for table in tables:
        for column in table.columns:
            statement = sql.SQL(
                "SELECT substr({column}, 3, 4), count(*) FROM {table}"
                " WHERE {column} IS NOT NULL GROUP BY 1"
            ).format(column=sql.Identifier(column), table=sql.Identifier(table.name))
            for header, count in _run(connection, statement).fetchall():
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
) -> list[tuple[UUID, dict[str, bytes | None]]]:
    """The next rows with a cell that is not sealed with ``newest``, by id, locked."""
    statement = sql.SQL(
        "SELECT id, {columns} FROM {table} WHERE ({stale})"
        " AND (CAST(%(after)s AS uuid) IS NULL OR id > %(after)s)"
        " ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        table=sql.Identifier(table.name),
        stale=_stale(table),
    )
    values = {"after": after, "limit": limit, **_versions(table, newest)}
    return [
        (row_id, dict(zip(table.columns, columns, strict=True)))
        for row_id, *columns in _run(connection, statement, values).fetchall()
    ]


def count_stale(
    connection: Connection, table: SealedTable, newest: Mapping[FieldClass, int]
) -> int:
    """How many rows ``stale_rows`` would give in all."""
    statement = sql.SQL("SELECT count(*) FROM {table} WHERE {stale}").format(
        table=sql.Identifier(table.name), stale=_stale(table)
    )
    [count] = _run(connection, statement, _versions(table, newest)).fetchone()
    return int(count)


def put_anew(
    connection: Connection,
    tenant_id: UUID,
    table: SealedTable,
    rows: Sequence[tuple[UUID, Mapping[str, bytes | None]]],
) -> int:
    """Store (row id, its sealed columns) of rows that ``stale_rows`` locked; how many."""
    return bulk.update(
        connection,
        table.name,
        ("tenant_id", "id"),
        table.columns,
        (
            (tenant_id, row_id, *(columns[column] for column in table.columns))
            for row_id, columns in rows
        ),
    )


def _stale(table: SealedTable) -> sql.Composed:
    """Whether any cell of a row names another version than the parameter of its column."""
    return sql.SQL(" OR ").join(
        sql.SQL("substr({}, 3, 4) <> {}").format(sql.Identifier(column), sql.Placeholder(column))
        for column in table.columns
    )


def _versions(table: SealedTable, newest: Mapping[FieldClass, int]) -> dict[str, bytes]:
    return {
        column: newest[CLASS_OF[table.cells, column]].to_bytes(4, "big") for column in table.columns
    }


def _run(
    connection: Connection, statement: sql.Composed, values: Mapping[str, Any] | None = None
) -> Any:
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver.execute(statement, values)

"""Many rows at once.

``COPY`` is refused on a table with row-level security, so rows go by COPY into a temporary table
and from there, policy and constraints checked, into the real one: ten times the rows a second of
an INSERT with values, and as safe. A few rows go by one INSERT: six statements and a table of
their own would be most of the work.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

from tenants.session import keep_standing

Row = Sequence[Any]

# Up to here one INSERT is the faster way, whatever the columns.
_FEW_ROWS = 16


def _cursor(connection: Connection) -> Any:
    keep_standing(connection)
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver.cursor()


def stage(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Put ``rows`` into the temporary table ``new_<table>``, empty again at the next commit.

    Its columns are those of ``table`` named in ``columns``, in that order. Returns the row count.
    The names come from our own code, never from input.
    """
    staging = sql.Identifier(_staging(table, columns))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with _cursor(connection) as cursor:
        cursor.execute("SET LOCAL client_min_messages = error")
        cursor.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS"
                " AS SELECT {} FROM {} WITH NO DATA"
            ).format(staging, names, sql.Identifier(table))
        )
        cursor.execute(sql.SQL("DELETE FROM {}").format(staging))
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, staging))
        types = [column.type_code for column in cursor.description]
        count = 0
        # Binary: sealed values travel as they are, not as twice as many hexadecimal digits.
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(staging, names)
        with cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


def insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    skip_existing: bool = False,
) -> int:
    """Insert ``rows`` into ``table``; returns how many were new.

    With ``skip_existing`` a row that meets a unique key already there is left out; without it the
    whole batch is refused by the database.
    """
    left = iter(rows)
    first = list(islice(left, _FEW_ROWS + 1))
    if not first:
        return 0
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    given: list[Any] = []
    if len(first) <= _FEW_ROWS:
        row = f"({', '.join(['%s'] * len(columns))})"
        source: sql.Composable = sql.SQL(f"VALUES {', '.join([row] * len(first))}")
        given = list(chain.from_iterable(first))
    else:
        stage(connection, table, columns, chain(first, left))
        staging = sql.Identifier(_staging(table, columns))
        source = sql.SQL("SELECT {} FROM {}").format(names, staging)
    skip = sql.SQL(" ON CONFLICT DO NOTHING" if skip_existing else "")
    with _cursor(connection) as cursor:
        statement = sql.SQL("INSERT INTO {} ({}) {}{}")
        cursor.execute(statement.format(sql.Identifier(table), names, source, skip), given)
        return int(cursor.rowcount)


def update(
    connection: Connection,
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    only_changed: bool = False,
) -> int:
    """Set ``columns`` of the rows of ``table`` found by ``key``; each row is key then columns.

    ``only_changed`` leaves rows alone that have these values already: a new version of a wide row
    costs more than looking.
    """
    everything = [*key, *columns]
    if not stage(connection, table, everything, rows):
        return 0
    staging = sql.Identifier(_staging(table, everything))
    with _cursor(connection) as cursor:
        cursor.execute(
            sql.SQL("UPDATE {} AS old SET {} FROM {} AS new WHERE {}{}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(
                    sql.SQL("{0} = new.{0}").format(sql.Identifier(name)) for name in columns
                ),
                staging,
                sql.SQL(" AND ").join(
                    sql.SQL("old.{0} = new.{0}").format(sql.Identifier(name)) for name in key
                ),
                _differs(columns) if only_changed else sql.SQL(""),
            )
        )
        return int(cursor.rowcount)


def _differs(columns: Sequence[str]) -> sql.Composed:
    names = [sql.Identifier(name) for name in columns]
    old = sql.SQL(", ").join(sql.SQL("old.{}").format(name) for name in names)
    new = sql.SQL(", ").join(sql.SQL("new.{}").format(name) for name in names)
    return sql.SQL(" AND ROW({}) IS DISTINCT FROM ROW({})").format(old, new)


def _staging(table: str, columns: Sequence[str]) -> str:
    # One staging table a column list: the same table may be filled in two shapes in one session.
    return f"new_{table}_{zlib.crc32(' '.join(columns).encode()):08x}"

"""What lies under the general key although it is of a Part 2 program, and putting it in its place.

A claim may be given its label late: when somebody enters the program's record, or by a migration.
What was stored before hangs on it still. Only the owner of the schema moves it: tables that are
never changed refuse everybody else, and refuse the owner too before and after (decision 0045).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import sql
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection

from core.errors import CollisionError

_BY_CLAIM = sql.SQL("claim_id IN (SELECT id FROM claim WHERE sensitivity = 'substance_use')")
_BY_PATIENT = sql.SQL(
    "patient_id IN (SELECT patient_id FROM claim WHERE sensitivity = 'substance_use')"
)
_OF_VISIT = sql.SQL("{} IN (SELECT encounter_id FROM claim WHERE sensitivity = 'substance_use')")
_LABEL = sql.SQL(", sensitivity = 'substance_use'")
# The digest is of the bytes as they lie, in the order of the claim's groups.
_DIGEST = sql.SQL(
    ", snapshot_sha256 ="
    " sha256(coalesce(demographics, '') || coalesce(identifiers, '') || %(sealed)s)"
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A table, its clinical column, and which rows of it are of a Part 2 program.

    ``cells`` is the table its values are sealed for and ``row`` the column with the id they are
    bound to. ``also`` is set with a value. ``guarded`` is a table that refuses every change.
    """

    table: str
    column: str
    belongs: sql.Composable
    cells: str
    row: str = "id"
    also: sql.Composable = sql.SQL("")
    guarded: bool = False

    def written(self, statement: sql.SQL) -> sql.Composed:
        """A statement with the names of this place in it."""
        return statement.format(
            table=sql.Identifier(self.table),
            column=sql.Identifier(self.column),
            row=sql.Identifier(self.row),
            belongs=self.belongs,
            also=self.also,
        )


def _place(table: str, column: str, belongs: sql.Composable, **more: Any) -> Place:
    return Place(table=table, column=column, belongs=belongs, **({"cells": table} | more))


PLACES = (
    # First the label: a visit has one, on all its claims; then what hangs on them.
    _place("claim", "clinical", _OF_VISIT.format(sql.Identifier("encounter_id")), also=_LABEL),
    _place("encounter", "clinical", _OF_VISIT.format(sql.Identifier("id")), also=_LABEL),
    # A submission holds the claim's own sealed bytes.
    _place(
        "submission",
        "clinical",
        _BY_CLAIM,
        cells="claim",
        row="claim_id",
        also=_DIGEST,
        guarded=True,
    ),
    _place("remittance_claim", "body", _BY_CLAIM, guarded=True),
    _place("statement", "body", _BY_PATIENT),
    _place("finding", "override_reason", _BY_CLAIM),
    _place("finding_answer", "reason", _BY_CLAIM, guarded=True),
    _place("record_version", "clinical", _BY_CLAIM, guarded=True),
)
"""In the order in which they are to be gone through."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A value to move: its row, the id it is sealed for, and its bytes."""

    id: UUID
    row_id: UUID
    sealed: bytes


_COUNT = sql.SQL("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {belongs}")
_NEXT = sql.SQL(
    "SELECT id, {row}, {column} FROM {table} WHERE {column} IS NOT NULL AND {belongs}"
    " AND (CAST(%(after)s AS uuid) IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s"
)
_NEXT_LOCKED = sql.SQL("{} FOR UPDATE SKIP LOCKED")
_MOVE = sql.SQL(
    "UPDATE {table} SET {column} = NULL, substance_use = %(sealed)s{also} WHERE id = %(id)s"
)
_LOCK = sql.SQL("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE NOWAIT")
_OPEN_GUARD = sql.SQL("ALTER TABLE {table} DISABLE TRIGGER append_only")
_CLOSE_GUARD = sql.SQL("ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def count(connection: Connection, place: Place) -> int:
    """How many rows of the practice are to be moved there."""
    [found] = _driver(connection).execute(place.written(_COUNT)).fetchone()
    return int(found)


def waiting(
    connection: Connection, place: Place, *, after: UUID | None, limit: int
) -> tuple[Cell, ...]:
    """The next of them, by id, so that nobody else changes them; those somebody holds are left."""
    statement = place.written(_NEXT)
    if not place.guarded:
        statement = _NEXT_LOCKED.format(statement)
    rows = _driver(connection).execute(statement, {"after": after, "limit": limit})
    return tuple(Cell(id=row[0], row_id=row[1], sealed=bytes(row[2])) for row in rows)


def put_apart(connection: Connection, place: Place, cells: Sequence[tuple[UUID, bytes]]) -> None:
    """Store (id, sealed for ``substance_use``) of rows that ``waiting`` gave.

    ``CollisionError`` when others are at work in a guarded table: nobody waits for this. The guard
    is open for this transaction alone, and nobody else is in the table; whatever ends the
    transaction, it stands again.
    """
    driver = _driver(connection)
    if place.guarded:
        try:
            driver.execute(place.written(_LOCK))
        except LockNotAvailable:
            raise CollisionError("others are at work on these records; run it again") from None
        driver.execute(place.written(_OPEN_GUARD))
    with driver.cursor() as cursor:
        values = [{"id": row_id, "sealed": sealed} for row_id, sealed in cells]
        cursor.executemany(place.written(_MOVE), values)
    if place.guarded:
        driver.execute(place.written(_CLOSE_GUARD))


def _driver(connection: Connection) -> Any:
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver

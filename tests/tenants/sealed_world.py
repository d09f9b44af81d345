"""Two practices with every sealed table filled, their cells as stored, and the passing of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from sqlalchemy import text

from core.confidentiality import FieldClass
from core.crypto import ColumnCipher
from tenants.sealed import class_of
from tenants.session import tenant_transaction
from tenants.store import resealing
from tests.tenants.two_practices import World


class Cell(msgspec.Struct, frozen=True):
    """A sealed value and the place it belongs to; ``stored_in`` is the table it was read from."""

    tenant_id: UUID
    table: str
    column: str
    row_id: UUID
    sealed: bytes
    stored_in: str

    @property
    def place(self) -> tuple[UUID, str, str, UUID]:
        return (self.tenant_id, self.table, self.column, self.row_id)


def cells(world: World, tenant_id: UUID) -> list[Cell]:
    """Every sealed cell of a practice."""
    found = []
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        for table in resealing.present(connection):
            for column in table.columns:
                rows = connection.execute(
                    text(
                        f"SELECT {table.row} AS row_id, {column} AS sealed FROM {table.name}"
                        f" WHERE {column} IS NOT NULL"
                    )
                )
                found += [
                    Cell(tenant_id, table.cells, column, row.row_id, bytes(row.sealed), table.name)
                    for row in rows
                ]
    return found


def ciphers(world: World, tenant_id: UUID) -> dict[tuple[str, str], ColumnCipher]:
    """The cipher of every sealed column of a practice, whatever its class."""
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        keys = world.running.keys.of(connection, tenant_id)
        return {
            (table.cells, column): keys.cipher(class_of(table.cells, column)).column(
                table.cells, column
            )
            for table in resealing.present(connection)
            for column in table.columns
        }


def grow_older(world: World, tenant_ids: Iterable[UUID], minutes: int = 11) -> None:
    """Let the keys of practices be so old that every process has them."""
    for tenant_id in tenant_ids:
        with world.connection(tenant=tenant_id, owner=True) as connection:
            connection.execute(
                "UPDATE tenant_key SET created_at = created_at - make_interval(mins => %s)",
                (minutes,),
            )
            connection.commit()
        world.running.keys.forget(tenant_id)


def renew(world: World, tenant_id: UUID, classes: Iterable[FieldClass] = FieldClass) -> None:
    """New keys for a practice, already in use everywhere."""
    with tenant_transaction(world.running.engine, tenant_id) as connection:
        for one in classes:
            world.running.keys.renew(connection, tenant_id, one)
    grow_older(world, [tenant_id])


def now() -> datetime:
    return datetime.now(UTC)

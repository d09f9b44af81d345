"""What lies under the general key although its claim is of a Part 2 program is moved to its own.

Claims get their label when they are made, and what hangs on them is stored under the right key at
once. This is for what was there before: rows of an earlier version of the program, and of claims
that were given their label late. Many small transactions, each whole with its audit event; killed
anywhere, the next run finds what is left by where it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from audit.logging import get_logger
from audit.store import record
from core.confidentiality import FieldClass
from core.errors import CollisionError, SealError
from tenants.keys import TenantKeys, key_event
from tenants.rotation import BATCH_ROWS, Progress, Rewrapped, silent
from tenants.sealed import BILLING_CLASSES
from tenants.sealer import TenantSealer
from tenants.session import tenant_transaction
from tenants.store import part_two_rows as store
from tenants.store.keys import Engine
from tenants.store.part_two_rows import Cell, Place

log = get_logger("tenants.part_two")

_OWN = FieldClass.SUBSTANCE_USE.value


def is_all_apart(engine: Engine, tenant_id: UUID) -> bool:
    """Whether nothing of the practice is left to move. ``engine`` is the application's."""
    with tenant_transaction(engine, tenant_id) as connection:
        return not any(store.count(connection, place) for place in store.PLACES)


def set_apart(
    owner: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    *,
    now: Callable[[], datetime],
    progress: Progress = silent,
    batch_rows: int = BATCH_ROWS,
) -> Rewrapped:
    """Seal what is left of a practice under the key of Part 2 programs.

    ``owner`` is an engine of the schema's owner, who alone may change what is never changed.
    """
    rows = left = damaged = 0
    for place in store.PLACES:
        with tenant_transaction(owner, tenant_id) as connection:
            total = store.count(connection, place)
        done = broken = 0
        try:
            for moved, spoilt in _batches(owner, keys, tenant_id, place, now, batch_rows):
                done += moved
                broken += spoilt
                progress(place.table, done, total)
        except CollisionError:
            log.warning("part_two.left_for_later", tenant_id=tenant_id, kind=place.table)
        rows += done
        damaged += broken
        left += max(0, total - done - broken)
    return Rewrapped(rows=rows, left=left, damaged=damaged)


def _batches(
    owner: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    place: Place,
    now: Callable[[], datetime],
    batch_rows: int,
) -> Iterator[tuple[int, int]]:
    """Once through a place: how many rows of each batch were moved, and how many do not open."""
    after: UUID | None = None
    while True:
        with tenant_transaction(owner, tenant_id) as connection:
            cells = store.waiting(connection, place, after=after, limit=batch_rows)
            if not cells:
                return
            after = cells[-1].id
            sealer = keys.for_tenant(connection, tenant_id, BILLING_CLASSES)
            anew = [
                (cell.id, sealed) for cell in cells if (sealed := _resealed(sealer, place, cell))
            ]
            if anew:
                store.put_apart(connection, place, anew)
                event = key_event("key.set_apart", tenant_id, now(), rows=len(anew))
                record(connection, (event,))
        yield len(anew), len(cells) - len(anew)


def _resealed(sealer: TenantSealer, place: Place, cell: Cell) -> bytes | None:
    """The value under the other key; None when it does not open."""
    table = place.cells
    try:
        plain = sealer.open(table, place.column, cell.row_id, cell.sealed)
    except SealError:
        log.error("part_two.does_not_open", object_id=cell.row_id, kind=table)
        return None
    return sealer.seal(table, _OWN, cell.row_id, plain)

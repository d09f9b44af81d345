"""Rotation: sealed values to the newest key, old keys out of use, keys to another root.

Every step is many small transactions, each whole with its audit event. Killed anywhere, the next
run goes on from what is left; values that a step has not reached yet open as before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from audit.logging import get_logger
from audit.store import record
from core.confidentiality import FieldClass
from core.crypto import KeyContext, sealed_key_version
from core.errors import ConflictError, SealError, SetupError
from tenants.key_provider import KeyProvider
from tenants.keys import TenantKeys, key_event
from tenants.sealed import CLASS_OF
from tenants.sealer import PracticeKeys, TenantSealer
from tenants.session import tenant_transaction
from tenants.store import keys as store
from tenants.store import resealing
from tenants.store.keys import Connection, Engine
from tenants.store.resealing import SealedTable

BATCH_ROWS = 1_000
_PASSES = 5

log = get_logger("tenants.rotation")

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is."""


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a practice and what is sealed with it; ``seals`` for the one in use."""

    purpose: str
    version: int
    state: str
    root_version: int
    created_at: datetime
    seals: bool
    cells: int


class Rewrapped(msgspec.Struct, frozen=True, kw_only=True):
    """What a rewrap came to. ``left`` rows were held by others, ``damaged`` ones do not open."""

    rows: int
    left: int
    damaged: int


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress shown."""


def key_states(connection: Connection, keys: TenantKeys, tenant_id: UUID) -> tuple[KeyState, ...]:
    """Every key of a practice, newest last, in the transaction of that practice."""
    in_use = keys.of(connection, tenant_id)
    cells = resealing.cells_by_version(connection, resealing.present(connection))
    return tuple(
        KeyState(
            purpose=row.purpose,
            version=row.version,
            state=row.state,
            root_version=row.root_version,
            created_at=row.created_at,
            seals=row.state == "active" and _seals(in_use, row.purpose, row.version),
            cells=_cells(cells, row.purpose, row.version),
        )
        for row in keys.rows(connection, tenant_id)
    )


def _seals(in_use: PracticeKeys, purpose: str, version: int) -> bool:
    return purpose == "index" or in_use.sealing[FieldClass(purpose)] == version


def _cells(cells: Counter[tuple[FieldClass, int]], purpose: str, version: int) -> int:
    return 0 if purpose == "index" else cells[FieldClass(purpose), version]


def rewrap(
    engine: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    *,
    now: Callable[[], datetime],
    progress: Progress = silent,
    batch_rows: int = BATCH_ROWS,
) -> Rewrapped:
    """Seal everything of a practice with the key that seals now, where the database lets it."""
    with tenant_transaction(engine, tenant_id) as connection:
        tables = [one for one in resealing.present(connection) if one.can_change]
    rows = left = damaged = 0
    for table in tables:
        for _ in range(_PASSES):
            done, broken = _pass(engine, keys, tenant_id, table, now, progress, batch_rows)
            rows += done
            with tenant_transaction(engine, tenant_id) as connection:
                newest = keys.of(connection, tenant_id).sealing
                remaining = resealing.count_stale(connection, table, newest) - broken
            if remaining <= 0:
                break
        left += max(0, remaining)
        damaged += broken
    return Rewrapped(rows=rows, left=left, damaged=damaged)


def _pass(
    engine: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    table: SealedTable,
    now: Callable[[], datetime],
    progress: Progress,
    batch_rows: int,
) -> tuple[int, int]:
    """Once through a table: rows sealed anew, and rows that do not open."""
    after: UUID | None = None
    done = broken = 0
    total = 0
    while True:
        with tenant_transaction(engine, tenant_id) as connection:
            in_use = keys.of(connection, tenant_id)
            if after is None:
                total = resealing.count_stale(connection, table, in_use.sealing)
            found = resealing.stale_rows(
                connection, table, in_use.sealing, after=after, limit=batch_rows
            )
            if not found:
                return done, broken
            after = found[-1][0]
            anew = []
            for row_id, before in found:
                resealed = _resealed(in_use, table, row_id, before)
                if resealed is None:
                    broken += 1
                else:
                    anew.append((row_id, resealed))
            changed = resealing.put_anew(connection, tenant_id, table, anew) if anew else 0
            if changed:
                event = key_event("key.rewrapped", tenant_id, now(), rows=changed)
                record(connection, (event,))
        done += changed
        progress(table.name, done, total)


def _resealed(
    in_use: PracticeKeys, table: SealedTable, row_id: UUID, before: dict[str, bytes | None]
) -> dict[str, bytes | None] | None:
    """The sealed columns of a row under the newest keys; None when one does not open."""
    sealer: TenantSealer = in_use.sealer(frozenset(FieldClass))
    after = dict(before)
    try:
        for column, sealed in before.items():
            newest = in_use.sealing[CLASS_OF[table.cells, column]]
            if sealed is not None and sealed_key_version(sealed) != newest:
                opened = sealer.open(table.cells, column, row_id, sealed)
                after[column] = sealer.seal(table.cells, column, row_id, opened)
    except SealError:
        log.error("rewrap.does_not_open", object_id=row_id, kind=table.name)
        return None
    return after


def retire_unused(
    connection: Connection, keys: TenantKeys, tenant_id: UUID, *, at: datetime
) -> int:
    """Take keys out of use that are older than the one that seals and seal nothing; how many.

    A retired key opens nothing, and its wrapped bytes stay.
    """
    retired = 0
    for state in key_states(connection, keys, tenant_id):
        if state.purpose == "index" or state.state != "active" or state.seals or state.cells:
            continue
        if state.version > keys.of(connection, tenant_id).sealing[FieldClass(state.purpose)]:
            continue
        if store.retire_key(connection, tenant_id, state.purpose, state.version):
            event = key_event("key.retired", tenant_id, at, version=state.version)
            record(connection, (event,))
            retired += 1
    keys.forget(tenant_id)
    return retired


def to_newest_root(
    engine: Engine,
    provider: KeyProvider,
    tenant_ids: Sequence[UUID],
    *,
    now: Callable[[], datetime],
    coming_from: KeyProvider | None = None,
    progress: Progress = silent,
) -> int:
    """Wrap every practice's keys with the newest root key of ``provider``; how many were not.

    ``coming_from`` is the provider that wrapped them before, when the installation moves from one
    to another. Sealed values are not touched.
    """
    newest = provider.newest_root()
    wrapped_anew = 0
    for place, tenant_id in enumerate(tenant_ids, start=1):
        with tenant_transaction(engine, tenant_id) as connection:
            changed = 0
            for row in store.tenant_keys(connection, tenant_id):
                if row.is_destroyed:
                    continue
                context = KeyContext(tenant_id=tenant_id, purpose=row.purpose, version=row.version)
                key = _unwrapped(provider, coming_from, row.wrapped, context, newest)
                if key is None:
                    continue
                wrapped = provider.wrap(key, context)
                changed += store.replace_wrapped(
                    connection,
                    tenant_id,
                    row,
                    wrapped=wrapped,
                    root_version=provider.root_of(wrapped),
                )
            if changed:
                event = key_event("key.root_changed", tenant_id, now(), keys=changed)
                record(connection, (event,))
        wrapped_anew += changed
        progress("practices", place, len(tenant_ids))
    return wrapped_anew


def _unwrapped(
    provider: KeyProvider,
    coming_from: KeyProvider | None,
    wrapped: bytes,
    context: KeyContext,
    newest: int,
) -> bytes | None:
    """The key to wrap anew; None when it is where it should be."""
    if coming_from is None:
        return None if provider.root_of(wrapped) == newest else provider.unwrap(wrapped, context)
    try:
        provider.unwrap(wrapped, context)
    except SetupError:
        return coming_from.unwrap(wrapped, context)
    return None


def roots_in_use(engine: Engine, tenant_ids: Iterable[UUID]) -> set[int]:
    """The root keys that wrap a key of any practice."""
    used: set[int] = set()
    for tenant_id in tenant_ids:
        with tenant_transaction(engine, tenant_id) as connection:
            used |= store.root_versions(connection, tenant_id)
    return used


def refuse_fresh_root(changed_at: datetime, now: datetime, everywhere_after: timedelta) -> None:
    """Refuse to drop root keys while a key wrapped with an old one may still be on its way in."""
    if now - changed_at < everywhere_after:
        raise ConflictError("the root key was changed a moment ago; wait ten minutes, then repeat")

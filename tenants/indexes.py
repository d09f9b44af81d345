"""Blind indexes over time: how much they give away, and writing them anew when a practice grows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from audit.store import record
from core.confidentiality import FieldClass
from core.crypto import Normaliser, normalise
from tenants.keys import TenantKeys, key_event
from tenants.rotation import Progress, silent
from tenants.sealer import TenantSealer
from tenants.session import tenant_transaction
from tenants.store import index_lengths
from tenants.store.forms import last_name
from tenants.store.keys import Connection, Engine

_CLASSES = frozenset({FieldClass.DEMOGRAPHICS})
_BATCH_ROWS = 1_000
_PASSES = 5


class Leakage(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody with a copy of the database learns from the index of patients' names.

    ``candidates`` is C of the rule 2 <= C: patients for each possible value of the index on
    average. ``lone_names_percent``: of all different surnames, how many have their value alone,
    so that equal values prove equal names.
    """

    patients: int
    bits: int
    names: int
    values: int
    candidates: float
    lone_names_percent: float
    grown_out: bool


def leakage(connection: Connection, keys: TenantKeys, tenant_id: UUID, *, at: datetime) -> Leakage:
    """Count it, in the transaction of that practice; reading every name is recorded."""
    sealer = keys.for_tenant(connection, tenant_id, _CLASSES)
    length = index_lengths.in_force(connection, tenant_id)
    names_by_value: dict[bytes, set[str]] = {}
    count = 0
    after: UUID | None = None
    while rows := index_lengths.names_after(connection, after, limit=_BATCH_ROWS):
        for row_id, value, sealed in rows:
            name = normalise(Normaliser.NAME, last_name(sealer, row_id, sealed))
            names_by_value.setdefault(value, set()).add(name)
        count += len(rows)
        after = rows[-1][0]
    names = sum(len(found) for found in names_by_value.values())
    lone = sum(len(found) == 1 for found in names_by_value.values())
    record(connection, (key_event("key.leakage_measured", tenant_id, at, patients=count),))
    return Leakage(
        patients=count,
        bits=length.bits,
        names=names,
        values=len(names_by_value),
        candidates=count / 2**length.bits,
        lone_names_percent=100 * lone / names if names else 0.0,
        grown_out=count >= index_lengths.GROWTH * length.chosen_for_rows,
    )


def reindex(
    engine: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    *,
    now: Callable[[], datetime],
    progress: Progress = silent,
) -> int:
    """Choose the length anew if the practice has grown fourfold, and bring every index to it.

    How many rows were changed. A search looks under every length meanwhile, so it finds all.
    """
    with tenant_transaction(engine, tenant_id) as connection:
        length = index_lengths.in_force(connection, tenant_id)
        patients = index_lengths.patients(connection)
        if patients >= index_lengths.GROWTH * length.chosen_for_rows:
            length = index_lengths.name_bits(patients)
            index_lengths.store(connection, tenant_id, length)
            event = key_event("key.reindexed", tenant_id, now(), rows=0, bits=length.bits)
            record(connection, (event,))
    changed = 0
    for _ in range(_PASSES):
        done = _pass(engine, keys, tenant_id, length.bits, now, progress)
        changed += done
        if not done:
            break
    return changed


def _pass(
    engine: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    bits: int,
    now: Callable[[], datetime],
    progress: Progress,
) -> int:
    changed = 0
    after: UUID | None = None
    while True:
        with tenant_transaction(engine, tenant_id) as connection:
            sealer = keys.for_tenant(connection, tenant_id, _CLASSES)
            rows = index_lengths.stale_names_after(connection, after, bits=bits, limit=_BATCH_ROWS)
            if not rows:
                return changed
            after = rows[-1][0]
            anew = [(row_id, _index(sealer, row_id, sealed, bits)) for row_id, _, sealed in rows]
            changed += index_lengths.set_name_indexes(connection, tenant_id, anew)
            event = key_event("key.reindexed", tenant_id, now(), rows=len(anew), bits=bits)
            record(connection, (event,))
        progress("indexes", changed, changed)


def _index(sealer: TenantSealer, row_id: UUID, sealed: bytes, bits: int) -> bytes:
    name = last_name(sealer, row_id, sealed)
    return sealer.blind("patient", "name", Normaliser.NAME, name, bits)

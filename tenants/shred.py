"""Crypto-shred: a practice's keys are destroyed, and with them everything that is sealed of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.store import record
from core.errors import ConflictError
from tenants.keys import TenantKeys, key_event
from tenants.session import tenant_transaction
from tenants.store import keys as store
from tenants.store.keys import Engine

_HELD = "this practice is under a legal hold; its keys stay until the hold is lifted"


def shred(
    engine: Engine,
    keys: TenantKeys,
    tenant_id: UUID,
    *,
    hold_reasons: Sequence[str],
    at: datetime,
) -> int:
    """Destroy a practice's keys for good; how many there were.

    ``ConflictError`` when ``hold_reasons`` names any legal hold; the refusal is recorded. Otherwise
    every wrapped key is overwritten, which is recorded in the same transaction, and then the
    practice's secret is removed: a key that still lies in an old backup of the database does not
    open without it. Run again after a crash, it finishes. Other processes hold unwrapped keys for
    five minutes at most (``tenants.keys.KEPT_FOR``); restart them to be sure at once. Copies of the
    folder ``practice-secrets`` in backups of the keyring are the operator's to remove.
    """
    if hold_reasons:
        with tenant_transaction(engine, tenant_id) as connection:
            event = key_event("key.destroy_refused", tenant_id, at, holds=len(hold_reasons))
            record(connection, (event,))
        raise ConflictError(_HELD)
    with tenant_transaction(engine, tenant_id) as connection:
        destroyed = store.destroy_keys(connection, tenant_id)
        if destroyed:
            record(connection, (key_event("key.destroyed", tenant_id, at, keys=destroyed),))
    finish(keys, tenant_id)
    return destroyed


def finish(keys: TenantKeys, tenant_id: UUID) -> None:
    """After the wrapped keys are gone: the secret, and what this process remembers."""
    keys.secrets.destroy(tenant_id)
    keys.forget(tenant_id)

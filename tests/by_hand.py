"""A change that a test makes by hand: with an audit event, for the database takes none without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from audit.event import DEPLOYMENT
from tenants.session import tenant_transaction

NOTED = (
    "INSERT INTO audit_event (tenant_id, id, at, actor_kind, actor_id, kind, object_groups,"
    " object_ids, counts, digests, purpose) VALUES (current_tenant(), gen_random_uuid(), now(),"
    " 'system', gen_random_uuid(), 'practice.changed', '', '{}', '{}', '{}', 'operations')"
)
"""An event of the transaction's practice, as plain SQL."""


@contextmanager
def by_hand(engine: Engine, tenant_id: UUID = DEPLOYMENT) -> Iterator[Connection]:
    """A transaction of the application for one practice that ends with an event."""
    with tenant_transaction(engine, tenant_id) as connection:
        yield connection
        connection.execute(text(NOTED))

"""Events of the installation itself, which belong to no practice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose, machine
from audit.store import newest_at, record
from tenants.ids import new_id
from tenants.session import tenant_transaction


def record_for_deployment(
    running: Runtime,
    kind: str,
    *,
    about: Mapping[ObjectType, Iterable[UUID]] | None = None,
    counts: Mapping[str, int] | None = None,
    digests: Mapping[str, bytes] | None = None,
    actor: Actor | None = None,
) -> None:
    """Record one event of the installation in a transaction of its own."""
    with tenant_transaction(running.engine, DEPLOYMENT) as connection:
        event = Event.of(
            kind,
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=running.clock(),
            actor=actor or machine("command"),
            about=about,
            counts=counts,
            digests=digests,
            purpose=Purpose.OPERATIONS,
        )
        record(connection, [event])


def last_time(running: Runtime, *kinds: str) -> datetime | None:
    """When the installation last recorded an event of one of these kinds."""
    with tenant_transaction(running.engine, DEPLOYMENT) as connection:
        return newest_at(connection, DEPLOYMENT, kinds)

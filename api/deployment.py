"""A change that belongs to no practice, with its audit event in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose, machine
from audit.store import Connection, newest_at, record
from tenants.ids import new_id
from tenants.session import deployment_transaction


class DeploymentChange:
    """One transaction on tables of the deployment."""

    def __init__(self, runtime: Runtime, connection: Connection, actor: Actor) -> None:
        self.connection = connection
        self._runtime = runtime
        self._actor = actor

    def record(self, kind: str, about: Mapping[ObjectType, Iterable[UUID]], **counts: int) -> None:
        """Write an audit event into this transaction."""
        event = Event.of(
            kind,
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=self._runtime.clock(),
            actor=self._actor,
            about=about,
            counts=counts,
            purpose=Purpose.SECURITY,
        )
        record(self.connection, (event,))


@contextmanager
def deployment_work(runtime: Runtime, actor: Actor) -> Iterator[DeploymentChange]:
    """Begin one; committed at the end, rolled back when anything raises."""
    with deployment_transaction(runtime.engine) as connection:
        yield DeploymentChange(runtime, connection, actor)


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
    with deployment_transaction(running.engine) as connection:
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
    with deployment_transaction(running.engine) as connection:
        return newest_at(connection, DEPLOYMENT, kinds)

"""Work that belongs to no practice, with its audit events in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from uuid import UUID

from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose, machine
from audit.store import Connection, newest_at, record
from tenants.ids import new_id
from tenants.keys import Sealer
from tenants.session import deployment_transaction


class DeploymentWork:
    """One transaction on tables of the deployment: staff, payers, vendors, programs, sign-ins.

    ``actor`` None: nobody is signed in yet, and each event says whose it is. ``purpose`` is that of
    its events unless one says otherwise.
    """

    def __init__(
        self, runtime: Runtime, connection: Connection, actor: Actor | None, purpose: Purpose
    ) -> None:
        self.connection = connection
        self._runtime = runtime
        self._actor = actor
        self._purpose = purpose
        self._now = runtime.clock()

    @cached_property
    def sealer(self) -> Sealer:
        """Seals and opens what the deployment itself keeps secret."""
        return self._runtime.keys.for_tenant(self.connection, DEPLOYMENT)

    def record(
        self,
        kind: str,
        about: Mapping[ObjectType, Iterable[UUID]],
        *,
        actor: Actor | None = None,
        purpose: Purpose | None = None,
        counts: Mapping[str, int] | None = None,
        digests: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write an audit event into this transaction."""
        by = actor or self._actor
        assert by is not None, "an event has an actor"
        event = Event.of(
            kind,
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=self._now,
            actor=by,
            about=about,
            counts=counts,
            digests=digests,
            purpose=purpose or self._purpose,
        )
        record(self.connection, (event,))


@contextmanager
def deployment_work(
    runtime: Runtime, actor: Actor | None, *, purpose: Purpose = Purpose.OPERATIONS
) -> Iterator[DeploymentWork]:
    """Begin one; committed at the end, rolled back when anything raises."""
    with deployment_transaction(runtime.engine) as connection:
        yield DeploymentWork(runtime, connection, actor, purpose)


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
    with deployment_work(running, actor or machine("command")) as work:
        work.record(kind, about or {}, counts=counts, digests=digests)


def last_time(running: Runtime, *kinds: str) -> datetime | None:
    """When the installation last recorded an event of one of these kinds."""
    with deployment_transaction(running.engine) as connection:
        return newest_at(connection, DEPLOYMENT, kinds)

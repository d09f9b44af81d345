"""What every handler shares: the runtime, the templates, and the bounded place for passwords."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter

from api.bootstrap import Runtime
from api.company_identity import IdentityProvider
from api.outgoing import Outgoing
from api.web.rendering import Pages
from audit import store as audit_store
from audit.event import DEPLOYMENT, Actor, ActorKind, Event, ObjectType, Purpose
from core.errors import UnavailableError
from tenants.ids import new_id
from tenants.keys import Sealer
from tenants.security_keys import Site
from tenants.session import deployment_transaction

# A password costs a quarter of a second of one core and 64 MiB: two at a time leave the other
# pages their time, and whoever stands far back in the queue is told to come again.
_PASSWORDS_AT_ONCE = 2
PASSWORDS_WAITING_MAX = 32

# A file that is handed in is held in memory whole, and once more while it is read.
_UPLOADS_AT_ONCE = 2
UPLOADS_WAITING_MAX = 8


class House:
    """One for an app. ``origin``: where its pages are, if that is not as the settings have it."""

    def __init__(self, runtime: Runtime, *, origin: str = "") -> None:
        self.runtime = runtime
        self.site = Site(origin or runtime.settings.origin)
        self.admins_need_key = runtime.settings.admins_need_key
        self.pages = Pages()
        self._zone = ZoneInfo(runtime.settings.time_zone)
        self.passwords = CapacityLimiter(_PASSWORDS_AT_ONCE)
        self._passwords_brought = 0
        self.uploads = CapacityLimiter(_UPLOADS_AT_ONCE)
        # A check of a large file costs a core for seconds: one at a time, as with passwords.
        self.checks = CapacityLimiter(1)
        given = runtime.settings.company
        self.company = IdentityProvider(given, Outgoing(runtime), runtime.clock) if given else None

    def today(self) -> date:
        """The day that decides what is late in a list across practices."""
        return self.runtime.clock().astimezone(self._zone).date()

    @contextmanager
    def place_in_line(self) -> Iterator[None]:
        """A place among those whose password is looked at; ``UnavailableError`` when all are taken.

        Counted here and not by who waits at the limiter: all who come in one moment would pass it
        before the first of them waits.
        """
        if self._passwords_brought > _PASSWORDS_AT_ONCE + PASSWORDS_WAITING_MAX:
            raise UnavailableError("too many people are signing in just now; try again in a minute")
        self._passwords_brought += 1
        try:
            yield
        finally:
            self._passwords_brought -= 1

    @contextmanager
    def deployment_work(self, person: UUID | None) -> Iterator[DeploymentWork]:
        """One transaction on the tables of the deployment, with its audit events."""
        with deployment_transaction(self.runtime.engine) as connection:
            yield DeploymentWork(connection, person, self.runtime)


class DeploymentWork:
    """A change that belongs to no practice: staff, payers, sign-ins."""

    def __init__(self, connection: Any, person: UUID | None, runtime: Runtime) -> None:
        self.connection = connection
        self._person = person
        self._runtime = runtime
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
        purpose: Purpose = Purpose.OPERATIONS,
        counts: Mapping[str, int] | None = None,
        digests: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write an audit event into this transaction; ``actor`` where nobody is signed in."""
        if actor is None:
            assert self._person is not None, "an event has an actor"
            actor = Actor(kind=ActorKind.PERSON, id=self._person)
        event = Event.of(
            kind,
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=self._now,
            actor=actor,
            about=about,
            counts=counts,
            digests=digests,
            purpose=purpose,
        )
        audit_store.record(self.connection, (event,))

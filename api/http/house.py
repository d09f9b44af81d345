"""What every handler shares: the runtime, the templates, and the bounded place for passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter

from api.bootstrap import Runtime
from api.company_identity import IdentityProvider
from api.deployment import DeploymentWork, deployment_work
from api.outgoing import Outgoing
from api.web.rendering import Pages
from audit.event import Actor, ActorKind
from core.errors import UnavailableError
from tenants.security_keys import Site

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

    def deployment_work(self, person: UUID | None) -> AbstractContextManager[DeploymentWork]:
        """One transaction on the tables of the deployment, with its audit events."""
        actor = None if person is None else Actor(kind=ActorKind.PERSON, id=person)
        return deployment_work(self.runtime, actor)

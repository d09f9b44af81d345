"""What was refused is an event too, and a flood of refusals is one event with a number.

A refusal is written before its answer is sent. Whoever asks again and again cannot fill the log:
past twenty in a minute, further attempts are counted and written with the next one that is.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import Any
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar.connection import ASGIConnection

from api.http.house import House
from audit.event import Actor, ObjectType, Purpose, machine
from core.errors import ClaimwrightError
from tenants.session import transaction
from tenants.store import practices

_IN_A_MINUTE = 20
_KEYS_MAX = 10_000
_WINDOW_SECONDS = 60.0

_STATUSES = frozenset({403, 404})

# What the ids in our addresses name.
_PARAMETERS = {
    "claim_id": ObjectType.CLAIM,
    "staff_id": ObjectType.STAFF,
    "payer_ref": ObjectType.PAYER,
    "provider_id": ObjectType.PROVIDER,
    "request_id": ObjectType.DISCLOSURE,
    "review_id": ObjectType.REVIEW,
}


class _Window(msgspec.Struct):
    began: float
    written: int = 0
    held_back: int = 0


class FloodBound:
    """How many attempts the next event stands for; 0 when there is to be none now."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._lock = Lock()

    def attempts(self, key: str, now_seconds: float) -> int:
        """Count an attempt by ``key``; ``now_seconds`` from a clock that never goes back."""
        with self._lock:
            window = self._windows.setdefault(key, _Window(now_seconds))
            self._windows.move_to_end(key)
            if len(self._windows) > _KEYS_MAX:
                self._windows.popitem(last=False)
            if now_seconds - window.began >= _WINDOW_SECONDS:
                window.began, window.written = now_seconds, 0
            if window.written >= _IN_A_MINUTE:
                window.held_back += 1
                return 0
            window.written += 1
            counted, window.held_back = 1 + window.held_back, 0
            return counted


FLOOD = FloodBound()


async def note_refusal(
    connection: ASGIConnection[Any, Any, Any, Any], error: ClaimwrightError
) -> None:
    """Write ``access.refused`` for a refused or missing thing; nothing for any other error.

    When it cannot be written, the error of that is raised instead: still no answer.
    """
    if error.http_status in _STATUSES:
        await to_thread.run_sync(_note, connection)


def _note(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    house = connection.app.state["house"]
    assert isinstance(house, House), "create_app put it there"
    who = connection.user
    host = connection.client.host if connection.client else ""
    # A person's session or a program's token; either says which actor it is.
    actor: Actor = who.actor if who else machine("nobody")
    attempts = FLOOD.attempts(str(actor.id) if who else host, time.monotonic())
    if not attempts:
        return
    with house.deployment_work(None) as work:
        work.record(
            "access.refused",
            _about(house, connection.path_params),
            actor=actor,
            purpose=Purpose.SECURITY,
            counts={"attempts": attempts},
        )


def _about(house: House, parameters: dict[str, Any]) -> dict[ObjectType, tuple[UUID, ...]]:
    about: dict[ObjectType, tuple[UUID, ...]] = {
        kind: (parameters[name],)
        for name, kind in _PARAMETERS.items()
        if isinstance(parameters.get(name), UUID)
    }
    slug = parameters.get("slug")
    if slug is not None:
        with transaction(house.runtime.engine) as connection:
            named = [one for one in practices.every(connection) if one.slug == slug]
        if named:
            about[ObjectType.PRACTICE] = (named[0].tenant_id,)
    return about

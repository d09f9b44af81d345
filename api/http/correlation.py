"""The number of a request: on its answer, in its log lines and in its audit events."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from litestar.types import ASGIApp, Receive, Scope, Send

from audit.correlation import piece_of_work

HEADER = "x-request-id"
"""On every answer. One that comes with a request is not read."""

_KEY = "claimwright.request_id"


def request_id(scope: Scope) -> UUID:
    """The number of this request, made when it is first asked for."""
    kept = cast("dict[str, Any]", scope)
    found = kept.setdefault(_KEY, uuid4())
    assert isinstance(found, UUID), "nobody else writes there"
    return found


def numbered(app: ASGIApp) -> ASGIApp:
    """The middleware before all others: everything behind it is one piece of work."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        with piece_of_work(request_id(scope)):
            await app(scope, receive, send)

    return run

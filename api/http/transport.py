"""No page over a network in plain: refused here, should the server stand open all the same."""

from __future__ import annotations

from litestar.datastructures import Headers
from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.house import House
from api.this_machine import is_loopback
from core.errors import ForbiddenError

_HEALTH = "/health"
"""Says nothing about anybody, and whoever watches a machine asks by its address."""


def secured(app: ASGIApp) -> ASGIApp:
    """The middleware that refuses plain HTTP but for this machine itself.

    Where a proxy ends TLS every request comes in plain, and the proxy is trusted to have taken it
    over TLS; no header is asked, because anybody can send one.
    """

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        house = scope["litestar_app"].state["house"]
        assert isinstance(house, House), "create_app put it there"
        plain = scope["scheme"] == "http" and not house.runtime.settings.behind_proxy
        if plain and scope["path"] != _HEALTH and not _asked_here(scope):
            raise ForbiddenError("these pages are served over https only; use that address")
        await app(scope, receive, send)

    return run


def _asked_here(scope: Scope) -> bool:
    host = Headers.from_scope(scope).get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback(name)

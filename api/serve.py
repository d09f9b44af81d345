"""Serving the pages and the HTTP interface."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from api import preflight
from api.settings import DEFAULT_ORIGIN, Settings, environment
from api.this_machine import is_loopback
from core.errors import SetupError

HEADERS_MILLISECONDS = 10_000
"""The time a request's headers have; bodies have theirs in the app."""

_REQUESTS_AT_ONCE = 256

_PLAIN = (
    "pages on {} must be behind TLS: give --tls-certificate and --tls-key, or, where a proxy in "
    "front ends TLS, set CLAIMWRIGHT_BEHIND_PROXY=1"
)

# The server's own lines go where ours go, and are reduced as those of every library are.
_LOGGING = {
    "handlers": {},
    "formatters": {},
    "loggers": {
        "_granian": {"handlers": [], "propagate": True},
        "granian.access": {"handlers": [], "propagate": True},
    },
}


def create() -> Any:
    """The application of a server process; granian calls it in each of its workers."""
    preflight.check()
    from api import settings as settings_module
    from api.bootstrap import Runtime, open_urls
    from api.http.app import create_app
    from api.sequencing import Sequencing
    from audit.logging import configure, no_tracebacks

    no_tracebacks()
    configure("WARNING", sys.stderr)
    settings = settings_module.read()
    running = Runtime(settings, open_urls(settings))
    Sequencing(running).start()
    return create_app(running)


def with_origin(settings: Settings, port: int, *, tls: bool) -> Settings:
    """Where nobody said where the pages are: on this machine, at this port."""
    if settings.origin != DEFAULT_ORIGIN:
        return settings
    scheme = "https" if tls else "http"
    return msgspec.structs.replace(settings, origin=f"{scheme}://localhost:{port}")


def check_transport(settings: Settings, host: str, *, tls: bool) -> None:
    """``SetupError`` where pages would go over a network in plain."""
    if not (tls or settings.behind_proxy or is_loopback(host)):
        raise SetupError(_PLAIN.format(host))


def options() -> dict[str, Any]:
    """What the server is told about time, size and number, whoever starts it."""
    from granian.constants import SSLProtocols
    from granian.http import HTTP1Settings

    return {
        "http1_settings": HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS),
        "backpressure": _REQUESTS_AT_ONCE,
        "websockets": False,
        "ssl_protocol_min": SSLProtocols.tls12,
    }


def serve(
    settings: Settings,
    *,
    port: int,
    host: str = "127.0.0.1",
    workers: int = 1,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until stopped. ``settings`` travel to the server's processes by environment.

    ``SetupError`` for an address of a network without TLS.
    """
    tls = certificate is not None and key is not None
    check_transport(settings, host, tls=tls)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    settings = with_origin(settings, port, tls=tls)
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment(settings))
    Granian(
        "api.serve:create",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        ssl_cert=certificate,
        ssl_key=key,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        **options(),
    ).serve()

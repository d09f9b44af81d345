"""Serving the pages and the HTTP interface."""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from api import preflight
from api.settings import DEFAULT_ORIGIN, Settings, environment


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


def with_origin(settings: Settings, port: int) -> Settings:
    """Where nobody said where the pages are: on this machine, at this port."""
    if settings.origin != DEFAULT_ORIGIN:
        return settings
    return msgspec.structs.replace(settings, origin=f"http://localhost:{port}")


def serve(settings: Settings, *, port: int, host: str = "127.0.0.1", workers: int = 1) -> None:
    """Serve until stopped. ``settings`` travel to the server's processes by environment."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    settings = with_origin(settings, port)
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment(settings))
    Granian(
        "api.serve:create",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()

"""The app on a port of this machine, as ``claimwright serve`` runs it, for a real browser."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server


@contextmanager
def served(make: Callable[[str], Any], **options: Any) -> Iterator[str]:
    """The address of the app made for it, served in a thread until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://localhost:{port}"
    loop = asyncio.new_event_loop()
    server = Server(
        make(origin),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        **options,
    )
    thread = threading.Thread(target=_run, args=(loop, server), daemon=True)
    thread.start()
    _wait(port)
    try:
        yield origin
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)


def _run(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(server.serve())
    loop.close()


def _wait(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)
        else:
            return

"""The app asked directly, block by block: for bodies that no client would send whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from api.http.sessions import SESSION_COOKIE


async def post(
    app: Any, session: str, path: str, kind: str, blocks: Iterator[bytes], *, ends: bool = True
) -> tuple[int, bytes]:
    """Status and body of the answer; a body that does not end keeps the app waiting."""
    sent: list[Any] = []

    async def receive() -> Any:
        for block in blocks:
            return {"type": "http.request", "body": block, "more_body": True}
        if not ends:
            await asyncio.sleep(30)
            raise AssertionError("the app waited for more")
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {
        "host": "claimwright.local",
        "accept": "text/html",
        "cookie": f"{SESSION_COOKIE}={session}",
        "content-type": kind,
    }
    await app(
        {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("claimwright.local", 443),
            "scheme": "https",
            "http_version": "1.1",
            "asgi": {"version": "3.0"},
        },
        receive,
        send,
    )
    return int(sent[0]["status"]), b"".join(message.get("body", b"") for message in sent[1:])

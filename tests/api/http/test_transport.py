"""R20: nothing over a network in plain, and no sender holds a connection by being slow."""

from __future__ import annotations

import io
import socket
import time
from functools import partial
from pathlib import Path

import msgspec
import pytest
from granian.http import HTTP1Settings
from litestar.testing import TestClient

from api import serve
from api.http.app import create_app
from api.settings import Settings, environment, read
from core.errors import SetupError
from tests.api.http import pages_world as world
from tests.e2e.page_server import served

HERE = ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost")
ELSEWHERE = (
    "0.0.0.0",
    "::",
    "192.0.2.7",
    "claims.example",
    "localhost.example",
    "127.0.0.1.example",
)


@pytest.mark.control("R20")
@pytest.mark.parametrize("host", [*HERE, *ELSEWHERE])
def test_an_address_of_a_network_is_served_with_tls_or_behind_a_proxy_only(host: str) -> None:
    plain = Settings(home=Path("/nowhere"))
    if host in ELSEWHERE:
        with pytest.raises(SetupError, match="behind TLS"):
            serve.check_transport(plain, host, tls=False)
        with pytest.raises(SetupError, match="behind TLS"):
            serve.serve(plain, port=1, host=host, certificate=Path("/only-half"))
    else:
        serve.check_transport(plain, host, tls=False)
    serve.check_transport(plain, host, tls=True)
    serve.check_transport(Settings(home=Path("/nowhere"), behind_proxy=True), host, tls=False)


def test_the_settings_travel_to_the_servers_processes() -> None:
    given = read({"HOME": "/nonexistent", "CLAIMWRIGHT_BEHIND_PROXY": "1"})
    assert given.behind_proxy
    assert read(environment(given)) == given


@pytest.mark.control("R20")
@pytest.mark.attack("S-23")
def test_a_plain_request_under_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = partial(create_app, world.runtime())
    with TestClient(made(), base_url="http://claims.example") as client:
        for headers in ({}, {"x-forwarded-proto": "https"}, {"x-forwarded-host": "localhost"}):
            answer = client.get("/sign-in", headers=headers)
            assert (answer.status_code, "https only" in answer.text) == (403, True)
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/health").status_code == 200
        for host in ("localhost.example", "127.0.0.1.example:8000", "", "[::1].example", "a:b:c"):
            assert client.get("/sign-in", headers={"host": host}).status_code == 403, host
    for host in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"):
        with TestClient(made(origin=f"http://{host}"), base_url="http://claims.example") as client:
            assert client.get("/sign-in", headers={"host": host}).status_code == 200, host
    behind = msgspec.structs.replace(world.runtime().settings, behind_proxy=True)
    monkeypatch.setattr(world.runtime(), "settings", behind)
    with TestClient(
        made(origin="http://claims.example"), base_url="http://claims.example"
    ) as client:
        assert client.get("/sign-in").status_code == 200


def test_headers_that_trickle_are_given_up() -> None:
    given = serve.options()["http1_settings"]
    assert given.header_read_timeout == serve.HEADERS_MILLISECONDS == 10_000
    quick = HTTP1Settings(header_read_timeout=200)
    with served(
        lambda origin: create_app(world.runtime(), origin=origin), http1_settings=quick
    ) as base:
        port = int(base.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as slow:
            slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ")
            began = time.monotonic()
            received = io.BytesIO()
            while block := slow.recv(4_096):
                received.write(block)
            assert time.monotonic() - began < 9
            assert b"200 OK" not in received.getvalue()

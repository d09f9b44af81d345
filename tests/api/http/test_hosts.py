"""Whose pages these are is a setting; what a request says of itself moves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from litestar.testing import TestClient

from api import settings
from api.http.app import HANDLERS
from api.http.sessions import SESSION_COOKIE
from core.errors import SetupError
from tests.api.http import pages_world as world
from tests.api.http.test_every_route import filled
from tests.api.http.test_second_factor import run
from tests.api.http.test_sign_in import attempt
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]

SPOOFS = {
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-host": "elsewhere.example",
    "x-forwarded-proto": "http",
    "x-real-ip": "198.51.100.7",
    "forwarded": "for=198.51.100.7;host=elsewhere.example;proto=http",
    "x-original-url": "/health",
    "x-rewrite-url": "/health",
    "x-http-method-override": "GET",
}


@pytest.mark.attack("S-23")
@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "claimwright.local:8443", "claimwright.local.elsewhere.example", ""],
)
def test_a_request_for_another_host_is_refused_on_every_page(
    client: TestClient, visit: Visit, host: str
) -> None:
    admin = visit("admin")
    for handler in HANDLERS:
        for path in sorted(handler.paths):
            if "GET" not in handler.http_methods:
                continue
            answer = admin.get(filled(path), host=host)
            assert answer.status_code == (200 if path == "/health" else 421), path
            assert "elsewhere" not in answer.text
    assert admin.post("/sign-out", host=host).status_code == 421
    assert admin.get("/queue").status_code == 200


@pytest.mark.attack("S-23")
def test_no_header_of_a_proxy_opens_a_page_or_changes_an_answer(visit: Visit) -> None:
    nobody, biller = visit(""), visit("biller")
    for path in ("/queue", "/staff", "/security", "/practices"):
        plain = nobody.get(path)
        spoofed = nobody.get(path, **{name.replace("-", "_"): v for name, v in SPOOFS.items()})
        assert spoofed.status_code == plain.status_code == 303
        assert spoofed.headers["location"] == plain.headers["location"]
    spoofed = biller.get("/staff", **{name.replace("-", "_"): v for name, v in SPOOFS.items()})
    assert spoofed.status_code == 403


@pytest.mark.attack("S-23")
@pytest.mark.attack("S-22")
def test_changing_the_address_a_proxy_names_gives_no_further_guesses(
    client: TestClient, monkeypatch
) -> None:
    monkeypatch.setattr("api.http.sign_in.password_matches", lambda stored, given: False)
    run("DELETE FROM sign_in_throttle")
    codes = []
    for place in range(7):
        client.headers["x-forwarded-for"] = f"198.51.{place}.1"
        try:
            codes.append(attempt(client, "coder@example.org", "wrong").status_code)
        finally:
            del client.headers["x-forwarded-for"]
    assert codes == [401] * 5 + [429] * 2
    run("DELETE FROM sign_in_throttle")


@pytest.mark.attack("S-20")
def test_a_form_is_ours_by_the_setting_and_not_by_what_host_says(visit: Visit) -> None:
    admin = visit("admin")
    for origin in ("https://elsewhere.example", "http://claimwright.local", f"{world.ORIGIN}:444"):
        assert admin.post("/security/sign-out-everywhere", origin=origin).status_code == 403
        both = {"origin": origin, "host": origin.partition("//")[2]}
        assert admin.post("/security/sign-out-everywhere", **both).status_code in (403, 421)
    assert admin.get("/queue").status_code == 200
    done = admin.post("/security/sign-out-everywhere", origin=world.ORIGIN)
    assert done.status_code == 303
    assert SESSION_COOKIE in done.headers["set-cookie"]


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://billing.example.org", "https://billing.example.org"),
        ("https://Billing.Example.org/", "https://billing.example.org"),
        ("https://billing.example.org:443", "https://billing.example.org"),
        ("https://billing.example.org:8443", "https://billing.example.org:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_setting_is_an_origin_as_browsers_send_it(given: str, origin: str) -> None:
    assert settings.read({"CLAIMWRIGHT_ORIGIN": given, "CLAIMWRIGHT_HOME": "/x"}).origin == origin


@pytest.mark.parametrize(
    "given",
    [
        "billing.example.org",
        "ftp://billing.example.org",
        "http://billing.example.org",
        "https://",
        "https://billing.example.org/app",
        "https://billing.example.org?x=1",
        "https://someone@billing.example.org",
        "https://billing.example.org:port",
    ],
)
def test_what_is_no_origin_or_has_no_tls_stops_the_start(given: str) -> None:
    with pytest.raises(SetupError, match="CLAIMWRIGHT_ORIGIN"):
        settings.read({"CLAIMWRIGHT_ORIGIN": given, "CLAIMWRIGHT_HOME": "/x"})


def test_another_process_of_ours_reads_the_same_origin() -> None:
    given = {
        "CLAIMWRIGHT_HOME": "/x",
        "CLAIMWRIGHT_ORIGIN": "https://billing.example.org",
        "CLAIMWRIGHT_ADMINS_NEED_KEY": "1",
    }
    read = settings.read(given)
    assert read.admins_need_key
    assert settings.read(settings.environment(read)) == read

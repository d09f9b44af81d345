"""Calls to the outside: where they may go, and what an answer may do (S-38, R9, R11)."""

from __future__ import annotations

import ipaddress
import itertools
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.outgoing import Connector, NoAgreementError, Outgoing, OutsideError
from api.outgoing_address import AddressRefusedError, is_public, read_origin, split_url
from api.settings import read
from api.vendors import add_vendor, end_vendor, verify_vendor
from core.errors import ForbiddenError, SetupError
from tests.api.http import pages_world as world
from tests.api.outside import answer, certificate_for, serving
from tests.by_hand import by_hand

HOST = "api.vendor.example"
ALLOWED = frozenset({read_origin(f"https://{HOST}"), read_origin("https://b.example:8443")})
PUBLIC = "93.184.216.34"
names = (f"Vendor {number}" for number in itertools.count(1))


# Where a call may go.


@pytest.mark.attack("S-38")
@pytest.mark.parametrize(
    "url",
    [
        "http://api.vendor.example/", "https://api.vendor.example:444/", "https://b.example/",
        "https://elsewhere.example/", "https://api.vendor.example.elsewhere.example/",
        "https://sub.api.vendor.example/", "https://vendor.example/", "ftp://api.vendor.example/",
        "file:///etc/passwd", "gopher://api.vendor.example/", "//api.vendor.example/",
        # Users, backslashes, fragments, signs that some readers drop.
        "https://api.vendor.example@127.0.0.1/", "https://api.vendor.example:443@127.0.0.1/",
        "https://127.0.0.1\\@api.vendor.example/", "https://api.vendor.example\\@127.0.0.1/",
        "https://127.0.0.1#@api.vendor.example/", "https://127.0.0.1?@api.vendor.example/",
        "https://api.vendor.example#/", "https://user@api.vendor.example/",
        "https://api.vendor.example\t/", "https://api.vendor.example\n/", " https://api.vendor.example/",
        "https://api.vendor.example/\r\nHost: elsewhere", "https://api.vendor.example/a b",
        "https://api.vendor.example:/", "https://api.vendor.example:0443/",
        "https://api.vendor.example./", "https://API.vendor.example/", "HTTPS://api.vendor.example/",
        "https://api.vendor%2eexample/", "https://api.vendor。example/", "https://api.vendor.exampIe/",
        "https://аpi.vendor.example/", "https://api.vendor.example:４４３/",
        # This machine, its neighbours and the cloud's metadata, in every spelling.
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://localhost/",
        "http://localhost:80/", "https://0/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/", "https://169.254.169.254/latest/meta-data/",
        "https://0xa9fea9fe/", "https://2852039166/", "https://[fd00:ec2::254]/",
        "https://metadata.google.internal/", "https://10.0.0.1/", "https://192.168.1.1/",
        "", "https://", "https:///", "https:api.vendor.example", "javascript:alert(1)",
        "https://" + "a" * 300 + ".example/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_on_the_list_letter_by_letter_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        split_url(url, ALLOWED)
    assert HOST not in refused.value.message


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://api.vendor.example", "/"),
        ("https://api.vendor.example/", "/"),
        ("https://api.vendor.example/v1/claims?id=1&x=%2F", "/v1/claims?id=1&x=%2F"),
        ("https://b.example:8443/a//b/../c", "/a//b/../c"),
    ],
)
def test_an_address_on_the_list_is_taken_as_it_stands(url: str, target: str) -> None:
    origin, rest = split_url(url, ALLOWED)
    assert rest == target
    assert origin in ALLOWED


@pytest.mark.attack("S-38")
@given(st.text("aZ09.:/@\\#?%[]-_~&= \t\n\r\x00。４\u200d", max_size=20))
def test_whatever_is_put_round_a_name_on_the_list_it_leads_nowhere_else(junk: str) -> None:
    for url in (f"https://{junk}", f"https://{junk}{HOST}/", f"https://{HOST}{junk}", junk):
        try:
            origin, target = split_url(url, ALLOWED)
        except AddressRefusedError:
            continue
        assert origin in ALLOWED
        assert url == origin.text + target or url + "/" == origin.text + target


@pytest.mark.parametrize(
    "text",
    [
        "api.example.org", "http://api.example.org", "https://127.0.0.1", "https://[::1]",
        "http://10.0.0.1:80", "http://127.0.0.1", "https://api.example.org/path", "https://*",
        "https://*.example.org", "https://localhost", "https://a.example:70000", "https://U@a.example",
    ],
)  # fmt: skip
def test_an_origin_that_cannot_be_on_a_list_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(SetupError):
        read_origin(text)


@pytest.mark.attack("S-38")
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1",
        "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1",
        "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34",
        "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "2606:4700::1%1", "fec0::1", "ff02::1", "localhost", "", "0x7f000001",
        "2130706433", "127.1", "093.184.216.034",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_public_in_any_form(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_nothing_the_library_calls_private_is_public_here(address: Any) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not (address.is_private)
        assert not (address.is_loopback)
        assert not (address.is_link_local)
        assert not (address.is_multicast)
        assert not (address.is_reserved)
        assert not (address.is_unspecified)
        assert isinstance(address, ipaddress.IPv4Address) or address.ipv4_mapped is None


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "2606:4700::1111"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


# The call itself, against a server on this machine that stands for the public one.


class Network:
    """Resolves as told, and connects every judged address to a server of the test."""

    def __init__(self, port: int, *answers: Sequence[str]) -> None:
        self._port = port
        self._answers = list(answers) or [[PUBLIC]]
        self.resolved: list[str] = []
        self.dialled: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append(host)
        return self._answers[min(len(self.resolved), len(self._answers)) - 1]

    def dial(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.dialled.append(address)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self._port, timeout=seconds)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(HOST, tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def trusted(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


pytestmark = pytest.mark.usefixtures("world_of_pages")

PLAIN = Connector(name="plain", origins=ALLOWED, health_information=False)

Reach = Callable[..., tuple[Outgoing, Network]]


@pytest.fixture
def reach(trusted: ssl.SSLContext) -> Reach:
    def made(port: int, *answers: Sequence[str]) -> tuple[Outgoing, Network]:
        network = Network(port, *answers)
        client = Outgoing(
            world.runtime(), trusted=trusted, resolve=network.resolve, dial=network.dial
        )
        return client, network

    return made


def test_a_call_reaches_the_name_over_tls_and_brings_the_whole_answer(
    reach: Reach, certificate: Path, monkeypatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    seen: list[bytes] = []

    def respond(request: bytes) -> Iterator[bytes]:
        seen.append(request)
        yield answer(b"well", 200, set_cookie="a=b", x_thing="1")

    with serving(respond, certificate) as port:
        client, network = reach(port)
        for _ in range(2):
            found = client.call(
                PLAIN, "POST", f"https://{HOST}/v1?x=1", body=b"hello", headers={"x-own": "2"}
            )
    assert (found.status, found.body, found.headers["x-thing"]) == (200, b"well", "1")
    assert network.dialled == [PUBLIC, PUBLIC]
    assert seen[0].startswith(b"POST /v1?x=1 HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\nhello")
    assert f"host: {HOST}".encode() in seen[0].lower()
    assert not any(b"cookie" in one.lower() for one in seen)


@pytest.mark.attack("S-38")
def test_a_name_that_changes_its_mind_is_judged_once_and_dialled_as_judged(
    reach: Reach, certificate: Path
) -> None:
    with serving(lambda _: [answer(b"well")], certificate) as port:
        client, network = reach(port, [PUBLIC], ["127.0.0.1"])
        assert client.call(PLAIN, "GET", f"https://{HOST}/").body == b"well"
        assert (network.resolved, network.dialled) == ([HOST], [PUBLIC])
        with pytest.raises(ForbiddenError):
            client.call(PLAIN, "GET", f"https://{HOST}/")
    assert network.dialled == [PUBLIC]


@pytest.mark.attack("S-38")
@pytest.mark.parametrize(
    "addresses", [["169.254.169.254"], [PUBLIC, "10.0.0.1"], ["::ffff:127.0.0.1"], [], ["::1"]]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_connected(
    reach: Reach, addresses: list[str]
) -> None:
    client, network = reach(1, addresses)
    with pytest.raises(ForbiddenError):
        client.call(PLAIN, "GET", f"https://{HOST}/?secret=1")
    assert network.dialled == []


@pytest.mark.attack("S-38")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_not_followed(reach: Reach, certificate: Path, status: int) -> None:
    def respond(_: bytes) -> list[bytes]:
        return [answer(b"", status, location="http://169.254.169.254/latest/")]

    with serving(respond, certificate) as port:
        client, network = reach(port)
        with pytest.raises(OutsideError, match="elsewhere"):
            client.call(PLAIN, "GET", f"https://{HOST}/")
    assert len(network.dialled) == 1


@pytest.mark.control("R20")
def test_a_certificate_of_another_name_or_of_nobody_is_refused(
    reach: Reach, certificate: Path, tmp_path: Path
) -> None:
    with serving(lambda _: [answer(b"")], certificate_for("b.example", tmp_path)) as port:
        client, _ = reach(port)
        with pytest.raises(OutsideError):
            client.call(PLAIN, "GET", "https://b.example:8443/")
    with serving(lambda _: [answer(b"")], certificate) as port:
        network = Network(port)
        anybody = Outgoing(world.runtime(), resolve=network.resolve, dial=network.dial)
        with pytest.raises(OutsideError):
            anybody.call(PLAIN, "GET", f"https://{HOST}/")


def _drip(_: bytes) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(200):
        yield f"x-{number}: 1\r\n".encode()
        yield 0.02


def _drip_body(_: bytes) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
    for _ in range(200):
        yield b"x"
        yield 0.02


def _continue(_: bytes) -> Iterator[bytes | float]:
    for _ in range(200):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield 0.02


@pytest.mark.attack("S-38")
@pytest.mark.parametrize("respond", [_drip, _drip_body, _continue, lambda _: [1.0]])
def test_an_answer_that_never_ends_ends_with_the_time_of_the_whole_call(
    reach: Reach, certificate: Path, respond: Any
) -> None:
    with serving(respond, certificate) as port:
        client, _ = reach(port)
        begun = time.monotonic()
        with pytest.raises(OutsideError):
            client.call(PLAIN, "GET", f"https://{HOST}/", seconds_max=0.25)
        assert time.monotonic() - begun < 2, "not two hundred pauses"


@pytest.mark.attack("S-38")
@pytest.mark.parametrize(
    "parts",
    [
        [answer(b"x" * 2_000)],
        [
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            *[b"100\r\n" + b"x" * 256 + b"\r\n"] * 9,
        ],
        [answer(b"\x1f\x8b...", 200, content_encoding="gzip")],
        [b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n"],
        [b"not http at all\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx"],
        [],
    ],
)  # fmt: skip
def test_an_answer_too_large_packed_or_broken_is_refused(
    reach: Reach, certificate: Path, parts: list[bytes]
) -> None:
    with serving(lambda _: parts, certificate) as port:
        client, _ = reach(port)
        with pytest.raises(OutsideError) as refused:
            client.call(PLAIN, "GET", f"https://{HOST}/?secret=42", bytes_max=1_000)
    assert "secret" not in refused.value.message
    assert HOST not in refused.value.message


# Agreements, and what is reached by default.


@pytest.mark.control("R9")
def test_a_vendor_is_called_only_while_its_agreement_is_in_force(
    reach: Reach, certificate: Path
) -> None:
    runtime, name = world.runtime(), next(names)
    today = runtime.clock().date()
    connector = Connector(name="clearinghouse", origins=ALLOWED)
    with serving(lambda _: [answer(b"well")], certificate) as port:
        client, network = reach(port)

        def calls() -> bool:
            try:
                client.call(connector, "GET", f"https://{HOST}/")
            except NoAgreementError:
                return False
            return True

        assert not calls()
        assert network.resolved == [], "nothing was asked of anybody, not even the name"
        add_vendor(
            runtime, name=name, connector="clearinghouse", signed_on=today - timedelta(days=800)
        )
        assert not calls()
        verify_vendor(runtime, name, today - timedelta(days=365))
        assert calls()
        end_vendor(runtime, name, today + timedelta(days=1))
        assert calls()
        end_vendor(runtime, name, today)
        assert not calls()
    with by_hand(runtime.engine) as connection:
        kinds = connection.execute(
            text("SELECT kind FROM audit_event WHERE kind LIKE 'vendor.%' ORDER BY at, id")
        ).scalars()
        assert list(kinds) == [
            "vendor.refused", "vendor.created", "vendor.refused", "vendor.verified",
            "vendor.ended", "vendor.ended", "vendor.refused",
        ]  # fmt: skip


@pytest.mark.control("R11")
def test_by_default_no_connector_reaches_anything(reach: Reach) -> None:
    client, network = reach(1)
    connector = client.connector("clearinghouse")
    assert connector.origins == frozenset()
    with pytest.raises(AddressRefusedError):
        client.call(connector, "GET", f"https://{HOST}/")
    assert network.resolved == []


def test_connectors_are_read_from_the_environment() -> None:
    given = {
        "CLAIMWRIGHT_CONNECTORS": "one=https://a.example https://b.example:8443; two=http://127.0.0.1:81"
    }
    assert read(given).connectors == {
        "one": ("https://a.example", "https://b.example:8443"), "two": ("http://127.0.0.1:81",),
    }  # fmt: skip
    one = "one=https://a.example"
    for text_ in ("one", "=x", "one=", "a b=https://a.example", f"{one};{one}", "one=a.example"):
        with pytest.raises(SetupError):
            read({"CLAIMWRIGHT_CONNECTORS": text_})


def test_this_machine_is_reached_only_where_the_list_says_so() -> None:
    with serving(lambda _: [answer(b"well")]) as port:
        client = Outgoing(world.runtime())
        there = f"http://127.0.0.1:{port}"
        own = Connector(
            name="dev", origins=frozenset({read_origin(there)}), health_information=False
        )
        assert client.call(own, "GET", f"{there}/").body == b"well"
        with pytest.raises(AddressRefusedError):
            client.call(PLAIN, "GET", f"{there}/")

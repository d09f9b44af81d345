"""The one way out: every call to the outside is made here, and none is made by default.

A call names its connector. The connector's list says which origins it may reach, and a vendor that
gets health information needs an agreement in force (45 CFR 164.504(e)). The name is resolved once,
what it leads to is judged, and the connection goes to the judged address, so a name that changes
its mind in between changes nothing. The client below has no redirects, cookies, proxies of the
environment or decoding of bodies: what is not there need not be switched off.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import httpcore
import msgspec

from api.bootstrap import Runtime
from api.deployment import deployment_work
from api.outgoing_address import Origin, is_loopback, is_public, read_origin, split_url
from audit.event import ObjectType, Purpose, machine
from core.errors import ForbiddenError, UnavailableError
from tenants.session import deployment_transaction
from tenants.store import vendors

_SECONDS_MAX = 10.0
_BYTES_MAX = 5_000_000

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float], httpcore.NetworkStream]


class NoAgreementError(ForbiddenError):
    """The vendor behind a connector has no business associate agreement in force."""

    code = "no-agreement"


class OutsideError(UnavailableError):
    """Whom we called did not answer, or not as agreed. Never with a word of the answer."""

    code = "outside"


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """What of ours calls whom. ``health_information`` False: none goes out, no agreement needed."""

    name: str
    origins: frozenset[Origin]
    health_information: bool = True


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whole; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outgoing:
    """Makes calls for an installation; ``resolve`` and ``dial`` are the network's own."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        trusted: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        dial: Dial | None = None,
    ) -> None:
        self._runtime = runtime
        self._trusted = trusted or ssl.create_default_context()
        self._resolve = resolve or _resolve
        self._dial = dial or _dial

    def connector(self, name: str) -> Connector:
        """The connector of this name from the settings; one without an entry reaches nothing."""
        origins = self._runtime.settings.connectors.get(name, ())
        return Connector(name=name, origins=frozenset(map(read_origin, origins)))

    def call(
        self,
        connector: Connector,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds_max: float = _SECONDS_MAX,
        bytes_max: int = _BYTES_MAX,
    ) -> Answer:
        """Call ``url`` and read the whole answer, within ``seconds_max`` from begin to end.

        ``AddressRefusedError``, ``NoAgreementError``, or ``OutsideError`` for anything that went
        wrong on the way; a redirect is that too.
        """
        origin, target = split_url(url, connector.origins)
        if connector.health_information:
            self._check_agreement(connector)
        until = time.monotonic() + seconds_max
        addresses = self._addresses(origin)
        backend = _JudgedBackend(addresses, self._dial, until)
        sent = {
            "host": origin.host if origin.port == 443 else f"{origin.host}:{origin.port}",
            "accept-encoding": "identity",
            "user-agent": "claimwright",
            "content-length": str(len(body)),
        } | {name.lower(): value for name, value in (headers or {}).items()}
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._trusted, network_backend=backend, retries=0
                ) as pool,
                pool.stream(
                    method, f"{origin.text}{target}", headers=list(sent.items()), content=body
                ) as response,
            ):
                return _read(response, bytes_max)
        except _FAILED as problem:
            kind = type(problem).__name__
            raise OutsideError(f"{connector.name} could not be reached ({kind})") from None

    def _check_agreement(self, connector: Connector) -> None:
        today = self._runtime.clock().date()
        with deployment_transaction(self._runtime.engine) as connection:
            known = vendors.of_connector(connection, connector.name)
        if any(one.is_in_force(today) for one in known):
            return
        actor = machine("outgoing")
        with deployment_work(self._runtime, actor, purpose=Purpose.SECURITY) as work:
            about = {ObjectType.VENDOR: [one.id for one in known]} if known else {}
            work.record("vendor.refused", about)
        raise NoAgreementError(
            f"no agreement with the vendor behind {connector.name} is in force; enter it, or have "
            "it verified: claimwright vendor list"
        )

    def _addresses(self, origin: Origin) -> tuple[str, ...]:
        """What the name leads to now, all of it public; one that is not refuses the whole name."""
        try:
            found = tuple(self._resolve(origin.host, origin.port))
        except OSError:
            raise OutsideError("the name of an outside service leads nowhere just now") from None
        allowed = is_loopback if origin.is_loopback else is_public
        if not found or not all(map(allowed, found)):
            raise ForbiddenError("the name of an outside service leads to an address inside")
        return found


_FAILED = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    ssl.SSLError,
    OSError,
)


def _read(response: httpcore.Response, bytes_max: int) -> Answer:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in
               response.headers}  # fmt: skip
    if 300 <= response.status < 400:
        raise OutsideError("an outside service answered with a way to elsewhere; it is not taken")
    if headers.get("content-encoding", "identity") != "identity":
        raise OutsideError("an outside service packed its answer, which was not asked for")
    body = bytearray()
    for block in response.iter_stream():
        body += block
        if len(body) > bytes_max:
            raise OutsideError("the answer of an outside service is too large")
    return Answer(status=response.status, headers=headers, body=bytes(body))


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def _dial(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


class _JudgedBackend(httpcore.NetworkBackend):
    """Connects to the judged addresses, whatever name is asked for, and never beyond ``until``."""

    def __init__(self, addresses: Sequence[str], dial: Dial, until: float) -> None:
        self._addresses = addresses
        self._dial = dial
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first address that answers."""
        failed: Exception = httpcore.ConnectError()
        for address in self._addresses:
            try:
                stream = self._dial(address, port, _left(self._until))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failed = problem
            else:
                return _TimedStream(stream, self._until)
        raise failed


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends with the whole call: one byte at a time gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._stream.read(max_bytes, timeout=_left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write the whole buffer."""
        self._stream.write(buffer, timeout=_left(self._until))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """TLS for the name that was asked for, not for the number that was dialled."""
        inner = self._stream.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=_left(self._until)
        )
        return _TimedStream(inner, self._until)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout()
    return left

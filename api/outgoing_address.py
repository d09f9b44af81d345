"""Which addresses may be called: a name on the connector's list, leading to the public internet.

A program that calls what it is told to call can be told to call its own host, its neighbours or the
cloud's metadata service. So an address is taken in one spelling only, its host must be on the list
letter by letter, and what the name leads to is judged before anything is connected (S-38).
"""

from __future__ import annotations

import ipaddress
import re

import msgspec

from core.errors import ForbiddenError, SetupError

# One spelling: lower-case labels, a last label that begins with a letter (so no number in any base
# is a host), no user, no fragment, no backslash, nothing beyond ASCII.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?"
_ORIGIN = re.compile(rf"https://({_HOST})(?::([1-9][0-9]{{0,4}}))?\Z", re.ASCII)
_LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1):([1-9][0-9]{0,4})\Z", re.ASCII)
_URL = re.compile(
    r"(https?://[^/?#@\\]+)(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?)?\Z",
    re.ASCII,
)
_HOST_SIGNS_MAX = 253
_PORT_MAX = 65_535

# IANA's special-purpose registries, and one public address that is a cloud's own (168.63.129.16).
_NOT_PUBLIC_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        ),
    )
)  # fmt: skip
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
# Within it: protocols (Teredo among them), documentation, 6to4. What carries an IPv4 address inside
# (mapped, NAT64, compatible) lies outside of 2000::/3.
_NOT_PUBLIC_6 = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)


class AddressRefusedError(ForbiddenError):
    """An address that nothing of ours may call."""

    code = "address-refused"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call goes; ``is_loopback``: this machine, in the clear, for development alone."""

    host: str
    port: int
    is_loopback: bool = False

    @property
    def text(self) -> str:
        """As it stands in a list of connectors."""
        if self.is_loopback:
            return f"http://{self.host}:{self.port}"
        return f"https://{self.host}" + ("" if self.port == 443 else f":{self.port}")


def read_origin(text: str) -> Origin:
    """An origin of the list: ``https://api.example.org``, or this machine with ``http://``."""
    found = _origin(text)
    if found is None:
        raise SetupError(
            "a connector's origin looks like https://api.example.org, or http://127.0.0.1:8080 for "
            "this machine"
        )
    return found


def split_url(url: str, allowed: frozenset[Origin]) -> tuple[Origin, str]:
    """The origin, one of ``allowed``, and the rest of an address; else ``AddressRefusedError``.

    The sentence does not repeat the address: it may hold a secret.
    """
    parts = _URL.match(url)
    origin = _origin(parts.group(1)) if parts else None
    if parts is None or origin is None or origin not in allowed:
        raise AddressRefusedError("this address is not on the connector's list of origins")
    return origin, parts.group(2) or "/"


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet; False for what is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC_4)
    if found.scope_id is not None or found not in _PUBLIC_6:
        return False
    return not any(found in network for network in _NOT_PUBLIC_6)


def is_loopback(address: str) -> bool:
    """Whether a numeric address is this machine."""
    return address == "::1" or address.startswith("127.")


def _origin(text: str) -> Origin | None:
    if found := _LOOPBACK.match(text):
        return Origin(host=found.group(1), port=int(found.group(2)), is_loopback=True)
    found = _ORIGIN.match(text)
    port = int(found.group(2) or 443) if found else 0
    if found is None or port > _PORT_MAX or len(found.group(1)) > _HOST_SIGNS_MAX:
        return None
    return Origin(host=found.group(1), port=port)

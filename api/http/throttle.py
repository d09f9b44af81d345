"""What guesses are counted by, so that a stranger slows down nobody but themselves.

Passwords: by account *and* network, and by network. Codes of an authenticator app: by account and
network, and by account, because whoever guesses them knows the password already; who showed a
factor from their network within a month is not held up by what others try.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TypedDict
from uuid import UUID

from api.http.sessions import PageRequest
from core.errors import ClaimwrightError


class TooManyAttemptsError(ClaimwrightError):
    """Guessing is slowed down; ``wait_seconds`` until the next attempt."""

    code = "too-many-attempts"
    http_status = 429

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"too many attempts; wait {wait_seconds} seconds, then try again")
        self.wait_seconds = wait_seconds


class Keys(TypedDict):
    """What one attempt is counted by; see ``tenants.store.sessions.attempt``."""

    account_key: bytes
    network_key: bytes


def network_of(host: str) -> str:
    """The network an address belongs to: /24 of IPv4, /56 of IPv6; headers are never asked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "local"
    length = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def visitor_network(request: PageRequest) -> str:
    """The network the connection comes from."""
    return network_of(request.client.host if request.client else "")


def throttle_keys(email: str, network: str) -> Keys:
    """For a password: this account from this network, and the network."""
    return Keys(
        account_key=_key("account", email, network),
        network_key=_key("network", network),
    )


def factor_keys(staff_id: UUID, network: str) -> Keys:
    """For a code of an app: this account from this network, and the account from anywhere."""
    return Keys(
        account_key=_key("factor", str(staff_id), network),
        network_key=_key("factor", str(staff_id)),
    )


def reset_keys(digest: bytes, network: str) -> Keys:
    """For a code to set a password with: this code, and the network."""
    return Keys(account_key=_key("reset", digest.hex()), network_key=_key("network", network))


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()

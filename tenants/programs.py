"""What a program of a practice or a partner may do here, and what its token looks like.

A token is ``cwt_<prefix>_<secret>``: letters and digits only, so that one click selects it, and the
last six signs are a CRC-32 of what stands before, so that a scanner for leaked secrets knows a
true one without asking us. The prefix names it on pages and in logs; the secret has 256 bits, and
its SHA-256 is all that is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec

from core.confidentiality import FieldClass
from core.errors import InputError
from core.ports import Practice

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

TOKEN_DAYS_MAX = 365

_SIGNS = string.digits + string.ascii_letters
_PREFIX_SIGNS = 10
_SECRET_SIGNS = 43
_CHECK_SIGNS = 6

TOKEN = re.compile(
    rf"cwt_[0-9A-Za-z]{{{_PREFIX_SIGNS}}}_[0-9A-Za-z]{{{_SECRET_SIGNS + _CHECK_SIGNS}}}", re.ASCII
)
"""A token anywhere in a text."""


class TokenScope(StrEnum):
    """What a route of the interface asks for: a resource and a verb, or a class of fields of it."""

    PRACTICES_READ = "practices:read"
    CLAIMS_READ = "claims:read"
    CLAIMS_DEMOGRAPHICS = "claims.demographics:read"
    CLAIMS_IDENTIFIERS = "claims.identifiers:read"
    CLAIMS_CLINICAL = "claims.clinical:read"
    CHARGES_WRITE = "charges:write"
    AUDIT_READ = "audit:read"
    X12_CHECK = "x12:check"
    SCRUB = "scrub:run"
    RULES_READ = "rules:read"

    @property
    def meaning(self) -> str:
        """In words, for the page where it is given."""
        return _MEANING[self]


_MEANING = {
    TokenScope.PRACTICES_READ: "see the names of its practices",
    TokenScope.CLAIMS_READ: "see where claims stand and what they amount to; nobody's name",
    TokenScope.CLAIMS_DEMOGRAPHICS: "with that: who the patient is",
    TokenScope.CLAIMS_IDENTIFIERS: "with that: member numbers and the payer's claim numbers",
    TokenScope.CLAIMS_CLINICAL: "with that: diagnoses, services and their days",
    TokenScope.CHARGES_WRITE: "hand in charges",
    TokenScope.AUDIT_READ: "fetch the signed checkpoint of a practice's audit log",
    TokenScope.X12_CHECK: "have an X12 file checked; nothing is kept",
    TokenScope.SCRUB: "have a scrub document judged; nothing is kept",
    TokenScope.RULES_READ: "see the rules people wrote and what payers ask for",
}

_CLASSES = {
    TokenScope.CLAIMS_DEMOGRAPHICS: FieldClass.DEMOGRAPHICS,
    TokenScope.CLAIMS_IDENTIFIERS: FieldClass.IDENTIFIERS,
    TokenScope.CLAIMS_CLINICAL: FieldClass.CLINICAL,
}

# Kept apart by law: no scope opens them (42 CFR Part 2; 45 CFR 164.508(a)(2)).
NEVER_BY_TOKEN = frozenset({FieldClass.SUBSTANCE_USE, FieldClass.PSYCHOTHERAPY})


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program with an account of its own; ``networks`` empty: from anywhere."""

    id: UUID
    name: str
    scopes: frozenset[TokenScope]
    networks: tuple[Network, ...] = ()
    practices: tuple[Practice, ...] = ()
    active: bool = True

    @property
    def classes(self) -> frozenset[FieldClass]:
        """The classes of fields its scopes open; the default is none that names a patient."""
        opened = {_CLASSES[scope] for scope in self.scopes if scope in _CLASSES}
        return frozenset(opened | {FieldClass.OPERATIONS})

    def practice(self, slug: str) -> Practice | None:
        """Its practice of this short name; None for one of somebody else's."""
        return next((found for found in self.practices if found.slug == slug), None)

    def may_call_from(self, host: str) -> bool:
        """Whether an address is within its networks."""
        if not self.networks:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.networks)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; never its secret. ``exposed_at``: seen where none may stand."""

    id: UUID
    prefix: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    exposed_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """In one word."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


def new_token() -> str:
    """A token nobody has; it is shown once."""
    prefix = _random(_PREFIX_SIGNS)
    secret = _random(_SECRET_SIGNS)
    return f"cwt_{prefix}_{secret}{_check_signs(prefix + secret)}"


def prefix_of(token: str) -> str | None:
    """The prefix of a token that is shaped and checks; None for what was never one of ours."""
    if not TOKEN.fullmatch(token):
        return None
    _, prefix, secret = token.split("_")
    body, check = secret[:_SECRET_SIGNS], secret[_SECRET_SIGNS:]
    return prefix if hmac.compare_digest(_check_signs(prefix + body), check) else None


def token_digest(token: str) -> bytes:
    """What the database keeps of a token, and what an event about it carries."""
    return hashlib.sha256(token.encode()).digest()


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks such as ``192.0.2.0/24``, by commas or spaces; ``InputError`` for another form."""
    try:
        return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())
    except ValueError:
        raise InputError("a network looks like 192.0.2.0/24 or 2001:db8::/32") from None


def read_scopes(given: Iterable[str]) -> frozenset[TokenScope]:
    """The scopes of these names; ``InputError`` for none, an unknown one, or a part alone."""
    try:
        scopes = frozenset(map(TokenScope, given))
    except ValueError:
        raise InputError(f"a scope is one of {', '.join(TokenScope)}") from None
    if not scopes:
        raise InputError("a program needs at least one scope")
    if scopes & set(_CLASSES) and TokenScope.CLAIMS_READ not in scopes:
        raise InputError(f"a class of fields of claims goes together with {TokenScope.CLAIMS_READ}")
    return scopes


def expiry(now: datetime, days: int) -> datetime:
    """When a token of so many days ends; ``InputError`` for less than 1 or more than 365."""
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise InputError(f"a token holds for 1 to {TOKEN_DAYS_MAX} days")
    return now + timedelta(days=days)


def _random(signs: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(signs))


def _check_signs(text: str) -> str:
    number = zlib.crc32(text.encode())
    found = ""
    for _ in range(_CHECK_SIGNS):
        number, rest = divmod(number, len(_SIGNS))
        found += _SIGNS[rest]
    return found

"""Whom a transaction speaks for, said so that injected SQL cannot say another.

A setting of the session is no secret: SQL that somebody smuggled in could set it to another
practice. So it holds a token under a key that the application's role cannot read, and the database
checks it (migration 0005, docs/decisions/0014). Not bound to a connection, so that it also holds
on the workers of a distributed PostgreSQL.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum
from uuid import UUID

#: How long a token is good. Long transactions are given a new one in time (``tenants.session``).
TOKEN_SECONDS = 300

_VERSION = 1
_BLOCK_BYTES = 64
_KEY_BYTES = 32


class Speaker(StrEnum):
    """What a token names: a practice, or a member of staff for the queue."""

    TENANT = "tenant"
    STAFF = "staff"


def new_context_key() -> str:
    """A new key, 256 random bits in hexadecimal."""
    return secrets.token_hex(_KEY_BYTES)


def key_id(key: str) -> str:
    """By which name a token says which key made it; 16 hexadecimal digits that tell nothing."""
    return hashlib.sha256(b"claimwright context key\0" + bytes.fromhex(key)).hexdigest()[:16]


def key_blocks(key: str) -> tuple[bytes, bytes]:
    """The inner and outer block of HMAC-SHA256 (RFC 2104), which the database keeps.

    From them the MAC is two calls of ``sha256``: PostgreSQL has no HMAC of its own.
    """
    padded = bytes.fromhex(key).ljust(_BLOCK_BYTES, b"\0")
    return bytes(one ^ 0x36 for one in padded), bytes(one ^ 0x5C for one in padded)


class ContextSigner:
    """Makes the statement that says whom a transaction of one database role speaks for."""

    def __init__(self, key: str, role: str) -> None:
        self._key = bytes.fromhex(key)
        self._key_id = key_id(key)
        self._role = role

    def statement(
        self, speaker: Speaker, speaker_id: UUID, *, expires_at: int, hidden_after: int = 0
    ) -> str:
        """``SET LOCAL`` with a token good until ``expires_at`` (seconds of the server's clock).

        Every session of a role sees what its other sessions run (``pg_stat_activity``), up to so
        many bytes (``hidden_after``): the token stands behind them, else it could be read and used.

        As a statement, not ``set_config()``: it ends with the transaction and is the form that
        reaches the workers. Everything in it is digits, letters, dots and hyphens of our making.
        The role is part of what is signed, not of what is sent: the database knows who asks.
        """
        said = f"{_VERSION}.{speaker.value}.{self._key_id}.{expires_at}.{UUID(int=speaker_id.int)}"
        mac = hmac.digest(self._key, f"{said}.{self._role}".encode(), "sha256").hex()[:32]
        return f"SET LOCAL {' ' * hidden_after}app.ctx = '{said}.{mac}'"

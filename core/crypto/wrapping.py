"""Key wrapping: the root key encrypts a practice's keys, each bound to what it is for.

A wrapped key is ``0xE2 | suite u8 | root version u32 | nonce 12 | ciphertext | tag 16`` with
``header | length-prefixed(tenant, purpose, version)`` as associated data, so a wrapped key copied
to another practice, purpose or version does not open.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.crypto.cipher import KEY_BYTES, NONCE_BYTES
from core.crypto.encoding import length_prefixed, subkey
from core.errors import SealError

_MAGIC = 0xE2
_SUITE = 1
_HEADER = struct.Struct(">BBI")
_BODY_START = _HEADER.size + NONCE_BYTES

_DOES_NOT_OPEN = "a practice's key does not open with this root key"


class KeyContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a wrapped key is for: whose, which use (a class, or ``index``), which version."""

    tenant_id: UUID
    purpose: str
    version: int

    def encoded(self) -> bytes:
        """The context as it enters the associated data."""
        return length_prefixed(
            self.tenant_id.bytes, self.purpose.encode(), self.version.to_bytes(4, "big")
        )


def wrap_key(
    key: bytes, context: KeyContext, *, root_key: bytes, root_version: int, nonce: bytes
) -> bytes:
    """``key`` (32 bytes) wrapped under the root key; ``nonce``: 12 random bytes, used once."""
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise SealError("a key to wrap has 32 bytes and its nonce 12")
    header = _HEADER.pack(_MAGIC, _SUITE, root_version)
    aead = AESGCM(subkey(root_key, "wrap"))
    return header + nonce + aead.encrypt(nonce, key, header + context.encoded())


def unwrap_key(wrapped: bytes, context: KeyContext, *, root_keys: Mapping[int, bytes]) -> bytes:
    """The key inside; ``SealError`` when root key, context or bytes are not the right ones."""
    root_key = root_keys.get(wrapped_root_version(wrapped))
    if root_key is None:
        raise SealError(_DOES_NOT_OPEN)
    aead = AESGCM(subkey(root_key, "wrap"))
    header = wrapped[: _HEADER.size]
    try:
        return aead.decrypt(
            wrapped[_HEADER.size : _BODY_START],
            wrapped[_BODY_START:],
            header + context.encoded(),
        )
    except (InvalidTag, ValueError):
        raise SealError(_DOES_NOT_OPEN) from None


def practice_key(unwrapped: bytes, secret: bytes, context: KeyContext) -> bytes:
    """The key that is used: what was unwrapped, mixed with the practice's own secret.

    Both have 32 bytes, so the concatenation is injective. Who has only one of the two has nothing.
    """
    if len(unwrapped) != KEY_BYTES or len(secret) != KEY_BYTES:
        raise SealError(_DOES_NOT_OPEN)
    return subkey(unwrapped + secret, "practice-key", context.encoded().hex())


def wrapped_root_version(wrapped: bytes) -> int:
    """The root key version a wrapped key names."""
    try:
        magic, suite, version = _HEADER.unpack_from(wrapped)
    except struct.error:
        raise SealError(_DOES_NOT_OPEN) from None
    if (magic, suite) != (_MAGIC, _SUITE):
        raise SealError(_DOES_NOT_OPEN)
    return int(version)

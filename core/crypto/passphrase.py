"""A small secret sealed under a passphrase: how the keyring travels.

``0xE3 | suite u8 | passes u32 | memory KiB u32 | lanes u8 | salt 16 | nonce 12 | ciphertext | tag
16``: Argon2id (RFC 9106) makes the AES-256-GCM key, and everything before the ciphertext is its
associated data, so the cost of guessing cannot be lowered in the file.
"""

from __future__ import annotations

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from core.crypto.cipher import KEY_BYTES, NONCE_BYTES
from core.errors import SealError

SALT_BYTES = 16

_MAGIC, _SUITE = 0xE3, 1
_HEADER = struct.Struct(">BBIIB")
# RFC 9106, section 4, the second recommended choice: a quarter of a second a guess.
_PASSES, _MEMORY_KIB, _LANES = 3, 64 * 1024, 4
# A file that asks for more is not ours: it would only keep the machine busy.
_PASSES_MAX, _MEMORY_KIB_MAX, _LANES_MAX = 16, 1024 * 1024, 16
_BODY_START = _HEADER.size + SALT_BYTES + NONCE_BYTES

_DOES_NOT_OPEN = "this does not open: the passphrase is another one, or the file was altered"


def seal_with_passphrase(secret: bytes, passphrase: str, *, salt: bytes, nonce: bytes) -> bytes:
    """``secret`` sealed; ``salt`` (16 bytes) and ``nonce`` (12) are random and used this once."""
    if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
        raise SealError("a secret under a passphrase needs a salt of 16 bytes and a nonce of 12")
    start = _HEADER.pack(_MAGIC, _SUITE, _PASSES, _MEMORY_KIB, _LANES) + salt + nonce
    key = _key(passphrase, salt, _PASSES, _MEMORY_KIB, _LANES)
    return start + AESGCM(key).encrypt(nonce, secret, start)


def open_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """The secret; ``SealError`` for another passphrase or an altered file."""
    try:
        magic, suite, passes, memory_kib, lanes = _HEADER.unpack_from(sealed)
    except struct.error:
        raise SealError(_DOES_NOT_OPEN) from None
    allowed = (
        (magic, suite) == (_MAGIC, _SUITE)
        and 1 <= passes <= _PASSES_MAX
        and 1 <= lanes <= _LANES_MAX
        and 8 * lanes <= memory_kib <= _MEMORY_KIB_MAX
        and len(sealed) > _BODY_START
    )
    if not allowed:
        raise SealError(_DOES_NOT_OPEN)
    salt = sealed[_HEADER.size : _HEADER.size + SALT_BYTES]
    key = _key(passphrase, salt, passes, memory_kib, lanes)
    nonce = sealed[_HEADER.size + SALT_BYTES : _BODY_START]
    try:
        return AESGCM(key).decrypt(nonce, sealed[_BODY_START:], sealed[:_BODY_START])
    except (InvalidTag, ValueError):
        raise SealError(_DOES_NOT_OPEN) from None


def _key(passphrase: str, salt: bytes, passes: int, memory_kib: int, lanes: int) -> bytes:
    derivation = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kib
    )
    return derivation.derive(passphrase.encode())

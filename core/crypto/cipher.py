"""The cell cipher: AES-256-GCM, with each ciphertext bound to the one cell it belongs to.

A sealed value is ``0xE1 | suite u8 | key version u32 | nonce 12 | ciphertext | tag 16``: 34 bytes
more than the plaintext. The associated data is ``header | length-prefixed(tenant, table, column) |
row id 16``, so a value moved to another row, column, table or practice does not open. What this
does not see is an *older* value of the same cell put back; the audit log carries digests for that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.crypto.encoding import length_prefixed, subkey
from core.errors import SealError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

MAGIC = 0xE1
SUITE_AES_256_GCM = 1
"""Suites 2 (AES-256-GCM-SIV) and 3 (key-committing) are reserved."""

_HEADER = struct.Struct(">BBI")
_HEADER_BYTES = _HEADER.size
_BODY_START = _HEADER_BYTES + NONCE_BYTES
OVERHEAD_BYTES = _BODY_START + TAG_BYTES

# A sealed group is a row's worth of fields or one exchanged file. The bound keeps a mistake from
# asking for gigabytes, and is far below what AES-GCM allows under one nonce (2^36 - 32 bytes).
PLAINTEXT_BYTES_MAX = 1 << 28

_DOES_NOT_OPEN = (
    "a sealed value does not open: the keyring is not the one it was sealed with, or it was altered"
)


class ColumnCipher:
    """Seals and opens the cells of one column of one practice.

    Made by ``FieldCipher.column``; holds the associated data of the column, computed once. ``row``
    is the 16 bytes of the row's id.
    """

    __slots__ = ("_associated", "_by_header", "_encrypt", "_header")

    def __init__(self, aeads: Mapping[bytes, AESGCM], sealing: bytes, context: bytes) -> None:
        self._by_header = {
            header: (aead.decrypt, header + context) for header, aead in aeads.items()
        }
        self._encrypt = aeads[sealing].encrypt
        self._associated = sealing + context
        self._header = sealing

    def seal(self, row: bytes, plaintext: bytes, nonce: bytes) -> bytes:
        """``plaintext`` sealed for the row. ``nonce``: 12 bytes, random, used this once only."""
        if len(nonce) != NONCE_BYTES or len(plaintext) > PLAINTEXT_BYTES_MAX:
            raise SealError("a value cannot be sealed: it or its nonce has the wrong size")
        return self._header + nonce + self._encrypt(nonce, plaintext, self._associated + row)

    def seal_many(self, rows: Iterable[tuple[UUID, bytes]], nonces: bytes) -> tuple[bytes, ...]:
        """``rows`` of (row id, plaintext), sealed in order; ``nonces`` holds 12 bytes for each."""
        taken = tuple(rows)
        if len(nonces) != NONCE_BYTES * len(taken):
            raise SealError("a batch cannot be sealed: one nonce of 12 bytes is needed a row")
        seal = self.seal
        return tuple(
            [
                seal(row_id.bytes, plaintext, nonces[at : at + NONCE_BYTES])
                for (row_id, plaintext), at in zip(
                    taken, range(0, len(nonces), NONCE_BYTES), strict=True
                )
            ]
        )

    def open(self, row: bytes, sealed: bytes) -> bytes:
        """The plaintext; ``SealError`` for a wrong cell, key or version, or an altered value."""
        try:
            decrypt, associated = self._by_header[sealed[:_HEADER_BYTES]]
            return decrypt(
                sealed[_HEADER_BYTES:_BODY_START], sealed[_BODY_START:], associated + row
            )
        except (InvalidTag, KeyError, ValueError):
            raise SealError(_DOES_NOT_OPEN) from None


class FieldCipher:
    """The cipher of one practice: every key version opens, one seals.

    ``keys`` maps a version (1 and up) to the practice's 32-byte data key; ``sealing`` is the
    version to seal with, the newest unless given. The AES key is derived once, here. Safe to
    share between threads: nothing in it changes but a cache.
    """

    __slots__ = ("_aeads", "_columns", "_sealing", "_tenant_id")

    def __init__(
        self, tenant_id: UUID, keys: Mapping[int, bytes], *, sealing: int | None = None
    ) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise SealError("a practice's data key is missing or has the wrong length")
        self._tenant_id = tenant_id
        self._aeads = {
            _header(version): AESGCM(subkey(key, "seal", str(SUITE_AES_256_GCM)))
            for version, key in keys.items()
        }
        version = max(keys) if sealing is None else sealing
        if version not in keys:
            raise SealError("the key to seal with is not among a practice's data keys")
        self._sealing = _header(version)
        self._columns: dict[tuple[str, str], ColumnCipher] = {}

    def column(self, table: str, column: str) -> ColumnCipher:
        """The cipher of one column; made on first use and kept."""
        found = self._columns.get((table, column))
        if found is None:
            context = length_prefixed(self._tenant_id.bytes, table.encode(), column.encode())
            found = ColumnCipher(self._aeads, self._sealing, context)
            self._columns[table, column] = found
        return found

    def seal(
        self, plaintext: bytes, *, table: str, column: str, row_id: UUID, nonce: bytes
    ) -> bytes:
        """``plaintext`` sealed for one cell; see ``ColumnCipher.seal``."""
        return self.column(table, column).seal(row_id.bytes, plaintext, nonce)

    def open_sealed(self, sealed: bytes, *, table: str, column: str, row_id: UUID) -> bytes:
        """The plaintext of one cell, or ``SealError``; see ``ColumnCipher.open``."""
        return self.column(table, column).open(row_id.bytes, sealed)


def sealed_key_version(sealed: bytes) -> int:
    """The key version a sealed value names, for finding what a rotation has yet to rewrap."""
    try:
        magic, _, version = _HEADER.unpack_from(sealed)
    except struct.error:
        raise SealError(_DOES_NOT_OPEN) from None
    if magic != MAGIC:
        raise SealError(_DOES_NOT_OPEN)
    return int(version)


def _header(version: int) -> bytes:
    return _HEADER.pack(MAGIC, SUITE_AES_256_GCM, version)

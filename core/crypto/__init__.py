"""Sealing of cells, blind indexes, key wrapping and signing; pure.

Nothing here draws a nonce, reads a key from a file or asks what time it is: keys and nonces come
in as arguments (``tenants.keys`` supplies them). The formats are described in
``docs/decisions/0003-sealed-groups-and-one-tree.md``.
"""

from __future__ import annotations

from core.crypto.blind import BlindIndex, Normaliser, bits_for, name_and_date, normalise
from core.crypto.cipher import (
    KEY_BYTES,
    NONCE_BYTES,
    ColumnCipher,
    FieldCipher,
    sealed_key_version,
)
from core.crypto.signing import SigningKey, signature_is_valid
from core.crypto.wrapping import (
    KeyContext,
    practice_key,
    unwrap_key,
    wrap_key,
    wrapped_root_version,
)

__all__ = [
    "KEY_BYTES",
    "NONCE_BYTES",
    "BlindIndex",
    "ColumnCipher",
    "FieldCipher",
    "KeyContext",
    "Normaliser",
    "SigningKey",
    "bits_for",
    "name_and_date",
    "normalise",
    "practice_key",
    "sealed_key_version",
    "signature_is_valid",
    "unwrap_key",
    "wrap_key",
    "wrapped_root_version",
]

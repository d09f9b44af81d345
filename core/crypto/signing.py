"""Ed25519 (RFC 8032) for checkpoints of the audit log."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.errors import SealError

SEED_BYTES = 32


class SigningKey:
    """A private key made from its 32-byte seed."""

    __slots__ = ("_private", "public_bytes")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise SealError("a signing seed has 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_bytes = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature; the same message gives the same signature."""
        return self._private.sign(message)


def signature_is_valid(public_bytes: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made with the private part of ``public_bytes``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_bytes).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

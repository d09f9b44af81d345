"""Two small things the formats share: injective joining, and keys derived from keys."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def length_prefixed(*parts: bytes) -> bytes:
    """``parts`` joined so that no two different tuples give the same bytes.

    Each part is preceded by its length in two bytes, so ``("a|b", "c")`` and ``("a", "b|c")`` stay
    apart, which a separator would not promise. A part is at most 65,535 bytes.
    """
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def subkey(key: bytes, purpose: str, *context: str) -> bytes:
    """32 bytes for one ``purpose``, derived from ``key`` by HKDF-SHA256 (RFC 5869).

    One stored key thus never serves two algorithms. Costs about 8 us: derive once and keep it.
    """
    info = length_prefixed(b"claimwright", purpose.encode(), *(part.encode() for part in context))
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)

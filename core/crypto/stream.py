"""A long stream sealed in chunks: what a backup is written in.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar: "Online authenticated-encryption
and its nonce-reuse misuse-resistance", 2015) over AES-256-GCM. Every chunk but the last holds
exactly ``CHUNK_BYTES``; its nonce is its number and whether it is the last. A chunk that is
altered, left out, repeated or moved does not open, nor does a stream that was cut short at a
chunk's border or had something added. Chunks are given out as they open, so **nothing of a stream
may be relied on before its end was reached**.

A key serves one stream only: the nonces of two streams are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.crypto.cipher import KEY_BYTES, TAG_BYTES
from core.errors import SealError

CHUNK_BYTES = 1 << 20

_COUNTER_BYTES = 11
_DOES_NOT_OPEN = (
    "a sealed file does not open: the keyring is not the one it was sealed with, or the file was "
    "altered or cut short"
)


def seal_stream(blocks: Iterable[bytes], key: bytes, context: bytes) -> Iterator[bytes]:
    """``blocks`` of any size as sealed chunks. ``key``: 32 random bytes, used for this stream only.

    ``context`` says what the stream is; opening it under another one fails.
    """
    aead = _aead(key)
    for number, (chunk, is_last) in enumerate(_chunks(blocks, CHUNK_BYTES)):
        yield aead.encrypt(_nonce(number, is_last), chunk, context)


def open_stream(blocks: Iterable[bytes], key: bytes, context: bytes) -> Iterator[bytes]:
    """The chunks inside a sealed stream, given as ``blocks`` of any size.

    ``SealError`` as soon as a chunk is not what was sealed in its place; reaching the end without
    one proves that nothing is missing.
    """
    aead = _aead(key)
    for number, (sealed, is_last) in enumerate(_chunks(blocks, CHUNK_BYTES + TAG_BYTES)):
        try:
            yield aead.decrypt(_nonce(number, is_last), sealed, context)
        except (InvalidTag, ValueError):
            raise SealError(_DOES_NOT_OPEN) from None


def _aead(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise SealError("the key of a sealed file has 32 bytes")
    return AESGCM(key)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + (b"\x01" if is_last else b"\x00")


def _chunks(blocks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """``blocks`` as chunks of ``size`` bytes and whether each is the last, which may be shorter.

    There is always a last one, empty for an empty stream.
    """
    waiting = bytearray()
    for block in blocks:
        waiting += block
        # What is held back may turn out to be the last chunk.
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True

"""A file sealed for this installation: written once, whole, and opened with its keyring only.

``CLAIMWRIGHT-SEALED 1\\n | length u16 | wrapped key | chunks``: each file has a key of its own,
drawn here and wrapped by the key provider for the purpose ``file``; the chunks are those of
``core.crypto.stream``. The header and the name of the part are bound to every chunk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec

from core.crypto import KEY_BYTES, KeyContext
from core.crypto.encoding import length_prefixed
from core.crypto.stream import open_stream, seal_stream
from core.errors import InputError, UnavailableError
from tenants.keys import KeyProvider

_MAGIC = b"CLAIMWRIGHT-SEALED 1\n"
_READ_BYTES = 1 << 20
# The installation's own, not a practice's.
_CONTEXT = KeyContext(tenant_id=UUID(int=0), purpose="file", version=1)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A file on disk: how long it is, and its SHA-256 in hexadecimal."""

    bytes_count: int
    sha256: str


def write_sealed(path: Path, part: str, blocks: Iterable[bytes], provider: KeyProvider) -> Written:
    """Seal ``blocks`` into a new file of mode 0600 that is on the disk when this returns.

    ``part`` says what the file is; it must be opened as the same. ``UnavailableError`` when the
    disk refuses; a file that was begun is left for the caller to remove with its folder.
    """
    key = os.urandom(KEY_BYTES)
    wrapped = provider.wrap(key, _CONTEXT)
    header = _MAGIC + len(wrapped).to_bytes(2, "big") + wrapped
    digest = sha256(header)
    count = len(header)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(header)
            for sealed in seal_stream(blocks, key, _context(header, part)):
                file.write(sealed)
                digest.update(sealed)
                count += len(sealed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise UnavailableError(
            f"the file cannot be written there ({problem.strerror}); check the disk and the folder"
        ) from None
    return Written(bytes_count=count, sha256=digest.hexdigest())


def read_sealed(path: Path, part: str, provider: KeyProvider) -> Iterator[bytes]:
    """What was sealed into ``path``, block by block; rely on it when the end was reached.

    ``SealError`` for another part, keyring or installation, and for an altered or shortened file.
    """
    with _opened(path) as file:
        header = file.read(len(_MAGIC) + 2)
        if not header.startswith(_MAGIC) or len(header) != len(_MAGIC) + 2:
            raise InputError(f"the {part} of a backup is not a file of ours, or another version's")
        wrapped = file.read(int.from_bytes(header[-2:], "big"))
        key = provider.unwrap(wrapped, _CONTEXT)
        blocks = iter(lambda: file.read(_READ_BYTES), b"")
        yield from open_stream(blocks, key, _context(header + wrapped, part))


def digest_of(path: Path) -> Written:
    """Length and SHA-256 of a file as it lies there."""
    digest = sha256()
    count = 0
    with _opened(path) as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
            count += len(block)
    return Written(bytes_count=count, sha256=digest.hexdigest())


def _context(header: bytes, part: str) -> bytes:
    return length_prefixed(header, part.encode())


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError:
        raise InputError(
            "that is no backup of ours: a file of it cannot be read; name the folder that holds "
            "its database, keys and manifest"
        ) from None

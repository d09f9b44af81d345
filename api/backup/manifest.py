"""What a backup says about itself: read in the same snapshot as the rows, sealed beside them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from core.errors import InputError
from tenants.keys import KeyProvider
from tenants.sealed_file import Written, read_sealed, write_sealed
from tenants.store.whole import Balance, SignedTree, TableContent, WrappedRow

FORMAT = 1

DATABASE, KEYS, MANIFEST = "database", "keys", "manifest"
PARTS = (DATABASE, KEYS)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` is the time of the snapshot, from the database; ``schema`` is what guards the rows."""

    format: int
    at: datetime
    installation: str
    program: str
    server: int
    revision: str
    parts: dict[str, Written]
    schema: tuple[str, ...]
    contents: tuple[TableContent, ...]
    balances: tuple[Balance, ...]
    trees: tuple[SignedTree, ...]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(one.rows for one in self.contents)

    @property
    def practices(self) -> int:
        """How many practices there are."""
        return sum(one.rows for one in self.contents if one.table == "practice")

    @property
    def bytes_count(self) -> int:
        """The sealed parts together."""
        return sum(part.bytes_count for part in self.parts.values())


def write_manifest(folder: Path, manifest: Manifest, provider: KeyProvider) -> Written:
    """Seal the manifest into ``folder``."""
    return write_sealed(folder / MANIFEST, MANIFEST, [msgspec.json.encode(manifest)], provider)


def read_manifest(folder: Path, provider: KeyProvider) -> Manifest:
    """The manifest of the backup in ``folder``; ``InputError`` for another version's."""
    try:
        content = b"".join(read_sealed(folder / MANIFEST, MANIFEST, provider))
        found = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError:
        raise InputError("the backup was made by another version of Claimwright") from None
    if found.format != FORMAT or set(found.parts) != set(PARTS):
        raise InputError("the backup was made by another version of Claimwright")
    return found


def write_keys(folder: Path, keys: tuple[WrappedRow, ...], provider: KeyProvider) -> Written:
    """Seal the practices' wrapped keys into a part of their own."""
    return write_sealed(folder / KEYS, KEYS, [msgspec.json.encode(keys)], provider)


def read_keys(folder: Path, provider: KeyProvider) -> tuple[WrappedRow, ...]:
    """The practices' wrapped keys in the backup in ``folder``."""
    content = b"".join(read_sealed(folder / KEYS, KEYS, provider))
    return msgspec.json.decode(content, type=tuple[WrappedRow, ...])

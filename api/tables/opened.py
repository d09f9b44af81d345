"""The releases in force, opened: what the scrub of production, prices and questions read.

A table is opened when it is first asked for, and again when its manifest changed. So a release
that is activated is used by the next batch, without a restart.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from api.tables.kinds import kind_of, kinds
from api.tables.store import TableStore
from core.rules.tables import NO_TABLES, Tables

_Stamp = tuple[int, int, int]


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one moment; ``digest`` changes whenever other releases are in force.

    ``releases`` are the digests of those in force, by kind.
    """

    tables: Tables
    digest: str
    releases: dict[str, str] = {}


class PublishedTables:
    """What answers, by kind; safe for threads."""

    def __init__(self, home: Path) -> None:
        self._store = TableStore(home)
        self._lock = Lock()
        self._opened: dict[str, tuple[_Stamp, Any, str]] = {}
        self._in_force: tuple[tuple[_Stamp, ...], InForce] | None = None

    def table(self, kind: str) -> Any:
        """What answers for ``kind``: as its ``open`` makes it. None: nothing is in force."""
        return self._open(kind)[1]

    def in_force(self) -> InForce:
        """All tables the rules read, from the releases in force now."""
        with self._lock:
            stamps = tuple(self._store.stamp(name) for name in kinds())
            known = self._in_force
        if known is not None and known[0] == stamps:
            return known[1]
        fields: dict[str, object] = {}
        by_kind: dict[str, str] = {}
        digest = sha256()
        for name, kind in kinds().items():
            _, table, releases = self._open(name)
            by_kind[name] = releases
            digest.update(f"{name} {releases}\n".encode())
            if table is not None:
                fields |= {field: fill(table) for field, fill in kind.fills.items()}
        made = InForce(
            tables=msgspec.structs.replace(NO_TABLES, **fields),
            digest=digest.hexdigest(),
            releases=by_kind,
        )
        with self._lock:
            self._in_force = (stamps, made)
        return made

    def _open(self, name: str) -> tuple[_Stamp, Any, str]:
        stamp = self._store.stamp(name)
        known = self._opened.get(name)
        if known is not None and known[0] == stamp:
            return known
        with self._lock:
            known = self._opened.get(name)
            if known is not None and known[0] == stamp:
                return known
            manifest = self._store.manifest(name)
            releases = [manifest.find(one) for one in manifest.active]
            table = None
            if releases:
                table = kind_of(name).open([self._store.open(name, one) for one in releases])
            made = (stamp, table, " ".join(one.table for one in releases))
            self._opened[name] = made
            return made


@cache
def published_tables(home: Path) -> PublishedTables:
    """The tables below ``home``; one for the whole process."""
    return PublishedTables(home)

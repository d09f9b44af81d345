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

from api.tables.diagnoses import diagnoses_in_force, search_of
from api.tables.kinds import kind_of, kinds
from api.tables.store import TableStore
from core.codes.diagnosis_book import IcdBook
from core.codes.diagnosis_search import DiagnosisSearch
from core.codes.diagnosis_table import IcdTable
from core.codes.fiscal_years import Year
from core.codes.icd_index import IndexYear
from core.rules.tables import NO_TABLES, Tables

_DIAGNOSES, _INDEXES = "icd10cm", "icd10cm-index"
_Stamp = tuple[int, int, int]


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one moment; ``digest`` changes whenever other releases are in force."""

    tables: Tables
    digest: str


class PublishedTables:
    """What answers, by kind; safe for threads."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._store = TableStore(home)
        self._lock = Lock()
        self._opened: dict[str, tuple[_Stamp, Any, str]] = {}
        self._in_force: tuple[tuple[_Stamp, ...], InForce] | None = None

    def table(self, kind: str) -> Any:
        """What answers for ``kind``: as its ``open`` makes it. None: nothing is in force.

        For ICD-10-CM, what ships with the product stands behind what is in force.
        """
        return self._diagnoses() if kind == _DIAGNOSES else self._open(kind)[1]

    def releases(self, kind: str) -> str:
        """The digests of the releases of ``kind`` in force; empty when none is."""
        return self._open(kind)[2]

    def _diagnoses(self) -> IcdBook | None:
        lists, indexes = self._open(_DIAGNOSES)[1], self._open(_INDEXES)[1]
        return diagnoses_in_force(self._home, lists or (), indexes or ())

    def lists_of_diagnoses(self) -> tuple[Year[IcdTable], ...]:
        """The releases of ICD-10-CM in force, without the one that ships."""
        return self._open(_DIAGNOSES)[1] or ()

    def indexes_of_diagnoses(self) -> tuple[IndexYear, ...]:
        """The releases of the indexes and the tabular list in force."""
        return self._open(_INDEXES)[1] or ()

    def diagnosis_search(self) -> DiagnosisSearch | None:
        """The one search for diagnoses; None where the package that ships with them is missing."""
        book = self._diagnoses()
        (_, lists, list_keys), (_, indexes, index_keys) = (
            self._open(name) for name in (_DIAGNOSES, _INDEXES)
        )
        if book is None:
            return None
        key = f"{list_keys}/{index_keys}" if lists or indexes else ""
        return search_of(self._home, book, lists or (), indexes or (), key)

    def in_force(self) -> InForce:
        """All tables the rules read, from the releases in force now."""
        with self._lock:
            stamps = tuple(self._store.stamp(name) for name in kinds())
            known = self._in_force
        if known is not None and known[0] == stamps:
            return known[1]
        fields: dict[str, object] = {}
        digest = sha256()
        for name, kind in kinds().items():
            _, table, releases = self._open(name)
            digest.update(f"{name} {releases}\n".encode())
            if table is not None:
                fields |= {field: fill(table) for field, fill in kind.fills.items()}
        fields["diagnoses"] = self._diagnoses()
        made = InForce(
            tables=msgspec.structs.replace(NO_TABLES, **fields), digest=digest.hexdigest()
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

"""The loaded releases as the scrub of production asks for them (``core.rule_ports.Reference``)."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from api.tables.diagnoses import diagnoses_in_force
from api.tables.kinds import kind_of, kinds
from api.tables.opened import published_tables
from api.tables.store import TableStore
from core.errors import SetupError
from core.rule_ports import Reference
from core.rules.tables import NO_TABLES, Tables
from tenants.diagnoses import shipped

# The book of diagnoses is made of what ships with the product, and of the releases of two kinds.
_DIAGNOSES, _LISTS, _INDEXES = "diagnoses", "icd10cm", "icd10cm-index"


def fills(kind: str) -> frozenset[str]:
    """The names of ``Tables`` that answer from releases of ``kind``."""
    own = frozenset(kind_of(kind).fills)
    return own | {_DIAGNOSES} if kind in (_LISTS, _INDEXES) else own


class LoadedReference:
    """The releases in force below ``home``.

    Each is opened when a rule first names it, once a process; a release that is put in force is
    seen by the next batch.
    """

    def __init__(self, home: Path) -> None:
        self._published = published_tables(home)

    def digest(self, names: Collection[str]) -> str:
        """Changes with the releases behind these names; empty where none is in force."""
        behind = {kind: self._published.releases(kind) for kind in _kinds_behind(names)}
        found = [f"{kind} {releases}" for kind, releases in behind.items() if releases]
        if _DIAGNOSES in names:
            found += _ships()
        return sha256("\n".join(found).encode()).hexdigest() if found else ""

    def tables(self, names: Collection[str]) -> Tables:
        """What is in force under these names, and nothing else."""
        fields: dict[str, object] = {}
        for kind in _kinds_behind(names):
            table = self._published.table(kind)
            if table is not None:
                fields |= {field: fill(table) for field, fill in kind_of(kind).fills.items()}
        if _DIAGNOSES in names:
            fields[_DIAGNOSES] = self._published.table(_LISTS)
        return replace(NO_TABLES, **fields) if fields else NO_TABLES


class WithRelease:
    """Another reference with one loaded release in force besides: to try it before that."""

    def __init__(self, base: Reference, home: Path, kind: str, release: str) -> None:
        store = TableStore(home)
        manifest = store.manifest(kind)
        self._base = base
        self._release = manifest.find(release)
        active = sorted({*manifest.active, release}, key=lambda one: manifest.find(one).first)
        table = kind_of(kind).open([store.open(kind, manifest.find(one)) for one in active])
        self._filled = {field: fill(table) for field, fill in kind_of(kind).fills.items()}
        if kind in (_LISTS, _INDEXES):
            published = published_tables(home)
            lists = table if kind == _LISTS else published.lists_of_diagnoses()
            indexes = table if kind == _INDEXES else published.indexes_of_diagnoses()
            self._filled[_DIAGNOSES] = diagnoses_in_force(home, lists, indexes)

    def digest(self, names: Collection[str]) -> str:
        """That of the other, and of the release."""
        return f"{self._base.digest(names)} {self._release.table}"

    def tables(self, names: Collection[str]) -> Tables:
        """Those of the other with what the release fills."""
        return replace(self._base.tables(names), **self._filled)


def _kinds_behind(names: Collection[str]) -> list[str]:
    return [kind for kind in sorted(kinds()) if names and not fills(kind).isdisjoint(names)]


def _ships() -> list[str]:
    try:
        return [shipped().codes.name]
    except SetupError:
        return []

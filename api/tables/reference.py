"""The loaded releases as the scrub of production asks for them (``core.ports.Reference``)."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from api.tables.kinds import kind_of, kinds
from api.tables.opened import published_tables
from api.tables.store import TableStore
from core.ports import Reference
from core.rules.tables import Tables
from tenants.diagnoses import open_diagnoses, shipped


class LoadedReference:
    """The releases in force below ``home``, and ICD-10-CM as it ships where none is loaded.

    They are opened once a process; a release that is put in force is seen by the next batch.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._published = published_tables(home)

    def digest(self, names: Collection[str]) -> str:
        """Changes with the releases behind these names; empty where none is in force."""
        releases = self._published.in_force().releases
        behind = [
            f"{kind} {releases[kind]}"
            for kind in sorted(releases)
            if releases[kind] and not set(kinds()[kind].fills).isdisjoint(names)
        ]
        if self._ships_diagnoses(names):
            files = shipped()
            behind += [files.codes.name] if files else []
        return sha256("\n".join(behind).encode()).hexdigest() if behind else ""

    def tables(self, names: Collection[str]) -> Tables:
        """What is in force; the diagnoses as they ship are made ready only when they are named."""
        found = self._published.in_force().tables
        if self._ships_diagnoses(names) and shipped() is not None:
            return replace(found, diagnoses=open_diagnoses(self._home))
        return found

    def _ships_diagnoses(self, names: Collection[str]) -> bool:
        return "diagnoses" in names and self._published.in_force().tables.diagnoses is None


class WithRelease:
    """Another reference with one loaded release in force besides: to try it before that."""

    def __init__(self, base: Reference, home: Path, kind: str, release: str) -> None:
        store = TableStore(home)
        manifest = store.manifest(kind)
        self._release = manifest.find(release)
        active = sorted({*manifest.active, release}, key=lambda one: manifest.find(one).first)
        table = kind_of(kind).open([store.open(kind, manifest.find(one)) for one in active])
        self._base = base
        self._filled = {field: fill(table) for field, fill in kind_of(kind).fills.items()}

    def digest(self, names: Collection[str]) -> str:
        """That of the other, and of the release."""
        return f"{self._base.digest(names)} {self._release.table}"

    def tables(self, names: Collection[str]) -> Tables:
        """Those of the other with what the release fills."""
        return replace(self._base.tables(names), **self._filled)

"""ICD-10-CM out of the box: the registry package's files, made once into a compact table.

The package's module is never imported: that costs three seconds and 190 megabytes. Its list of
codes and its tabular list are read as files, once for each version of the package; what is made of
them lies below ``CLAIMWRIGHT_HOME`` and is mapped into memory by every later process.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import msgspec

from core.codes.diagnoses import listed_codes, release_window
from core.codes.diagnosis_book import IcdBook
from core.codes.diagnosis_families import DiagnosisFamilies
from core.codes.diagnosis_table import IcdTable, codes_of, make_table
from core.codes.fiscal_years import Changes
from core.codes.tabular import read_tabular
from core.errors import SetupError
from tenants.made_once import made_once

_PACKAGE = "simple_icd_10_cm"
_LISTS = "code-list-*.txt"
_TABULARS = "*tabular*.xml"
# Counts the forms the table had: one that was made in an older form is made anew.
_FORM = 1


class Shipped(msgspec.Struct, frozen=True):
    """The files of the package, and the days (CCYYMMDD) they speak for."""

    codes: Path
    tabular: Path | None
    first: str
    last: str


@cache
def shipped() -> Shipped | None:
    """The installed package's files; None where it is absent or not as we know it."""
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "data"
        for path in sorted(folder.glob(_LISTS)):
            window = release_window(path.stem)
            if window is not None:
                return Shipped(path, next(iter(sorted(folder.glob(_TABULARS))), None), *window)
    return None


def own_rows(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of one of our own tables in ``core/codes/data``; lines with # are remarks."""
    with (resources.files("core.codes") / "data" / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


@cache
def diagnosis_changes() -> Changes:
    """What of the newest list was otherwise before."""
    return Changes(own_rows("diagnosis_changes.csv"))


@cache
def diagnosis_families() -> DiagnosisFamilies:
    """The families of one sex or age, and those exempt from the indicator of presence."""
    return DiagnosisFamilies(own_rows("diagnosis_families.csv"))


@cache
def open_diagnoses(home: Path) -> IcdBook:
    """ICD-10-CM as it ships, changes of earlier years included; nothing that was loaded.

    ``SetupError`` where the package is missing.
    """
    files = shipped()
    if files is None:
        raise SetupError(
            "the package simple-icd-10-cm, from which ICD-10-CM is taken, is not installed; "
            "install claimwright again"
        )
    return IcdBook(
        shipped_table(home),
        date.fromisoformat(files.first),
        date.fromisoformat(files.last),
        diagnosis_changes(),
        diagnosis_families(),
    )


@cache
def shipped_table(home: Path) -> IcdTable:
    """The table made of the package's files; made now if this is the first need of it."""
    files = shipped()
    if files is None or files.tabular is None:
        raise SetupError(
            "the package simple-icd-10-cm, from which ICD-10-CM is taken, is not installed or not "
            "as it should be; install claimwright again"
        )
    path = home / "shipped" / f"icd10cm-{_key(files)}.table"
    return IcdTable(made_once(path, lambda: _made(files), "Preparing ICD-10-CM (once)"))


def _key(files: Shipped) -> str:
    """Changes with the package's files and with the form of the table."""
    paths = [path for path in (files.codes, files.tabular) if path is not None]
    facts = [f"{_FORM}", *(f"{path.name} {path.stat().st_size}" for path in paths)]
    return sha256(" ".join(facts).encode()).hexdigest()[:12]


def _made(files: Shipped) -> bytes:
    if files.tabular is None:
        raise SetupError("the package simple-icd-10-cm has no tabular list; install it again")
    with files.tabular.open("rb") as file:
        tabular = read_tabular(iter(lambda: file.read(1 << 20), b""), files.tabular.name)
    listed = codes_of(tabular, listed_codes(files.codes.read_text(encoding="utf-8")))
    return make_table(listed, tabular, {"release": f"FY{files.last[:4]}"})

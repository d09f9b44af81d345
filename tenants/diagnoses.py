"""ICD-10-CM out of the box: the registry package's files, made once into a compact table.

The package's module is never imported: that costs three seconds and 190 megabytes. Its list of
codes and its tabular list are read as files, once for each version of the package; what is made of
them lies below ``CLAIMWRIGHT_HOME`` and is mapped into memory by every later process.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import msgspec

from core.codes.diagnoses import listed_codes, release_begins, release_window
from core.codes.diagnosis_book import IcdBook
from core.codes.diagnosis_families import DiagnosisFamilies
from core.codes.diagnosis_search import DiagnosisSearch, make_search
from core.codes.diagnosis_table import IcdTable, codes_of, make_table
from core.codes.fiscal_years import Changes, Year
from core.codes.tabular import read_tabular
from core.errors import SetupError
from tenants.made_once import made_once

_PACKAGE = "simple_icd_10_cm"
_LISTS = "code-list-*.txt"
_TABULARS = "*tabular*.xml"
# Counts the forms the table had: one that was made in an older form is made anew.
_FORM = 1


class Shipped(msgspec.Struct, frozen=True):
    """The files of the package, the days they speak for, and the day they were published for."""

    codes: Path
    tabular: Path
    first: date
    last: date
    since: date


@cache
def shipped() -> Shipped:
    """The installed package's files; ``SetupError`` where it is absent or not as we know it."""
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "data"
        tabular = min(folder.glob(_TABULARS), default=None)
        for path in sorted(folder.glob(_LISTS)):
            window = release_window(path.stem)
            if window is not None and tabular is not None:
                days = (*window, release_begins(path.stem))
                return Shipped(path, tabular, *map(date.fromisoformat, days))
    raise SetupError(
        "the package simple-icd-10-cm, from which ICD-10-CM is taken, is not installed or not as "
        "it should be; install claimwright again"
    )


def own_rows(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of one of our own tables in ``core/codes/icd``; lines with # are remarks."""
    with (resources.files("core.codes") / "icd" / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


@cache
def diagnosis_changes() -> Changes:
    """What of the newest list was otherwise before."""
    return Changes(own_rows("changes.csv"))


@cache
def diagnosis_families() -> DiagnosisFamilies:
    """The families of one sex or age, and those exempt from the indicator of presence."""
    return DiagnosisFamilies(own_rows("families.csv"))


@cache
def open_diagnoses(home: Path) -> IcdBook:
    """ICD-10-CM as it ships, changes of earlier years included; nothing that was loaded.

    ``SetupError`` where the package is missing.
    """
    files = shipped()
    year = Year(files.first, files.last, shipped_table(home), files.since)
    return IcdBook(year, diagnosis_changes(), diagnosis_families())


def shipped_folder(home: Path) -> Path:
    """Where what is made of the package's files is kept; nothing of a practice lies there."""
    return home / "shipped"


@cache
def shipped_table(home: Path) -> IcdTable:
    """The table made of the package's files; made now if this is the first need of it."""
    files = shipped()
    path = shipped_folder(home) / f"icd10cm-{_key(files)}.table"
    return IcdTable(made_once(path, lambda: _made(files), "Preparing ICD-10-CM (once)"))


def _key(files: Shipped) -> str:
    """Changes with the package's files and with the form of the table."""
    facts = [f"{path.name} {path.stat().st_size}" for path in (files.codes, files.tabular)]
    return sha256(" ".join([f"{_FORM}", *facts]).encode()).hexdigest()[:12]


def _made(files: Shipped) -> bytes:
    with files.tabular.open("rb") as file:
        tabular = read_tabular(iter(lambda: file.read(1 << 20), b""), files.tabular.name)
    listed = codes_of(tabular, listed_codes(files.codes.read_text(encoding="utf-8")))
    return make_table(listed, tabular, {"release": f"FY{files.last:%Y}"})


@cache
def diagnosis_synonyms() -> Mapping[str, str]:
    """What people say for a diagnosis, and the words of ICD-10-CM for it."""
    return {row["said"]: row["meant"] for row in own_rows("synonyms.csv")}


def search_data(
    home: Path, key: str, further: Callable[[], Iterable[tuple[str, str, bool]]]
) -> bytes | memoryview:
    """The index of the search over what ships and what ``further`` names; ``key`` says which."""
    facts = f"{_FORM} {_key(shipped())} {key}"
    digest = sha256(facts.encode()).hexdigest()[:12]

    def make() -> bytes:
        return make_search(chain(shipped_table(home).named(), further()))

    return made_once(
        shipped_folder(home) / f"diagnosis-search{'-loaded' if key else ''}-{digest}.table",
        make,
        "Preparing the search for diagnoses (once)",
    )


@cache
def open_search(home: Path) -> DiagnosisSearch:
    """The search over ICD-10-CM as it ships; nothing that was loaded."""
    data = search_data(home, "", tuple)
    return DiagnosisSearch(open_diagnoses(home), data, diagnosis_synonyms())

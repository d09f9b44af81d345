"""What a check of files is given: the lists that ship, and the releases in force before them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from api.tables.opened import published_tables
from core.codes.diagnosis_table import IcdTable
from core.codes.fiscal_years import Year
from core.codes.lists_in_force import KINDS_OF_LISTS, ListInForce
from core.codes.tables import CodeTables, LoadedDiagnoses
from core.errors import SetupError
from tenants.code_tables import code_tables
from tenants.diagnoses import shipped


def loaded_code_tables(home: Path) -> CodeTables:
    """All tables there are; the same value until other releases are in force."""
    tables = published_tables(home)
    years = tables.lists_of_diagnoses()
    return _made(years, *(tables.table(kind) for kind in KINDS_OF_LISTS.values()))


@lru_cache(maxsize=2)
def _made(years: tuple[Year[IcdTable], ...], *loaded: object) -> CodeTables:
    ships = code_tables()
    in_force = {
        name: ListInForce(ships.lists[name], table)
        for name, table in zip(KINDS_OF_LISTS, loaded, strict=True)
        if table is not None
    }
    if not years and not in_force:
        return ships
    return CodeTables(ships.lists | in_force, ships.diagnoses, _by_day(years))


def _by_day(years: tuple[Year[IcdTable], ...]) -> list[LoadedDiagnoses]:
    """The loaded releases, the newest first; one that is older than what ships ends before it."""
    try:
        since = shipped().since
    except SetupError:
        since = date.min
    found = []
    for year in sorted(years, key=lambda one: one.first, reverse=True):
        last = year.last
        if year.first < since:
            last = min(last, since - timedelta(days=1))
        found.append(LoadedDiagnoses(f"{year.first:%Y%m%d}", f"{last:%Y%m%d}", year.codes))
    return found

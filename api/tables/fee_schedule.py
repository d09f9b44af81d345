"""The Medicare physician fee schedule of the releases in force, as one value."""

from __future__ import annotations

from functools import cache
from importlib import resources

from api.tables.opened import PublishedTables
from core.pricing.factors import DatedNumbers, conversion_factors, medicare_shares
from core.pricing.medicare import MedicareSchedule

_KINDS = ("mpfs-rvu", "mpfs-gpci", "zip-locality", "mpfs-anesthesia", "mpfs-oppscap")


@cache
def _own_tables() -> tuple[DatedNumbers, DatedNumbers]:
    folder = resources.files("core.pricing") / "data"
    factors = (folder / "conversion_factors.csv").read_text(encoding="utf-8")
    shares = (folder / "medicare_shares.csv").read_text(encoding="utf-8")
    return conversion_factors(factors.splitlines()), medicare_shares(shares.splitlines())


def medicare_schedule(tables: PublishedTables) -> MedicareSchedule:
    """The schedule as it is in force now; cheap to ask for before each batch."""
    opened = tuple(tables.table(kind) for kind in _KINDS)
    return _schedule(opened)


_made: dict[tuple[int, ...], tuple[tuple[object, ...], MedicareSchedule]] = {}


def _schedule(opened: tuple[object, ...]) -> MedicareSchedule:
    """One schedule for the tables that are open: it remembers localities and factors."""
    key = tuple(map(id, opened))
    known = _made.get(key)
    if known is None:
        factors, shares = _own_tables()
        values, localities, zip_codes, anesthesia, caps = opened
        schedule = MedicareSchedule(
            factors=factors,
            shares=shares,
            values=values,  # type: ignore[arg-type]
            localities=localities,  # type: ignore[arg-type]
            zip_codes=zip_codes,  # type: ignore[arg-type]
            anesthesia=anesthesia,  # type: ignore[arg-type]
            caps=caps,  # type: ignore[arg-type]
        )
        _made.clear()
        known = _made[key] = (opened, schedule)
    return known[1]

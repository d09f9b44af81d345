"""Documented minutes -> codes and units (behavioral-health.md s.1): arithmetic alone.

Coding rules, edits and derivations all ask here. Minutes stand on the base line and are the total
of the family: of the day, or of the calendar month for monthly codes.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from plugins import Window, rows, window_of
from plugins.behavioral_health.codes import PACKAGE


class Band(NamedTuple):
    """A code that minutes from ``first`` to ``last`` (None: no end) support."""

    code: str
    family: str
    first: int
    last: int | None
    window: Window


class TimeFamily(NamedTuple):
    """A base code, the minutes it needs, and the arithmetic of its add-on code, if it has one."""

    subject: str
    base: str
    add_on: str
    minutes_base: int
    minutes_first: int
    minutes_each: int
    window: Window

    def add_on_units(self, minutes: int) -> int:
        """Units of the add-on code that ``minutes`` support beside the base code."""
        if not self.add_on or minutes < self.minutes_first:
            return 0
        return (minutes - self.minutes_first) // self.minutes_each + 1


def _bands(name: str) -> tuple[Band, ...]:
    return tuple(
        Band(
            row["code"],
            row["family"],
            int(row["minutes_from"]),
            int(row["minutes_to"]) if row["minutes_to"] else None,
            window_of(row),
        )
        for row in rows(PACKAGE, name)
    )


_PSYCHOTHERAPY = _bands("psychotherapy_times.csv")
_SCREENING = _bands("screening_times.csv")

FAMILIES = tuple(
    TimeFamily(
        row["subject"],
        row["base"],
        row["add_on"],
        int(row["minutes_base"]),
        int(row["minutes_first"] or 0),
        int(row["minutes_each"] or 0),
        window_of(row),
    )
    for row in rows(PACKAGE, "time_families.csv")
)
BASES = {family.base: family for family in FAMILIES}
"""Each base code is in one family."""

ALONE = tuple(band.code for band in _PSYCHOTHERAPY if band.family == "alone")
ADD_ON = tuple(band.code for band in _PSYCHOTHERAPY if band.family == "add_on")
"""The individual psychotherapy codes, in the order of their bands."""

INDIVIDUAL = frozenset((*ALONE, *ADD_ON))
PSYCHOTHERAPY_MINUTES_MIN = min(band.first for band in _PSYCHOTHERAPY)


def bases_of(add_on: str) -> tuple[TimeFamily, ...]:
    """The families whose add-on code is ``add_on``."""
    return tuple(family for family in FAMILIES if family.add_on == add_on)


def _code_of(bands: tuple[Band, ...], family: str, minutes: int, day: date) -> str | None:
    for band in bands:
        is_open = band.last is None or minutes <= band.last
        if band.family == family and day in band.window and band.first <= minutes and is_open:
            return band.code
    return None


def psychotherapy_code(minutes: int, day: date, *, add_on: bool) -> str | None:
    """The individual psychotherapy code that ``minutes`` support on ``day``; None below 16."""
    return _code_of(_PSYCHOTHERAPY, "add_on" if add_on else "alone", minutes, day)


def band_of(code: str) -> int:
    """The place of an individual psychotherapy code among the bands: 0, 1, 2."""
    return ALONE.index(code) if code in ALONE else ADD_ON.index(code)


def crisis_add_on_units(minutes: int) -> int:
    """Units of 90840 that crisis minutes support: 75 begin the first, each 30 more another."""
    return BASES["90839"].add_on_units(minutes)


def crisis_code(minutes: int, day: date) -> str | None:
    """90839 from 30 minutes on; below that the psychotherapy code the time supports, if any."""
    if minutes >= BASES["90839"].minutes_base:
        return "90839"
    return psychotherapy_code(minutes, day, add_on=False)


def screening_code(family: str, minutes: int, day: date) -> str | None:
    """The screening and brief intervention code of ``family`` that ``minutes`` support."""
    return _code_of(_SCREENING, family, minutes, day)


def quarter_hour_units(minutes: int, method: str) -> int:
    """Units of a 15-minute code: ``full_unit`` counts whole quarters, else the midpoint rule."""
    return minutes // 15 if method == "full_unit" else (minutes + 7) // 15

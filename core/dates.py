"""Days, windows of days, and which day of a claim counts."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum

import msgspec

from core.errors import InputError

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


class DateBasis(StrEnum):
    """Which day decides whether something effective-dated applies."""

    SERVICE_FROM = "service_from"
    SERVICE_TO = "service_to"
    RECEIVED = "received"
    PAID = "paid"


class Window(msgspec.Struct, frozen=True, gc=False):
    """Days ``first`` to ``last``, both included; ``None`` is open on that side."""

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise InputError("a window ends before it begins")

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def overlaps(self, other: Window) -> bool:
        """Whether one day lies in both."""
        return (self.first is None or other.last is None or self.first <= other.last) and (
            other.first is None or self.last is None or other.first <= self.last
        )


ALWAYS = Window()


def parse_day(text: str) -> date:
    """A day written as ``2026-01-31``, ``20260131`` or ``1/31/2026``; else ``InputError``."""
    if found := _ISO.match(text) or _COMPACT.match(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _US.match(text):
        month, day, year = (int(part) for part in found.groups())
    else:
        raise InputError("a date is written YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY")
    try:
        return date(year, month, day)
    except ValueError:
        raise InputError("there is no such day in the calendar") from None


def compact(day: date) -> str:
    """``20260131``, the X12 form D8."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def age_on(birth: date, day: date) -> int:
    """Completed years on ``day``; negative before birth."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def add_years(day: date, years: int) -> date:
    """The same calendar day ``years`` later; 29 February becomes 28 February where it must.

    Beyond the calendar it is the calendar's first or last day.
    """
    year = day.year + years
    if not MINYEAR <= year <= MAXYEAR:
        return date.min if years < 0 else date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of a month that is shorter.

    Beyond the calendar it is the calendar's first or last day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return date.min if months < 0 else date.max
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, number))
        except ValueError:
            continue
    raise InputError("there is no such day in the calendar")


def days_after(day: date, days: int) -> date:
    """``day`` plus ``days`` calendar days."""
    return day + timedelta(days=days)

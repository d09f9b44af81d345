"""Releases of published tables: how they are named, which days they hold, which one answers.

A stamp names a release: ``2024Q3`` (a calendar quarter), ``2024`` (a calendar year), ``FY2026``
(a federal fiscal year, October to September) or ``2026-04-01`` (from that day until the next one).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from core.errors import InputError

_QUARTER = re.compile(r"(20\d\d)Q([1-4])", re.ASCII)
_YEAR = re.compile(r"(20\d\d)", re.ASCII)
_FISCAL_YEAR = re.compile(r"FY(20\d\d)", re.ASCII)
_ONE_DAY = timedelta(days=1)
# So many days are remembered; a batch has a few hundred.
_DAYS_MAX = 10_000

Days = tuple[date, date]
T = TypeVar("T")


def days_of(stamp: str) -> Days:
    """First and last day of the release ``stamp``; ``InputError`` when it is no stamp."""
    if found := _QUARTER.fullmatch(stamp):
        return quarter_days(int(found[1]), int(found[2]))
    if found := _YEAR.fullmatch(stamp):
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    if found := _FISCAL_YEAR.fullmatch(stamp):
        return date(int(found[1]) - 1, 10, 1), date(int(found[1]), 9, 30)
    try:
        if len(stamp) == len("2026-04-01"):
            return date.fromisoformat(stamp), date.max
    except ValueError:
        pass
    raise InputError("a release is 2024Q3, 2024, FY2026 or a day such as 2026-04-01")


def quarter_days(year: int, quarter: int) -> Days:
    """First and last day of a calendar quarter (1-4)."""
    following = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return date(year, quarter * 3 - 2, 1), following - _ONE_DAY


def quarter_of(day: date) -> str:
    """The stamp of the calendar quarter of ``day``."""
    return f"{day.year}Q{(day.month + 2) // 3}"


class Timeline(dict[date, T | None]):
    """Which of several releases answers for a day: ``timeline[day]``.

    The newest release whose days hold the day. Where none does, the next later one that says
    itself what held then (``since``: rows with days of their own reach back behind the release).
    None: nobody, and so there is no opinion. Days that were asked for are remembered.
    """

    def __init__(self, releases: Sequence[tuple[date, date, date, T]]) -> None:
        """``releases`` as (first day, last day, since, what answers)."""
        super().__init__()
        self._releases = sorted(releases, key=lambda one: one[0])
        turns = {turn for first, last, since, _ in releases for turn in (first, since, _next(last))}
        self._turns = sorted(turns)
        self._answers = [self._find(turn) for turn in self._turns]

    def __missing__(self, day: date) -> T | None:
        place = bisect_right(self._turns, day) - 1
        answer = self._answers[place] if place >= 0 else None
        if len(self) < _DAYS_MAX:
            self[day] = answer
        return answer

    def at(self, day: date) -> T | None:
        """Who answers for ``day``."""
        return self[day]

    def _find(self, day: date) -> T | None:
        for first, last, _, answer in reversed(self._releases):
            if first <= day <= last:
                return answer
        for first, _, since, answer in self._releases:
            if since <= day < first:
                return answer
        return None


def _next(day: date) -> date:
    return day if day == date.max else day + _ONE_DAY

"""Whether a diagnosis may stand on a claim for a day: the newest list, and what was otherwise.

A list speaks for its fiscal year. For other days the newest list answers as far as it can:

- before it, what once stood otherwise is on record (``icd/changes.csv``), completely from
  ``EXACT_FROM`` on; of older days a code that is good today is taken as good, of every other there
  is no opinion;
- after it, a heading is still one; of every other code there is no opinion, for it may be new, or
  may have been divided.

A release that somebody loaded answers alone for the days it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar

import msgspec

from core.codes.diagnoses import Diagnosis

# From this day on the changes are complete; before it only some are named.
EXACT_FROM = date(2020, 10, 1)
_STANDINGS = {one.value: one for one in Diagnosis} | {"unknown": None}
_FAMILY = "-"


class List(Protocol):
    """The codes of one release."""

    def find(self, code: str) -> Diagnosis:
        """What ``code`` is in it."""


T_co = TypeVar("T_co", bound=List, covariant=True)


class Window(msgspec.Struct, frozen=True):
    """Days on which a code stood otherwise than in the newest list. None: nobody here knows."""

    first: date
    last: date
    standing: Diagnosis | None


class Changes:
    """What of the newest list was otherwise on earlier days."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        """``rows`` of code, first, last and standing; a code with a dash is all below it too."""
        self._codes: dict[str, tuple[Window, ...]] = {}
        self._families: dict[str, tuple[Window, ...]] = {}
        for row in rows:
            code = row["code"]
            window = Window(
                date.fromisoformat(row["first"]) if row["first"] else date.min,
                date.fromisoformat(row["last"]),
                _STANDINGS[row["standing"]],
            )
            held = self._families if code.endswith(_FAMILY) else self._codes
            code = code.removesuffix(_FAMILY)
            held[code] = (*held.get(code, ()), window)

    def of(self, code: str) -> tuple[Window, ...]:
        """The days on which ``code`` stood otherwise; its own row goes before its family's."""
        found = self._codes.get(code, ())
        for length in range(len(code), 2, -1):
            found += self._families.get(code[:length], ())
        return found

    def turns(self) -> Iterable[date]:
        """Every day on which something begins or ends."""
        for held in (self._codes, self._families):
            for windows in held.values():
                for window in windows:
                    yield from (window.first, window.last)


class Year(msgspec.Struct, Generic[T_co], frozen=True):
    """A list and the days it speaks for.

    ``since``: the day it was published for, where that is later than the first (a list of April
    speaks for its whole fiscal year, for it only adds codes).
    """

    first: date
    last: date
    codes: T_co
    since: date = date.min


class FiscalYears(Generic[T_co]):
    """The newest list, the changes on record, and the releases that were loaded."""

    def __init__(
        self, newest: Year[T_co], changes: Changes, loaded: Sequence[Year[T_co]] = ()
    ) -> None:
        self.newest, self.changes = newest, changes
        self.last = newest.last
        # The newest of those that hold a day answers for it. So a list of October that is loaded
        # does not stand before a list of April that ships.
        self._loaded = sorted(loaded, key=lambda one: one.first, reverse=True)

    def loaded_on(self, day: date) -> Year[T_co] | None:
        """The loaded release that holds ``day``."""
        for year in self._loaded:
            if year.first <= day <= year.last:
                is_older = year.first < self.newest.since <= day <= self.newest.last
                return None if is_older else year
        return None

    def standing(self, code: str, day: date) -> Diagnosis | None:
        """What ``code`` (without its point) is on ``day``; None: no opinion."""
        if (loaded := self.loaded_on(day)) is not None:
            return loaded.codes.find(code)
        for window in self.changes.of(code):
            if window.first <= day <= window.last:
                return window.standing
        found = self.newest.codes.find(code)
        if day > self.newest.last:
            return found if found is Diagnosis.CATEGORY else None
        return found if day >= EXACT_FROM or found is Diagnosis.BILLABLE else None

    def valid(self, code: str) -> tuple[date | None, date | None]:
        """First and last day ``code`` may stand on a claim, as far as is known.

        None: open, or not on record. Both None for what may never stand on one.
        """
        first = last = None
        found = self.newest.codes.find(code)
        windows = [one for one in self.changes.of(code) if one.last < self.newest.last]
        for window in sorted(windows, key=lambda one: one.last):
            if found is Diagnosis.BILLABLE and window.standing is Diagnosis.ABSENT:
                first = window.last + timedelta(days=1)
            elif found is not Diagnosis.BILLABLE and window.standing is Diagnosis.BILLABLE:
                last = window.last
        return first, last

    def turns(self) -> set[date]:
        """The days on which a standing may differ from that of the day before, or after."""
        found = {EXACT_FROM, self.newest.first, self.newest.last, *self.changes.turns()}
        for year in self._loaded:
            found |= {year.first, year.last}
        return found

"""What Medicare lets be done by telehealth on a day, and since when that was known.

Two times for each row: the days it speaks of, and the day it was made. Rules ask what is known
now: days that an act restored afterwards are good days. What was known then explains old denials.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from plugins import Window, rows
from plugins.telehealth.codes import PACKAGE


class Provision(msgspec.Struct, frozen=True):
    """Something allowed on days, by an act that was known from ``known_from`` on."""

    name: str
    window: Window
    known_from: date
    authority: str


def _read() -> tuple[Provision, ...]:
    return tuple(
        Provision(
            name=row["provision"],
            window=Window(_day(row["effective_from"]), _day(row["effective_to"])),
            known_from=date.fromisoformat(row["known_from"]),
            authority=row["authority"],
        )
        for row in rows(PACKAGE, "medicare_status.csv")
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


TIMELINE = _read()


def holds(provision: str, day: date, known_on: date | None = None) -> Provision | None:
    """The row that lets ``provision`` hold on ``day``; None: nothing does.

    ``known_on`` asks what was known on that day; without it, what is known now.
    """
    found = [
        one
        for one in TIMELINE
        if one.name == provision
        and day in one.window
        and (known_on is None or one.known_from <= known_on)
    ]
    return max(found, key=lambda one: one.known_from, default=None)


def was_lapsed(provision: str, day: date, known_on: date) -> bool:
    """Whether on ``known_on`` it looked as if ``provision`` did not hold on ``day``; it did."""
    return holds(provision, day, known_on) is None and holds(provision, day) is not None


def ends(provision: str) -> date:
    """The first day on which ``provision`` no longer holds, as the law stands."""
    lasts = [one.window.last for one in TIMELINE if one.name == provision]
    return max(last for last in lasts if last is not None) + timedelta(days=1)

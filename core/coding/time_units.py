"""Documented minutes -> units: the arithmetic of professional-scrub.md s.6, for rules and answers.

The same functions say what is wrong and what would have been right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import ROUND_HALF_UP, Decimal

from core.claims.claim import LineFacts

CMS_8_MINUTES, MIDPOINT, FULL_UNIT = "cms_8min", "ama_midpoint", "full_unit"
"""Values of the knob ``timed_unit_method``."""

QUARTER_HOUR = 15
_DAY = 24 * 60


def documented_minutes(line: LineFacts) -> int | None:
    """The line's minutes, else those from start to end (past midnight too); None: not known."""
    if line.minutes is not None:
        return line.minutes
    if line.start is None or line.end is None:
        return None
    return (_minute(line.end) - _minute(line.start)) % _DAY


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def total_units(minutes: int) -> int:
    """Units of all timed therapy minutes of a day: 8-22 = 1, 23-37 = 2 (CPM ch. 5 s. 20.2)."""
    return 0 if minutes < 8 else (minutes + 7) // QUARTER_HOUR


def allocated(minutes: Sequence[int]) -> tuple[int, ...]:
    """The units of each service under the 8-minute rule.

    Each has its whole quarter hours; what is left of the total goes to the largest remainders,
    earlier ones first (CPM ch. 5 s. 20.2).
    """
    units = [each // QUARTER_HOUR for each in minutes]
    left = total_units(sum(minutes)) - sum(units)
    by_remainder = sorted(range(len(units)), key=lambda at: (-(minutes[at] % QUARTER_HOUR), at))
    for at in by_remainder[:left]:
        units[at] += 1
    return tuple(units)


def units_by(method: str, minutes: Sequence[int]) -> tuple[int, ...]:
    """The units of each service by ``method``."""
    if method == MIDPOINT:
        return tuple(total_units(each) for each in minutes)
    if method == FULL_UNIT:
        return tuple(each // QUARTER_HOUR for each in minutes)
    return allocated(minutes)


def attained(minutes: int, length: int) -> int:
    """Units of a code of ``length`` minutes: each counts once more than half of it has passed."""
    whole, rest = divmod(minutes, length)
    return whole + (2 * rest > length)


def prolonged_units(minutes: int, minutes_base: int, minutes_first: int) -> int:
    """Units of prolonged services: none below ``minutes_first``, then each full 15 minutes."""
    if minutes < minutes_first:
        return 0
    return (minutes - minutes_base) // QUARTER_HOUR


def anesthesia_time_units(minutes: int) -> Decimal:
    """A quarter of an hour is one unit; one decimal (CPM ch. 12 s. 50)."""
    return (Decimal(minutes) / QUARTER_HOUR).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

"""Which policies of a patient are in force on a day, and in which order they pay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.claims.parties import Value
from core.intake.encounter import Coverage


class CoverageOnDay(Value, frozen=True, kw_only=True):
    """``in_force`` pays in this order. ``contested``: two policies claim the same rank."""

    in_force: tuple[Coverage, ...] = ()
    contested: bool = False

    @property
    def gap(self) -> bool:
        """No policy is in force that day."""
        return not self.in_force


def coverage_on(coverages: Iterable[Coverage], day: date) -> CoverageOnDay:
    """The policies whose window holds ``day``, by rank.

    Where two have the same rank the one that began last stands first (a new card mostly replaces
    the old one), and the answer says that the order is contested. The order of ``coverages`` does
    not matter.
    """
    held = [coverage for coverage in coverages if day in coverage.window]
    if len(held) < 2:
        return CoverageOnDay(in_force=tuple(held))
    held.sort(
        key=lambda coverage: (
            coverage.rank,
            -(coverage.window.first or date.min).toordinal(),
            coverage.id,
        )
    )
    ranks = [coverage.rank for coverage in held]
    return CoverageOnDay(in_force=tuple(held), contested=len(set(ranks)) < len(ranks))

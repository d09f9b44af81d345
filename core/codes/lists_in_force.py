"""A list that ships, with the releases that were loaded before it, each for its days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from core.codes.lists import CodeList, Standing
from core.codes.published import published_day
from core.codes.published_lists import PublishedList

# Which kind of published table takes the place of which list (``core/codes/data/lists.csv``).
KINDS_OF_LISTS = {
    "adjustment_reason": "carc",
    "remark": "rarc",
    "claim_status": "claim-status",
    "place_of_service": "pos",
    "modifier": "modifiers",
    "taxonomy": "taxonomy",
}


class ListInForce:
    """Asked as a ``CodeList`` is: on the days of a loaded release it answers alone."""

    def __init__(self, shipped: CodeList, loaded: PublishedList) -> None:
        self._shipped = shipped
        self._loaded = loaded
        self.name, self.as_of = shipped.name, shipped.as_of

    @property
    def windows(self) -> Mapping[str, tuple[str, str]]:
        """The days of each code of the list that ships."""
        return self._shipped.windows

    def standing(self, code: str, day: str = "") -> Standing:
        """How ``code`` stands on ``day`` (CCYYMMDD); without a day, whether it ever stood."""
        on = published_day(day)
        if on is None:
            if self._loaded.ever(code):
                return Standing.GOOD
        elif self._loaded.release(on) is not None:
            row = self._loaded.row(code, on)
            if row is None:
                return Standing.UNKNOWN
            if row.first is not None and on < row.first:
                return Standing.NOT_YET
            return Standing.ENDED if row.last is not None and on > row.last else Standing.GOOD
        return self._shipped.standing(code, day)

    def turns(self) -> set[str]:
        """Days and what comes behind them, as ``CodeList.turns`` has them."""
        found = self._shipped.turns()
        for day in self._loaded.turns():
            found |= {_compact(day), f"{_compact(day)}+"}
        return found


def _compact(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"

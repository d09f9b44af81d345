"""A measured figure beside its floor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``floor`` None: shown for comparison (a peer, a bare yardstick), nothing is promised.

    ``at_most``: the floor is an upper bound (a time, a share), not a rate to reach.
    """

    name: str
    seen: float
    unit: str
    floor: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the figure keeps its promise; true where there is none."""
        if self.floor is None:
            return True
        return self.seen <= self.floor if self.at_most else self.seen >= self.floor

    def line(self) -> str:
        """One line of the table that is printed."""
        text = f"{self.name:52} {self.seen:>14,.1f} {self.unit}"
        if self.floor is not None:
            word = "at most" if self.at_most else "floor"
            verdict = "reached" if self.is_reached else "MISSED"
            text += f"   {word} {self.floor:,.0f}   {verdict}"
        return f"{text}   {self.note}".rstrip()

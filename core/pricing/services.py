"""What is asked of a price: one service of a patient, day and provider."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.claims.parties import Value

# Room and board, leave, subacute and intensive care: their units are days.
_ROOMS = frozenset(f"0{number}" for number in range(10, 22))


class Service(Value, frozen=True, kw_only=True):
    """One line to price.

    ``locality`` is ``04412-09`` or a ZIP code. ``minutes`` and ``base_units`` matter to anesthesia
    alone. ``credential`` is that of who rendered (``NP``); empty: a physician. ``apm``: rendered by
    a qualifying participant of an alternative payment model. Contracts may ask for
    ``place_of_service``, ``revenue_code`` and ``drg``; ``unit_basis`` is SV104's (UN, MJ, DA).
    """

    code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    day: date
    locality: str = ""
    facility: bool = False
    charge_cents: int | None = None
    credential: str = ""
    minutes: int | None = None
    base_units: int | None = None
    participating: bool = True
    apm: bool = False
    place_of_service: str = ""
    revenue_code: str = ""
    drg: str = ""
    unit_basis: str = "UN"

    @property
    def is_by_day(self) -> bool:
        """Whether its units are days: so they say, or the revenue code is one of a room."""
        return self.unit_basis == "DA" or self.revenue_code[:3] in _ROOMS

    @property
    def component(self) -> str:
        """The component its modifiers name: 26, TC, 53, or empty for the whole service."""
        for component in ("26", "TC", "53"):
            if component in self.modifiers:
                return component
        return ""

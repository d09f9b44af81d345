"""By what a service can be priced: the Medicare fee schedule, or prices of a practice."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import InputError
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.questions import MPFS
from core.pricing.services import Service
from core.pricing.steps import Outcome


class Bases:
    """The bases there are."""

    def __init__(self, schedule: MedicareSchedule) -> None:
        self._schedule = schedule

    def price(self, basis: str, services: Sequence[Service]) -> Sequence[Outcome]:
        """The price of each service by ``basis``; ``InputError`` when there is none such."""
        if basis == MPFS:
            return price_services(services, self._schedule)
        raise InputError("there is no such basis; prices of a practice need --practice")

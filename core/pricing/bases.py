"""By what a service can be priced: the Medicare fee schedule, or prices of a practice."""

from __future__ import annotations

from collections.abc import Sequence

from core import money
from core.errors import InputError
from core.pricing.contract_price import Schedules, price_by_contract
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.price import listed_charge
from core.pricing.questions import MPFS
from core.pricing.services import Service
from core.pricing.steps import Outcome, PriceStep, no_price
from core.rules.rulebook import RuleBook

PRACTICE = "practice"
"""The basis of the practice's own charges."""


class Bases:
    """The bases there are: ``mpfs``; with the rule book of a practice its charges and contracts."""

    def __init__(self, schedule: MedicareSchedule, rule_book: RuleBook | None = None) -> None:
        self._schedule, self._rule_book = schedule, rule_book

    def price(self, basis: str, services: Sequence[Service]) -> Sequence[Outcome]:
        """The price of each service by ``basis``; ``InputError`` when there is none such."""
        if basis == MPFS:
            return price_services(services, self._schedule)
        book = self._rule_book
        if book is None:
            raise InputError("there is no such basis; prices of a practice need --practice")
        if basis == PRACTICE:
            return [_charged(service, book) for service in services]
        if basis not in book.contracts.names:
            raise InputError("the practice has no contract of that name, and mpfs is another basis")
        opened = book.contracts.named(basis, min(service.day for service in services))
        if opened is None:
            return [no_price("the contract does not hold on that day")] * len(services)
        schedules = Schedules(
            medicare=self._schedule, listed=lambda service: listed_charge(service, book)
        )
        return price_by_contract(services, opened, schedules)


def _charged(service: Service, book: RuleBook) -> Outcome:
    """What the practice charges."""
    found = listed_charge(service, book)
    if found is None:
        return no_price("the charge master says nothing of this service")
    cents = money.times(found.cents, service.units)
    words = f"{service.units:f} unit(s) at {money.plain(found.cents)}"
    step = PriceStep(step=words, row=found.row, amount_cents=cents)
    return Outcome(allowed_cents=cents, steps=(step,), exact_cents=cents)

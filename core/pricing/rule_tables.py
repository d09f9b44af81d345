"""Prices as the rules of the scrub see them: ``fees`` and ``contract`` of ``core.rules.tables``.

Both answer for one unit without modifiers: the fee schedule at one locality, the contract of one
payer. What a claim is expected to pay is another matter (``core.pricing.price``).
"""

from __future__ import annotations

from datetime import date

import msgspec

from core.pricing.contract_price import Schedules, price_by_contract
from core.pricing.contracts import OpenContract
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.services import Service
from core.rules.tables import ContractFee, FeeOfCode, Tables

_OFFICE = "11"
_TELEHEALTH_AT_HOME = "10"
_REMEMBERED_MAX = 50_000


class MedicareFees:
    """A ``FeeTable``: the Medicare fee schedule at ``locality`` (``04412-09``, or a ZIP code)."""

    def __init__(self, schedule: MedicareSchedule, locality: str) -> None:
        self._schedule, self._locality = schedule, locality
        self._known: dict[tuple[str, date], FeeOfCode | None] = {}

    def fee(self, code: str, day: date) -> FeeOfCode | None:
        """The fee of ``code`` on ``day``; None where Medicare pays none by the schedule."""
        key = (code, day)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = self._find(code, day)
        return self._known[key]

    def _find(self, code: str, day: date) -> FeeOfCode | None:
        outside, inside = (
            price_services(
                [Service(code=code, day=day, locality=self._locality, facility=facility)],
                self._schedule,
            )[0].allowed_cents
            for facility in (False, True)
        )
        if outside is None or inside is None:
            return None
        return FeeOfCode(nonfacility_cents=outside, facility_cents=inside)


class ContractFees:
    """A ``ContractTable``: one contract, for services in an office and by telehealth."""

    def __init__(self, opened: OpenContract, schedules: Schedules, locality: str) -> None:
        self._opened, self._schedules, self._locality = opened, schedules, locality

    def fee(self, code: str, day: date) -> ContractFee | None:
        """The contract's fee of ``code`` on ``day``; None where it says nothing of the code.

        What hangs on the charge, the case or the day's other services has no fee of its own.
        """
        if day not in self._opened.contract.effective:
            return None
        in_person = self._fee(code, day, _OFFICE, ())
        telehealth = self._fee(code, day, _TELEHEALTH_AT_HOME, ("95",))
        if in_person is None and telehealth is None:
            return None
        return ContractFee(in_person_cents=in_person, telehealth_cents=telehealth)

    def _fee(self, code: str, day: date, place: str, modifiers: tuple[str, ...]) -> int | None:
        service = Service(
            code=code,
            modifiers=modifiers,
            day=day,
            locality=self._locality,
            place_of_service=place,
        )
        term = self._opened.term(service)
        if term is None or term.pays_together:
            return None
        return price_by_contract([service], self._opened, self._schedules)[0].allowed_cents


def with_prices(
    tables: Tables,
    locality: str,
    *,
    schedule: MedicareSchedule | None,
    opened: OpenContract | None = None,
    schedules: Schedules | None = None,
) -> Tables:
    """``tables`` with the prices of claims at ``locality`` to one payer; what is there stays.

    ``opened`` is the contract with that payer: a batch is scrubbed by payer where there is one.
    """
    given: dict[str, object] = {}
    if tables.fees is None and schedule is not None and schedule.values is not None:
        given["fees"] = MedicareFees(schedule, locality)
    if tables.contract is None and opened is not None:
        given["contract"] = ContractFees(
            opened, schedules or Schedules(medicare=schedule), locality
        )
    return msgspec.structs.replace(tables, **given)

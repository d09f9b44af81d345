"""A practice's own prices as it loads them, edition by edition, and as rules of its rule book.

An edition holds from its first day until the next one of the same list begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from core.claims.parties import Value
from core.dates import Window
from core.pricing.contracts import Agreement, Contract, Contracts, contract_of
from core.rules.pricing import Fee, FeeRank, FeeSchedule
from core.rules.rule import Layer
from core.rules.rulebook import RuleSet

CHARGES = "CHARGES"
"""The charge master, as ``fee_source`` names it."""
_ONE_DAY = timedelta(days=1)


class ChargeList(Value, frozen=True, kw_only=True):
    """An edition of the charge master. ``source`` names the paper or system it comes from."""

    first: date
    source: str = ""
    fees: tuple[Fee, ...]


def charge_schedules(lists: Iterable[ChargeList]) -> tuple[FeeSchedule, ...]:
    """The charge master as fee schedules that follow each other."""
    ordered = sorted(lists, key=lambda one: one.first)
    return tuple(
        FeeSchedule(
            id=CHARGES,
            title="Charge master of the practice",
            source=one.source or "entered by the practice",
            version=one.first.isoformat(),
            effective=Window(one.first, _before(ordered[at + 1 :], None)),
            layer=Layer.PRACTICE,
            rank=FeeRank.CHARGE_MASTER,
            fees=one.fees,
        )
        for at, one in enumerate(ordered)
    )


def contracts(agreements: Iterable[Agreement]) -> tuple[Contract, ...]:
    """Agreements as rules: of one name, each ends where the next begins.

    ``InputError`` where two of different names speak for one payer on the same days.
    """
    by_name: dict[str, list[Agreement]] = {}
    for agreement in sorted(agreements, key=lambda one: one.first):
        by_name.setdefault(agreement.name, []).append(agreement)
    made: list[Contract] = []
    for editions in by_name.values():
        for at, one in enumerate(editions):
            last = _before(editions[at + 1 :], one.last)
            dated = msgspec.structs.replace(one, last=last)
            made.append(contract_of(dated, one.first.isoformat()))
    Contracts(made)
    return tuple(made)


def price_rules(
    lists: Iterable[ChargeList], agreements: Iterable[Agreement], fingerprint: str
) -> RuleSet:
    """The rules a practice's own prices are; ``fingerprint`` names the editions."""
    return RuleSet(
        name="prices",
        version="entered",
        fingerprint=fingerprint,
        fee_schedules=charge_schedules(lists),
        contracts=contracts(agreements),
    )


def _before(later: Sequence[ChargeList] | Sequence[Agreement], last: date | None) -> date | None:
    """The last day of an edition: its own, or the day before the next one begins."""
    if not later:
        return last
    day = later[0].first - _ONE_DAY
    return day if last is None else min(day, last)

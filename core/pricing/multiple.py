"""Several services of one patient and day: what Medicare takes off the second and further ones.

By the indicator for multiple procedures of the relative value file: 2 surgery, 3 endoscopies of a
family, 4 diagnostic imaging, 5 therapy, 6 cardiovascular and 7 ophthalmology diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from core import money
from core.pricing.medicare import Amount, MedicareSchedule, NoAmount, Place, fee_cents
from core.pricing.services import Service
from core.pricing.steps import PriceStep

_ALL = Fraction(1)
_HALF = Fraction(1, 2)
_EXPENSE_PERCENT = 50
# By the procedures of a day, the sixth and further ones are priced by report.
_RANKED_MAX = 5

# What is paid of the technical and of the professional part of second and further tests: imaging
# since 2017, cardiovascular and ophthalmology since 2013.
_PARTS = {
    "4": (Fraction(50, 100), Fraction(95, 100), "diagnostic imaging"),
    "6": (Fraction(75, 100), _ALL, "cardiovascular tests"),
    "7": (Fraction(80, 100), _ALL, "ophthalmology tests"),
}


class Started(msgspec.Struct):
    """A service with its fee schedule amount, on the way to its price.

    ``share`` is what is paid of each of ``units`` where both sides were done.
    """

    service: Service
    place: Place
    amount: Amount
    units: Decimal
    share: Fraction = _ALL
    steps: list[PriceStep] = []

    @property
    def unit(self) -> Fraction:
        """One procedure in cents, both sides of it where that is paid."""
        return self.amount.cents * self.share

    @property
    def whole(self) -> Fraction | int:
        """All units without any reduction."""
        if self.share == 1 and self.units == 1:
            return self.amount.cents
        return self.unit * Fraction(self.units)


class Reduced(msgspec.Struct, frozen=True):
    """What is left of a service, exactly; ``steps`` empty: nothing was taken off."""

    cents: Fraction | int
    steps: tuple[PriceStep, ...] = ()


def reduce_together(group: Sequence[Started], schedule: MedicareSchedule) -> list[Reduced]:
    """Each service of one day after the rules for several; in the order given."""
    found = [Reduced(one.whole) for one in group]
    if len(group) == 1 and group[0].units == 1:
        return found
    by_indicator: dict[str, list[int]] = {}
    for at, one in enumerate(group):
        by_indicator.setdefault(one.amount.values.multiple, []).append(at)
    surgery = [*by_indicator.get("2", ()), *by_indicator.get("3", ())]
    for indicators, rule in (
        (surgery, _surgery),
        (by_indicator.get("5", ()), _therapy),
        *((by_indicator.get(indicator, ()), _tests) for indicator in _PARTS),
    ):
        places = sorted(indicators)
        if places:
            _apply(rule, places, group, schedule, found)
    return found


_Rule = Callable[[Sequence[Started], MedicareSchedule], list[Reduced]]


def _apply(
    rule: _Rule,
    places: Sequence[int],
    group: Sequence[Started],
    schedule: MedicareSchedule,
    found: list[Reduced],
) -> None:
    chosen = [group[at] for at in places]
    for at, reduced in zip(places, rule(chosen, schedule), strict=True):
        if reduced.steps:
            found[at] = reduced


def _therapy(group: Sequence[Started], schedule: MedicareSchedule) -> list[Reduced]:
    """Full practice expense for the unit that has most of it, half of it for all others."""

    def expense(one: Started) -> int:
        values = one.amount.values.practice_expense(facility=one.service.facility)
        return values * one.place.locality.practice_expense

    highest = max(range(len(group)), key=lambda at: (expense(group[at]), -at))
    found = []
    for at, one in enumerate(group):
        half = fee_cents(
            one.amount.values,
            one.place.locality,
            one.amount.factor,
            facility=one.service.facility,
            expense_percent=_EXPENSE_PERCENT,
        )
        full_units = min(Decimal(1), one.units) if at == highest else Decimal(0)
        half_units = one.units - full_units
        cents = one.amount.cents * Fraction(full_units) + half * Fraction(half_units)
        if not half_units:
            found.append(Reduced(cents))
            continue
        words = (
            f"several therapy services: {half_units:f} of {one.units:f} units with half of the "
            "practice expense"
        )
        found.append(Reduced(cents, (PriceStep(step=words, amount_cents=money.half_up(cents)),)))
    return found


def _tests(group: Sequence[Started], schedule: MedicareSchedule) -> list[Reduced]:
    """The dearest technical part whole and the others in part; the same of the professional one."""
    technical_share, professional_share, words = _PARTS[group[0].amount.values.multiple]
    parts = [_parts_of(one, schedule) for one in group]
    technical_first = _first(parts, 0)
    professional_first = _first(parts, 1)
    found = []
    for at, (one, (technical, professional)) in enumerate(zip(group, parts, strict=True)):
        off = Fraction(0)
        units = Fraction(one.units)
        if technical is not None:
            second = min(
                technical.full_cents * technical_share,
                Fraction(technical.cents if technical.cap_cents is None else technical.cap_cents),
            )
            off += (technical.cents - second) * (units - (at == technical_first))
        if professional is not None:
            second = professional.cents * professional_share
            off += (professional.cents - second) * (units - (at == professional_first))
        cents = one.whole - off
        if off <= 0:
            found.append(Reduced(one.whole))
            continue
        step = PriceStep(
            step=f"several {words}: {int(technical_share * 100)} % of the technical and "
            f"{int(professional_share * 100)} % of the professional part of all but the highest",
            amount_cents=money.half_up(cents),
        )
        found.append(Reduced(cents, (step,)))
    return found


_Parts = tuple[Amount | None, Amount | None]


def _parts_of(one: Started, schedule: MedicareSchedule) -> _Parts:
    """Technical and professional part of a test; None where it has none or none is published."""
    values, component = one.amount.values, one.service.component
    if component == "TC" or values.component == "3":
        return one.amount, None
    if component == "26" or values.component == "2":
        return None, one.amount
    parts = []
    for part in ("TC", "26"):
        amount = schedule.amount(
            one.service.code,
            part,
            one.service.day,
            one.place,
            facility=one.service.facility,
            apm=one.service.apm,
        )
        parts.append(None if isinstance(amount, NoAmount) else amount)
    return parts[0], parts[1]


def _first(parts: Sequence[_Parts], which: int) -> int | None:
    """The service with the highest part; the earlier one of equals."""
    found = [(at, part) for at, pair in enumerate(parts) if (part := pair[which]) is not None]
    return max(found, key=lambda pair: (pair[1].cents, -pair[0]))[0] if found else None


class _Ranked(msgspec.Struct):
    """Procedures that are ranked as one: a single one, or the endoscopies of a family."""

    members: list[int]
    value: Fraction
    """What it is ranked by."""
    cents: dict[int, Fraction]
    """What is paid of the first unit of each member at 100 %."""
    further: dict[int, Fraction]
    """What is paid of each further unit, before it is ranked."""
    steps: dict[int, tuple[PriceStep, ...]]


def _surgery(group: Sequence[Started], schedule: MedicareSchedule) -> list[Reduced]:
    """100 % of the highest, 50 % of the others; a family of endoscopies counts as one."""
    ranked = _families(group, schedule)
    ranked.sort(key=lambda one: (-one.value, one.members[0]))
    found: list[Reduced] = [Reduced(0)] * len(group)
    for place, one in enumerate(ranked):
        for member in one.members:
            started = group[member]
            units = Fraction(started.units)
            first = _ALL if place == 0 else _HALF
            rest = max(units - 1, Fraction(0))
            cents = one.cents[member] * first * min(units, Fraction(1))
            cents += one.further[member] * rest * (first if len(one.members) > 1 else _HALF)
            steps = list(one.steps.get(member, ()))
            if first != 1 or (rest and len(one.members) == 1):
                words = "several procedures: 100 % of the highest, 50 % of the others"
                if place >= _RANKED_MAX:
                    words += "; from the sixth on the payer prices them by report"
                steps.append(PriceStep(step=words, amount_cents=money.half_up(cents)))
            elif rest:
                words = f"{started.units:f} units, further ones less the amount of the base"
                steps.append(PriceStep(step=words, amount_cents=money.half_up(cents)))
            found[member] = Reduced(cents if steps else started.whole, tuple(steps))
    return found


def _families(group: Sequence[Started], schedule: MedicareSchedule) -> list[_Ranked]:
    bases: dict[str, list[int]] = {}
    for at, one in enumerate(group):
        if one.amount.values.endoscopic_base:
            bases.setdefault(one.amount.values.endoscopic_base, []).append(at)
    for at, one in enumerate(group):
        if one.service.code in bases:
            bases[one.service.code].append(at)
    families = {base: members for base, members in bases.items() if len(members) > 1}
    in_family = {member for members in families.values() for member in members}
    ranked = [
        _Ranked([at], one.unit, {at: one.unit}, {at: one.unit}, {})
        for at, one in enumerate(group)
        if at not in in_family
    ]
    ranked.extend(
        _family(base, sorted(members), group, schedule) for base, members in families.items()
    )
    return ranked


def _family(
    base: str, members: list[int], group: Sequence[Started], schedule: MedicareSchedule
) -> _Ranked:
    """The highest endoscopy whole, the others less their base; the base itself is included."""
    others = [at for at in members if group[at].service.code != base]
    highest = max(others, key=lambda at: (group[at].unit, -at))
    cents: dict[int, Fraction] = {}
    further: dict[int, Fraction] = {}
    steps: dict[int, tuple[PriceStep, ...]] = {}
    for at in members:
        one = group[at]
        if at not in others:
            cents[at] = further[at] = Fraction(0)
            words = "the base of an endoscopy that is paid: included in it"
            steps[at] = (PriceStep(step=words, amount_cents=0),)
            continue
        less = _less_base(one, base, schedule)
        cents[at], further[at] = (one.unit if at == highest else less), less
        if at != highest:
            words = f"another endoscopy of the family {base}: less the amount of that base"
            steps[at] = (PriceStep(step=words, amount_cents=money.half_up(less)),)
    return _Ranked(members, sum(cents.values(), Fraction(0)), cents, further, steps)


def _less_base(one: Started, base: str, schedule: MedicareSchedule) -> Fraction:
    amount = schedule.amount(
        base,
        "",
        one.service.day,
        one.place,
        facility=one.service.facility,
        apm=one.service.apm,
    )
    taken = 0 if isinstance(amount, NoAmount) else amount.cents
    return max(one.unit - taken * one.share, Fraction(0))

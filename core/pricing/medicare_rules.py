"""How Medicare pays several services of one day, and services with a modifier.

Sources: the record layout of PPRRVU (multiple procedures, bilateral, assistant, co-surgeon, team),
and the Medicare Claims Processing Manual ch. 12 s. 20 to 50. Each rule begins with the published
fee schedule amount; what they make of it together is rounded half up once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from core import money
from core.pricing.anesthesia import ANESTHESIA_STATUS, anesthesia_outcome
from core.pricing.medicare import MedicareSchedule, NoAmount
from core.pricing.multiple import Reduced, Started, reduce_together
from core.pricing.services import Service
from core.pricing.steps import Outcome, PriceStep, no_price

ASSISTANTS = ("80", "81", "82", "AS")
_ASSISTANT_WORDS = {
    "0": "an assistant at surgery is paid with documents that show the need",
    "1": "an assistant at surgery may not be paid for this code",
    "9": "an assistant at surgery does not apply to this code",
}
_COSURGEON_WORDS = {
    "0": "co-surgeons are not permitted for this code",
    "1": "co-surgeons are paid with documents that show the need",
    "9": "co-surgeons do not apply to this code",
}
_BY_REPORT = {
    "52": "reduced services: the payer prices them by review",
    "66": "team surgery: the payer prices it by report",
}
_NOT_PARTICIPATING = Fraction(95, 100)
_LIMITING = Fraction(115, 100)


def price_services(
    services: Sequence[Service], schedule: MedicareSchedule, *, any_status: bool = False
) -> tuple[Outcome, ...]:
    """The price of each service; those of one day are reduced together, as one patient's.

    A service without a price leaves the others as they are. ``any_status``: also what Medicare does
    not pay, where relative values are published for it.
    """
    if len(services) == 1 and services[0].units == 1:
        started = _start(services[0], schedule, any_status=any_status)
        if isinstance(started, Outcome):
            return (started,)
        return (_finish(started, Reduced(started.whole), schedule),)
    outcomes: dict[int, Outcome] = {}
    days: dict[date, dict[int, Started]] = {}
    for at, service in enumerate(services):
        started = _start(service, schedule, any_status=any_status)
        if isinstance(started, Outcome):
            outcomes[at] = started
        else:
            days.setdefault(service.day, {})[at] = started
    for group in days.values():
        reduced = reduce_together(list(group.values()), schedule)
        for (at, one), result in zip(group.items(), reduced, strict=True):
            outcomes[at] = _finish(one, result, schedule)
    return tuple(outcomes[at] for at in range(len(services)))


def _start(service: Service, schedule: MedicareSchedule, *, any_status: bool) -> Started | Outcome:
    place = schedule.place(service.locality, service.day)
    if isinstance(place, NoAmount):
        return no_price(place.why, row=place.row)
    if service.units <= 0:
        return no_price("there are no units to price", *place.steps)
    for modifier, why in _BY_REPORT.items():
        if modifier in service.modifiers:
            return no_price(why, *place.steps)
    if service.base_units is not None or service.minutes is not None:
        row = schedule.row(service.code, "", service.day)
        if isinstance(row, NoAmount) or row.status == ANESTHESIA_STATUS:
            return anesthesia_outcome(service, place, schedule)
    amount = schedule.amount(
        service.code,
        service.component,
        service.day,
        place,
        facility=service.facility,
        apm=service.apm,
        any_status=any_status,
    )
    if isinstance(amount, NoAmount):
        return no_price(amount.why, *place.steps, row=amount.row)
    started = Started(service, place, amount, service.units, steps=list(amount.steps))
    if service.modifiers or service.units != 1:
        _both_sides(started)
    return started


def _both_sides(one: Started) -> None:
    """Bilateral procedures: 150 % once, 100 % once, or 100 % a side, by the indicator."""
    indicator = one.amount.values.bilateral
    modifiers = one.service.modifiers
    named = "50" in modifiers or {"LT", "RT"} <= set(modifiers)
    twice = one.service.units == 2 and one.amount.values.multiple not in {"2", "3"}
    if indicator == "1" and (named or twice):
        one.share, one.units = Fraction(150, 100), Decimal(1)
        words = "both sides: 150 %"
    elif indicator == "3" and named:
        one.units = Decimal(2)
        words = "both sides: 100 % for each"
    elif indicator == "2" and (named or one.service.units == 2):
        one.units = Decimal(1)
        words = "both sides: 100 %, the relative values are those of both"
    elif indicator == "0" and named:
        one.units = Decimal(1)
        words = "both sides: 100 % of one, this code is not paid as bilateral"
    else:
        return
    after = money.half_up(one.amount.cents * one.share * Fraction(one.units))
    one.steps.append(PriceStep(step=words, amount_cents=after))


def _finish(one: Started, reduced: Reduced, schedule: MedicareSchedule) -> Outcome:
    steps = [*one.steps, *reduced.steps]
    exact = reduced.cents
    if not reduced.steps and one.units != 1:
        steps.append(PriceStep(step=f"{one.units:f} units", amount_cents=money.half_up(exact)))
    shares = _shares(one, schedule)
    if isinstance(shares, Outcome):
        return msgspec.structs.replace(shares, steps=(*steps, *shares.steps))
    for share, step in shares:
        exact *= share
        steps.append(msgspec.structs.replace(step, amount_cents=money.half_up(exact)))
    allowed = money.half_up(exact)
    if not one.service.participating:
        limiting = money.plain(limiting_charge_cents(exact))
        exact *= _NOT_PARTICIPATING
        allowed = money.half_up(exact)
        words = f"not participating: 95 %; at most {limiting} may be charged"
        steps.append(PriceStep(step=words, amount_cents=allowed))
    charge = one.service.charge_cents
    if charge is not None and charge < allowed:
        allowed = charge
        steps.append(PriceStep(step="lesser of charge", amount_cents=allowed))
    return Outcome(allowed_cents=allowed, steps=tuple(steps), exact_cents=exact)


def limiting_charge_cents(fee_schedule_cents: Fraction | int) -> int:
    """What a physician who does not participate may charge: 115 % of 95 % of the amount."""
    return money.half_up(fee_schedule_cents * _NOT_PARTICIPATING * _LIMITING)


Share = tuple[Fraction, PriceStep]


def _shares(one: Started, schedule: MedicareSchedule) -> list[Share] | Outcome:
    found: list[Share] = []
    if not one.service.modifiers and not one.service.credential:
        return found
    for share in (_surgical_part(one), _assistant(one, schedule), _cosurgeon(one, schedule)):
        if isinstance(share, Outcome):
            return share
        if share is not None:
            found.append(share)
    found.extend(_by_person(one, schedule))
    return found


def _surgical_part(one: Started) -> Share | None:
    """Part of the global package: before (56), during (54, 78), after (55) the operation."""
    values, modifiers = one.amount.values, one.service.modifiers
    if values.before + values.during + values.after == 0:
        return None
    if "54" in modifiers:
        part, words = values.before + values.during, "surgical care only"
    elif "55" in modifiers:
        part, words = values.after, "care after the operation only"
    elif "56" in modifiers:
        part, words = values.before, "care before the operation only"
    elif "78" in modifiers:
        part, words = values.during, "return to the operating room"
    else:
        return None
    return Fraction(part, 100), PriceStep(step=f"{words}: {part} %")


def _assistant(one: Started, schedule: MedicareSchedule) -> Share | Outcome | None:
    modifier = next((each for each in ASSISTANTS if each in one.service.modifiers), "")
    if not modifier:
        return None
    indicator = one.amount.values.assistant
    words = _ASSISTANT_WORDS.get(indicator, "")
    if indicator in {"1", "9"}:
        return Outcome(allowed_cents=0, steps=(PriceStep(step=words, amount_cents=0),))
    return _share(one, schedule, "modifier", modifier, f"assistant at surgery; {words}".strip("; "))


def _cosurgeon(one: Started, schedule: MedicareSchedule) -> Share | Outcome | None:
    if "62" not in one.service.modifiers:
        return None
    indicator = one.amount.values.cosurgeon
    words = _COSURGEON_WORDS.get(indicator, "")
    if indicator in {"0", "9"}:
        return Outcome(allowed_cents=0, steps=(PriceStep(step=words, amount_cents=0),))
    return _share(one, schedule, "modifier", "62", f"co-surgeon; {words}".strip("; "))


def _by_person(one: Started, schedule: MedicareSchedule) -> Iterator[Share]:
    for modifier in ("CQ", "CO"):
        if modifier in one.service.modifiers:
            found = _share(one, schedule, "modifier", modifier, "by a therapy assistant")
            if found:
                yield found
    # 13.6 % is 85 % of 16 % already.
    if one.service.credential and "AS" not in one.service.modifiers:
        words = f"rendered by {one.service.credential}"
        found = _share(one, schedule, "credential", one.service.credential, words)
        if found:
            yield found


def _share(
    one: Started, schedule: MedicareSchedule, kind: str, key: str, words: str
) -> Share | None:
    dated = schedule.shares.find(kind, key, one.service.day)
    if dated is None:
        return None
    percent = f"{Decimal(dated.number) / 10:f}".removesuffix(".0")
    return Fraction(dated.number, 1000), PriceStep(step=f"{words}: {percent} %", row=dated.row)

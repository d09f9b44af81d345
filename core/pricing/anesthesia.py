"""Anesthesia: (base units + minutes / 15, to one decimal) x the locality's conversion factor.

Medicare Claims Processing Manual ch. 12 s. 50.
"""

from __future__ import annotations

from fractions import Fraction

from core import money
from core.pricing.medicare import MedicareSchedule, Place
from core.pricing.services import Service
from core.pricing.steps import Outcome, PriceStep, hundredths, no_price
from core.rules.tables import Edition

ANESTHESIA_STATUS = "J"
_MODIFIERS = ("AA", "QZ", "QK", "QX", "QY", "AD")
# Medical supervision of more than four procedures: three base units, and one for the presence.
_SUPERVISION_TENTHS = 40


def time_tenths(minutes: int) -> int:
    """Minutes as tenths of a unit of fifteen minutes, rounded half up."""
    return (4 * minutes + 3) // 6


def anesthesia_outcome(service: Service, place: Place, schedule: MedicareSchedule) -> Outcome:
    """The price of an anesthesia service whose base units and minutes are known."""
    if schedule.anesthesia is None:
        return no_price("no table mpfs-anesthesia is loaded", *place.steps)
    found = schedule.anesthesia.cents(place.locality, service.day)
    if found is None:
        return no_price("no anesthesia factor of that locality and day is loaded", *place.steps)
    modifier = next((one for one in _MODIFIERS if one in service.modifiers), "")
    if not modifier:
        why = "an anesthesia service has one of AA, AD, QK, QX, QY, QZ"
        return no_price(why, *place.steps)
    cents, release = found
    row = Edition(table="anesthesia factors", release=release, row=place.locality.id)
    if modifier == "AD":
        tenths, words = _SUPERVISION_TENTHS, "medical supervision: 3 base units and 1"
    elif service.base_units is None or service.minutes is None or service.minutes < 0:
        return no_price("anesthesia is priced by base units and minutes; say both", *place.steps)
    else:
        time = time_tenths(service.minutes)
        tenths = service.base_units * 10 + time
        words = f"{service.base_units} base units and {time // 10}.{time % 10} of time"
    exact = Fraction(tenths * cents, 10)
    steps = [
        *place.steps,
        PriceStep(
            step=f"{words}, at {hundredths(cents)}", row=row, amount_cents=money.half_up(exact)
        ),
    ]
    share = schedule.shares.find("anesthesia", modifier, service.day)
    if share is not None and share.number != 1000:
        exact *= Fraction(share.number, 1000)
        percent = f"{share.number / 10:g}"
        steps.append(
            PriceStep(
                step=f"modifier {modifier}: {percent} %",
                row=share.row,
                amount_cents=money.half_up(exact),
            )
        )
    return Outcome(allowed_cents=money.half_up(exact), steps=tuple(steps), exact_cents=exact)

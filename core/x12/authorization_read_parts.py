"""Reading the segments that requests and answers of a 278 share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from core.claims.parties import Address, Entity, Name, Reference
from core.eligibility.authorizations import (
    Admission,
    Condition,
    Contact,
    Delivery,
    Rejection,
    ReviewAttachment,
    ReviewDate,
    Trace,
)
from core.errors import InputError, X12SyntaxError
from core.x12.elements import at, read_cents, read_day, read_number, read_span
from core.x12.loops import Loop

T = TypeVar("T")
V = TypeVar("V", bound=msgspec.Struct)


def each(
    loop: Loop, segment_id: str, read: Callable[[list[str]], T], *qualifiers: str
) -> list[tuple[int, T]]:
    """Read every own segment of this id, with its number; a value that is none names its place."""
    found = []
    for number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] != segment_id or (qualifiers and at(elements, 1) not in qualifiers):
            continue
        try:
            found.append((number, read(elements)))
        except InputError as fault:
            raise X12SyntaxError(fault.message, segment=number) from None
    return found


def numbered(loop: Loop, segment_id: str, read: Callable[[list[str]], V]) -> tuple[V, ...]:
    """The values of every own segment of this id; each knows its segment."""
    return tuple(
        msgspec.structs.replace(value, segment=number)
        for number, value in each(loop, segment_id, read)
    )


def first(
    loop: Loop, segment_id: str, read: Callable[[list[str]], T], *qualifiers: str
) -> T | None:
    """What the first such segment says, None without one."""
    found = each(loop, segment_id, read, *qualifiers)
    return found[0][1] if found else None


def first_numbered(loop: Loop, segment_id: str, read: Callable[[list[str]], V]) -> V | None:
    """The value of the first such segment, which knows its segment."""
    found = numbered(loop, segment_id, read)
    return found[0] if found else None


def moment(elements: list[str], place: int = 4) -> datetime | None:
    """A day and a time HHMM beside it, as BHT and BGN have them; local, as sent."""
    if not at(elements, place):
        return None
    day, clock = read_day(at(elements, place)), at(elements, place + 1)[:4] or "0000"
    if not (len(clock) == 4 and clock.isdecimal() and clock[:2] < "24" and clock[2:] < "60"):
        raise InputError("a time of day is not written HHMM")
    return datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[2:]))  # noqa: DTZ001


def name(nm1: list[str]) -> Name:
    """The name of an NM1."""
    return Name(last=at(nm1, 3), first=at(nm1, 4), middle=at(nm1, 5), suffix=at(nm1, 7))


def entity(nm1: list[str]) -> Entity:
    """Whether an NM1 is a person."""
    return Entity.PERSON if at(nm1, 2) == "1" else Entity.ORGANIZATION


def address(loop: Loop) -> Address | None:
    """N3 and N4."""
    street, city = loop.first("N3") or [], loop.first("N4") or []
    if not street and not city:
        return None
    return Address(
        line1=at(street, 1),
        line2=at(street, 2),
        city=at(city, 1),
        state=at(city, 2),
        postal_code=at(city, 3),
        country=at(city, 4),
    )


def references(loop: Loop) -> tuple[Reference, ...]:
    """All REF of a loop."""
    return tuple(Reference(qualifier=at(ref, 1), value=at(ref, 2)) for ref in loop.all("REF"))


def contact(per: list[str]) -> Contact:
    """PER."""
    numbers = (Reference(qualifier=at(per, n), value=at(per, n + 1)) for n in (3, 5, 7))
    return Contact(name=at(per, 2), numbers=tuple(each for each in numbers if each.value))


def rejections(loop: Loop) -> tuple[Rejection, ...]:
    """All AAA of a loop."""
    return numbered(
        loop,
        "AAA",
        lambda aaa: Rejection(
            reason=at(aaa, 3), follow_up=at(aaa, 4), understood=at(aaa, 1) == "Y"
        ),
    )


def trace(trn: list[str]) -> Trace:
    """TRN."""
    return Trace(kind=at(trn, 1), number=at(trn, 2), originator=at(trn, 3), further=at(trn, 4))


def review_date(dtp: list[str]) -> ReviewDate:
    """DTP: one day, two, or a day with a time."""
    form, text = at(dtp, 2), at(dtp, 3)
    clock = ""
    if form == "DT":
        form, text, clock = "D8", text[:8], text[8:]
    day, last = read_span(form, text)
    return ReviewDate(qualifier=at(dtp, 1), first=day, last=last, time=clock)


def delivery(hsd: list[str]) -> Delivery:
    """HSD."""
    return Delivery(
        kind=at(hsd, 1),
        quantity=number(at(hsd, 2)),
        unit=at(hsd, 3),
        every=number(at(hsd, 4)),
        period=at(hsd, 5),
        periods=whole(at(hsd, 6)),
        frequency=at(hsd, 7),
        time_of_day=at(hsd, 8),
    )


def condition(crc: list[str]) -> Condition:
    """CRC."""
    codes = tuple(code for code in crc[3:8] if code)
    return Condition(category=at(crc, 1), applies=at(crc, 2) == "Y", codes=codes)


def admission(cl1: list[str]) -> Admission:
    """CL1."""
    return Admission(type=at(cl1, 1), source=at(cl1, 2), status=at(cl1, 3), residence=at(cl1, 4))


def attachment(pwk: list[str]) -> ReviewAttachment:
    """PWK."""
    return ReviewAttachment(
        report_type=at(pwk, 1),
        transmission=at(pwk, 2),
        control_number=at(pwk, 6),
        description=at(pwk, 7),
    )


def whole(text: str) -> int | None:
    """A whole number, None where there is none."""
    if text and not (text.isdecimal() and text.isascii() and len(text) <= 15):
        raise InputError("a count is not a whole number")
    return int(text) if text else None


def number(text: str) -> Decimal | None:
    """A quantity, None where there is none."""
    return read_number(text) if text else None


def money(text: str) -> int | None:
    """An amount in cents, None where there is none."""
    return read_cents(text) if text else None


def yes_or_no(text: str) -> bool | None:
    """Y or N, None for anything else."""
    return {"Y": True, "N": False}.get(text)

"""What 270, 271, 276 and 277 are read with: values of a segment, parties, people, the start.

Every function names the segment where a value is none: ``X12SyntaxError`` with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import (
    Contact,
    Identifier,
    Insured,
    Party,
    Procedure,
    Specialty,
    Trace,
)
from core.claims.parties import Address, Entity, Name, Reference
from core.errors import InputError, X12SyntaxError
from core.x12.elements import read_cents, read_day, read_number, read_span
from core.x12.loops import Loop

Elements = list[str]
Found = TypeVar("Found")

_PADDING = [""] * 18


def padded(loop: Loop, *segment_ids: str) -> Iterator[tuple[int, Elements]]:
    """The loop's own segments of these ids with their numbers, long enough for any element."""
    for number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] in segment_ids:
            yield number, elements + _PADDING


def read(number: int, how: Callable[[str], Found], text: str) -> Found:
    """``how(text)``; what is wrong with it is told with the number of its segment."""
    try:
        return how(text)
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=number) from None


def maybe(number: int, how: Callable[[str], Found], text: str) -> Found | None:
    """The same where the element may be empty."""
    return read(number, how, text) if text else None


def cents(number: int, text: str) -> int | None:
    """An amount in cents; None for an empty element."""
    return maybe(number, read_cents, text)


def decimal(number: int, text: str) -> Decimal | None:
    """A decimal number; None for an empty element."""
    return maybe(number, read_number, text)


def day(number: int, text: str) -> date | None:
    """A day CCYYMMDD; None for an empty element."""
    return maybe(number, read_day, text)


def count(text: str) -> int:
    """A whole number; else ``InputError``."""
    if not (text.isdecimal() and text.isascii() and len(text) <= 9):
        raise InputError("a count is not a whole number")
    return int(text)


def period(number: int, elements: Elements) -> QualifiedDate:
    """A DTP."""
    try:
        first, last = read_span(elements[2], elements[3])
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=number) from None
    return QualifiedDate(qualifier=elements[1], first=first, last=last)


def periods(loop: Loop, *qualifiers: str) -> tuple[QualifiedDate, ...]:
    """The loop's dates."""
    found = [period(number, elements) for number, elements in padded(loop, "DTP")]
    return tuple(each for each in found if not qualifiers or each.qualifier in qualifiers)


def identifiers(loop: Loop) -> tuple[Identifier, ...]:
    """The loop's further numbers (REF)."""
    return tuple(
        Identifier(qualifier=elements[1], value=elements[2], description=elements[3])
        for _, elements in padded(loop, "REF")
    )


def traces(loop: Loop, answer: bool) -> tuple[Trace, ...]:
    """The loop's trace numbers (TRN)."""
    return tuple(
        Trace(
            number=elements[2],
            originator=elements[3],
            further=elements[4],
            own=answer and elements[1] == "1",
        )
        for _, elements in padded(loop, "TRN")
    )


def procedure(text: str, component: str) -> Procedure | None:
    """A composite that names a procedure; None when it is empty."""
    if not text:
        return None
    parts = text.split(component) + _PADDING
    return Procedure(
        qualifier=parts[0],
        code=parts[1],
        modifiers=tuple(part for part in parts[2:6] if part),
        last_code=parts[7],
    )


def pointers(number: int, text: str, component: str) -> tuple[int, ...]:
    """A composite of pointers at diagnoses."""
    return tuple(read(number, count, part) for part in text.split(component) if part)


def party(loop: Loop) -> Party:
    """A name loop (2100A, 2100B, 2120C ...) as a party."""
    return msgspec.structs.replace(
        named(loop.number, loop.segments[0] + _PADDING),
        numbers=identifiers(loop),
        address=_address(loop),
        contacts=_contacts(loop),
        specialty=_specialty(loop),
    )


def named(number: int, name: Elements) -> Party:
    """A party by its NM1 alone."""
    return Party(
        segment=number,
        role=name[1],
        entity=_entity(name),
        name=_name(name),
        id_qualifier=name[8],
        id=name[9],
        relation=name[10],
    )


def insured(loop: Loop, component: str) -> Insured:
    """A person's name loop (2100C, 2100D): the person as the file has them."""
    name = loop.segments[0] + _PADDING
    person = with_birth(
        Insured(
            segment=loop.number,
            name=_name(name),
            entity=_entity(name),
            id_qualifier=name[8],
            id=name[9],
            numbers=identifiers(loop),
            address=_address(loop),
            specialty=_specialty(loop),
            dates=periods(loop),
        ),
        loop,
    )
    diagnoses = tuple(
        Reference(qualifier=parts[0], value=parts[1])
        for _, elements in padded(loop, "HI")
        for parts in (element.split(component) for element in elements[1:13])
        if len(parts) > 1
    )
    for number, elements in padded(loop, "INS"):
        return msgspec.structs.replace(
            person,
            diagnoses=diagnoses,
            relationship=elements[2],
            changed=elements[4] == "25",
            birth_sequence=maybe(number, count, elements[17]),
        )
    return msgspec.structs.replace(person, diagnoses=diagnoses)


def with_birth(person: Insured, loop: Loop) -> Insured:
    """The person with the birth date and sex of the loop's DMG."""
    for number, elements in padded(loop, "DMG"):
        return msgspec.structs.replace(person, birth_date=day(number, elements[2]), sex=elements[3])
    return person


def start(body: Loop) -> tuple[str, str, datetime | None]:
    """BHT: purpose, reference, when it was made."""
    for number, elements in padded(body, "BHT"):
        return elements[2], elements[3], _moment(number, elements[4], elements[5])
    return "", "", None


def _moment(number: int, text: str, clock: str) -> datetime | None:
    if not text:
        return None
    on = read(number, read_day, text)
    clock = (clock[:6] if len(clock) >= 6 else clock[:4] + "00") if len(clock) >= 4 else "000000"
    try:
        time = datetime.strptime(clock, "%H%M%S").time()  # noqa: DTZ007 (local, as sent)
    except ValueError:
        message = "the time of day (BHT05) is not written HHMM"
        raise X12SyntaxError(message, segment=number) from None
    return datetime.combine(on, time)


def _entity(name: Elements) -> Entity:
    return Entity.PERSON if name[2] == "1" else Entity.ORGANIZATION


def _name(name: Elements) -> Name:
    return Name(last=name[3], first=name[4], middle=name[5], suffix=name[7])


def _before_loops(loop: Loop, segment_id: str) -> Elements | None:
    """The first such segment before the loops within.

    One that stands later lost its own loop (payers leave out LS): it is of somebody else.
    """
    end = loop.loops[0].number if loop.loops else loop.numbers[-1] + 1
    found = (elements for number, elements in padded(loop, segment_id) if number < end)
    return next(found, None)


def _address(loop: Loop) -> Address | None:
    street, city = _before_loops(loop, "N3"), _before_loops(loop, "N4")
    if street is None and city is None:
        return None
    lines = street or _PADDING
    place = city or _PADDING
    return Address(
        line1=lines[1],
        line2=lines[2],
        city=place[1],
        state=place[2],
        postal_code=place[3],
        country=place[4],
    )


def _contacts(loop: Loop) -> tuple[Contact, ...]:
    return tuple(
        Contact(
            name=elements[2],
            ways=tuple(
                Reference(qualifier=elements[place], value=elements[place + 1])
                for place in (3, 5, 7)
                if elements[place]
            ),
        )
        for _, elements in padded(loop, "PER")
    )


def _specialty(loop: Loop) -> Specialty | None:
    prv = _before_loops(loop, "PRV")
    return None if prv is None else Specialty(role=prv[1], qualifier=prv[2], code=prv[3])

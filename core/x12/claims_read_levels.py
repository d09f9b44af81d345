"""Reading the 837 above the claim: billing provider, subscriber with payer, patient.

Each level is made once and kept with its loop, for all claims below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from core.claims.claim import Form
from core.claims.parties import Entity, Payer, Person, Provider, Reference, Subscriber
from core.errors import InputError
from core.x12.claims_read_parties import (
    address,
    entity,
    member_id,
    nm1,
    payer,
    payer_kind,
    person,
    provider,
)
from core.x12.claims_reading import Elements, Fields, NotCarried, Reading, append, padded
from core.x12.elements import read_day
from core.x12.loops import Loop

Made = TypeVar("Made")

_BILLING_NUMBERS = frozenset(("G2", "LU"))


class UnreadableLevelError(InputError):
    """What keeps a level from becoming a value, and the segment where it is."""

    code = "x12-level"

    def __init__(self, message: str, segment: int) -> None:
        super().__init__(message)
        self.segment = segment


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """Loop 2000A: the billing provider, and where to send the money if elsewhere."""

    provider: Provider | None
    pay_to: Provider | None
    number: str
    lost: tuple[NotCarried, ...]


class Insured(msgspec.Struct, frozen=True, kw_only=True):
    """Loop 2000B: SBR01, who holds the policy, the payer. ``subscriber`` None: 2010BA is missing.

    ``subscriber`` is as for a patient who holds the policy; ``references`` are the billing
    provider's numbers at the payer. ``number`` and ``parent`` are HL01 and HL02.
    """

    order: str
    subscriber: Subscriber | None
    payer: Payer
    references: tuple[Reference, ...]
    number: str
    parent: str
    lost: tuple[NotCarried, ...]


class Dependent(msgspec.Struct, frozen=True, kw_only=True):
    """Loop 2000C: the patient and the relationship to the subscriber."""

    patient: Person | None
    relationship: str
    parent: str
    lost: tuple[NotCarried, ...]


def _once(loop: Loop, form: Form, component: str, make: Callable[[Reading, Loop], Made]) -> Made:
    """The value of a level, or its fault, made the first time it is asked for."""
    if loop.made is None:
        reading = Reading(form, component)
        try:
            loop.made = make(reading, loop)
        except InputError as fault:
            loop.made = UnreadableLevelError(fault.message, reading.number)
    if isinstance(loop.made, UnreadableLevelError):
        raise loop.made
    made: Made = loop.made
    return made


def billing_of(loop: Loop, form: Form, component: str) -> Billing:
    """The billing provider level; raises ``UnreadableLevelError``."""
    return _once(loop, form, component, _billing)


def insured_of(loop: Loop, form: Form, component: str) -> Insured:
    """The subscriber level; raises ``UnreadableLevelError``."""
    return _once(loop, form, component, _insured)


def dependent_of(loop: Loop, form: Form, component: str) -> Dependent:
    """The patient level; raises ``UnreadableLevelError``."""
    return _once(loop, form, component, _dependent)


def _billing(reading: Reading, loop: Loop) -> Billing:
    taxonomy = ""
    reading.loop = loop.id
    number = ""
    for reading.number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] == "HL":
            number = padded(elements, 1)[1]
        elif elements[0] == "PRV" and len(elements) > 3:
            taxonomy = elements[3]
        else:
            reading.lose(elements)
    who: Provider | None = None
    pay_to: Provider | None = None
    for inner in loop.loops:
        if inner.id == "2010AA" and who is None:
            who = provider(reading, inner, taxonomy)
        elif inner.id == "2010AB" and pay_to is None:
            pay_to = provider(reading, inner)
        else:
            reading.lose_loop(inner, loop.id)
    return Billing(provider=who, pay_to=pay_to, number=number, lost=tuple(reading.lost))


def _insured(reading: Reading, loop: Loop) -> Insured:
    coverage: Fields = {}
    died: Fields = {}
    order, indicator = "", ""
    reading.loop = loop.id
    heading = padded(loop.segments[0], 2)
    for reading.number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] == "SBR":
            if len(elements) < 10:
                elements = padded(elements, 9)
            order, indicator = elements[1], elements[9]
            coverage["group_number"] = elements[3]
            coverage["group_name"] = elements[4]
            coverage["msp_type"] = elements[5]
            if elements[2] not in ("18", ""):
                reading.lose(elements, 2)
            if elements[6] or elements[7] or elements[8]:
                reading.lose_where(elements, 6, 7, 8)
        elif elements[0] == "PAT":
            _pat(reading, padded(elements, 9), {}, died)
        elif elements[0] != "HL":
            reading.lose(elements)
    subscriber: Subscriber | None = None
    payer_fields: Fields | None = None
    references: tuple[Reference, ...] = ()
    for inner in loop.loops:
        if inner.id == "2010BA" and subscriber is None:
            elements = nm1(reading, inner)
            coverage["member_id"] = member_id(reading, elements)
            coverage["entity"] = entity(elements[2]) if elements[2] else Entity.PERSON
            holder = Person(**person(reading, inner, elements), **died)
            subscriber = Subscriber(person=holder, **coverage)
        elif inner.id == "2010BB" and payer_fields is None:
            payer_fields, references = _payer(reading, inner)
        else:
            reading.lose_loop(inner, loop.id)
    who = payer_fields or {"payer_id": "", "name": ""}
    return Insured(
        order=order,
        subscriber=subscriber,
        payer=Payer(**who, filing_indicator=indicator, kind=payer_kind(indicator)),
        references=references,
        number=heading[1],
        parent=heading[2],
        lost=tuple(reading.lost),
    )


def _payer(reading: Reading, loop: Loop) -> tuple[Fields, tuple[Reference, ...]]:
    """The payer, and the billing provider's own numbers there, which stand in its loop."""
    elements = nm1(reading, loop)
    fields = payer(reading, loop, elements)
    if elements[2] == "1" or elements[4] or elements[5] or elements[7]:
        reading.lose_where(elements, 2, 4, 5, 7)
    street: Elements | None = None
    street_number = 0
    found: Fields = {}
    for place in range(1, len(loop.segments)):
        elements = loop.segments[place]
        reading.number = loop.numbers[place]
        segment_id = elements[0]
        if segment_id == "N3":
            street, street_number = elements, reading.number
        elif segment_id == "N4":
            fields["address"] = address(reading, street, elements)
            street = None
        elif segment_id == "REF" and len(elements) > 2 and elements[1] in _BILLING_NUMBERS:
            append(found, "all", Reference(qualifier=elements[1], value=elements[2]))
        else:
            reading.lose(elements)
    if street is not None:
        reading.number = street_number
        reading.lose(street)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)
    return fields, found.get("all", ())


def _pat(reading: Reading, elements: Elements, relation: Fields, died: Fields) -> None:
    """PAT at either level: relationship and day of death; weight and pregnancy are lost."""
    if elements[1]:
        relation["relationship"] = elements[1]
    if elements[6]:
        died["death_date"] = read_day(elements[6])
    reading.lose_where(elements, 2, 3, 4, 8, 9)


def _dependent(reading: Reading, loop: Loop) -> Dependent:
    relation: Fields = {}
    died: Fields = {}
    reading.loop = loop.id
    for reading.number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] == "PAT":
            _pat(reading, padded(elements, 9), relation, died)
        elif elements[0] != "HL":
            reading.lose(elements)
    patient: Person | None = None
    for inner in loop.loops:
        if inner.id == "2010CA" and patient is None:
            elements = nm1(reading, inner)
            if elements[9]:
                reading.lose(elements, 9)
            patient = Person(**person(reading, inner, elements), **died)
        else:
            reading.lose_loop(inner, loop.id)
    return Dependent(
        parent=padded(loop.segments[0], 2)[2],
        patient=patient,
        relationship=relation.get("relationship", ""),
        lost=tuple(reading.lost),
    )

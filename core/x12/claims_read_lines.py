"""Reading loops 2400 to 2430: service lines, their drugs and what earlier payers decided."""

from __future__ import annotations

from core.claims.claim import (
    Drug,
    Form,
    LineAdjudication,
    Note,
    QualifiedDate,
    ServiceLine,
    Tooth,
)
from core.claims.parties import Provider, Reference
from core.errors import InputError
from core.x12.cas import read_cas
from core.x12.claims_loops import LINE_FIELDS
from core.x12.claims_read_parties import provider
from core.x12.claims_reading import Elements, Fields, Reading, append, padded
from core.x12.elements import read_cents, read_day, read_number, read_span
from core.x12.loops import Loop

_SERVICES = frozenset(("SV1", "SV2", "SV3"))
_ONE_POINTER = {str(number): (number,) for number in range(1, 13)}


class Lines:
    """The lines of one claim as they are made; ``place`` is the claim's place of service."""

    __slots__ = ("made", "ordering", "place")

    def __init__(self, place: str) -> None:
        self.made: list[ServiceLine] = []
        self.ordering: Provider | None = None
        self.place = place

    def add(self, reading: Reading, loop: Loop) -> None:
        """Make the line of a loop; its number is its place in the claim, whatever LX says."""
        fields: Fields = {"line_no": len(self.made) + 1}
        served = _own(reading, loop, fields, self.place)
        if served != 1:
            if served:
                for part in _split(loop):
                    self.add(reading, part)
                return
            reading.number = loop.numbers[0]
            raise InputError("a line (LX) has no service segment")
        if loop.loops:
            self._inner(reading, loop, fields)
        self.made.append(ServiceLine(**fields))

    def _inner(self, reading: Reading, loop: Loop, fields: Fields) -> None:
        decisions: list[LineAdjudication] = []
        for inner in loop.loops:
            if inner.id == "2430":
                decisions.append(_decision(reading, inner))
            elif inner.id == "2410":
                _drug(reading, inner, fields)
            else:
                field = LINE_FIELDS[reading.form].get(inner.id, "")
                if not field or field in fields or inner.segments[0][1:2] == ["P3"]:
                    reading.lose_loop(inner, loop.id)
                elif field == "ordering":
                    self._ordered(reading, inner)
                else:
                    fields[field] = provider(reading, inner)
        if decisions:
            fields["adjudications"] = tuple(decisions)

    def _ordered(self, reading: Reading, loop: Loop) -> None:
        """The guide names who ordered on each line, our value once for the claim."""
        ordering = provider(reading, loop)
        if self.ordering is None:
            self.ordering = ordering
        elif self.ordering != ordering:
            reading.number, reading.loop = loop.number, loop.id
            reading.lose(loop.segments[0])


def _split(loop: Loop) -> list[Loop]:
    """A loop with several services, as files have it that leave LX out: one loop a service."""
    found: list[Loop] = []
    for number, elements in zip(loop.numbers, loop.segments, strict=False):
        if not found or (
            elements[0] in _SERVICES and any(one[0] in _SERVICES for one in found[-1].segments)
        ):
            found.append(Loop(loop.id, loop.node))
        found[-1].segments.append(elements)
        found[-1].numbers.append(number)
    for inner in loop.loops:
        home = next(part for part in reversed(found) if part.number < inner.number)
        home.loops.append(inner)
    return found


def _own(reading: Reading, loop: Loop, fields: Fields, claim_place: str) -> int:
    """The segments of the line itself, up to a second service; how many services there were."""
    served = 0
    reading.loop = loop.id
    numbers = loop.numbers
    place = -1
    for elements in loop.segments:
        place += 1
        segment_id = elements[0]
        if segment_id == "LX":
            continue
        reading.number = numbers[place]
        if segment_id == "DTP":
            _dtp(reading, elements, fields)
        elif segment_id == "REF":
            _ref(reading, elements, fields)
        elif segment_id in _SERVICES:
            served += 1
            if served > 1:
                return served
            if segment_id == "SV1":
                _sv1(reading, elements, fields, claim_place)
            elif segment_id == "SV2":
                _sv2(reading, padded(elements, 7), fields)
            else:
                _sv3(reading, padded(elements, 11), fields, claim_place)
        elif segment_id == "TOO":
            _too(reading, padded(elements, 3), fields)
        elif segment_id == "NTE":
            elements = padded(elements, 2)
            append(fields, "notes", Note(qualifier=elements[1], text=elements[2]))
        else:
            reading.lose(elements)
    return served


def _procedure(reading: Reading, fields: Fields, elements: Elements, place: int) -> None:
    element = elements[place]
    if not element:
        return
    parts = element.split(reading.component)
    fields["code_qualifier"] = parts[0]
    count = len(parts)
    if count > 1:
        fields["code"] = parts[1]
    if count > 2:
        modifiers = tuple([modifier for modifier in parts[2:6] if modifier])
        if modifiers:
            fields["modifiers"] = modifiers
        if count > 6 and parts[6]:
            fields["description"] = parts[6]
        if count > 7 and any(parts[7:]):
            reading.lose(elements, place)


def _pointers(reading: Reading, element: str) -> tuple[int, ...]:
    known = _ONE_POINTER.get(element)
    if known is not None:
        return known
    try:
        return tuple([int(part) for part in element.split(reading.component) if part])
    except ValueError:
        raise InputError("a diagnosis pointer is not a number") from None


def _sv1(reading: Reading, elements: Elements, fields: Fields, claim_place: str) -> None:
    """A professional service. A place of its own that repeats the claim's says nothing."""
    count = len(elements)
    if count < 8:
        elements = padded(elements, 7)
    _procedure(reading, fields, elements, 1)
    fields["charge_cents"] = read_cents(elements[2])
    fields["unit_basis"] = elements[3]
    fields["units"] = read_number(elements[4])
    if elements[5] and elements[5] != claim_place:
        fields["place_of_service"] = elements[5]
    if elements[7]:
        fields["pointers"] = _pointers(reading, elements[7])
    if elements[6]:
        reading.lose(elements, 6)
    if count > 8:
        reading.lose_where(elements, 8)
        if count > 9 and elements[9] == "Y":
            fields["emergency"] = True
        reading.lose_beyond(elements, 9)


def _sv2(reading: Reading, elements: Elements, fields: Fields) -> None:
    """An institutional service."""
    fields["revenue_code"] = elements[1]
    _procedure(reading, fields, elements, 2)
    fields["charge_cents"] = read_cents(elements[3])
    fields["unit_basis"] = elements[4]
    fields["units"] = read_number(elements[5])
    if elements[7]:
        fields["noncovered_cents"] = read_cents(elements[7])
    if elements[6]:
        reading.lose(elements, 6)
    if len(elements) > 8:
        reading.lose_beyond(elements, 7)


def _sv3(reading: Reading, elements: Elements, fields: Fields, claim_place: str) -> None:
    """A dental service."""
    _procedure(reading, fields, elements, 1)
    fields["charge_cents"] = read_cents(elements[2])
    if elements[3] and elements[3] != claim_place:
        fields["place_of_service"] = elements[3]
    if elements[4]:
        areas = elements[4].split(reading.component)
        fields["oral_cavity"] = tuple([area for area in areas if area])
    fields["prosthesis"] = elements[5]
    if elements[6]:
        fields["units"] = read_number(elements[6])
    if elements[11]:
        fields["pointers"] = _pointers(reading, elements[11])
    if any(elements[7:11]):
        reading.lose_where(elements, 7, 8, 9, 10)


def _too(reading: Reading, elements: Elements, fields: Fields) -> None:
    """A tooth and its surfaces."""
    surfaces = elements[3].replace(reading.component, "")
    append(fields, "teeth", Tooth(number=elements[2], surfaces=surfaces))
    if elements[1] != "JP":
        reading.lose(elements, 1)


def _dtp(reading: Reading, elements: Elements, fields: Fields) -> None:
    """A date of the line."""
    if len(elements) < 4:
        elements = padded(elements, 3)
    qualifier = elements[1]
    if elements[2] == "D8":
        first, last = read_day(elements[3]), None
    else:
        first, last = read_span(elements[2], elements[3])
    if qualifier == "472" and "service_from" not in fields:
        fields["service_from"] = first
        fields["service_to"] = last
    elif qualifier == "441" and reading.form is Form.DENTAL and last is None:
        fields["prosthesis_prior_on"] = first
    else:
        append(fields, "dates", QualifiedDate(qualifier=qualifier, first=first, last=last))


def _ref(reading: Reading, elements: Elements, fields: Fields) -> None:
    """A number of the line."""
    if len(elements) != 3:
        elements = padded(elements, 4)
        if elements[4]:
            # A number of another payer: the value cannot say whose it is.
            reading.lose(elements)
            return
    qualifier = elements[1]
    if qualifier == "6R" and "control_number" not in fields:
        fields["control_number"] = elements[2]
    elif qualifier == "G1" and "auth_number" not in fields:
        fields["auth_number"] = elements[2]
    else:
        append(fields, "references", Reference(qualifier=qualifier, value=elements[2]))


def _drug(reading: Reading, loop: Loop, fields: Fields) -> None:
    """The drug behind the line, with quantity and unit."""
    opening = padded(loop.segments[0], 3)
    if opening[0] != "LIN" or opening[2] != "N4" or "drug" in fields:
        reading.lose_loop(loop)
        return
    reading.loop = loop.id
    unit, quantity = "", None
    for place, elements in enumerate(loop.segments):
        reading.number = loop.numbers[place]
        if elements[0] == "CTP":
            elements = padded(elements, 5)
            unit, *rest = elements[5].split(reading.component)
            quantity = read_number(elements[4]) if elements[4] else None
            if elements[2] or elements[3] or any(rest):
                reading.lose_where(elements, 2, 3)
        elif elements[0] == "REF":
            _ref(reading, elements, fields)
        elif place:
            reading.lose(elements)
    fields["drug"] = Drug(ndc=opening[3], unit=unit, quantity=quantity)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)


def _decision(reading: Reading, loop: Loop) -> LineAdjudication:
    """What an earlier payer decided on the line."""
    reading.loop = loop.id
    fields: Fields = {}
    for place, elements in enumerate(loop.segments):
        reading.number = loop.numbers[place]
        segment_id = elements[0]
        if segment_id == "SVD":
            _svd(reading, padded(elements, 6), fields)
        elif segment_id == "CAS":
            fields["adjustments"] = (
                *fields.get("adjustments", ()),
                *read_cas(padded(elements, 19)),
            )
        elif segment_id == "DTP" and elements[1:3] == ["573", "D8"]:
            fields["adjudicated_on"] = read_day(padded(elements, 3)[3])
        else:
            reading.lose(elements)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)
    return LineAdjudication(**fields)


def _svd(reading: Reading, elements: Elements, fields: Fields) -> None:
    fields["payer_id"] = elements[1]
    fields["revenue_code"] = elements[4]
    fields["paid_cents"] = read_cents(elements[2])
    _procedure(reading, fields, elements, 3)
    if fields.pop("description", ""):
        reading.lose(elements, 3)
    if elements[5]:
        fields["paid_units"] = read_number(elements[5])
    if elements[6]:
        reading.lose(elements, 6)

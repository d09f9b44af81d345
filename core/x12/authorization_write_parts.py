"""Writing the segments that requests and answers of a 278 share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from core.claims.parties import Address, Entity, Name
from core.eligibility.authorizations import (
    Contact,
    Decision,
    Delivery,
    Diagnosis,
    Review,
    ReviewDate,
    Service,
)
from core.errors import InputError
from core.x12.elements import write_day, write_number, write_span
from core.x12.syntax import Delimiters, amount, composite

Segments = Iterator[list[str]]

_KINDS = {Entity.PERSON: "1", Entity.ORGANIZATION: "2"}
_DIAGNOSES_MAX = 12
# What each form of a service can carry of what tells it: SV1, SV2, SV3.
_ALL = ("code_qualifier", "code", "modifiers", "description", "charge_cents", "units")
_CARRIED = {
    "": (),
    "SV1": (*_ALL, "last_code", "unit", "pointers", "epsdt", "care_level"),
    "SV2": (
        *_ALL, "last_code", "revenue_code", "unit", "rate_cents", "residence", "care_level",
    ),
    "SV3": (*_ALL, "last_code", "oral_cavity", "prosthesis"),
}  # fmt: skip
_TOLD = sorted({field for fields in _CARRIED.values() for field in fields})


def sparse(segment_id: str, elements: Mapping[int, str]) -> list[str]:
    """A segment of which only some elements are there, by number."""
    return [segment_id, *(elements.get(place, "") for place in range(1, max(elements) + 1))]


def named(role: str, entity: Entity, name: Name, id_qualifier: str, number: str) -> list[str]:
    """NM1; qualifier and number stand together or not at all."""
    if bool(id_qualifier) != bool(number):
        raise InputError("the number of a party and its kind (NM108) stand together")
    who = [name.last, name.first, name.middle, "", name.suffix]
    return ["NM1", role, _KINDS[entity], *who, id_qualifier, number]


def address(where: Address | None) -> Segments:
    """N3 and N4, as far as there is something to say."""
    if where is None:
        return
    if where.line1 or where.line2:
        yield ["N3", where.line1, where.line2]
    if where.city or where.state or where.postal_code or where.country:
        yield ["N4", where.city, where.state, where.postal_code, where.country]


def contact(person: Contact) -> list[str]:
    """PER, with up to three numbers."""
    numbers = (text for each in person.numbers for text in (each.qualifier, each.value))
    return ["PER", "IC", person.name, *numbers]


def review(asked: Review, delimiters: Delimiters) -> list[str]:
    """UM."""
    place = [asked.place, asked.place_kind if asked.place else "", asked.bill_frequency]
    causes = [*asked.causes, "", "", ""][: max(3, len(asked.causes))]
    if not asked.place and asked.bill_frequency:
        raise InputError("the frequency of a bill needs its type")
    if not asked.causes and (asked.accident_state or asked.accident_country):
        raise InputError("the state of an accident needs its cause")
    return [
        "UM",
        asked.request,
        asked.certification,
        asked.service_type,
        composite(place, delimiters),
        composite([*causes, asked.accident_state, asked.accident_country], delimiters),
        asked.urgency,
        asked.condition,
        asked.prognosis,
        asked.release,
        asked.delay_reason,
    ]


def decision(decided: Decision, delimiters: Delimiters) -> list[str]:
    """HCR; its reasons repeat in one element."""
    mark = delimiters.repetition
    if len(decided.reasons) > 1 and not mark:
        raise InputError("several reasons need a repetition separator; choose other delimiters")
    if any(mark and mark in reason for reason in decided.reasons):
        raise InputError("the reason of a decision holds a character that separates X12 data")
    reasons = mark.join(decided.reasons)
    return ["HCR", decided.action, decided.number, reasons, yes_or_no(decided.second_opinion)]


def review_date(day: ReviewDate) -> list[str]:
    """DTP in the form that carries what is known: day, span, or day with a time."""
    if day.last is not None:
        if day.time:
            raise InputError("a span of days has no time")
        return ["DTP", day.qualifier, "RD8", write_span(day.first, day.last)]
    form = "DT" if day.time else "D8"
    return ["DTP", day.qualifier, form, write_day(day.first) + day.time]


def diagnoses(codes: Sequence[Diagnosis], delimiters: Delimiters) -> list[str]:
    """HI, which has twelve places."""
    if len(codes) > _DIAGNOSES_MAX:
        raise InputError(f"an event has {_DIAGNOSES_MAX} diagnoses at the most")
    parts = []
    for code in codes:
        known = ("D8", write_day(code.on)) if code.on is not None else ("", "")
        parts.append(composite((code.qualifier, code.code, *known), delimiters))
    return ["HI", *parts]


def delivery(pattern: Delivery) -> list[str]:
    """HSD."""
    return [
        "HSD",
        pattern.kind,
        _number(pattern.quantity),
        pattern.unit,
        _number(pattern.every),
        pattern.period,
        "" if pattern.periods is None else str(pattern.periods),
        pattern.frequency,
        pattern.time_of_day,
    ]


def service_code(service: Service, delimiters: Delimiters) -> Segments:
    """SV1, SV2 or SV3, and the teeth. Refuses what the form has no place for."""
    empty = Service()
    carried = _CARRIED.get(service.form)
    if carried is None:
        raise InputError("the form of a service is SV1, SV2 or SV3")
    for field in _TOLD:
        if field not in carried and getattr(service, field) != getattr(empty, field):
            form = service.form or "a service without a form (SV1, SV2 or SV3)"
            raise InputError(f"{form} has no place for {field.replace('_', ' ')}")
    cents, units = _money(service.charge_cents), _number(service.units)
    match service.form:
        case "SV1":
            pointers = composite([str(each) for each in service.pointers], delimiters)
            code = _procedure(service, service.description, delimiters)
            yield sparse(
                "SV1",
                {1: code, 2: cents, 3: service.unit, 4: units, 7: pointers}
                | {11: yes_or_no(service.epsdt), 20: service.care_level},
            )
        case "SV2":
            code = _procedure(service, service.description, delimiters)
            yield sparse(
                "SV2",
                {1: service.revenue_code, 2: code, 3: cents, 4: service.unit, 5: units}
                | {6: _money(service.rate_cents), 9: service.residence, 10: service.care_level},
            )
        case "SV3":
            code = _procedure(service, "", delimiters)
            area = composite(service.oral_cavity, delimiters)
            words = service.description
            yield ["SV3", code, cents, "", area, service.prosthesis, units, words]
    for tooth in service.teeth:
        yield ["TOO", "JP", tooth.number, composite(list(tooth.surfaces), delimiters)]


def _procedure(service: Service, description: str, delimiters: Delimiters) -> str:
    if len(service.modifiers) > 4:
        raise InputError("a service has four modifiers at the most")
    if not service.code and (service.modifiers or description or service.last_code):
        raise InputError("modifiers and description of a service need its code")
    if bool(service.code) != bool(service.code_qualifier):
        raise InputError("the code of a service and its kind stand together")
    modifiers = [*service.modifiers, "", "", "", ""][:4]
    parts = [service.code_qualifier, service.code, *modifiers, description, service.last_code]
    return composite(parts, delimiters)


def yes_or_no(answer: bool | None) -> str:
    """Y, N, or empty where nothing is said."""
    return "" if answer is None else "Y" if answer else "N"


def _number(number: Decimal | None) -> str:
    return "" if number is None else write_number(number)


def _money(cents: int | None) -> str:
    return "" if cents is None else amount(cents)

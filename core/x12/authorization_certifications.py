"""CR1, CR2, CR5 and CR6 of a 278 as values and back: a table of elements, read both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from core.eligibility.certifications import (
    Ambulance,
    Certification,
    HomeHealth,
    Oxygen,
    SpinalCare,
)
from core.x12 import authorization_read_parts as parts
from core.x12.authorization_write_parts import sparse, yes_or_no
from core.x12.elements import at, read_day, read_span, write_day, write_number, write_span


class _Kind(NamedTuple):
    """How an element becomes a value, and a value an element; None is an empty element."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _period(text: str) -> tuple[date, date | None]:
    return read_span("RD8", text)


_TEXT = _Kind(str, str)
_NUMBER = _Kind(parts.number, write_number)
_WHOLE = _Kind(parts.whole, str)
_DAY = _Kind(read_day, write_day)
_ANSWER = _Kind(parts.yes_or_no, yes_or_no)
# Two elements: the form RD8 stands before the days.
_PERIOD = _Kind(_period, lambda days: write_span(*days))

_Elements = tuple[tuple[int, str, _Kind], ...]
_TABLES: dict[str, tuple[type[Any], _Elements]] = {
    "CR1": (
        Ambulance,
        (
            (1, "weight_unit", _TEXT),
            (2, "weight", _NUMBER),
            (3, "transport", _TEXT),
            (4, "reason", _TEXT),
            (5, "distance_unit", _TEXT),
            (6, "distance", _NUMBER),
            (7, "origin", _TEXT),
            (8, "destination", _TEXT),
            (9, "round_trip_purpose", _TEXT),
            (10, "stretcher_purpose", _TEXT),
        ),
    ),
    "CR2": (
        SpinalCare,
        (
            (1, "number", _WHOLE),
            (2, "count", _NUMBER),
            (3, "level", _TEXT),
            (4, "last_level", _TEXT),
            (5, "period_unit", _TEXT),
            (6, "period", _NUMBER),
            (7, "monthly_visits", _NUMBER),
            (8, "condition", _TEXT),
            (9, "complication", _ANSWER),
            (10, "description", _TEXT),
            (11, "further_description", _TEXT),
            (12, "x_rays", _ANSWER),
        ),
    ),
    "CR5": (
        Oxygen,
        (
            (3, "equipment", _TEXT),
            (4, "further_equipment", _TEXT),
            (5, "equipment_reason", _TEXT),
            (6, "flow_rate", _NUMBER),
            (7, "daily_uses", _NUMBER),
            (8, "hours_a_use", _NUMBER),
            (9, "therapist_order", _TEXT),
            (10, "blood_gas", _NUMBER),
            (11, "saturation", _NUMBER),
            (12, "test_condition", _TEXT),
            (13, "finding", _TEXT),
            (14, "second_finding", _TEXT),
            (15, "third_finding", _TEXT),
            (16, "portable_flow_rate", _NUMBER),
            (17, "delivery", _TEXT),
            (18, "portable_equipment", _TEXT),
        ),
    ),
    "CR6": (
        HomeHealth,
        (
            (1, "prognosis", _TEXT),
            (2, "care_began", _DAY),
            (4, "certified", _PERIOD),
            (5, "diagnosed_on", _DAY),
            (6, "skilled_nursing", _TEXT),
            (7, "medicare", _TEXT),
            (8, "certification", _TEXT),
            (9, "surgery_on", _DAY),
            (10, "surgery_code_list", _TEXT),
            (11, "surgery_code", _TEXT),
            (12, "ordered_on", _DAY),
            (13, "last_visit_on", _DAY),
            (14, "physician_contacted_on", _DAY),
            (16, "last_stay", _PERIOD),
            (17, "discharged_from", _TEXT),
            (18, "second_diagnosed_on", _DAY),
            (19, "third_diagnosed_on", _DAY),
            (20, "fourth_diagnosed_on", _DAY),
            (21, "fifth_diagnosed_on", _DAY),
        ),
    ),
}


def read_certification(elements: list[str]) -> Certification:
    """The value of a CR1, CR2, CR5 or CR6; ``InputError`` for a number or day that is none."""
    made, table = _TABLES[elements[0]]
    value: Certification = made(
        **{name: kind.read(text) for place, name, kind in table if (text := at(elements, place))}
    )
    return value


def write_certification(value: Certification) -> list[str]:
    """The segment of a certification."""
    segment_id = next(key for key, (made, _) in _TABLES.items() if isinstance(value, made))
    elements: dict[int, str] = {}
    for place, name, kind in _TABLES[segment_id][1]:
        given = getattr(value, name)
        if given is None or given == "":
            continue
        elements[place] = kind.write(given)
        if kind is _PERIOD:
            elements[place - 1] = "RD8"
    return sparse(segment_id, elements or {1: ""})

"""Elements as values of the type the standard's table gives them.

Text stays text. An amount of money (element type R up to 18 digits) becomes cents, any other
decimal number a ``Decimal``, a whole number an ``int``, a day a ``date``, a time a ``time``, a
period a pair of days, a composite a tuple of its components. Empty elements stay empty texts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from functools import cache, lru_cache
from typing import Any

from core.errors import InputError
from core.x12.elements import read_cents, read_day, read_number, read_span
from core.x12.guides import Element, standard

Converter = Callable[[list[Any], str], int]
"""Changes the elements of a segment in place, given the component separator; the number of the
first element that is not of its type and stays text, else 0."""

_Read = Callable[[str], object]
# Date forms (element 1250) by which the next element is read; all others stay text.
SPANS = frozenset(("D8", "RD8"))


_Parts = Callable[[str, str], tuple[Any, ...]]
# A composite without a reader of its own is one of texts.
_Plan = tuple[list[tuple[int, _Read]], list[tuple[int, _Parts | None]], list[tuple[int, int]]]


@cache
def converter(segment_id: str) -> Converter | None:
    """The converter of a segment, made once; None where all its elements are text."""
    plan = simple, composite, dated = _plan(standard(segment_id)[0])
    if composite or dated:
        return _of_all_kinds(plan)
    if len(simple) > 1:
        return _of_several(plan)
    return _of_one(*simple[0]) if simple else None


def _of_all_kinds(plan: _Plan) -> Converter:
    simple, composite, dated = plan
    carefully = _one_by_one(plan)

    def convert(elements: list[Any], component: str) -> int:
        count = len(elements)
        try:
            for place, read in simple:
                if place >= count:
                    break
                value = elements[place]
                if value:
                    elements[place] = read(value)
            for place, parts in composite:
                if place >= count:
                    break
                value = elements[place]
                if value:
                    elements[place] = (
                        tuple(value.split(component)) if parts is None else parts(value, component)
                    )
            for place, form in dated:
                if place < count and elements[form] in SPANS and elements[place]:
                    elements[place] = _days(elements[form], elements[place])
        except InputError:
            return carefully(elements, component)
        return 0

    return convert


def _of_several(plan: _Plan) -> Converter:
    """For the many segments without composites and qualified dates."""
    simple, _, _ = plan
    carefully = _one_by_one(plan)

    def convert(elements: list[Any], component: str) -> int:
        count = len(elements)
        try:
            for place, read in simple:
                if place >= count:
                    break
                value = elements[place]
                if value:
                    elements[place] = read(value)
        except InputError:
            return carefully(elements, component)
        return 0

    return convert


def _of_one(place: int, read: _Read) -> Converter:
    """For a segment with one element that is no text."""

    def convert(elements: list[Any], component: str) -> int:
        try:
            value = elements[place]
            if value:
                elements[place] = read(value)
        except IndexError:
            return 0
        except InputError:
            return place
        return 0

    return convert


def _one_by_one(plan: _Plan) -> Converter:
    """For a segment in which something is not of its type: all else is converted."""
    readers, components, forms = dict(plan[0]), dict(plan[1]), dict(plan[2])

    def convert(elements: list[Any], component: str) -> int:
        faults = []
        for place, value in enumerate(elements):
            if not isinstance(value, str) or not value:
                continue
            try:
                if place in readers:
                    elements[place] = readers[place](value)
                elif place in components:
                    parts = components[place] or _texts
                    elements[place] = parts(value, component)
                elif place in forms and elements[forms[place]] in SPANS:
                    elements[place] = _days(elements[forms[place]], value)
            except InputError:
                faults.append(place)
        return faults[0]

    return convert


def _plan(elements: tuple[Element, ...]) -> _Plan:
    """Which elements are no text: those with a reader, composites, dates with the form's place."""
    simple: list[tuple[int, _Read]] = []
    composite: list[tuple[int, _Parts | None]] = []
    dated: list[tuple[int, int]] = []
    form = 0
    for place, element in enumerate(elements, 1):
        if form:
            dated.append((place, form))
        elif element.parts:
            composite.append((place, _components(element.parts)))
        elif (read := _reader(element)) is not None:
            simple.append((place, read))
        form = place if element.is_form else 0
    return simple, composite, dated


def _reader(element: Element) -> _Read | None:
    match element.type:
        case "R":
            return read_cents if element.is_money else read_number
        case "N0":
            return _whole
        case "DT":
            return read_day if element.maximum >= 8 else None
        case "TM":
            return _clock
    return None


def _components(parts: tuple[Element, ...]) -> _Parts | None:
    simple, _, dated = _plan(parts)
    if not simple and not dated:
        return None

    def components(value: str, component: str) -> tuple[Any, ...]:
        found: list[Any] = value.split(component)
        count = len(found)
        for place, read in simple:
            if place > count:
                break
            if found[place - 1]:
                found[place - 1] = read(found[place - 1])
        for place, form in dated:
            if place <= count and found[form - 1] in SPANS and found[place - 1]:
                found[place - 1] = _days(found[form - 1], found[place - 1])
        return tuple(found)

    return components


def _texts(value: str, component: str) -> tuple[str, ...]:
    return tuple(value.split(component))


def _days(form: str, text: str) -> object:
    first, last = read_span(form, text)
    return first if last is None else (first, last)


@lru_cache(maxsize=1024)
def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= 15):
        raise InputError("this is not a whole number")
    return int(text)


@lru_cache(maxsize=1024)
def _clock(text: str) -> time:
    if not (text.isdecimal() and text.isascii() and len(text) in (4, 6, 8)):
        raise InputError("a time is not written HHMM")
    try:
        hundredths = int(text[6:] or 0)
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0), hundredths * 10_000)
    except ValueError:
        raise InputError("there is no such time of day") from None

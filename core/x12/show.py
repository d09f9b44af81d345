"""X12 for people and for programs: segments in their loops, values with our names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.errors import InputError
from core.money import dollars
from core.x12.code_words import code_words
from core.x12.elements import read_day
from core.x12.guides import Element
from core.x12.places import Place, places
from core.x12.syntax import read_amount

# Their first element is what a guide names the row for: one with a name needs no further words.
_NAMED_BY_KIND = frozenset(("DTP", "REF"))
# The third element of NM1, by the second.
_EITHER_NAME = "last or organization name"
_NAMES_BY_KIND = {"1": "last name", "2": "organization name"}


def show(data: bytes | Iterable[bytes]) -> Iterator[str]:
    """Lines for a person: loops indented, each value with its name, segment numbers in front.

    Money, days and times are written out, and codes explained where we have words for them. Raises
    ``X12SyntaxError`` where the data is not X12 or breaks off, after the lines before it.
    """
    for place in places(data):
        depth = len(place.loops)
        if place.opens:
            loop = place.loops[-1].node.loop
            yield f"{'':8}{'  ' * (depth - 1)}[{loop.id}] {loop.name}".rstrip()
        named = ", ".join(_words(place))
        title = f"{place.values[0]} {place.name}".rstrip()
        yield f"{place.number:>6}  {'  ' * depth}{title}{': ' if named else ''}{named}"


def to_json(data: bytes | Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One dict a segment: number, id, loop, the way to it, name, and its elements with names.

    An element is ``{"element": 2, "name": "kind", "value": "1"}``; a composite has ``parts`` of
    the same form instead of a value; one that repeats has ``values``, or a list a repetition in
    ``parts``. Empty elements are left out.
    """
    for place in places(data):
        path = [frame.node.loop.id for frame in place.loops]
        yield {
            "segment": place.number,
            "id": place.values[0],
            "loop": path[-1] if path else "",
            "path": path,
            "name": place.name,
            "elements": [_named(place, *each) for each in place.elements()],
        }


def _named(place: Place, number: int, element: Element | None, value: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"element": number, "name": element.name if element else ""}
    values = place.repetitions(value)
    if element is None or not element.parts:
        return entry | ({"values": values} if len(values) > 1 else {"value": value})
    found = [_parts(element, each, place.delimiters.component) for each in values]
    return entry | {"parts": found if len(found) > 1 else found[0]}


def _parts(element: Element, value: str, component: str) -> list[dict[str, Any]]:
    parts = value.split(component)
    known = [*element.parts, *([None] * len(parts))]
    return [
        {"component": n, "name": each.name if each else "", "value": part}
        for n, (each, part) in enumerate(zip(known, parts, strict=False), 1)
        if part
    ]


def _words(place: Place) -> Iterator[str]:
    segment_id, component = place.values[0], place.delimiters.component
    form = ""
    for number, element, value in place.elements():
        if element is None:
            yield f"element {number} {value.strip()}"
            continue
        values = place.repetitions(value)
        if element.parts:
            for each in values:
                inner = ", ".join(_inner(segment_id, number, element, each.split(component)))
                yield f"{element.name} ({inner})"
        elif len(values) > 1:
            yield f"{element.name} " + " and ".join(
                each + code_words(segment_id, number, 0, each) for each in values
            )
        else:
            name = _name(element.name, place.values)
            told = bool(place.name) and number == 1 and segment_id in _NAMED_BY_KIND
            words = "" if told else code_words(segment_id, number, 0, value)
            yield f"{name} {_readable(element, value.strip(), form)}{words}"
        form = value if element.is_form else ""


def _name(name: str, values: Sequence[str] = ()) -> str:
    """The name of an element as it stands before the value: one that ends in a number apart."""
    if name == _EITHER_NAME:
        return _NAMES_BY_KIND.get(values[2], name)
    return f"{name}:" if name[-1:].isdecimal() else name


def _inner(segment_id: str, number: int, element: Element, parts: list[str]) -> Iterator[str]:
    form = ""
    for place, text in enumerate(parts, 1):
        part = element.parts[place - 1] if place <= len(element.parts) else None
        if text and part is None:
            yield f"component {place} {text}"
        elif text and part is not None:
            yield f"{_name(part.name)} {_readable(part, text, form)}" + code_words(
                segment_id, number, place, text
            )
        form = text if part is not None and part.is_form else ""


def _readable(element: Element, value: str, form: str) -> str:
    """Money, a day, a period or a time as people write them; whatever is none stays as it is."""
    try:
        if element.is_money:
            return dollars(read_amount(value))
        if element.type == "DT" or form in ("D6", "D8"):
            return _day(value)
        if element.type == "TM" or form == "TM":
            return _clock(value)
        if form == "RD8":
            first, _, last = value.partition("-")
            return f"{_day(first)} to {_day(last)}"
        if form == "DT":
            return f"{_day(value[:8])} {_clock(value[8:])}"
    except InputError:
        pass
    return value


def _day(value: str) -> str:
    return read_day("20" + value if len(value) == 6 else value).isoformat()


def _clock(value: str) -> str:
    digits = len(value) in (4, 6, 8) and value.isdecimal() and value.isascii()
    if not digits or value[:2] > "23" or value[2:4] > "59":
        raise InputError("a time is not written HHMM")
    return ":".join(value[at : at + 2] for at in range(0, min(len(value), 6), 2))

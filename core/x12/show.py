"""X12 for people and for programs: segments in their loops, values with our names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from core.x12.envelope import TRANSACTION_OF_GROUP
from core.x12.guides import Element, guide_for, standard
from core.x12.guides.segments import SEGMENTS
from core.x12.kinds import kind_of
from core.x12.syntax import SegmentStream
from core.x12.walk import Node, Slot, Walker, tree

_ENVELOPE = frozenset(("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"))
_NAMES = {
    "ISA": "interchange",
    "TA1": "interchange acknowledgement",
    "GS": "group",
    "ST": "transaction",
    "SE": "end of transaction",
    "GE": "end of group",
    "IEA": "end of interchange",
}


class _Place(NamedTuple):
    """A segment where it stands: open loops from the outside, the name of its row, a new loop."""

    number: int
    values: list[str]
    loops: tuple[Node, ...]
    name: str
    opens: bool
    component: str
    repetition: str


def show(data: bytes | Iterable[bytes]) -> Iterator[str]:
    """Lines for a person: loops indented, each value with its name, segment numbers in front.

    Raises ``X12SyntaxError`` where the data is not X12 or breaks off, after the lines before it.
    """
    for place in _places(data):
        depth = len(place.loops)
        if place.opens:
            loop = place.loops[-1].loop
            yield f"{'':8}{'  ' * (depth - 1)}[{loop.id}] {loop.name}"
        named = ", ".join(_words(place))
        title = f"{place.values[0]} {place.name}".rstrip()
        yield f"{place.number:>6}  {'  ' * depth}{title}{': ' if named else ''}{named}"


def to_json(data: bytes | Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One dict a segment: number, id, loop, the way to it, name, and its elements with names.

    An element is ``{"element": 2, "name": "kind", "value": "1"}``; a composite has ``parts`` of
    the same form instead of a value; one that repeats has ``values``, or a list a repetition in
    ``parts``. Empty elements are left out.
    """
    for place in _places(data):
        path = [node.loop.id for node in place.loops]
        yield {
            "segment": place.number,
            "id": place.values[0],
            "loop": path[-1] if path else "",
            "path": path,
            "name": place.name,
            "elements": [_named(place, *each) for each in _elements(place)],
        }


def _named(place: _Place, number: int, element: Element | None, value: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"element": number, "name": element.name if element else ""}
    values = _repetitions(place, value)
    if element is None or not element.parts:
        return entry | ({"values": values} if len(values) > 1 else {"value": value})
    found = [_parts(element, each, place.component) for each in values]
    return entry | {"parts": found if len(found) > 1 else found[0]}


def _parts(element: Element, value: str, component: str) -> list[dict[str, Any]]:
    parts = value.split(component)
    known = [*element.parts, *([None] * len(parts))]
    return [
        {"component": n, "name": each.name if each else "", "value": part}
        for n, (each, part) in enumerate(zip(known, parts, strict=False), 1)
        if part
    ]


def _repetitions(place: _Place, value: str) -> list[str]:
    """The repetitions of an element; ISA names the separator and holds none."""
    if place.repetition and place.repetition in value and place.values[0] != "ISA":
        return value.split(place.repetition)
    return [value]


def _elements(place: _Place) -> Iterator[tuple[int, Element | None, str]]:
    known = standard(place.values[0])[0]
    for number, value in enumerate(place.values[1:], 1):
        if value.strip():
            yield number, known[number - 1] if number <= len(known) else None, value


def _words(place: _Place) -> Iterator[str]:
    for number, element, value in _elements(place):
        name = element.name if element is not None else f"element {number}"
        values = _repetitions(place, value)
        if element is not None and element.parts:
            for each in values:
                parts = zip(element.parts, each.split(place.component), strict=False)
                inner = ", ".join(f"{part.name} {text}" for part, text in parts if text)
                yield f"{name} ({inner})"
        else:
            yield f"{name} {' '.join(values).strip()}"


def _places(data: bytes | Iterable[bytes]) -> Iterator[_Place]:
    stream = SegmentStream(data)
    walker: Walker | None = None
    version = ""
    for values in stream:
        segment_id, component = values[0], stream.delimiters.component
        repetition = stream.delimiters.repetition
        opens = False
        name = _NAMES.get(segment_id, "")
        if segment_id in _ENVELOPE:
            walker = None
            if segment_id == "GS":
                version = values[8] if len(values) > 8 else ""
                kind = TRANSACTION_OF_GROUP.get(values[1] if len(values) > 1 else "", "")
                name = f"group of {kind}" if kind else name
            elif segment_id == "ST":
                walker, name = _begin(values, version)
        elif walker is not None:
            opens, name = _follow(walker, values, component)
        # A loop without an id is one of several bodies of a transaction: not worth a heading.
        loops = tuple(f.node for f in walker.stack if f.node.loop.id) if walker else ()
        yield _Place(stream.number, values, loops, name, opens, component, repetition)


def _begin(values: list[str], version: str) -> tuple[Walker | None, str]:
    transaction = values[1] if len(values) > 1 else ""
    version = values[3] if len(values) > 3 and values[3] else version
    guide = guide_for(transaction, version)
    name = f"transaction {kind_of(transaction, version)}"
    return (Walker(tree(guide)), name) if guide else (None, name)


def _follow(walker: Walker, values: list[str], component: str) -> tuple[bool, str]:
    """Walk on: whether a loop opened, and the name of the row."""
    step = walker.locate(values, component)
    if step is None:
        known = values[0] in SEGMENTS
        return False, "(does not belong here)" if known else "(no such segment)"
    walker.go(step)
    slot: Slot = step.slot
    return slot.child is not None and bool(slot.child.loop.id), slot.row.name

"""What differs between two X12 files, as the people who made them would say it.

A file is cut into parts: each claim (or answer to one) with the levels that open just above it, the
headers, the envelope. Claims are found again by their numbers, so that one more or another order
moves nothing. Both files are read side by side, and a part is forgotten once it was compared:
memory grows with how far the files lie apart, not with their size. Separators, line breaks, blank
ends and level numbers that count on as they should are no differences.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from core.errors import InputError, X12SyntaxError
from core.x12.envelope import ENVELOPE_SEGMENTS
from core.x12.guides import Element, standard
from core.x12.places import Place, places

# Kind of transaction -> loop of a claim, segment that opens it, element that numbers it.
_CLAIMS = {
    "837P": ("2300", "CLM", 1),
    "837I": ("2300", "CLM", 1),
    "837D": ("2300", "CLM", 1),
    "835": ("2100", "CLP", 1),
    "277CA": ("2200D", "TRN", 2),
    "999": ("2000", "AK2", 2),
}
# Loops that belong to the claim that follows: subscriber, patient, claim group of an 835.
_LEADING = {
    "837P": frozenset(("2000B", "2000C")),
    "837I": frozenset(("2000B", "2000C")),
    "837D": frozenset(("2000B", "2000C")),
    "835": frozenset(("2000",)),
    "277CA": frozenset(("2000D",)),
}
# What two sendings of the same content differ in anyway.
_ENVELOPE_ELEMENTS = {
    "ISA": frozenset((9, 10, 13)),
    "GS": frozenset((4, 5, 6)),
    "ST": frozenset((2,)),
    "BHT": frozenset((3, 4, 5)),
    "SE": frozenset((1, 2)),
    "GE": frozenset((2,)),
    "IEA": frozenset((2,)),
}
# ISA names the separators in these; which they are is no difference.
_SEPARATORS = frozenset((11, 16))
_IN_STEP, _LEVEL_ABOVE = "one more", "the level above"
# Parts of a file without a guide end here, so that comparing them stays quick.
_PART_MAX = 2_000


class ElementDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One element or component, with our name for it; an empty value is one that is not there."""

    element: int
    component: int
    name: str
    old: str
    new: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One segment that differs: ``a`` and ``b`` are its numbers in the files, 0 where it is not.

    ``claim`` is the number of the claim it belongs to, ``loop`` the way to it (2000A/2300). Where a
    whole claim or level is in one file only, it stands for all its ``segments``.
    """

    claim: str
    loop: str
    segment_id: str
    name: str
    a: int
    b: int
    segments: int = 1
    elements: tuple[ElementDifference, ...]


class _Segment(NamedTuple):
    """``values`` are the elements as tuples of components; ``way`` the loops around."""

    number: int
    way: tuple[str, ...]
    name: str
    values: tuple[tuple[str, ...], ...]


_Key = tuple[str, str]


class _Part(NamedTuple):
    """``key`` is its kind (envelope, header, level, claim) and its name, such as CLM01."""

    key: _Key
    segments: list[_Segment]


# Parts that wait for a partner, by key, in the order in which they came.
_Waiting = dict[_Key, deque[_Part]]


def differences(
    one: Iterable[bytes], other: Iterable[bytes], *, ignore_envelope: bool = False
) -> Iterator[Difference]:
    """Every segment that differs between two files, part after part.

    Raises ``InputError``, naming file A or B, where either is not X12 or breaks off.
    """
    readers = (_parts("A", one, ignore_envelope), _parts("B", other, ignore_envelope))
    waiting: tuple[_Waiting, _Waiting] = ({}, {})
    for pair in zip_longest(*readers):
        for side, part in enumerate(pair):
            if part is None:
                continue
            match = _partner(waiting[1 - side], part.key)
            if match is None:
                waiting[side].setdefault(part.key, deque()).append(part)
            else:
                old, new = (part, match) if side == 0 else (match, part)
                yield from _compared(old, new)
    yield from _left_over(*waiting)


def _partner(waiting: _Waiting, key: _Key) -> _Part | None:
    queue = waiting.get(key)
    if queue is None:
        return None
    found = queue.popleft()
    if not queue:
        del waiting[key]
    return found


def _left_over(old: _Waiting, new: _Waiting) -> Iterator[Difference]:
    """Parts that only one file has; levels that are no claims are compared in their order."""
    before, after = _in_order(old), _in_order(new)
    levels = deque(part for part in after if part.key[0] == "level")
    for part in before:
        if part.key[0] == "level" and levels:
            yield from _compared(part, levels.popleft())
        else:
            yield _whole(part, in_a=True)
    for part in levels:
        yield _whole(part, in_a=False)
    for part in after:
        if part.key[0] != "level":
            yield _whole(part, in_a=False)


def _in_order(waiting: _Waiting) -> list[_Part]:
    parts = [part for queue in waiting.values() for part in queue]
    return sorted(parts, key=lambda part: part.segments[0].number)


def _whole(part: _Part, *, in_a: bool) -> Difference:
    """A part that one file has alone, shown by the segment that opens its claim."""
    openers = {opener for _, opener, _ in _CLAIMS.values()} if part.key[0] == "claim" else set()
    head = next((each for each in part.segments if each.values[0][0] in openers), part.segments[0])
    found = _difference(_claim(part), head if in_a else None, None if in_a else head)
    return msgspec.structs.replace(found, segments=len(part.segments))


def _claim(part: _Part) -> str:
    return part.key[1] if part.key[0] == "claim" else ""


def _parts(side: str, data: Iterable[bytes], ignore_envelope: bool) -> Iterator[_Part]:
    """The parts of a file."""
    cutter = _Cutter(ignore_envelope)
    try:
        for place in places(data):
            yield from cutter.take(place)
    except X12SyntaxError as fault:
        raise InputError(f"file {side}: {fault.message}") from None
    yield from cutter.rest()


class _Cutter:
    """Cuts the segments of a file into parts as they come."""

    def __init__(self, ignore_envelope: bool) -> None:
        self._ignored = _ENVELOPE_ELEMENTS if ignore_envelope else {}
        self._held: list[_Segment] = []
        self._kind, self._name = "level", ""
        self._claim_depth = 0
        self._level = 0

    def take(self, place: Place) -> Iterator[_Part]:
        """One more segment; the parts that it ends."""
        segment_id = place.values[0]
        if segment_id in ENVELOPE_SEGMENTS and segment_id != "ST":
            yield from self.rest()
            self._kind, self._name = "envelope", segment_id
        elif segment_id == "ST":
            yield from self.rest()
            self._kind, self._name, self._level = "header", "", 0
        elif place.opens:
            yield from self._open(place)
        elif len(place.loops) < self._claim_depth or len(self._held) >= _PART_MAX:
            yield from self.rest()
        self._held.append(self._segment(place))

    def _open(self, place: Place) -> Iterator[_Part]:
        """A loop begins: perhaps a claim, or what stands above the next claim, or another level."""
        loop = place.loops[-1].node.loop.id
        claim = _CLAIMS.get(place.kind)
        if claim is not None and loop == claim[0] and place.values[0] == claim[1]:
            if self._kind != "leading":
                yield from self.rest()
            self._kind, self._claim_depth = "claim", len(place.loops)
            self._name = place.values[claim[2]] if len(place.values) > claim[2] else ""
        elif loop in _LEADING.get(place.kind, ()):
            if self._kind != "leading" or loop == self._name:
                yield from self.rest()
            self._kind, self._name = "leading", loop
        elif place.values[0] == "HL" or len(place.loops) < self._claim_depth:
            yield from self.rest()
            self._kind, self._name = "level", _level_name(place)

    def rest(self) -> Iterator[_Part]:
        """What is held, as a part."""
        if self._held:
            kind = "level" if self._kind == "leading" else self._kind
            yield _Part((kind, self._name), self._held)
        self._held = []
        self._kind, self._name, self._claim_depth = "level", "", 0

    def _segment(self, place: Place) -> _Segment:
        segment_id = place.values[0]
        marks = place.delimiters
        ignored = self._ignored.get(segment_id, frozenset())
        if segment_id == "ISA":
            ignored |= _SEPARATORS
        values: list[tuple[str, ...]] = []
        for number, value in enumerate(place.values):
            if number in ignored:
                values.append(("",))
                continue
            if marks.repetition and marks.repetition in value:
                value = value.replace(marks.repetition, "^")
            values.append(tuple(value.split(marks.component)) if value else ("",))
        if segment_id == "HL":
            self._number_level(place, values)
        while len(values) > 1 and not any(values[-1]):
            values.pop()
        way = tuple(frame.node.loop.id for frame in place.loops)
        return _Segment(place.number, way, place.name, tuple(values))

    def _number_level(self, place: Place, values: list[tuple[str, ...]]) -> None:
        """Level numbers that are as they must be say nothing; others stay."""
        own = place.values[1] if len(place.values) > 1 else ""
        parents = [frame.level for frame in place.loops[:-1] if frame.level]
        if place.loops and place.opens:
            place.loops[-1].level = own
        if own == str(self._level + 1):
            values[1] = (_IN_STEP,)
        self._level = int(own) if own.isdecimal() and len(own) < 10 else self._level + 1
        if len(values) > 2 and place.values[2] and place.values[2:3] == parents[-1:]:
            values[2] = (_LEVEL_ABOVE,)


def _level_name(place: Place) -> str:
    return place.values[3] if place.values[0] == "HL" and len(place.values) > 3 else ""


def _compared(old: _Part, new: _Part) -> Iterator[Difference]:
    """The segments of two parts, aligned."""
    claim = _claim(old)
    before = [(each.way, each.values) for each in old.segments]
    after = [(each.way, each.values) for each in new.segments]
    if before == after:
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, a1, a2, b1, b2 in matcher.get_opcodes():
        if what != "equal":
            yield from _changed(claim, old.segments[a1:a2], new.segments[b1:b2])


def _changed(claim: str, old: Sequence[_Segment], new: Sequence[_Segment]) -> Iterator[Difference]:
    """Segments at one place that are not the same: pairs of one kind, and what has no partner."""
    before = [_kind(each) for each in old]
    after = [_kind(each) for each in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, a1, a2, b1, b2 in matcher.get_opcodes():
        if what == "equal":
            for one, other in zip(old[a1:a2], new[b1:b2], strict=True):
                yield _difference(claim, one, other)
            continue
        yield from _paired(claim, old[a1:a2], new[b1:b2])


def _paired(claim: str, old: Sequence[_Segment], new: Sequence[_Segment]) -> Iterator[Difference]:
    """Pairs by segment id and loop alone, as a qualifier may be what changed."""
    left = list(new)
    for one in old:
        same = (other for other in left if _place(other) == _place(one))
        other = next(same, None)
        if other is not None:
            left.remove(other)
        yield _difference(claim, one, other)
    for other in left:
        yield _difference(claim, None, other)


def _place(segment: _Segment) -> tuple[tuple[str, ...], str]:
    return segment.way, segment.values[0][0]


def _kind(segment: _Segment) -> tuple[tuple[str, ...], str, str]:
    qualifier = segment.values[1][0] if len(segment.values) > 1 else ""
    return segment.way, segment.values[0][0], qualifier


def _difference(claim: str, old: _Segment | None, new: _Segment | None) -> Difference:
    shown = old or new
    assert shown is not None, "a difference has a segment on one side at least"
    segment_id = shown.values[0][0]
    return Difference(
        claim=claim,
        loop="/".join(shown.way),
        segment_id=segment_id,
        name=shown.name,
        a=old.number if old else 0,
        b=new.number if new else 0,
        elements=tuple(_element_differences(segment_id, old, new)),
    )


def _element_differences(
    segment_id: str, old: _Segment | None, new: _Segment | None
) -> Iterator[ElementDifference]:
    known = standard(segment_id)[0]
    before = old.values[1:] if old else ()
    after = new.values[1:] if new else ()
    for number, (one, other) in enumerate(zip_longest(before, after, fillvalue=("",)), 1):
        if one == other:
            continue
        element = known[number - 1] if number <= len(known) else None
        whole = len(one) == len(other) == 1 and not (element and element.parts)
        for place, (was, now) in enumerate(zip_longest(one, other, fillvalue=""), 1):
            if was != now:
                yield ElementDifference(
                    element=number,
                    component=0 if whole else place,
                    name=_name(element, 0 if whole else place),
                    old=was,
                    new=now,
                )


def _name(element: Element | None, component: int) -> str:
    if element is None:
        return ""
    if component and component <= len(element.parts):
        return element.parts[component - 1].name
    return element.name


def difference_line(difference: Difference) -> str:
    """One difference for a person: where, which segment, and each value before and after."""
    a, b = difference.a, difference.b
    where = f"claim {difference.claim} " if difference.claim else ""
    where += f"{difference.loop} " if difference.loop else ""
    what = f"{difference.segment_id} {difference.name}".rstrip()
    if not (a and b):
        whole = f" and {difference.segments - 1} more of it" if difference.segments > 1 else ""
        place = f"only in {'A' if a else 'B'}, segment {a or b}{whole}"
    else:
        place = f"segment {a}" if a == b else f"segment {a} in A, {b} in B"
    values = ", ".join(_value(each, bool(a), bool(b)) for each in difference.elements)
    return f"{where}{what} ({place}): {values}"


def _value(each: ElementDifference, in_a: bool, in_b: bool) -> str:
    number = f"{each.element}-{each.component}" if each.component else str(each.element)
    name = f"{each.name} ({number})" if each.name else f"element {number}"
    if not (in_a and in_b):
        return f"{name}: {each.old or each.new}"
    return f"{name}: {each.old or '(none)'} -> {each.new or '(none)'}"

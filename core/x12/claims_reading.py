"""What a reading hands over beside the values, and what it keeps while it makes them.

A value is made of a whole loop at once. ``Reading`` knows the segment at hand, so that a fault has
its place, and gathers what the value has no place for.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.claims.claim import Claim, Form
from core.x12.loops import Loop

Fields = dict[str, Any]
Elements = list[str]


class NotCarried(msgspec.Struct, frozen=True):
    """A segment (``element`` 0) or one element of it that the typed value has no place for."""

    segment: int
    segment_id: str
    loop: str
    element: int = 0


class ReadClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and where it stood: its segments from CLM on, and the transaction around them.

    ``submitter`` and ``receiver`` are the identifiers of loops 1000A and 1000B. ``not_carried``
    also names what stood above the claim (billing provider, subscriber) and holds for it.
    """

    claim: Claim
    segment: int
    segment_end: int
    transaction_control: str
    interchange_control: str
    submitter: str
    receiver: str
    usage: str
    not_carried: tuple[NotCarried, ...] = ()


class UnreadableClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that could not become a value; ``segment`` is where the fault is."""

    segment: int
    claim_number_present: bool
    reason: str


class Reading:
    """The making of one level or claim: the place at hand, and what is lost."""

    __slots__ = ("component", "form", "loop", "lost", "number")

    def __init__(self, form: Form, component: str) -> None:
        self.form = form
        self.component = component
        self.loop = ""
        self.number = 0
        self.lost: list[NotCarried] = []

    def lose(self, elements: Elements, element: int = 0) -> None:
        """Note that the segment at hand, or one element of it, is not carried."""
        self.lost.append(NotCarried(self.number, elements[0], self.loop, element))

    def lose_where(self, elements: Elements, *places: int) -> None:
        """Note each of these elements that is there and not empty."""
        for place in places:
            if place < len(elements) and elements[place]:
                self.lose(elements, place)

    def lose_beyond(self, elements: Elements, last: int) -> None:
        """Note each element after number ``last`` that is not empty."""
        for place in range(last + 1, len(elements)):
            if elements[place]:
                self.lose(elements, place)

    def lose_loop(self, loop: Loop, outer: str = "") -> None:
        """Note all segments of a loop and of those in it; a nameless one counts to ``outer``."""
        for self.number, elements in zip(loop.numbers, loop.segments, strict=False):
            self.loop = loop.id or outer
            self.lose(elements)
        for each in loop.loops:
            self.lose_loop(each, loop.id or outer)


def parts(element: str, component: str, count: int) -> list[str]:
    """The components of an element, at least ``count`` of them."""
    found = element.split(component)
    missing = count - len(found)
    if missing > 0:
        found += [""] * missing
    return found


def append(fields: Fields, key: str, value: object) -> None:
    """Add ``value`` at the end of the tuple kept under ``key``."""
    fields[key] = (*fields.get(key, ()), value)


_EMPTY = [""] * 32


def padded(elements: Elements, count: int) -> Elements:
    """The elements up to number ``count``, empty ones where the segment is shorter."""
    missing = count + 1 - len(elements)
    return elements if missing <= 0 else elements + _EMPTY[:missing]

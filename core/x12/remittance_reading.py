"""What a reading of an 835 hands over beside the values, and what it keeps while it makes them."""

from __future__ import annotations

import msgspec

from core.errors import InputError, X12SyntaxError
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader
from core.x12.claims_reading import Elements, Fields, NotCarried
from core.x12.elements import read_cents, read_day
from core.x12.loops import Loop


class RemittanceEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one ST. ``not_carried``: the first of each kind of segment or element lost."""

    segment: int
    not_carried: tuple[NotCarried, ...] = ()


RemittancePart = RemittanceHeader | ClaimPayment | ProviderAdjustment | RemittanceEnd


class RemittanceReading:
    """The making of one remittance: the place at hand, and the first of each kind of loss."""

    __slots__ = ("component", "loop", "lost", "number")

    def __init__(self, component: str) -> None:
        self.component = component
        self.loop = ""
        self.number = 0
        self.lost: dict[tuple[str, str, int], NotCarried] = {}

    def lose(self, elements: Elements, element: int = 0) -> None:
        """Note that the segment at hand, or one element of it, is not carried."""
        key = (elements[0], self.loop, element)
        if key not in self.lost:
            self.lost[key] = NotCarried(self.number, elements[0], self.loop, element)

    def lose_where(self, elements: Elements, *places: int) -> None:
        """Note each of these elements that is there and not empty."""
        for place in places:
            if place < len(elements) and elements[place]:
                self.lose(elements, place)

    def lose_loop(self, loop: Loop, outer: str) -> None:
        """Note all segments of a loop and of those in it."""
        for self.number, elements in zip(loop.numbers, loop.segments, strict=True):
            self.loop = loop.id or outer
            self.lose(elements)
        for each in loop.loops:
            self.lose_loop(each, loop.id or outer)

    def cents(self, elements: Elements, place: int) -> int:
        """The amount in an element; a positioned ``X12SyntaxError`` when it is none."""
        try:
            return read_cents(elements[place])
        except InputError as fault:
            raise X12SyntaxError(fault.message, segment=self.number, element=place) from None

    def day(self, elements: Elements, place: int, into: Fields, field: str) -> None:
        """A date into ``field``; one that cannot be read is noted, since no money hangs on it."""
        try:
            into[field] = read_day(elements[place])
        except InputError:
            self.lose(elements, place)

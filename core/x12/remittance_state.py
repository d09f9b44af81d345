"""Where the reading of an 835 stands, and what a reading hands over beside the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from core.errors import InputError, X12SyntaxError
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader
from core.x12.claims_state import NotCarried
from core.x12.elements import read_cents, read_day

Fields = dict[str, Any]
Elements = list[str]
Handler = Callable[["RemittanceState", Elements], None]
Table = dict[str, Handler]


class RemittanceEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one ST. ``not_carried``: the first of each kind of segment or element lost."""

    segment: int
    not_carried: tuple[NotCarried, ...] = ()


RemittancePart = RemittanceHeader | ClaimPayment | ProviderAdjustment | RemittanceEnd


class RemittanceState:
    """The walk through one file of remittances; ``done`` holds the finished parts."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables
        self.table: Table = tables["outside"]
        self.loop = ""
        self.number = 0
        self.component = ":"
        self.done: list[RemittancePart] = []
        self.transactions = 0
        self.group_version = ""
        self.in_transaction = False
        self.begin("", 0)

    def begin(self, control: str, segment: int) -> None:
        """Empty everything that belongs to one remittance."""
        self.header: Fields | None = {"control_number": control, "segment": segment}
        self.claim: Fields | None = None
        self.line: Fields | None = None
        self.lines: list[Any] = []
        self.last_lx = 0
        self.lost: dict[tuple[str, str, int], NotCarried] = {}

    def enter(self, context: str, loop: str) -> None:
        """Take the segment table of ``context``; ``loop`` is the guide's name for the place."""
        self.table = self.tables[context]
        self.loop = loop

    def lose(self, elements: Elements, element: int = 0) -> None:
        """Note that a segment, or one element of it, is not carried."""
        if self.loop:
            key = (elements[0], self.loop, element)
            if key not in self.lost:
                self.lost[key] = NotCarried(self.number, elements[0], self.loop, element)

    def lose_where(self, elements: Elements, *places: int) -> None:
        """Note each of these elements that is not empty."""
        for place in places:
            if elements[place]:
                self.lose(elements, place)

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

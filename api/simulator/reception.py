"""An arrived file as its envelopes: what TA1 and 999 answer, before any claim is looked at."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress

import msgspec

from core.errors import X12SyntaxError
from core.x12.check import check
from core.x12.report import FileReport, Status, X12Error
from core.x12.syntax import Delimiters, SegmentStream

CLAIMS = "837"


class Set:
    """One transaction set: ST to SE, by segment numbers in the file.

    ``errors`` are what keeps it from being taken; ``claims`` the places of its CLM segments.
    """

    def __init__(self, elements: list[str], number: int) -> None:
        self.kind = _at(elements, 1)
        self.control = _at(elements, 2)
        self.reference = ""
        self.first = number
        self.last = 0
        self.claims: list[int] = []
        self.errors: list[X12Error] = []


class Group:
    """One functional group; ``is_sound`` when nothing is wrong with its own envelope."""

    def __init__(self) -> None:
        self.is_sound = False


class Interchange:
    """One ISA to IEA: who sent it to whom, and whether its envelope ``is_sound``."""

    def __init__(self, elements: list[str], delimiters: Delimiters) -> None:
        self.sender_qualifier = _at(elements, 5)
        self.sender_id = _at(elements, 6).strip()
        self.receiver_qualifier = _at(elements, 7)
        self.receiver_id = _at(elements, 8).strip()
        self.usage = "T" if _at(elements, 15) == "T" else "P"
        # How a line ends does not matter to an answer.
        self.delimiters = msgspec.structs.replace(delimiters, line_break="")
        self.groups: list[Group] = []
        self.is_sound = False


class Reception:
    """The interchanges of a file. ``problem`` says why it, or its end, could not be read."""

    def __init__(self) -> None:
        self.interchanges: list[Interchange] = []
        self.problem = ""
        self.report = FileReport()
        self._sets: list[tuple[Interchange, Group, Set]] = []
        self._starts: list[int] = []

    def set_at(self, segment: int) -> tuple[Interchange, Group, Set] | None:
        """The transaction set that segment number ``segment`` of the file lies in."""
        place = bisect_right(self._starts, segment) - 1
        if place < 0:
            return None
        last = self._sets[place][2].last
        return self._sets[place] if not last or segment <= last else None

    def sets(self) -> list[tuple[Interchange, Group, Set]]:
        """Every transaction set, in the order of the file."""
        return self._sets

    def judge(self, report: FileReport) -> None:
        """Takes over what the check against the guides found wrong."""
        self.report = report
        for interchange, of_interchange in zip(
            self.interchanges, report.interchanges, strict=False
        ):
            interchange.is_sound = not has_error(of_interchange.errors)
            groups = zip(interchange.groups, of_interchange.groups, strict=False)
            for group, of_group in groups:
                group.is_sound = not has_error(of_group.errors)
        if report.unreadable and (not report.interchanges or self.interchanges[-1].is_sound):
            self.problem = report.unreadable[0].message
        for transaction in report.transactions:
            place = self.set_at(transaction.segment)
            if place is not None and transaction.status is Status.REJECTED:
                place[2].errors += transaction.errors

    def add(self, interchange: Interchange, group: Group, found: Set) -> None:
        self._sets.append((interchange, group, found))
        self._starts.append(found.first)


def receive(data: bytes) -> Reception:
    """Reads the envelopes of ``data`` and checks it; never raises on bad input."""
    reception = Reception()
    walk = _Walk(reception)
    stream = SegmentStream(data)
    with suppress(X12SyntaxError):  # the check names it
        for texts in stream.chunks():
            walk.take(texts, stream.delimiters)
    reception.judge(check(data))
    return reception


class _Walk:
    """Follows the envelope segments; everything else is only counted."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.number = 0
        self.group: Group | None = None
        self.set: Set | None = None

    def take(self, texts: list[str], delimiters: Delimiters) -> None:
        mark = delimiters.element
        heads = {"ISA", "GS" + mark, "ST" + mark, "SE" + mark, "GE" + mark, "IEA", "BHT", "CLM"}
        number = self.number
        for text in texts:
            number += 1
            if text[:3] in heads:
                self._head(text.split(mark), number, delimiters)
        self.number = number

    def _head(self, elements: list[str], number: int, delimiters: Delimiters) -> None:
        name = elements[0]
        if name == "ISA":
            self.reception.interchanges.append(Interchange(elements, delimiters))
            self.group = self.set = None
        elif name == "GS":
            self.group, self.set = Group(), None
            self.reception.interchanges[-1].groups.append(self.group)
        elif name == "ST" and self.group is not None:
            self.set = Set(elements, number)
            self.reception.add(self.reception.interchanges[-1], self.group, self.set)
        elif name in ("SE", "GE", "IEA"):
            if self.set is not None:
                self.set.last = number
            self.set = None
        elif self.set is not None and name == "BHT":
            self.set.reference = _at(elements, 3)
        elif self.set is not None and name == "CLM":
            self.set.claims.append(number)


def has_error(errors: tuple[X12Error, ...]) -> bool:
    """Whether one of ``errors`` is more than a warning."""
    return any(error.severity == "error" for error in errors)


def _at(elements: list[str], position: int) -> str:
    return elements[position] if len(elements) > position else ""

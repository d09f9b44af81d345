"""Segments where they stand: in which loops, as which row of the guide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.x12.envelope import ENVELOPE_SEGMENTS, TRANSACTION_OF_GROUP
from core.x12.guides import Element, guide_for, standard
from core.x12.guides.segments import SEGMENTS
from core.x12.kinds import kind_of
from core.x12.syntax import Delimiters, SegmentStream
from core.x12.walk import Frame, Slot, Walker, tree

_NAMES = {
    "ISA": "interchange",
    "TA1": "interchange acknowledgement",
    "GS": "group",
    "ST": "transaction",
    "SE": "end of transaction",
    "GE": "end of group",
    "IEA": "end of interchange",
}


class Place(NamedTuple):
    """A segment where it stands.

    ``loops`` are the loops open around it from the outside (as frames of the walk at hand: they
    change with the next segment); ``name`` is that of its row; ``opens`` says that it begins the
    last of the loops; ``kind`` is the transaction (837P), empty outside of any with a guide.
    """

    number: int
    values: list[str]
    loops: tuple[Frame, ...]
    name: str
    opens: bool
    kind: str
    delimiters: Delimiters

    def elements(self) -> Iterator[tuple[int, Element | None, str]]:
        """Number, what the standard says of it (None beyond its end) and value of each element."""
        known = standard(self.values[0])[0]
        for number, value in enumerate(self.values[1:], 1):
            if value.strip():
                yield number, known[number - 1] if number <= len(known) else None, value

    def repetitions(self, value: str) -> list[str]:
        """The repetitions of an element; ISA names the separator and holds none."""
        mark = self.delimiters.repetition
        if mark and mark in value and self.values[0] != "ISA":
            return value.split(mark)
        return [value]


def places(data: bytes | Iterable[bytes]) -> Iterator[Place]:
    """Every segment of ``data`` where it stands.

    Raises ``X12SyntaxError`` where the data is not X12 or breaks off, after what stands before.
    """
    stream = SegmentStream(data)
    walker: Walker | None = None
    version = kind = ""
    for values in stream:
        segment_id, delimiters = values[0], stream.delimiters
        opens = False
        name = _NAMES.get(segment_id, "")
        if segment_id in ENVELOPE_SEGMENTS:
            walker = None
            if segment_id == "GS":
                version = values[8] if len(values) > 8 else ""
                group = TRANSACTION_OF_GROUP.get(values[1] if len(values) > 1 else "", "")
                name = f"group of {group}" if group else name
            elif segment_id == "ST":
                walker, kind = _begin(values, version)
                name = f"transaction {kind}"
        elif walker is not None:
            opens, name = _follow(walker, values, delimiters.component)
        # A loop without an id is one of several bodies of a transaction: not worth a heading.
        loops = tuple(f for f in walker.stack if f.node.loop.id) if walker else ()
        inside = kind if walker else ""
        yield Place(stream.number, values, loops, name, opens, inside, delimiters)


def _begin(values: list[str], version: str) -> tuple[Walker | None, str]:
    transaction = values[1] if len(values) > 1 else ""
    version = values[3] if len(values) > 3 and values[3] else version
    guide = guide_for(transaction, version)
    return Walker(tree(guide)) if guide else None, kind_of(transaction, version)


def _follow(walker: Walker, values: list[str], component: str) -> tuple[bool, str]:
    """Walk on: whether a loop opened, and the name of the row."""
    step = walker.locate(values, component)
    if step is None:
        known = values[0] in SEGMENTS
        return False, "(does not belong here)" if known else "(no such segment)"
    walker.go(step)
    slot: Slot = step.slot
    return slot.child is not None and bool(slot.child.loop.id), slot.row.name

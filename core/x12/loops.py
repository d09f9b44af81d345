"""Any transaction as loops: the guide's tree, filled with the segments of a file.

The walk is the check's own (``walk``), so a segment lies in the same loop for whoever reads it. A
segment that has no place is kept in the loop at hand and named in ``astray``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from core.errors import X12SyntaxError
from core.x12.guides import Guide, guide_for
from core.x12.syntax import BINARY_BYTES_MAX, BinarySegment, Delimiters, SegmentStream
from core.x12.walk import Node, Walker, tree


def at(elements: list[str], place: int) -> str:
    """Element ``place`` of a segment, empty where the segment is shorter."""
    return elements[place] if place < len(elements) else ""


@dataclass(slots=True, eq=False)
class Loop:
    """A loop of a file: its own segments with their numbers in the file, and the loops in it.

    ``segments`` are lists of elements with the segment id at 0; ``numbers`` runs beside them.
    """

    node: Node
    parent: Loop | None
    segments: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The guide's name of the loop; empty for the transaction itself."""
        return self.node.loop.id

    @property
    def number(self) -> int:
        """Where the loop begins in the file."""
        return self.numbers[0]

    def first(self, segment_id: str, *qualifiers: str) -> list[str] | None:
        """The first own segment of this id (and one of these first elements), or None."""
        for elements in self.segments:
            if elements[0] == segment_id and (not qualifiers or at(elements, 1) in qualifiers):
                return elements
        return None

    def all(self, segment_id: str, *qualifiers: str) -> list[list[str]]:
        """All own segments of this id (and one of these first elements), in file order."""
        return [
            elements
            for elements in self.segments
            if elements[0] == segment_id and (not qualifiers or at(elements, 1) in qualifiers)
        ]

    def value(self, segment_id: str, place: int, *qualifiers: str) -> str:
        """Element ``place`` of the first such segment; empty when there is none."""
        found = self.first(segment_id, *qualifiers)
        return "" if found is None else at(found, place)

    def below(self, *loop_ids: str) -> list[Loop]:
        """The loops directly in this one that have one of these ids, in file order."""
        return [loop for loop in self.loops if loop.node.loop.id in loop_ids]


@dataclass(slots=True, eq=False)
class TransactionLoops:
    """One ST: what it is, the envelope around it, and its loops. ``segment`` is where ST stands.

    ``astray`` holds the numbers of segments that the guide has no place for where they stood.
    """

    kind: str
    version: str
    control: str
    segment: int
    segment_end: int
    interchange_control: str
    sender: str
    receiver: str
    usage: str
    delimiters: Delimiters
    body: Loop
    astray: list[int]


def read_transactions(
    data: bytes | Iterable[bytes], kinds: Container[str]
) -> Iterator[TransactionLoops]:
    """The transactions of these ``kinds`` (``"271"``, ``"277CA"``), one whole in memory at a time.

    Others are passed over. Raises ``X12SyntaxError`` where the data is not X12, breaks off, or
    ends within a transaction of these kinds.
    """
    stream = SegmentStream(data)
    interchange: list[str] = []
    version = ""
    open_one: _Gather | None = None
    for elements in stream:
        head = elements[0]
        if head == "ST":
            _refuse_open(open_one, stream.number)
            own = at(elements, 3) or version
            guide = guide_for(at(elements, 1), own)
            open_one = None
            if guide is not None and guide.kind in kinds:
                open_one = _Gather(guide, own, elements, stream, interchange)
        elif head == "SE":
            if open_one is not None:
                open_one.transaction.segment_end = stream.number
                yield open_one.transaction
            open_one = None
        elif head in _ENVELOPE:
            _refuse_open(open_one, stream.number)
            if head == "ISA":
                interchange = elements
            elif head == "GS":
                version = at(elements, 8)
        elif open_one is not None:
            open_one.take(stream.number, elements)
    _refuse_open(open_one, stream.number)


_ENVELOPE = frozenset(("ISA", "GS", "GE", "IEA"))


def _refuse_open(open_one: _Gather | None, segment: int) -> None:
    if open_one is not None:
        raise X12SyntaxError("the transaction before this segment has no end", segment=segment)


class _Gather:
    """Fills the loops of one transaction."""

    def __init__(
        self,
        guide: Guide,
        version: str,
        opening: list[str],
        stream: SegmentStream,
        interchange: list[str],
    ) -> None:
        root = tree(guide)
        self._walker = Walker(root)
        self._component = stream.delimiters.component
        body = Loop(root, None, [opening], [stream.number])
        self._open = [body]
        self._bytes = 0
        self.transaction = TransactionLoops(
            kind=guide.kind,
            version=version,
            control=at(opening, 2),
            segment=stream.number,
            segment_end=stream.number,
            interchange_control=at(interchange, 13),
            sender=at(interchange, 6).strip(),
            receiver=at(interchange, 8).strip(),
            usage=at(interchange, 15),
            delimiters=stream.delimiters,
            body=body,
            astray=[],
        )

    def take(self, number: int, elements: list[str]) -> None:
        """Put one segment where it belongs."""
        walker = self._walker
        if isinstance(elements, BinarySegment):
            self._bytes += len(elements.payload)
            if self._bytes > BINARY_BYTES_MAX:
                message = f"one transaction may bring {BINARY_BYTES_MAX >> 20} MB at the most"
                raise X12SyntaxError(message, segment=number)
        step = walker.locate(elements, self._component)
        if step is None:
            self.transaction.astray.append(number)
        else:
            walker.go(step)
            if step.pops:
                del self._open[-step.pops :]
            if step.slot.child is not None:
                loop = Loop(step.slot.child, self._open[-1])
                self._open[-1].loops.append(loop)
                self._open.append(loop)
        home = self._open[-1]
        home.segments.append(elements)
        home.numbers.append(number)

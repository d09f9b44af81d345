"""Any transaction as loops: the guide's tree, filled with the segments of a file.

Which way a segment leads is worked out once and remembered (``moves``), so that a large file costs
a look-up and an append a segment. Segments without a place are named in ``astray``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.errors import X12SyntaxError
from core.x12.elements import at
from core.x12.envelope import ENVELOPE_SEGMENTS
from core.x12.guides import guide_for, guides
from core.x12.moves import NAMELESS, NOWHERE, Move, Wanted, plan_for
from core.x12.syntax import BINARY_BYTES_MAX, BinarySegment, Delimiters, SegmentStream
from core.x12.walk import Node

__all__ = [
    "NAMELESS",
    "Loop",
    "LoopStream",
    "Part",
    "TransactionLoops",
    "Wanted",
    "read_transactions",
]

# More than this says nothing new, and a file must not fill the memory with them.
NOTED_MAX = 1000


class Loop:
    """A loop of a file: its own segments with their numbers in the file, and the loops in it.

    ``segments`` are lists of elements with the segment id at 0, texts unless the reading is typed;
    ``numbers`` runs beside them. ``made`` is for a reader that makes one value of the loop and
    wants to keep it.
    """

    __slots__ = ("id", "loops", "made", "node", "numbers", "segments")

    def __init__(self, loop_id: str, node: Node) -> None:
        self.id = loop_id
        self.node = node
        self.segments: list[list[Any]] = []
        self.numbers: list[int] = []
        self.loops: list[Loop] = []
        self.made: Any = None

    @property
    def number(self) -> int:
        """Where the loop begins in the file; 0 for one opened unasked that holds only loops."""
        if self.numbers:
            return self.numbers[0]
        return self.loops[0].number if self.loops else 0

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
        return [loop for loop in self.loops if loop.id in loop_ids]


@dataclass(slots=True, eq=False)
class TransactionLoops:
    """One ST: what it is, the envelope around it, and its loops. ``segment`` is where ST stands.

    ``astray`` holds the numbers of segments that the guide has no place for where they stood;
    ``untyped``, of a typed reading, segment and element of what is not of its type.
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
    untyped: list[tuple[int, int]]


class Part(NamedTuple):
    """A complete ``unit`` with the open loops ``above`` it (the transaction first), or, with
    ``unit`` None, the end of a transaction. ``last`` is the number of its last segment.

    ``closed`` is False when a transaction ends without SE.
    """

    transaction: TransactionLoops
    unit: Loop | None
    above: list[Loop]
    last: int
    closed: bool = True


class LoopStream:
    """The loops of a file, as ``wanted``. Iterate it; ``transactions`` counts those of the kind.

    ``number`` is the segment at hand. Raises a positioned ``X12SyntaxError`` where the data is not
    X12 or breaks off, where ``refuse_version`` does, and at a segment of ``wanted.fatal``.
    """

    def __init__(self, data: bytes | Iterable[bytes], wanted: Wanted) -> None:
        self.transactions = 0
        self.number = 0
        self._wanted = wanted
        self._stream = SegmentStream(data)
        self._types = frozenset(
            guide.transaction for guide in guides() if guide.kind in wanted.kinds
        )
        self._interchange: list[str] = []
        self._version = ""
        self._plan: Any = None
        self._spot = NOWHERE
        self._open: Any = None
        self._stack: list[Loop] = []
        self._bytes = 0

    def refuse_version(self, version: str) -> None:
        """Called for a transaction of the wanted kind that no guide is there for; may raise."""

    def __iter__(self) -> Iterator[Part]:
        stream = self._stream
        number = 0
        for texts in stream.chunks():
            yield from self._take(texts, number, stream.delimiters)
            number += len(texts)
            if stream.payload is not None:
                self._attach(number, stream.payload)
        self.number = number
        if self._open is not None:
            yield from self._end(number, closed=False)

    def _take(self, texts: list[str], number: int, delimiters: Delimiters) -> Iterator[Part]:
        separator, component = delimiters.element, delimiters.component
        stack = self._stack
        here = self._spot
        moves: dict[str, Any] = here.moves
        segments = stack[-1].segments if stack else []
        numbers = stack[-1].numbers if stack else []
        for text in texts:
            number += 1
            elements: list[Any] = text.split(separator)
            move = moves.get(elements[0])
            if move.__class__ is dict:
                move = move.get(elements[1]) if len(elements) > 1 else None
            if move is None:
                if elements[0] in ENVELOPE_SEGMENTS:
                    self.number = number
                    yield from self._envelope(number, elements, delimiters)
                    here = self._spot
                    moves = here.moves
                    if stack:
                        segments, numbers = stack[-1].segments, stack[-1].numbers
                    continue
                if self._open is None:
                    continue
                move = self._plan.find(here, elements, component)
            if move.convert is not None and (fault := move.convert(elements, component)):
                self._untyped(number, fault)
            if move.plain:
                segments.append(elements)
                numbers.append(number)
                here = move.there
                moves = here.moves
                continue
            if move.astray:
                self._note(number, elements[0], move)
            if move.drop:
                continue
            if move.pops:
                if move.closes:
                    depth = len(stack) - move.closes
                    yield Part(self._open, stack[depth], stack[:depth], number - 1)
                del stack[-move.pops :]
                segments, numbers = stack[-1].segments, stack[-1].numbers
            for node in move.opens:
                loop = Loop(node.loop.id, node)
                if node not in self._plan.streamed:
                    stack[-1].loops.append(loop)
                stack.append(loop)
                segments, numbers = loop.segments, loop.numbers
            segments.append(elements)
            numbers.append(number)
            here = move.there
            moves = here.moves
        self._spot = here

    def _attach(self, number: int, payload: bytes) -> None:
        """Give the binary segment just taken, if it was wanted, its data."""
        home = self._stack[-1] if self._stack else None
        if home is None or home.numbers[-1:] != [number]:
            return
        self._bytes += len(payload)
        if self._bytes > BINARY_BYTES_MAX:
            message = f"one transaction may bring {BINARY_BYTES_MAX >> 20} MB at the most"
            raise X12SyntaxError(message, segment=number)
        segment = BinarySegment(home.segments[-1])
        segment.payload = payload
        home.segments[-1] = segment

    def _untyped(self, number: int, element: int) -> None:
        assert self._open is not None, "only a segment of a transaction is typed"
        if len(self._open.untyped) < NOTED_MAX:
            self._open.untyped.append((number, element))

    def _note(self, number: int, segment_id: str, move: Move) -> None:
        assert self._open is not None, "only a segment of a transaction goes astray"
        if len(self._open.astray) < NOTED_MAX:
            self._open.astray.append(number)
        if move.placeless and segment_id in self._wanted.fatal:
            raise X12SyntaxError(self._wanted.refusal, segment=number)

    def _unit(self, last: int) -> Part:
        assert self._open is not None, "a unit lies in a transaction"
        stack, unit = self._stack, self._wanted.unit
        depth = next(n for n in range(len(stack) - 1, 0, -1) if stack[n].id == unit)
        return Part(self._open, stack[depth], stack[:depth], last)

    def _envelope(self, number: int, elements: list[str], delimiters: Delimiters) -> Iterator[Part]:
        head = elements[0]
        if self._open is not None and head != "TA1":
            yield from self._end(number if head == "SE" else number - 1, closed=head == "SE")
        if head == "ISA":
            self._interchange = elements
        elif head == "GS":
            self._version = at(elements, 8)
        elif head == "ST" and at(elements, 1) in self._types:
            self._begin(number, elements, delimiters)

    def _begin(self, number: int, elements: list[str], delimiters: Delimiters) -> None:
        version = at(elements, 3) or self._version
        guide = guide_for(at(elements, 1), version, exact=False)
        if guide is None:
            self.refuse_version(version)
        if guide is None or guide.kind not in self._wanted.kinds:
            return
        self.transactions += 1
        self._bytes = 0
        self._plan = plan_for(guide, self._wanted)
        self._spot = self._plan.start
        body = Loop("", self._plan.root)
        body.segments.append(elements)
        body.numbers.append(number)
        self._stack.append(body)
        self._open = TransactionLoops(
            kind=guide.kind,
            version=version,
            control=at(elements, 2),
            segment=number,
            segment_end=number,
            interchange_control=at(self._interchange, 13),
            sender=at(self._interchange, 6).strip(),
            receiver=at(self._interchange, 8).strip(),
            usage=at(self._interchange, 15),
            delimiters=delimiters,
            body=body,
            astray=[],
            untyped=[],
        )

    def _end(self, last: int, *, closed: bool) -> Iterator[Part]:
        transaction = self._open
        assert transaction is not None, "only an open transaction ends"
        transaction.segment_end = last
        unit = self._wanted.unit
        if unit and any(loop.id == unit for loop in self._stack[1:]):
            yield self._unit(last - closed)
        self._open, self._spot = None, NOWHERE
        self._stack.clear()
        yield Part(transaction, None, [transaction.body], last, closed)


def read_transactions(
    data: bytes | Iterable[bytes], kinds: Iterable[str]
) -> Iterator[TransactionLoops]:
    """The transactions of these ``kinds`` (``"271"``, ``"277CA"``), one whole in memory at a time.

    Others are passed over. Raises ``X12SyntaxError`` where the data is not X12, breaks off, or
    a transaction of these kinds has no end.
    """
    for part in LoopStream(data, Wanted(frozenset(kinds))):
        if not part.closed:
            raise X12SyntaxError("the transaction before this has no end", segment=part.last + 1)
        yield part.transaction

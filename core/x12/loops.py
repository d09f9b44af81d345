"""Any transaction as loops: the guide's tree, filled with the segments of a file.

A segment goes where the check's walk (``walk``) puts it, so both mean the same loop. Where that
walk finds no place, reading goes on: a loop whose LX was left out is opened by a segment that it
requires; an opening segment nobody knows begins a loop without a name, which keeps what follows;
any other segment stays in the loop at hand. All of these are named in ``astray``.

Which way a segment leads is worked out once for each place in the guide and remembered as a move,
so that a large file costs a look-up and an append a segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.errors import X12SyntaxError
from core.x12.guides import Guide, guide_for, guides
from core.x12.guides import Loop as LoopTable
from core.x12.syntax import BINARY_BYTES_MAX, BinarySegment, Delimiters, SegmentStream
from core.x12.typed import Converter, converter
from core.x12.walk import COMPOSITE_QUALIFIED, Node, Slot, told_by, tree

# More than this says nothing new, and a file must not fill the memory with them.
NOTED_MAX = 1000
_ENVELOPE = frozenset(("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"))
# A loop that no guide names, for an opening segment that has no place.
NAMELESS = ""
_NAMELESS = Node(LoopTable(NAMELESS, "S", 0, ()), None, None)


def at(elements: list[str], place: int) -> str:
    """Element ``place`` of a segment, empty where the segment is shorter."""
    return elements[place] if place < len(elements) else ""


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


class Wanted(NamedTuple):
    """What to read out of a file, and how.

    ``kinds`` are those of guides (837P, 271). ``unit`` is the loop that is handed over as soon as
    it is complete; empty: only whole transactions are. Segments in ``passed_over`` are left out
    within a unit. Where one of ``fatal`` has no place, going on would take what follows for
    something else: reading stops with ``refusal``. ``typed``: elements are values of the type that
    the table gives them (``typed``); one that is none stays text and is noted.
    """

    kinds: frozenset[str]
    unit: str = ""
    passed_over: frozenset[str] = frozenset()
    fatal: frozenset[str] = frozenset()
    refusal: str = ""
    typed: bool = False


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


class Move:
    """Where a segment leads: loops left, loops opened, and the place it stands at."""

    __slots__ = (
        "astray", "closes", "convert", "drop", "kept", "opens", "placeless", "plain", "pops",
        "there",
    )  # fmt: skip

    def __init__(self, there: Place) -> None:
        self.there = there
        self.pops = 0
        self.opens: tuple[Node, ...] = ()
        # How many levels up the unit stands that is over with this move; 0: none is.
        self.closes = 0
        self.drop = False
        self.astray = False
        self.placeless = False
        self.convert: Converter | None = None
        # Nothing to do but to keep the segment: by far the most frequent move.
        self.plain = False
        # Whether the tables name what led here; only then is it remembered.
        self.kept = True


class Place:
    """A place in a guide: a loop and the position reached in it.

    ``moves`` leads on by segment id, and by the first element where that tells rows apart;
    ``told_otherwise`` by id and another element (HL) or component (HI). ``nameless``: in a loop
    without a name, which only an opening segment ends.
    """

    __slots__ = ("moves", "nameless", "node", "position", "told_otherwise")

    def __init__(self, node: Node, position: int, nameless: bool = False) -> None:
        self.node = node
        self.position = position
        self.nameless = nameless
        self.moves: dict[str, Move | dict[str, Move]] = {}
        self.told_otherwise: dict[tuple[str, str], Move] = {}


_NOWHERE = Place(_NAMELESS, 0)


class Plan:
    """The moves of one guide for one purpose, worked out as files ask for them."""

    def __init__(self, guide: Guide, wanted: Wanted) -> None:
        self.guide = guide
        self.wanted = wanted
        self.root = tree(guide)
        self._places: dict[tuple[Node, int, bool], Place] = {}
        self.start = self._place(self.root, 1)
        self._told_by = told_by(self.root)
        # Loops that hold units are never kept in the loop above: memory would grow with the file.
        self.streamed = frozenset(_around(self.root, wanted.unit)) if wanted.unit else frozenset()

    def _place(self, node: Node, position: int, nameless: bool = False) -> Place:
        key = (node, position, nameless)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = Place(node, position, nameless)
        return found

    def find(self, here: Place, elements: list[str], component: str) -> Move:
        """The move of a segment that the moves of ``here`` do not name yet."""
        segment_id = elements[0]
        by = self._told_by.get(segment_id, 0)
        if not by:
            move = self._work_out(here, segment_id, "")
            # An id that no table names is not remembered, or a file could fill the memory.
            if segment_id in self._told_by:
                here.moves[segment_id] = move
            return move
        value = at(elements, by)
        if segment_id in COMPOSITE_QUALIFIED:
            value = value.partition(component)[0]
        elif by == 1:
            move = self._work_out(here, segment_id, value)
            if move.kept:
                known = here.moves.setdefault(segment_id, {})
                assert isinstance(known, dict), "rows of one id are told apart alike"
                known[value] = move
            return move
        key = (segment_id, value)
        found = here.told_otherwise.get(key)
        if found is None:
            found = self._work_out(here, segment_id, value)
            if found.kept:
                here.told_otherwise[key] = found
        return found

    def _work_out(self, here: Place, segment_id: str, value: str) -> Move:
        move = self._lead(here, segment_id, value)
        if self.wanted.typed:
            move.convert = converter(segment_id)
        move.plain = not (move.pops or move.opens or move.astray or move.drop)
        return move

    def _lead(self, here: Place, segment_id: str, value: str) -> Move:
        move = Move(here)
        node, position = here.node, here.position
        inside = self.wanted.unit and any(each.loop.id == self.wanted.unit for each in _up(node))
        if inside and segment_id in self.wanted.passed_over:
            move.drop = True
            return move
        step = _strict(node, position, segment_id, value)
        if step is None:
            move.astray, move.kept = True, False
            step = _out_of_order(node, position, segment_id, value)
        if step is not None and not (here.nameless and step[1].child is None):
            pops, slot, home = step
            self._leave(move, here, pops)
            move.kept = move.kept and (bool(slot.codes) or not value)
            if slot.child is not None:
                move.opens = (slot.child,)
                move.there = self._place(slot.child, 1)
            else:
                own = position if not pops else _reached(node, pops)
                move.there = self._place(home, own if move.astray else slot.position)
            return move
        implied = _implied(node, position, segment_id, value) if step is None else None
        if implied is not None:
            pops, slot, inner = implied
            self._leave(move, here, pops)
            assert slot.child is not None, "only a loop is opened unasked"
            if inner.child is not None:
                move.opens = (slot.child, inner.child)
                move.there = self._place(inner.child, 1)
            else:
                move.opens = (slot.child,)
                move.there = self._place(slot.child, inner.position)
            return move
        move.astray, move.placeless, move.kept = True, True, False
        if not here.nameless and _opens_somewhere(node, segment_id):
            move.opens = (_NAMELESS,)
            move.there = self._place(node, position, True)
        return move

    def _leave(self, move: Move, here: Place, pops: int) -> None:
        """Loops left: the nameless one as well; whether a unit is among them."""
        move.pops = pops + here.nameless
        node: Node | None = here.node
        for level in range(pops):
            assert node is not None, "a way up ends at the transaction"
            if node.loop.id and node.loop.id == self.wanted.unit:
                move.closes = level + 1 + here.nameless
            node = node.parent


def _up(node: Node) -> Iterator[Node]:
    here: Node | None = node
    while here is not None:
        yield here
        here = here.parent


def _reached(node: Node, pops: int) -> int:
    """The position at which the loop ``pops`` levels up was left for the one below it."""
    own = None
    for each in list(_up(node))[:pops]:
        own = each.own
    return own.position if own is not None else 1


def _ways_up(node: Node, position: int) -> Iterator[tuple[int, Node, int]]:
    """Levels left, the loop, and the position reached in it, from here to the transaction."""
    for pops, each in enumerate(_up(node)):
        yield pops, each, position
        if each.own is not None:
            position = each.own.position


def _strict(
    node: Node, position: int, segment_id: str, value: str
) -> tuple[int, Slot, Node] | None:
    for pops, each, reached in _ways_up(node, position):
        for slot in each.by_id.get(segment_id, ()):
            if slot.position >= reached and (not slot.codes or value in slot.codes):
                return pops, slot, each
    return None


def _out_of_order(
    node: Node, position: int, segment_id: str, value: str
) -> tuple[int, Slot, Node] | None:
    """As ``walk.Walker.astray`` has it: too late in its loop, else only its qualifier is wrong."""
    for pops, each, _ in _ways_up(node, position):
        for slot in each.by_id.get(segment_id, ()):
            if not slot.codes or value in slot.codes:
                return pops, slot, each
    for pops, each, reached in _ways_up(node, position):
        ahead = [slot for slot in each.by_id.get(segment_id, ()) if slot.position >= reached]
        if ahead and all(slot.child is None for slot in ahead):
            return pops, ahead[0], each
    return None


def _implied(
    node: Node, position: int, segment_id: str, value: str
) -> tuple[int, Slot, Slot] | None:
    """A loop whose LX was left out, which only counts: it begins at a segment it requires.

    What any other opening segment says cannot be guessed.
    """
    for pops, each, reached in _ways_up(node, position):
        for slot in each.slots:
            if slot.child is None or slot.position < reached or slot.row.id != "LX":
                continue
            for inner in slot.child.by_id.get(segment_id, ()):
                if inner.required and (not inner.codes or value in inner.codes):
                    return pops, slot, inner
    return None


def _opens_somewhere(node: Node, segment_id: str) -> bool:
    return any(
        slot.child is not None for each in _up(node) for slot in each.by_id.get(segment_id, ())
    )


def _around(node: Node, unit: str) -> set[Node]:
    """The loops with the id ``unit`` and all loops around them."""
    found: set[Node] = set()
    for slot in node.slots:
        if slot.child is not None:
            found |= _around(slot.child, unit)
    if found or node.loop.id == unit:
        found.add(node)
    return found


_PLANS: dict[tuple[str, str, Wanted], Plan] = {}


def plan_for(guide: Guide, wanted: Wanted) -> Plan:
    """The plan of a guide for a purpose, made once."""
    key = (guide.kind, guide.versions[0], wanted)
    found = _PLANS.get(key)
    if found is None:
        found = _PLANS[key] = Plan(guide, wanted)
    return found


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
        self._place = _NOWHERE
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
        here = self._place
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
                if elements[0] in _ENVELOPE:
                    self.number = number
                    yield from self._envelope(number, elements, delimiters)
                    here = self._place
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
        self._place = here

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
        self._place = self._plan.start
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
        self._open, self._place = None, _NOWHERE
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

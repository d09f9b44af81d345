"""Walking a transaction through its guide: which row is this segment, which loop are we in.

The guide is unfolded once into nodes. Where a segment leads depends only on the node, the place
reached in it and the segment's id and qualifier, so each step is worked out once and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from core.x12.guides import QUALIFIER_PLACES, Guide, Loop, Row, qualifier

# Segments whose rows are told apart by the first component of their first element.
COMPOSITE_QUALIFIED = frozenset(("HI",))


@dataclass(slots=True, eq=False)
class Slot:
    """One item of a node: a row, or the loop that its row opens. ``position`` is its order."""

    number: int
    position: int
    row: Row
    place: int
    codes: frozenset[str]
    limit: int
    required: bool
    child: Node | None = None


@dataclass(slots=True, eq=False)
class Step:
    """Where a segment leads: levels left, the slot, and required slots passed by (level, slot).

    ``place`` is the one that the slot's own loop has reached then.
    """

    pops: int
    slot: Slot
    passed: tuple[tuple[int, Slot], ...]
    place: Place


class Place:
    """How far a loop of the guide was walked. ``moves`` remembers the steps from here.

    A step lies under its segment id; where the first element tells rows apart, a dict by that
    element does; where another one does (HL, HI), the step lies under id and value.
    """

    __slots__ = ("moves", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.moves: dict[Any, Any] = {}


@dataclass(slots=True, eq=False)
class Node:
    """A loop at its place in the tree."""

    loop: Loop
    parent: Node | None
    own: Slot | None
    slots: list[Slot] = field(default_factory=list)
    by_id: dict[str, list[Slot]] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)

    def place(self, position: int) -> Place:
        """The place at which ``position`` is reached."""
        found = self.places.get(position)
        if found is None:
            found = self.places[position] = Place(position)
        return found

    def passed(self, first: int, last: int | None) -> list[Slot]:
        """Required slots from position ``first`` up to but not at ``last`` (None: to the end)."""
        return [
            slot
            for slot in self.slots
            if slot.required and slot.position >= first and (last is None or slot.position < last)
        ]


class Frame:
    """An open loop: its node, the place reached in it, how often each slot came, its HL number.

    ``segments`` are those of its own body, each with its number in the file. ``guessed`` is the
    number of a slot that a segment with a wrong qualifier was taken for.
    """

    __slots__ = ("counts", "guessed", "level", "node", "place", "segments")

    # By hand: a third of all segments open a loop, and what a dataclass makes takes longer.
    def __init__(self, node: Node) -> None:
        self.node = node
        self.counts = [0] * len(node.slots)
        self.place = node.place(1)
        self.level = ""
        self.guessed = -1
        self.segments: list[tuple[int, list[str]]] = []


_TREES: dict[tuple[str, str], Node] = {}


def tree(guide: Guide) -> Node:
    """The unfolded guide, made once."""
    # A version may serve two kinds (270 and 271), a kind have a guide for each release.
    key = (guide.kind, guide.versions[0])
    found = _TREES.get(key)
    if found is None:
        found = _TREES[key] = _node(guide.body, None, None)
    return found


def _node(loop: Loop, parent: Node | None, own: Slot | None) -> Node:
    node = Node(loop, parent, own)
    position, previous, firm = 0, "", False
    for number, item in enumerate(loop.items):
        row = item.opener if isinstance(item, Loop) else item
        # A required loop keeps its place among loops that open alike, so that where it is missing
        # shows at once; the other loops and rows of one id come in any order.
        was_firm, firm = firm, isinstance(item, Loop) and item.usage == "R"
        if row.id != previous or firm or was_firm:
            position, previous = position + 1, row.id
        place, codes = qualifier(row)
        required = item.usage == "R" and number > 0
        slot = Slot(number, position, row, place, frozenset(codes), item.repeat, required)
        if isinstance(item, Loop):
            slot.child = _node(item, node, slot)
        node.slots.append(slot)
        if number:
            node.by_id.setdefault(row.id, []).append(slot)
    return node


@cache
def told_by(root: Node) -> dict[str, int]:
    """By segment id of a tree, which element tells its rows apart; 0 where nothing does."""
    found: dict[str, int] = {}
    nodes = [root]
    while nodes:
        for slot in nodes.pop().slots:
            found[slot.row.id] = max(found.get(slot.row.id, 0), slot.place)
            if slot.child is not None:
                nodes.append(slot.child)
    return found


class Walker:
    """The open loops of one transaction. ``enter`` begins at ST."""

    def __init__(self, root: Node) -> None:
        self.stack = [Frame(root)]
        self._told_by = told_by(root)

    @property
    def loop(self) -> str:
        """The id of the loop we are in; empty in the transaction itself."""
        return self.stack[-1].node.loop.id

    def find(self, segment_id: str, value: str) -> Step | None:
        """The step for a segment; None when it does not belong after what came before.

        ``value`` is what tells rows of its id apart.
        """
        moves = self.stack[-1].place.moves
        by = self._told_by.get(segment_id, 0)
        plain = by == 1 and segment_id not in COMPOSITE_QUALIFIED
        if not by:
            value = ""
        key: object = (segment_id, value)
        if plain:
            moves, key = moves.setdefault(segment_id, {}), value
        elif not by:
            key = segment_id
        step: Step | None = moves.get(key)
        if step is None:
            step = self._search(segment_id, value)
            # Only what the tables name is remembered, or a file could fill the memory.
            if step is not None and (step.slot.codes or not value):
                moves[key] = step
        return step

    def _search(self, segment_id: str, value: str) -> Step | None:
        passed: list[tuple[int, Slot]] = []
        for pops, frame in enumerate(reversed(self.stack)):
            node, reached = frame.node, frame.place.position
            for slot in node.by_id.get(segment_id, ()):
                if slot.position >= reached and (not slot.codes or value in slot.codes):
                    ahead = ((pops, each) for each in node.passed(reached, slot.position))
                    return Step(pops, slot, (*passed, *ahead), node.place(slot.position))
            passed += ((pops, each) for each in node.passed(reached, None))
        return None

    def locate(self, elements: list[str], component: str) -> Step | None:
        """The step for a segment as it stands in a file, the best guess where it is out of order.

        None when the guide has no place for it at all.
        """
        segment_id = elements[0]
        place = QUALIFIER_PLACES.get(segment_id, 1)
        value = elements[place] if place < len(elements) else ""
        if segment_id in COMPOSITE_QUALIFIED:
            value = value.partition(component)[0]
        return self.find(segment_id, value) or self.astray(segment_id, value)[0]

    def astray(self, segment_id: str, value: str) -> tuple[Step | None, str]:
        """The best guess for a segment without a step, and what is wrong with it.

        ``segment-order``: it belongs earlier. ``code-value``: only its qualifier is wrong.
        ``segment-unexpected``: it does not belong here at all.
        """
        for pops, frame in enumerate(reversed(self.stack)):
            for slot in frame.node.by_id.get(segment_id, ()):
                if not slot.codes or value in slot.codes:
                    return Step(pops, slot, (), frame.place), "segment-order"
        for pops, frame in enumerate(reversed(self.stack)):
            slots = frame.node.by_id.get(segment_id, ())
            ahead = [slot for slot in slots if slot.position >= frame.place.position]
            if ahead and all(slot.child is None for slot in ahead):
                # A required row that has not come yet is most likely meant.
                awaited = (s for s in ahead if s.required and not frame.counts[s.number])
                place = frame.node.place(ahead[0].position)
                return Step(pops, next(awaited, ahead[0]), (), place), "code-value"
        return None, "segment-unexpected"

    def go(self, step: Step, ordered: bool = True) -> tuple[int, Frame]:
        """Take the step: how often its slot has come now, and the frame it lies in."""
        if step.pops:
            del self.stack[-step.pops :]
        frame, slot = self.stack[-1], step.slot
        count = frame.counts[slot.number] + 1
        frame.counts[slot.number] = count
        if slot.child is not None:
            frame.place = frame.node.place(slot.position)
            self.stack.append(Frame(slot.child))
        elif ordered:
            frame.place = step.place
        return count, frame

    def missing(self, step: Step) -> list[tuple[Frame, Slot]]:
        """Required slots that this step leaves behind empty."""
        found = []
        for level, slot in step.passed:
            frame = self.stack[-1 - level]
            if not frame.counts[slot.number]:
                found.append((frame, slot))
        return found

    def unfinished(self) -> list[tuple[Frame, Slot]]:
        """Required slots still empty when the transaction ends here."""
        return [
            (frame, slot)
            for frame in reversed(self.stack)
            for slot in frame.node.passed(frame.place.position, None)
            if not frame.counts[slot.number]
        ]

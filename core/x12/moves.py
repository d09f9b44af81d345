"""Which way a segment leads when a file is read: worked out once a place, then remembered.

A segment goes where the check's walk (``walk``) puts it, so both mean the same loop. Where that
walk finds no place, reading goes on: a loop whose LX was left out is opened by a segment that it
requires; an opening segment nobody knows begins a loop without a name, which keeps what follows;
any other segment stays in the loop at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.x12.guides import Guide
from core.x12.guides import Loop as LoopTable
from core.x12.typed import Converter, converter
from core.x12.walk import COMPOSITE_QUALIFIED, Node, Slot, told_by, tree

# A loop that no guide names, for an opening segment that has no place.
NAMELESS = ""
_NAMELESS = Node(LoopTable(NAMELESS, "S", 0, ()), None, None)


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


class Move:
    """Where a segment leads: loops left, loops opened, and the place it stands at."""

    __slots__ = (
        "astray", "closes", "convert", "drop", "kept", "opens", "placeless", "plain", "pops",
        "there",
    )  # fmt: skip

    def __init__(self, there: Spot) -> None:
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


class Spot:
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


NOWHERE = Spot(_NAMELESS, 0)


class Plan:
    """The moves of one guide for one purpose, worked out as files ask for them."""

    def __init__(self, guide: Guide, wanted: Wanted) -> None:
        self.guide = guide
        self.wanted = wanted
        self.root = tree(guide)
        self._spots: dict[tuple[Node, int, bool], Spot] = {}
        self.start = self._spot(self.root, 1)
        self._told_by = told_by(self.root)
        # Loops that hold units are never kept in the loop above: memory would grow with the file.
        self.streamed = frozenset(_around(self.root, wanted.unit)) if wanted.unit else frozenset()

    def _spot(self, node: Node, position: int, nameless: bool = False) -> Spot:
        key = (node, position, nameless)
        found = self._spots.get(key)
        if found is None:
            found = self._spots[key] = Spot(node, position, nameless)
        return found

    def find(self, here: Spot, elements: list[str], component: str) -> Move:
        """The move of a segment that the moves of ``here`` do not name yet."""
        segment_id = elements[0]
        by = self._told_by.get(segment_id, 0)
        if not by:
            move = self._work_out(here, segment_id, "")
            # An id that no table names is not remembered, or a file could fill the memory.
            if segment_id in self._told_by:
                here.moves[segment_id] = move
            return move
        value = elements[by] if by < len(elements) else ""
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

    def _work_out(self, here: Spot, segment_id: str, value: str) -> Move:
        move = self._lead(here, segment_id, value)
        if self.wanted.typed:
            move.convert = converter(segment_id)
        move.plain = not (move.pops or move.opens or move.astray or move.drop)
        return move

    def _lead(self, here: Spot, segment_id: str, value: str) -> Move:
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
                move.there = self._spot(slot.child, 1)
            else:
                own = position if not pops else _reached(node, pops)
                move.there = self._spot(home, own if move.astray else slot.position)
            return move
        implied = _implied(node, position, segment_id, value) if step is None else None
        if implied is not None:
            pops, slot, inner = implied
            self._leave(move, here, pops)
            assert slot.child is not None, "only a loop is opened unasked"
            if inner.child is not None:
                move.opens = (slot.child, inner.child)
                move.there = self._spot(inner.child, 1)
            else:
                move.opens = (slot.child,)
                move.there = self._spot(slot.child, inner.position)
            return move
        move.astray, move.placeless, move.kept = True, True, False
        if not here.nameless and _opens_somewhere(node, segment_id):
            move.opens = (_NAMELESS,)
            move.there = self._spot(node, position, True)
        return move

    def _leave(self, move: Move, here: Spot, pops: int) -> None:
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

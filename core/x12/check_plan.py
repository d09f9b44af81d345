"""What a check knows of a guide beforehand: patterns, and which loops mean more than a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from core.x12.guides import Guide
from core.x12.observers import Closed, Observer
from core.x12.rows import pattern
from core.x12.syntax import Delimiters
from core.x12.walk import Node, Slot

CLAIM_LOOPS = {
    "837P": ("2300",),
    "837I": ("2300",),
    "837D": ("2300",),
    "835": ("2100",),
    "277CA": ("2200D",),
    "276": ("2200D", "2200E"),
    "277": ("2200D", "2200E"),
}
PARTY_LOOPS = {"1000A": "submitter", "1000B": "receiver"}


def _never(_: str) -> None:
    """Matches nothing, so that every segment is read the slow way."""


class Closers(dict[Node, tuple[Closed, ...]]):
    """By loop, whom to tell when it closes."""

    def __init__(self, watching: Sequence[Observer]) -> None:
        super().__init__()
        self._watching = watching

    def __missing__(self, node: Node) -> tuple[Closed, ...]:
        asked = [each.watch(node) for each in self._watching]
        found = tuple(closed for closed in asked if closed is not None)
        self[node] = found
        return found


class Matches(dict[Slot, Callable[[str], object]]):
    """By slot, what takes a right segment; made as it is asked for."""

    def __init__(self, delimiters: Delimiters | None) -> None:
        super().__init__()
        self._delimiters = delimiters

    def __missing__(self, slot: Slot) -> Callable[[str], object]:
        delimiters = self._delimiters
        found = _never if delimiters is None else pattern(slot.row, delimiters).match
        self[slot] = found
        return found


NO_MATCHES = Matches(None)


@lru_cache(maxsize=64)
def matches_of(guide: Guide, delimiters: Delimiters) -> Matches:
    """Shared by all transactions of a guide: a file may hold very many."""
    return Matches(delimiters)


@cache
def openers(root: Node) -> frozenset[str]:
    """The ids of the segments that open loops."""
    return frozenset(node.own.row.id for node in _nodes(root) if node.own is not None)


@cache
def marked_loops(root: Node, kind: str) -> frozenset[Node]:
    """The loops whose beginning means more than a loop: levels, lines, claims, who sends."""
    named = {"2000", "2400", *PARTY_LOOPS, *CLAIM_LOOPS.get(kind, ())}
    return frozenset(
        node
        for node in _nodes(root)
        if node.own is not None and (node.own.row.id == "HL" or node.loop.id in named)
    )


def _nodes(root: Node) -> Iterator[Node]:
    yield root
    for slot in root.slots:
        if slot.child is not None:
            yield from _nodes(slot.child)

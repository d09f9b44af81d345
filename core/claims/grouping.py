"""Which charges of an encounter share a claim."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def group(
    items: Sequence[T], key: Callable[[T], Hashable], maximum: Callable[[T], int]
) -> list[list[T]]:
    """``items`` in groups of equal ``key``, each at most ``maximum(first item)`` long.

    Order is kept, of the groups by their first item and within each group. Nothing is lost.
    """
    groups: list[list[T]] = []
    open_group: dict[Hashable, list[T]] = {}
    for item in items:
        own = key(item)
        current = open_group.get(own)
        if current is None or len(current) >= maximum(current[0]):
            current = open_group[own] = []
            groups.append(current)
        current.append(item)
    return groups

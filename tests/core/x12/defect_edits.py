"""A defect as one edit of a good file: how it is made, and what must be named where.

An edit works on the list of segments. Segments are found by the text they begin with; ``#2`` behind
it means the second such. Afterwards SE01 is put right, so that the edit is the only thing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Segments = list[str]
Edit = Callable[[Segments], Segments]


class Defect(NamedTuple):
    """``at`` is the segment that must be named in the edited file; ``also`` what may come with it.

    ``judge``: where pyx12 looks first: at the ``same`` segment, ``elsewhere``, or it is ``blind``.
    """

    name: str
    base: str
    edit: Edit
    snip: int
    at: str
    element: int
    code: str
    also: tuple[str, ...]
    judge: str


def seen(
    name: str,
    base: str,
    edit: Edit,
    snip: int,
    at: str,
    element: int,
    code: str,
    *also: str,
    judge: str = "same",
) -> Defect:
    """A defect that the judge names as well."""
    return Defect(name, base, edit, snip, at, element, code, also, judge)


def unseen(
    name: str, base: str, edit: Edit, snip: int, at: str, element: int, code: str, *also: str
) -> Defect:
    """A defect that the judge does not see, or not where it can be compared."""
    return Defect(name, base, edit, snip, at, element, code, also, "blind")


def find(segments: Segments, mark: str) -> int:
    """Where the segment that begins with ``mark`` stands, from 0; ``end`` is the last."""
    text, _, times = mark.partition("#")
    places = [n for n, segment in enumerate(segments) if segment.startswith(text)]
    return places[int(times or 1) - 1]


def drop(mark: str, count: int = 1) -> Edit:
    """Leave out ``count`` segments from ``mark`` on."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return segments[:at] + segments[at + count :]

    return edit


def put(mark: str, element: int, value: str) -> Edit:
    """Give one element (or, in ``ISA``, field) another value; nothing else changes."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        values = segments[at].split("*")
        values += [""] * (element + 1 - len(values))
        values[element] = value
        return [*segments[:at], "*".join(values).rstrip("*"), *segments[at + 1 :]]

    return edit


def text(mark: str, whole: str) -> Edit:
    """Put ``whole`` in the place of a segment."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return [*segments[:at], whole, *segments[at + 1 :]]

    return edit


def after(mark: str, *more: str) -> Edit:
    """Put segments behind one."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark) + 1
        return [*segments[:at], *more, *segments[at:]]

    return edit


def move(mark: str, behind: str) -> Edit:
    """Take a segment out and put it behind another."""

    def edit(segments: Segments) -> Segments:
        moved = segments[find(segments, mark)]
        rest = [segment for segment in segments if segment is not moved]
        return after(behind, moved)(rest)

    return edit


def again(mark: str, times: int, count: int = 1) -> Edit:
    """Repeat ``count`` segments from ``mark`` on ``times`` more times."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return segments[: at + count] + segments[at : at + count] * times + segments[at + count :]

    return edit


def counted(segments: Segments) -> Segments:
    """SE01 put right."""
    start, fixed = 0, list(segments)
    for number, segment in enumerate(fixed):
        if segment.startswith("ST*"):
            start = number
        elif segment.startswith("SE*"):
            values = segment.split("*")
            fixed[number] = "*".join([*values[:1], str(number - start + 1), *values[2:]])
    return fixed

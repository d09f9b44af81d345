"""An answer in plain sentences: the form in which every kind of answer is explained."""

from __future__ import annotations

import msgspec


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: its kind, where it stands in the file, its control number, what it says."""

    kind: str
    segment: int
    control: str
    sentences: tuple[str, ...]


def counted(number: int, word: str) -> str:
    """``1 claim``, ``2 claims``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")

"""Lists of codes with the days they hold, and what a list can say of a code it does not have.

A list is as old as its release. Where the owner of a list only ever adds numbers in a known form,
a code in that form is called newer than the list, not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

ALWAYS = ("", "")


class Standing(StrEnum):
    """What a list says of a code on a day."""

    GOOD = "good"
    ENDED = "ended"
    NOT_YET = "not_yet"
    NEWER = "newer"
    UNKNOWN = "unknown"


class CodeList(msgspec.Struct, frozen=True, kw_only=True):
    """One list. Days are texts ``CCYYMMDD`` as in a file; an empty one is open.

    ``windows`` holds by code the first and last day it may be used, both included. ``has_history``
    says that codes which ended are still listed, so an unlisted code of older days never was one.
    A later code has the form ``newer_shape``, begins as some listed code does
    (``newer_prefix`` characters), and its number is at most ``newer_room`` above the highest.
    """

    name: str
    as_of: str
    windows: Mapping[str, tuple[str, str]]
    has_history: bool = False
    newer_shape: str = ""
    newer_room: int = 0
    prefixes: frozenset[str] = frozenset()
    highest: Mapping[str, int] = {}

    def standing(self, code: str, day: str = "") -> Standing:
        """How ``code`` stands on ``day``; without a day, whether it ever stood."""
        window = self.windows.get(code)
        if window is None:
            return Standing.NEWER if self._may_be_newer(code, day) else Standing.UNKNOWN
        first, last = window
        if not day or window is ALWAYS:
            return Standing.GOOD
        if day < first:
            return Standing.NOT_YET
        return Standing.ENDED if last and day > last else Standing.GOOD

    def turns(self) -> set[str]:
        """The days on which a code may begin to stand otherwise.

        The day behind a last day is a text between the two: the last one and a sign.
        """
        held = {window for window in self.windows.values() if window is not ALWAYS}
        found = {first for first, _ in held if first} | {f"{last}+" for _, last in held if last}
        return found | {f"{self.as_of}+"} if self.has_history else found

    def _may_be_newer(self, code: str, day: str) -> bool:
        if not self.newer_shape or not re.fullmatch(self.newer_shape, code, re.ASCII):
            return False
        if self.has_history and day and day <= self.as_of:
            return False
        if self.prefixes:
            length = len(next(iter(self.prefixes)))
            return code[:length] in self.prefixes
        if self.newer_room:
            series, number = _numbered(code)
            return 0 < number - self.highest.get(series, number) <= self.newer_room
        return True


def _numbered(code: str) -> tuple[str, int]:
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return code[: len(code) - len(digits)], int(digits) if digits.isdecimal() else 0


def parse_list(about: Mapping[str, str], rows: Iterable[str]) -> CodeList:
    """A list from its row of ``lists.csv`` and the lines of its own file, heading included.

    A line is ``code`` or ``code,start,stop`` with days ``YYYY-MM-DD``.
    """
    windows: dict[str, tuple[str, str]] = {}
    lines = iter(rows)
    next(lines)
    for line in lines:
        code, _, days = line.partition(",")
        start, _, stop = days.replace("-", "").partition(",")
        windows[code] = (start, stop) if start or stop else ALWAYS
    prefix = int(about["newer_prefix"] or 0)
    room = int(about["newer_room"] or 0)
    highest: dict[str, int] = {}
    for code in windows if room else ():
        series, number = _numbered(code)
        highest[series] = max(number, highest.get(series, 0))
    return CodeList(
        name=about["name"],
        as_of=about["as_of"].replace("-", ""),
        windows=windows,
        has_history=bool(about["history"]),
        newer_shape=about["newer_shape"],
        newer_room=room,
        prefixes=frozenset(code[:prefix] for code in windows) if prefix else frozenset(),
        highest=highest,
    )

"""Which codes a note of the tabular list names: ``(E10.-)``, ``(F30-F39)``, ``(E08-E13 with .52)``.

A note names codes, ranges, and codes qualified by some of their characters. What is read of it
are the shortest beginnings that stand for all of them and for nothing else. A qualification that
is not understood names nothing: no opinion is better than a wrong one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

_CODE = r"[A-Z][0-9A][0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_NAMED = re.compile(rf"(?<![A-Za-z0-9])({_CODE})(?: ?-({_CODE}))?(?![A-Za-z0-9])", re.ASCII)
# "Any specified effect (A00-R94)": a range of many chapters says no more than "something else".
_RANGE_MAX = 300
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_QUALIFIED = re.compile(r"\s*\.?-?\s*with\s+(.*)", re.DOTALL)
_SUFFIX = re.compile(r"\.([0-9A-Z]+)(-?)(?:\.([0-9A-Z]+))?$", re.ASCII)
_FINAL = re.compile(r"final characters -([0-9A-Z]+)$", re.ASCII)
_PLACES = {"fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}
_AT_PLACE = re.compile(
    r"(?:(\d)th|(fourth|fifth|sixth|seventh))(?: to sixth)?[ -]characters? \.?([0-9A-Z]{1,2})$",
    re.ASCII,
)


class CodeOrder:
    """The codes of a release, as a note's words are looked up in them.

    ``codes`` in rising order; ``categories`` in the order of the list, in which M1A is before M10.
    """

    def __init__(self, codes: Sequence[str], categories: Sequence[str]) -> None:
        self._codes = codes
        self._categories = categories
        self._places = {category: place for place, category in enumerate(categories)}

    def below(self, prefix: str) -> Sequence[str]:
        """The codes that begin with ``prefix``."""
        return self._codes[
            bisect_left(self._codes, prefix) : bisect_left(self._codes, prefix + "~")
        ]

    def between(self, first: str, last: str) -> list[str]:
        """The beginnings from ``first`` through ``last``, both included."""
        start, end = self._places.get(first), self._places.get(last)
        if start is not None and end is not None:
            return [] if end - start > _RANGE_MAX else list(self._categories[start : end + 1])
        begin, stop = bisect_left(self._codes, first), bisect_left(self._codes, last + "~")
        # A heading that the end of the range stands under holds more than the range.
        return shortest(
            [code for code in self._codes[begin:stop] if code == last or not last.startswith(code)]
        )


def shortest(codes: Sequence[str]) -> list[str]:
    """``codes`` (rising) without those that begin with another of them."""
    kept: list[str] = []
    for code in codes:
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    return kept


def named_codes(note: str, order: CodeOrder) -> list[str]:
    """The beginnings of the codes that ``note`` names, in its order; none when it names no code.

    Codes in brackets are the ones meant where there are any: "any type in A15 (J65)" names J65.
    """
    parts = [part for part in _IN_BRACKETS.findall(note) if _NAMED.search(part)] or [note]
    found: list[str] = []
    for part in parts:
        found += _named(part, order)
    return list(dict.fromkeys(found))


def _named(part: str, order: CodeOrder) -> list[str]:
    found: list[str] = []
    end = 0
    for match in _NAMED.finditer(part):
        first, last = match[1].replace(".", ""), (match[2] or "").replace(".", "")
        named = order.between(first, last) if last else [first]
        found += [one for one in named if order.below(one)]
        end = match.end()
    qualified = _QUALIFIED.match(part, end)
    return found if qualified is None else _qualified(found, qualified[1].strip(), order)


def _qualified(named: list[str], words: str, order: CodeOrder) -> list[str]:
    """Those below ``named`` that have what ``words`` says of their characters."""
    ends = _pattern(words)
    if ends is None:
        return []
    fits = re.compile(ends, re.ASCII).fullmatch
    return shortest([code for one in named for code in order.below(one) if fits(code)])


def _pattern(words: str) -> str | None:
    """What ``words`` asks of a whole code, as a regular expression."""
    if found := _SUFFIX.fullmatch(words):
        first, last = found[1], found[3] or found[1]
        if len(first) != len(last) or first[:-1] != last[:-1]:
            return None
        return f".{{3}}{first[:-1]}[{first[-1]}-{last[-1]}].*"
    if found := _FINAL.fullmatch(words):
        return f".{{4,}}{found[1]}"
    if found := _AT_PLACE.fullmatch(words):
        place = int(found[1]) if found[1] else _PLACES[found[2]]
        return f".{{{place - 1}}}{found[3]}.*"
    return None

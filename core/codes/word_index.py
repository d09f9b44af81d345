"""Finding texts by words of them: whole, begun, or mistyped.

Texts are numbered in the order they should be found in, so an answer is the first numbers that all
words lead to. Which texts have a word is a set of bits, a Python integer: to join the sets of six
words over two hundred thousand texts takes microseconds.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from core.codes.compact import numbers, numbers_to_bytes, pack, texts_to_bytes, unpack

_PIECE = re.compile(r"[a-z]+|[0-9]+", re.ASCII)
_EMPTY = frozenset(
    ("a", "an", "and", "at", "by", "due", "for", "from", "in", "is", "my", "of", "on", "or", "s")
) | {"the", "to", "with"}
# A word that so many texts have is kept as a set of bits, packed; a rarer one as numbers.
_MANY = 128
_BEGUN_MIN, _BEGUN_MAX = 2, 30
_MISTYPED_MIN, _MISTYPED_MAX = 4, 5
_TWO_ERRORS_FROM = 7
# Errors beyond these letters of a word are found as well: the rest is compared letter by letter.
_LOOKED_AT = 7
_REMEMBERED_MAX = 256


def words_of(text: str) -> list[str]:
    """The words of ``text`` as they are compared: small, one spelling, without plural."""
    return [
        _folded(piece)
        for piece in _PIECE.findall(text.lower().replace("'s", ""))
        if piece not in _EMPTY
    ]


def _folded(word: str) -> str:
    """One spelling for British and American words, and for one and many of a thing."""
    if len(word) > 4:
        word = word.replace("ae", "e").replace("oe", "e").replace("our", "or")
        if word.endswith("ies"):
            return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "siu":
        return word[:-1]
    return word


def _shortened(word: str) -> Iterator[str]:
    """The beginning of ``word`` without up to one letter, of a long one without up to two."""
    start = word[:_LOOKED_AT]
    yield start
    for count in (1, 2) if len(word) >= _TWO_ERRORS_FROM - 1 else (1,):
        for left_out in combinations(range(len(start)), count):
            yield "".join(letter for at, letter in enumerate(start) if at not in left_out)


def make_word_index(texts: Sequence[str]) -> bytes:
    """The compact form of an index of ``texts``, in the order they should be found in."""
    found: dict[str, array[int]] = {}
    for number, text in enumerate(texts):
        for word in set(words_of(text)):
            found.setdefault(word, array("I")).append(number)
    words = sorted(found)
    counts, places, kept = array("I"), array("I", [0]), bytearray()
    for word in words:
        held = found[word]
        counts.append(len(held))
        if len(held) >= _MANY:
            bits = bytearray(held[-1] // 8 + 1)
            for number in held:
                bits[number >> 3] |= 1 << (number & 7)
            kept += zlib.compress(bytes(bits), 1)
        else:
            kept += numbers_to_bytes(held)
        places.append(len(kept))
    errors = sorted(
        zlib.crc32(short.encode()) << 32 | place
        for place, word in enumerate(words)
        if len(word) >= _MISTYPED_MIN and word.isalpha()
        for short in set(_shortened(word))
    )
    return pack(
        {
            "words": texts_to_bytes(words),
            "counts": numbers_to_bytes(counts),
            "places": numbers_to_bytes(places),
            "kept": bytes(kept),
            "error_sums": numbers_to_bytes(array("I", [one >> 32 for one in errors])),
            "error_words": numbers_to_bytes(array("I", [one & 0xFFFFFFFF for one in errors])),
        }
    )


class Match(NamedTuple):
    """Which texts have a word as it was typed, and which have one like it, that too."""

    typed: int
    any: int


class WordIndex:
    """An index made by ``make_word_index``."""

    def __init__(self, data: bytes | memoryview) -> None:
        runs, _ = unpack(data)
        self._words = str(runs["words"], "utf-8").split("\n")
        self._counts = numbers(runs["counts"], "I")
        self._places = numbers(runs["places"], "I")
        self._kept = runs["kept"]
        self._error_sums = numbers(runs["error_sums"], "I")
        self._error_words = numbers(runs["error_words"], "I")
        self._known: dict[tuple[str, bool], Match] = {}

    def find(self, text: str) -> tuple[Iterator[int], bool]:
        """The texts that have the words of ``text``, the best first; whether they have all.

        The last word may be begun only. Where no text has all words, those that have the rarest.
        """
        typed = words_of(text)
        matches = [self._match(word, is_last=word is typed[-1]) for word in dict.fromkeys(typed)]
        known = sorted((one for one in matches if one.any), key=lambda one: one.any.bit_count())
        if not known:
            return iter(()), False
        exact, close, is_whole = known[0].typed, known[0].any, len(known) == len(matches)
        for one in known[1:]:
            if joined := close & one.any:
                close, exact = joined, exact & one.typed
            else:
                is_whole = False
        return _numbers(exact, close & ~exact), is_whole

    def _match(self, word: str, *, is_last: bool) -> Match:
        known = self._known.get((word, is_last))
        if known is None:
            if len(self._known) >= _REMEMBERED_MAX:
                self._known.clear()
            known = self._known[word, is_last] = self._matched(word, is_last)
        return known

    def _matched(self, word: str, is_last: bool) -> Match:
        place = bisect_left(self._words, word)
        is_there = place < len(self._words) and self._words[place] == word
        typed = self._bits(place) if is_there else 0
        like = typed
        if is_last or not typed:
            like |= self._all_bits(self._begun(word, place))
        if not like:
            like = self._all_bits(self._mistyped(word))
        return Match(typed, like)

    def _begun(self, word: str, place: int) -> Sequence[int]:
        """The words that begin with ``word``: of many, those that most texts have."""
        if len(word) < _BEGUN_MIN:
            return ()
        found = range(place, bisect_left(self._words, word + "~", place))
        if len(found) <= _BEGUN_MAX:
            return found
        return sorted(found, key=self._counts.__getitem__, reverse=True)[:_BEGUN_MAX]

    def _mistyped(self, word: str) -> list[int]:
        """The words nearest to ``word``."""
        if len(word) < _MISTYPED_MIN or not word.isalpha():
            return []
        allowed = 2 if len(word) >= _TWO_ERRORS_FROM else 1
        places: set[int] = set()
        for short in set(_shortened(word)):
            total = zlib.crc32(short.encode())
            at = bisect_left(self._error_sums, total)
            while at < len(self._error_sums) and self._error_sums[at] == total:
                places.add(self._error_words[at])
                at += 1
        letters = set(word)
        near = []
        for place in places:
            other = self._words[place]
            if abs(len(other) - len(word)) > allowed or len(letters ^ set(other)) > 2 * allowed:
                continue
            if (errors := errors_between(word, other, allowed)) <= allowed:
                near.append((errors, word[0] != other[0], -self._counts[place], place))
        near.sort()
        return [place for errors, *_, place in near[:_MISTYPED_MAX] if errors <= near[0][0] + 1]

    def _all_bits(self, places: Sequence[int]) -> int:
        bits = 0
        for place in places:
            bits |= self._bits(place)
        return bits

    def _bits(self, place: int) -> int:
        run = self._kept[self._places[place] : self._places[place + 1]]
        if self._counts[place] >= _MANY:
            return int.from_bytes(zlib.decompress(run), "little")
        held = numbers(run, "I") if run.nbytes else ()
        bits = bytearray(held[-1] // 8 + 1)
        for number in held:
            bits[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(bits, "little")


def _numbers(*sets: int) -> Iterator[int]:
    """The numbers in each set of bits, rising."""
    for bits in sets:
        data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        for found in re.finditer(rb"[^\0]", data):
            byte = found[0][0]
            for place in range(8):
                if byte >> place & 1:
                    yield found.start() * 8 + place


def errors_between(one: str, other: str, allowed: int) -> int:
    """How many letters were left out, added, changed or swapped; beyond ``allowed``: 1 more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before_last, row = row, before, [at]
        for place, beside in enumerate(other, 1):
            cost = min(last[place] + 1, row[-1] + 1, last[place - 1] + (letter != beside))
            if before_last and place > 1 and letter == other[place - 2] and one[at - 2] == beside:
                cost = min(cost, before_last[place - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > allowed and min(last) > allowed:
            return allowed + 1
    return row[-1]

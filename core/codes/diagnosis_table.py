"""One release of ICD-10-CM in the form it lies in: codes, what each is, its words and notes.

Made once of a published list (``make_table``) and looked into where it lies: a table costs the
pages that are asked for, not a hundred thousand objects.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from core.codes.compact import numbers, numbers_to_bytes, pack, texts, texts_to_bytes, unpack
from core.codes.diagnoses import Diagnosis
from core.codes.excludes import CodeOrder, named_codes
from core.codes.tabular import Entry, Tabular

WIDTH = 7
_BILLABLE = 1
_MANIFESTATION = 2
_SIDE_SHIFT = 2
SIDES = ("", "right", "left", "bilateral", "unspecified")
_ELSEWHERE = re.compile(
    r"\b(?:in|due to|(?<!associated )with) (?:[\w, ]+ )?(?:diseases?|conditions?) classified"
    r" elsewhere"
)
_BILATERAL = re.compile(r"\bbilateral\b")
_RIGHT, _LEFT, _UNSPECIFIED = (
    re.compile(rf"\b{side}\b") for side in ("right", "left", "unspecified")
)
_NO_WORD = re.compile(r"[^a-z0-9]+")
# What comes in pairs, where the title of the unspecified one is not worded as the others are.
_UNSPECIFIED_OF_PAIR = re.compile(
    r"\bunspecified (?:arm|ear|eye|elbow|foot|hand|hip|knee|leg|limb|ovary|shoulder|side|wrist)\b"
)


class Listed(msgspec.Struct, frozen=True):
    """A code as a list has it, without its point."""

    code: str
    is_billable: bool
    words: str


def make_table(
    listed: Iterable[Listed], tabular: Tabular | None, about: Mapping[str, str]
) -> bytes:
    """The compact form of a list of codes, with the notes of ``tabular`` where there is one."""
    rows = sorted(listed, key=lambda one: one.code)
    codes = [row.code for row in rows]
    sides = _sides(rows)
    flags = bytes(
        (_BILLABLE if row.is_billable else 0)
        | (_MANIFESTATION if _ELSEWHERE.search(row.words.lower()) else 0)
        | SIDES.index(side) << _SIDE_SHIFT
        for row, side in zip(rows, sides, strict=True)
    )
    words = [row.words.encode() for row in rows]
    places = array("I", [0])
    for one in words:
        places.append(places[-1] + len(one))
    entries = tabular.entries if tabular else ()
    return pack(
        {
            "codes": "".join(code.ljust(WIDTH) for code in codes).encode("ascii"),
            "flags": flags,
            "places": numbers_to_bytes(places),
            "words": b"".join(words),
            "excludes": texts_to_bytes(list(_excludes(entries, codes))),
            "notes": texts_to_bytes(
                [f"{entry.name}\t{kind}\t{text}" for entry in entries for kind, text in entry.notes]
            ),
            "above": texts_to_bytes(
                [
                    f"{entry.name}\t{entry.title}\t{entry.parent.name if entry.parent else ''}"
                    for entry in entries
                    if entry.level != "diag" or len(entry.name) == 3
                ]
            ),
        },
        about,
    )


def codes_of(tabular: Tabular, listed: Iterable[str]) -> Iterator[Listed]:
    """The codes ``listed`` with their titles of ``tabular``.

    A code with a seventh character has no entry: its title is that of the code it extends, and
    what the character means.
    """
    entries = {entry.name: entry for entry in tabular.entries if entry.level == "diag"}
    rows = sorted(set(listed))
    for code, following in zip(rows, [*rows[1:], ""], strict=True):
        entry = entries.get(code)
        if entry is not None:
            words = entry.title
        else:
            base = entries.get(code[:-1].rstrip("X")) or entries.get(code[:-1])
            meaning = base.extensions().get(code[-1], "") if base else ""
            words = ", ".join(part for part in (base.title if base else "", meaning) if part)
        yield Listed(code, not following.startswith(code), words)


class DiagnosisNotes(msgspec.Struct, frozen=True):
    """What the tabular list says under a code or above it: kind, text, and where it stands."""

    kind: str
    text: str
    at: str


class IcdTable:
    """A table made by ``make_table``, read where it lies."""

    def __init__(self, data: bytes | memoryview) -> None:
        runs, self.about = unpack(data)
        self._codes = runs["codes"]
        self._flags = runs["flags"]
        self._places = numbers(runs["places"], "I")
        self._words = runs["words"]
        self._runs = runs
        self._known: dict[str, int] = {}

    def __len__(self) -> int:
        """How many codes there are, headings too."""
        return len(self._flags)

    def code_at(self, place: int) -> str:
        """The code at ``place``; places are in rising order of codes."""
        return str(self._codes[place * WIDTH : place * WIDTH + WIDTH], "ascii").rstrip()

    def words_at(self, place: int) -> str:
        """The description of the code at ``place``."""
        return str(self._words[self._places[place] : self._places[place + 1]], "utf-8")

    def is_billable_at(self, place: int) -> bool:
        """Whether the code at ``place`` may stand on a claim."""
        return bool(self._flags[place] & _BILLABLE)

    def place(self, code: str) -> int:
        """Where ``code`` (without its point) stands; -1 when it is not there."""
        try:
            return self._known[code]
        except KeyError:
            pass
        place = bisect_left(range(len(self._flags)), code, key=self.code_at)
        if place == len(self._flags) or self.code_at(place) != code:
            place = -1
        # As many as a batch has; the whole list is never gathered here.
        if len(self._known) < 20_000:
            self._known[code] = place
        return place

    def beginning(self, start: str) -> range:
        """The places of the codes that begin with ``start``."""
        places = range(len(self._flags))
        return range(
            bisect_left(places, start, key=self.code_at),
            bisect_left(places, f"{start}~", key=self.code_at),
        )

    def find(self, code: str) -> Diagnosis:
        """What ``code`` is in this release."""
        place = self.place(code)
        if place < 0:
            return Diagnosis.ABSENT
        return Diagnosis.BILLABLE if self._flags[place] & _BILLABLE else Diagnosis.CATEGORY

    def words(self, code: str) -> str:
        """The description of ``code``; empty when it is not there."""
        place = self.place(code)
        return self.words_at(place) if place >= 0 else ""

    def is_manifestation(self, code: str) -> bool:
        """Whether its title says "in diseases classified elsewhere"."""
        place = self.place(code)
        return place >= 0 and bool(self._flags[place] & _MANIFESTATION)

    def side(self, code: str) -> str:
        """``right``, ``left``, ``bilateral``, ``unspecified``, or empty."""
        place = self.place(code)
        return SIDES[self._flags[place] >> _SIDE_SHIFT] if place >= 0 else ""

    @cached_property
    def _excludes(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for line in texts(self._runs["excludes"]):
            owner, *named = line.split()
            found[owner] = tuple(named)
        return found

    def excludes(self, code: str, other: str) -> bool:
        """Whether an Excludes1 note of ``code`` or of what stands above it names ``other``."""
        if code == other:
            return False
        owners = self._excludes
        for length in range(3, len(code) + 1):
            named = owners.get(code[:length])
            # What a note names below its own heading is not spoken to by that note.
            if named and other.startswith(named) and not code.startswith(named):
                return True
        return False

    def notes(self, code: str) -> list[DiagnosisNotes]:
        """The notes that hold for ``code``: its own first, then those above, chapter last."""
        levels = [code[:length] for length in range(len(code), 2, -1)]
        above = {}
        for line in texts(self._runs["above"]):
            name, _, parent = line.split("\t")
            above[name] = parent
        parent = above.get(code[:3], "")
        while parent:
            levels.append(parent)
            parent = above.get(parent, "")
        found: dict[str, list[DiagnosisNotes]] = {level: [] for level in levels}
        for line in texts(self._runs["notes"]):
            name, kind, text = line.split("\t", 2)
            if name in found:
                found[name].append(DiagnosisNotes(kind, text, name))
        return [note for level in levels for note in found[level]]

    def named(self) -> Iterator[tuple[str, str, bool]]:
        """Each code with its description (True) and with each inclusion term (False)."""
        for place in range(len(self)):
            yield self.code_at(place), self.words_at(place), True
        for name, kind, text in self.own_notes():
            if kind == "inclusionTerm":
                yield name, text, False

    def own_notes(self) -> Iterator[tuple[str, str, str]]:
        """Where it stands, kind and text of each note."""
        for line in texts(self._runs["notes"]):
            name, kind, text = line.split("\t", 2)
            yield name, kind, text


def _sides(rows: Sequence[Listed]) -> Iterator[str]:
    """The side of each code: a right one is told by the left one it stands beside.

    So "right heart failure" has none, for there is no code that says the same of the left.
    """
    lowered = [_NO_WORD.sub(" ", row.words.lower()) for row in rows]
    there: dict[str, set[str]] = {}
    for row, words in zip(rows, lowered, strict=True):
        there.setdefault(row.code[:3], set()).add(words)
    paired: set[str] = set()
    for category, said in there.items():
        if any(_RIGHT.search(words) and _RIGHT.sub("left", words) in said for words in said):
            paired.add(category)
    for row, words in zip(rows, lowered, strict=True):
        yield _side(words, there[row.code[:3]], is_paired=row.code[:3] in paired)


def _side(words: str, beside: set[str], *, is_paired: bool) -> str:
    """The side in ``words``; ``beside`` are the titles of the category."""
    if _BILATERAL.search(words):
        return "bilateral"
    if not is_paired:
        return ""
    if _RIGHT.search(words):
        return "right" if _RIGHT.sub("left", words) in beside else ""
    if _LEFT.search(words):
        return "left" if _LEFT.sub("right", words) in beside else ""
    if _UNSPECIFIED_OF_PAIR.search(words) or any(
        words[: found.start()] + "right" + words[found.end() :] in beside
        for found in _UNSPECIFIED.finditer(words)
    ):
        return "unspecified"
    return ""


def _excludes(entries: Sequence[Entry], codes: Sequence[str]) -> Iterator[str]:
    """A line for each code that has Excludes1 notes: the code, then what they name.

    A note of a section or a chapter is one of each of its categories.
    """
    categories = [entry for entry in entries if entry.level == "diag" and len(entry.name) == 3]
    order = CodeOrder(codes, [entry.name for entry in categories])
    named: dict[str, list[str]] = {}
    for entry in entries:
        found = [
            code
            for kind, text in entry.notes
            if kind == "excludes1"
            for code in named_codes(text, order)
        ]
        if entry.level == "diag" and found:
            named.setdefault(entry.name, []).extend(found)
        elif found:
            for category in categories:
                if any(above is entry for above in category.above()):
                    named.setdefault(category.name, []).extend(found)
    for owner, found in sorted(named.items()):
        yield " ".join([owner, *dict.fromkeys(found)])

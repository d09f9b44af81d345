"""Guides as data: the types of the tables, and which table serves which version.

A guide is a tree of loops. Its rows use a short notation for elements: ``"1R=85 2R=1|2 3R 4 9"``
means element 1 is required and is ``85``, element 2 is required and is ``1`` or ``2``, 3 is
required, 4 and 9 may be there, and all others are not used. ``5R(1R 2R=B)`` describes the
components of a composite, ``2-12(1R=ABF 2R)`` elements 2 to 12 alike. ``3x99=1|2`` may repeat, up
to 99 times, with the interchange's repetition separator between. Types, lengths and relations
between elements come from ``guides.segments``.

Rows of the same segment id that follow each other share one place in the order: they may come in
any order among themselves, as the standard says. A required loop is the exception: it stands
before the loops that are listed after it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

import msgspec

from core.x12.guides.segments import COMPOSITES, SEGMENTS

MANY = 0
"""Repeat without a limit."""


# The standard writes money with at most 18 digits; shorter numbers are quantities and rates.
_MONEY_DIGITS = 18
_FORM_NAMES = frozenset(("form", "date form"))


class Row(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A segment at its place: usage R (required) or S (situational), how often, its elements."""

    id: str
    usage: str
    repeat: int
    elements: str
    name: str = ""


class Loop(msgspec.Struct, frozen=True):
    """A loop: opened by its first row, then rows and loops in their order."""

    id: str
    usage: str
    repeat: int
    items: tuple[Row | Loop, ...]
    name: str = ""

    @property
    def opener(self) -> Row:
        """The row whose segment begins the loop."""
        first = self.items[0]
        assert isinstance(first, Row), "a loop begins with a segment"
        return first


class Guide(msgspec.Struct, frozen=True, cache_hash=True):
    """One implementation guide: ``kind`` as people call it (837P), the versions it serves."""

    kind: str
    transaction: str
    group: str
    versions: tuple[str, ...]
    body: Loop
    claim_segment: str = ""


class Element(msgspec.Struct, frozen=True, gc=False):
    """An element or component: type, lengths, usage R, S or N, and the values it may have.

    ``repeat`` is how often the element may come in its place.
    """

    name: str
    type: str = "AN"
    minimum: int = 1
    maximum: int = 80
    usage: str = "N"
    codes: tuple[str, ...] = ()
    parts: tuple[Element, ...] = ()
    repeat: int = 1

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money: the decimals of this length; no other mark tells."""
        return self.type == "R" and self.maximum >= _MONEY_DIGITS

    @property
    def is_form(self) -> bool:
        """Whether it says in which form the element after it is written (element 1250)."""
        return self.name in _FORM_NAMES


class Note(msgspec.Struct, frozen=True, gc=False):
    """A relation between elements: ``kind`` P, R, E, C or L and the element numbers."""

    kind: str
    elements: tuple[int, ...]


_MODULES = {
    ("837", "005010X222"): "p837",
    ("837", "005010X223"): "i837",
    ("837", "005010X224"): "d837",
    ("835", "005010X221"): "r835",
    ("277", "005010X214"): "s277ca",
    ("999", "005010X231"): "a999",
    ("270", "005010X279"): "q270",
    ("271", "005010X279"): "a271",
    ("276", "005010X212"): "q276",
    ("277", "005010X212"): "a277",
    ("278", "005010X217"): "s278",
    ("275", "005010X314"): "c275",
    ("275", "005010X210"): "c275",
    ("275", "006020X314"): "c275_6020",
}


@cache
def _guide(module: str) -> Guide:
    found = import_module(f"core.x12.guides.{module}").GUIDE
    assert isinstance(found, Guide)
    return found


def guide_for(transaction: str, version: str, *, exact: bool = True) -> Guide | None:
    """The guide of ST01 and GS08 (or ST03); None when there is no table for it.

    Not ``exact``: errata letters we do not know are read by the same table.
    """
    module = _MODULES.get((transaction, version[:10]))
    if module is None:
        return None
    guide = _guide(module)
    return guide if version in guide.versions or not exact else None


def guides() -> tuple[Guide, ...]:
    """All guides there are."""
    return tuple(_guide(module) for module in dict.fromkeys(_MODULES.values()))


_ELEMENT = re.compile(r"([^={]+)=(?:\{([^}]+)\}|(AN|ID|N0|R|DT|TM)(\d+)-(\d+))\Z")
_REPEATED = re.compile(r"x (\d+) \[([^\]]*)\]")
_NOTE = re.compile(r"([PRECL])((?:\d\d)+)\Z")
_USE = re.compile(r"(\d+)(?:-(\d+))?(?:x(\d+))?([RS]?)(?:=([^ ()]+))?(?:\(([^)]*)\))?(?: |\Z)")


@cache
def standard(segment_id: str) -> tuple[tuple[Element, ...], tuple[Note, ...]]:
    """Elements and notes of a segment as the standard has them; empty for an unknown id."""
    text = SEGMENTS.get(segment_id)
    if text is None:
        return (), ()
    words, _, notes = text.partition(";")
    return _elements(words), tuple(_note(word) for word in notes.split())


@cache
def elements_of(row: Row) -> tuple[Element, ...]:
    """The elements of ``row``, in order, with the usage and values of its guide."""
    return _used(standard(row.id)[0], row.elements)


# Where the qualifier of a segment stands, if not in its first element.
QUALIFIER_PLACES: dict[str, int] = {"HL": 3, "BHT": 2}


def qualifier(row: Row) -> tuple[int, tuple[str, ...]]:
    """Which element tells this row from others of its id, and its values: ``(1, ("85",))``.

    ``(0, ())`` when any segment of the id is meant. A composite is told by its first component.
    """
    place = QUALIFIER_PLACES.get(row.id, 1)
    element = elements_of(row)[place - 1]
    codes = element.parts[0].codes if element.parts else element.codes
    return (place, codes) if codes and row.id not in _NOT_TOLD_APART else (0, ())


# Here the coded first element is content, not the name of the row.
_NOT_TOLD_APART = frozenset((
    "BPR", "CAS", "SBR", "PAT", "DMG", "CUR", "SVC", "SV1", "SV2", "SV3",
    "SV5", "CR1", "CR2", "CR3", "PWK", "CN1", "TOO", "OI", "HCP", "MEA", "IK3",
    "IK4", "IK5", "AK1", "AK2", "AK9", "STC", "RDM", "CLP", "CL1", "FRM",
    "AAA", "EB", "EQ", "HSD", "III", "INS", "LE", "LS", "MPI", "TRN",
    "BDS", "BGN", "CAT", "CR5", "CR6", "HCR", "OOI", "UM",
))  # fmt: skip


def _elements(words: str) -> tuple[Element, ...]:
    flat = _REPEATED.sub(lambda m: ", ".join([m[2]] * int(m[1])), words)
    return tuple(_element(word.strip()) for word in flat.split(","))


def _element(word: str) -> Element:
    match = _ELEMENT.match(word)
    assert match, f"not an element: {word}"
    name, composite, kind, low, high = match.groups()
    if composite:
        return Element(name, parts=_elements(COMPOSITES[composite]))
    return Element(name, kind, int(low), int(high))


def _note(word: str) -> Note:
    match = _NOTE.match(word)
    assert match, f"not a note: {word}"
    digits = match[2]
    return Note(match[1], tuple(int(digits[at : at + 2]) for at in range(0, len(digits), 2)))


def _used(base: tuple[Element, ...], text: str) -> tuple[Element, ...]:
    used = list(base)
    text, at = " ".join(text.split()), 0
    while at < len(text):
        match = _USE.match(text, at)
        assert match, f"not an element use: {text[at:]}"
        first, last, repeat, usage, codes, parts = match.groups()
        for place in range(int(first), int(last or first) + 1):
            element = used[place - 1]
            used[place - 1] = msgspec.structs.replace(
                element,
                usage=usage or "S",
                codes=tuple(codes.split("|")) if codes else (),
                parts=_used(element.parts, parts) if parts else element.parts,
                repeat=int(repeat or 1),
            )
        at = match.end()
    return tuple(used)

"""Files made out of the guide tables: the least that a guide asks, and one thing varied in each.

A variation names a row of a guide by its path and says what is done with it. The values are right
for both readings: ours and the judge's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.x12.guides import Element, Guide, Loop, Note, Row, elements_of, standard

Path = tuple[int, ...]
"""Places of items from the body of the guide down to a row or loop."""

ISA = (
    "ISA*00*          *00*          *ZZ*NORTHBILL      *ZZ*RIVERPAY       *260210*0930*^*00501"
    "*000000417*0*P*:"
)
JUDGED = {
    "837P": "005010X222A1",
    "837I": "005010X223A2",
    "835": "005010X221A1",
    "277CA": "005010X214",
    "999": "005010X231A1",
}
"""The guides that the judge has, by the version it knows."""

_FORMS = {"D8": "20260203", "RD8": "20260203-20260204", "TM": "0930", "DT": "202602030930"}
_VALUES = {
    "state": "MA",
    "country": "US",
    "postal code": "021101234",
    "payer": "77881",
    "birth date": "19790314",
    "death date": "20260131",
    "currency": "USD",
    "taxonomy": "207Q00000X",
    "number": "778810042",
    "fiscal year end": "20261231",
    "category": "A1",
    "status": "19",
    "entity": "PR",
    "group kind": "HC",
    "name": "SITUATIONAL TRIGGER",
}
# Chosen before the first of a list; the judge does not know all of them.
_USUAL = ("CH", "TE")
_BY_TYPE = {"N0": "1", "R": "1", "DT": "20260203", "TM": "0930"}

# Loops of a 277CA that the judge asks for, though a batch refused as a whole has none of them.
_ALWAYS = {"277CA": frozenset(("2000C", "2200C", "2000D", "2200D"))}

# Elements that the judge asks for where the guide does so only of some.
_ASKED = {
    ("NM1", "subscriber"): (8, 9),
    ("STC", "provider status"): (4,),
    ("STC", "service status"): (2,),
}


class Variation(NamedTuple):
    """What is done at ``path``: the item ``times`` times; its row's elements as ``given`` says.

    ``given`` maps (element, component) to a value, empty to leave a required one out; ``full`` puts
    in every element that may be used.
    """

    path: Path
    times: int = 1
    full: bool = False
    given: tuple[tuple[int, int, str], ...] = ()


class _Maker:
    def __init__(self, guide: Guide, variation: Variation) -> None:
        self.variation = variation
        self._always = _ALWAYS.get(guide.kind, frozenset())
        self.segments: list[list[str]] = []
        self._levels: list[tuple[str, int]] = []
        self._count = 0
        self._lines = 0
        self._loop(guide.body, ())

    def _loop(self, loop: Loop, path: Path) -> None:
        wanted = self.variation.path
        for place, item in enumerate(loop.items):
            here = (*path, place)
            target = here == wanted
            times = self.variation.times if target else 1
            needed = item.usage == "R" or place == 0 or item.id in self._always
            if not (target or needed or wanted[: len(here)] == here):
                continue
            for _ in range(times):
                if isinstance(item, Loop):
                    self._loop(item, here)
                else:
                    opener = wanted == path and place == 0
                    self._row(item, self.variation if target or opener else None)

    def _row(self, row: Row, variation: Variation | None) -> None:
        values = segment(row, variation)
        if row.id == "HL":
            self._level(row, values)
        elif row.id == "CLM":
            self._lines = 0
        elif row.id == "LX":
            self._lines += 1
            values[1] = str(self._lines)
        self.segments.append(values)

    def _level(self, row: Row, values: list[str]) -> None:
        order = {"20": 0, "21": 1, "22": 1, "19": 2, "23": 2, "PT": 3}
        level = next(code for code in order if f"3R={code}" in row.elements)
        depth = order[level]
        self._count += 1
        del self._levels[depth:]
        self._levels += [("", 0)] * (depth - len(self._levels))
        values[1] = str(self._count)
        if len(values) > 2 and values[2]:
            values[2] = str(next(n for _, n in reversed(self._levels) if n))
        self._levels.append((level, self._count))


def segment(row: Row, variation: Variation | None = None) -> list[str]:
    """A right segment of ``row``, or what ``variation`` makes of it."""
    elements = elements_of(row)
    given = {(e, c): value for e, c, value in variation.given} if variation else {}
    full = variation is not None and variation.full
    wanted = {e for (e, _), value in given.items() if value}
    asked = _ASKED.get((row.id, row.name), ())
    used = {
        n
        for n, element in enumerate(elements, 1)
        if element.usage == "R" or n in wanted or n in asked or (full and element.usage == "S")
    }
    if not used:
        used = {next(n for n, element in enumerate(elements, 1) if element.usage == "S")}
    _satisfy(standard(row.id)[1], elements, used)

    values = [row.id]
    form = ""
    for n, element in enumerate(elements, 1):
        value = given.get((n, 0))
        if value is None:
            value = _value(n, element, given, full, form) if n in used else ""
            value = "837" if (row.id, n) == ("AK2", 1) else value
        form = value if element.name in ("form", "date form") else ""
        values.append(value)
    while len(values) > 2 and not values[-1]:
        values.pop()
    return values


def _satisfy(notes: tuple[Note, ...], elements: tuple[Element, ...], used: set[int]) -> None:
    """Bring in what the elements in use ask for beside them."""

    def may(n: int) -> bool:
        return elements[n - 1].usage != "N"

    for _ in range(2):
        for note in notes:
            first, *others = note.elements
            have = used.intersection(note.elements)
            if (note.kind == "P" and have) or (note.kind == "C" and first in used):
                used.update(n for n in note.elements if may(n))
            elif note.kind == "R" and not have:
                used.update([n for n in note.elements if may(n)][:1])
            elif note.kind == "L" and first in used and not used.intersection(others):
                used.update([n for n in others if may(n)][:1])
            elif note.kind == "E" and len(have) > 1:
                used.difference_update(sorted(have)[1:])


def _value(
    place: int, element: Element, given: dict[tuple[int, int], str], full: bool, form: str
) -> str:
    if not element.parts:
        return _simple(element, form)
    parts = []
    inner = ""
    for n, part in enumerate(element.parts, 1):
        value = given.get((place, n))
        if value is None:
            needed = part.usage == "R" or (full and part.usage == "S" and part.name != "list")
            needed = needed or (n == 1 and part.usage == "S")
            value = _simple(part, inner) if needed else ""
        inner = value if part.name == "date form" else ""
        parts.append(value)
    return ":".join(parts).rstrip(":")


def _simple(element: Element, form: str) -> str:
    if element.name == "children":
        return element.codes[-1]
    if element.codes:
        return next((code for code in _USUAL if code in element.codes), element.codes[0])
    if form:
        return _FORMS.get(form, "20260203")
    if element.name in _VALUES:
        return _VALUES[element.name]
    if element.name.startswith("place"):
        return "11"
    if element.name.startswith("remark"):
        return "N130"
    value = _BY_TYPE.get(element.type, "77881")
    if element.type in _BY_TYPE and element.minimum <= len(value):
        return value
    return value[: element.maximum].ljust(element.minimum, "1")


def file_of(guide: Guide, variations: Sequence[Variation]) -> bytes:
    """A file with a transaction a variation: all that ``guide`` requires, and that one varied."""
    version = JUDGED[guide.kind]
    segments = [
        ISA,
        f"GS*{guide.group}*NORTHBILL*RIVERPAY*20260210*0930*62*X*{version}",
    ]
    st03 = "" if guide.kind == "835" else f"*{version}"
    for number, variation in enumerate(variations, 1):
        body = ["*".join(values).rstrip("*") for values in _Maker(guide, variation).segments]
        segments.append(f"ST*{guide.transaction}*{number:04d}{st03}")
        segments += body[1:]
        segments.append(f"SE*{len(body) + 1}*{number:04d}")
    return "~".join([*segments, f"GE*{len(variations)}*62", "IEA*1*000000417~"]).encode()


def files(guide: Guide) -> Iterator[bytes]:
    """Every variation of ``guide``, fifteen transactions a file: the judge is slow in long ones."""
    made = [variation for _, _, variation in variations(guide)]
    for start in range(0, len(made), 15):
        yield file_of(guide, made[start : start + 15])


def variations(guide: Guide) -> Iterator[tuple[Path, str, Variation]]:
    """What can be done with each row and loop: its usage, its repeats, its elements.

    Rows that are written alike have their elements gone through once.
    """
    seen: set[tuple[str, str]] = set()
    for path, item in places(guide.body):
        if path == (0,):
            continue
        yield path, "there", Variation(path)
        if path[-1] and item.usage == "R":
            yield path, "absent", Variation(path, 0)
        if path[-1] and 1 < item.repeat <= 20:
            yield path, "as often as may be", Variation(path, item.repeat)
        if path[-1] and 0 < item.repeat <= 20:
            yield path, "once too often", Variation(path, item.repeat + 1)
        if isinstance(item, Row) and (item.id, item.elements) not in seen:
            seen.add((item.id, item.elements))
            yield path, "with all elements", Variation(path, full=True)
            for what, given in _elements(item):
                if guide.kind == "277CA" and item.id == "SVC" and what.endswith("not used"):
                    continue  # The judge breaks on it.
                yield path, what, Variation(path, given=(given,))


def _elements(row: Row) -> Iterator[tuple[str, tuple[int, int, str]]]:
    """Values for the elements of a row; of the same kind of fault, the first two."""
    faults: dict[str, int] = {}
    for place, element in enumerate(elements_of(row), 1):
        if (row.id, place) in (("HL", 1), ("HL", 2), ("HL", 3), ("LX", 1)):
            continue
        parts = list(enumerate(element.parts, 1)) if element.usage != "N" else []
        for component, each in parts or [(0, element)]:
            for what, value in _values(each):
                faults[what] = faults.get(what, 0) + 1
                if (value or element.usage == "R") and faults[what] <= 2:
                    yield f"{place}-{component} {what}", (place, component, value)


def _values(element: Element) -> Iterator[tuple[str, str]]:
    """Values for one element: right ones to accept, wrong ones to refuse."""
    if element.usage == "N":
        if not element.parts and element.type not in ("DT", "TM"):
            yield "though not used", "7" * element.minimum
        return
    if element.usage == "R":
        yield "left out", ""
    if element.codes:
        yield "no code of the list", "Q" * max(element.minimum, 1)
        # All of a short list; of a long one the last.
        for code in element.codes if len(element.codes) <= 4 else element.codes[-1:]:
            yield f"is {code}", code
    elif element.type in ("AN", "ID") and element.maximum < 300:
        yield "too long", "A" * (element.maximum + 1)
    elif element.type in ("R", "N0"):
        yield "no number", "1O"


def places(loop: Loop, path: Path = ()) -> Iterator[tuple[Path, Row | Loop]]:
    """Every item below ``loop`` with its path; a loop that comes twice is gone through once."""
    seen: set[str] = set()
    yield from _places(loop, path, seen)


def _places(loop: Loop, path: Path, seen: set[str]) -> Iterator[tuple[Path, Row | Loop]]:
    for place, item in enumerate(loop.items):
        here = (*path, place)
        if isinstance(item, Loop):
            if item.id not in seen:
                seen.add(item.id)
                yield here, item
                yield from _places(item, here, seen)
        else:
            yield here, item

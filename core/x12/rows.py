"""Checking one segment against its row: a prepared pattern that accepts, a slow path that explains.

The pattern is made once from the row. What it accepts is right; what it does not accept may still
be right (29 February), so the slow path decides and names each fault.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from core.dates import parse_day
from core.errors import InputError
from core.x12.guides import Element, Note, Row, elements_of, standard
from core.x12.syntax import Delimiters


class Fault(NamedTuple):
    """A fault within a segment: element and component from 1, 0 for the whole."""

    snip: int
    element: int
    component: int
    code: str
    message: str


_DAY = (
    r"(?:19|20)\d\d(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
)
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d"
# Date forms (element 1250) by which the next element is read.
_FORMS = {
    "D8": _DAY,
    "RD8": f"{_DAY}-{_DAY}",
    "DT": _DAY + _TIME,
    "TM": _TIME,
}
_PLACES = 4
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
_WHOLE = re.compile(r"-?\d+\Z", re.ASCII)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?\Z", re.ASCII)


def pattern(row: Row, delimiters: Delimiters) -> re.Pattern[str]:
    """A pattern for the text of a segment of ``row``; a match means there is no fault."""
    return _pattern(row, delimiters.element, delimiters.component, delimiters.repetition)


# Files that name many different separators must not fill the memory with patterns.
@lru_cache(maxsize=2048)
def _pattern(row: Row, element: str, component: str, repetition: str) -> re.Pattern[str]:
    notes = standard(row.id)[1]
    noted = {place for note in notes for place in note.elements}
    marks = re.escape(element + component + repetition)
    body = _sequence(elements_of(row), element, component, repetition, marks, noted)
    groups = {int(place) for place in re.findall(r"\(\?P<e(\d+)>", body)}
    conditions = "".join(_condition(note, groups) for note in notes)
    no_empty_end = f"(?<!{re.escape(element)})"
    return re.compile(rf"{row.id}{body}{no_empty_end}\Z{conditions}", re.ASCII)


def _sequence(
    elements: tuple[Element, ...],
    separator: str,
    component: str,
    repetition: str,
    marks: str,
    noted: set[int],
) -> str:
    """Elements as a nested tail: those at the end may be left out, required ones not.

    For the components of a composite ``component`` is empty: the first has no separator before it.
    """
    mark = re.escape(separator)
    tail, needed = "", False
    number = max((n for n, e in enumerate(elements, 1) if e.usage != "N"), default=0)
    while number:
        each = elements[number - 1]
        if number > 1 and elements[number - 2].is_form and each.usage != "N":
            number -= 1
            each = elements[number - 1]
            forms = (f"{form}{mark}{_FORMS[form]}" for form in each.codes)
            value = "(?:" + "|".join(forms) + ("" if each.usage == "R" else f"|{mark}") + ")"
        else:
            value = _one(each, component, repetition, marks)
            if number in noted and value:
                value = f"(?P<e{number}>{value})"
            value += "?" if each.usage == "S" else ""
        leads = mark if number > 1 or component else ""
        needed = needed or each.usage == "R" or not leads
        tail = leads + value + tail if needed else f"(?:{leads}{value}{tail})?"
        number -= 1
    return tail


def _one(element: Element, component: str, repetition: str, marks: str) -> str:
    if element.usage == "N":
        return ""
    if element.parts:
        parts = _sequence(element.parts, component, "", "", marks, set())
        value = f"(?:{parts}(?<!{re.escape(component)}))"
    else:
        value = _value(element, marks)
    if element.repeat == 1 or not repetition:
        return value
    return f"(?:{value}(?:{re.escape(repetition)}{value}){{0,{element.repeat - 1}}})"


def _value(element: Element, marks: str) -> str:
    if element.codes:
        return "(?:" + "|".join(re.escape(code) for code in element.codes) + ")"
    low, high = element.minimum, element.maximum
    match element.type:
        case "N0":
            return rf"(?:-?\d{{{low},{high}}})"
        case "R":
            # Longer fractions than money and units have are for the slow path.
            places = min(_PLACES, high - low)
            whole = rf"\d{{{low},{high - places}}}(?:\.\d{{0,{places}}})?"
            return rf"(?:-?(?:{whole}|\.\d{{{low},{max(low, places)}}}))"
        case "DT":
            return f"(?:{_DAY})"
        case "TM":
            return rf"(?:{_TIME}(?:[0-5]\d\d{{0,2}})?)"
    first, others = _signs("!", marks), _signs("!" if element.type == "ID" else " ", marks)
    return rf"(?:[{first}][{others}]{{{low - 1},{high - 1}}})"


@lru_cache(maxsize=64)
def _signs(first: str, marks: str) -> str:
    """The printable characters from ``first`` on without ``marks`` (escaped), for a class.

    Written out, since a class is matched many times faster than a look ahead at each character.
    """
    signs = (chr(code) for code in range(ord(first), 0x7F))
    return "".join(re.escape(sign) for sign in signs if not re.match(f"[{marks}]", sign))


def _condition(note: Note, groups: set[int]) -> str:
    """A note as conditional groups at the end of the pattern; no group means never present."""
    first, *others = note.elements
    match note.kind:
        case "P":
            return "".join(
                _when(first, _when(o, "", "(?!)", groups), _when(o, "(?!)", "", groups), groups)
                for o in others
            )
        case "C":
            return "".join(_when(first, _when(o, "", "(?!)", groups), "", groups) for o in others)
        case "E":
            return "".join(_when(first, _when(o, "(?!)", "", groups), "", groups) for o in others)
        case "R":
            return _one_of(note.elements, groups)
    return _when(first, _one_of(tuple(others), groups), "", groups)


def _when(place: int, there: str, absent: str, groups: set[int]) -> str:
    return f"(?(e{place}){there}|{absent})" if place in groups else absent


def _one_of(places: tuple[int, ...], groups: set[int]) -> str:
    found = "(?!)"
    for place in reversed(places):
        found = _when(place, "", found, groups)
    return found


def faults(row: Row, values: list[str], delimiters: Delimiters) -> list[Fault]:
    """Every fault of a segment (``values[0]`` is its id), guide and standard together."""
    elements = elements_of(row)
    found = _series(elements, values[1:], delimiters, 0)
    if len(values) - 1 > len(elements):
        # How many diagnoses and other coded facts one HI may hold is a limit of the guides.
        snip = 2 if row.id == "HI" else 1
        message = "more elements than there are"
        extra = Fault(snip, len(elements) + 1, 0, "too-many-elements", message)
        found.append(extra)
    if len(values) > 1 and values[-1] == "":
        found.append(
            Fault(1, len(values) - 1, 0, "trailing-separator", "an empty element at the end")
        )
    if row.id == "CAS":
        # Who bears an adjustment is of an outside list, as is the reason beside it.
        found = [f._replace(snip=5) if f[1:4] == (1, 0, "code-value") else f for f in found]
    present = {n for n, value in enumerate(values) if n and value}
    for note in standard(row.id)[1]:
        found += _note_fault(note, present)
    return found


def _series(
    elements: tuple[Element, ...], values: list[str], delimiters: Delimiters, owner: int
) -> list[Fault]:
    found: list[Fault] = []
    form = ""
    for place, element in enumerate(elements, 1):
        value = values[place - 1] if place <= len(values) else ""
        at = (owner, place) if owner else (place, 0)
        if not value:
            if element.usage == "R":
                found.append(Fault(2, *at, "element-missing", f"{element.name} is required"))
        elif element.usage == "N":
            found.append(Fault(2, *at, "element-not-used", f"{element.name} is not used here"))
        elif element.repeat > 1 and delimiters.repetition:
            found += _repeated(element, value, delimiters, at)
        elif element.parts:
            found += _composite(element, value, delimiters, place)
        else:
            found += _simple(element, value, delimiters, at)
            if form and not _form_fits(form, value):
                code = "bad-time" if form == "TM" else "bad-date"
                found.append(Fault(1, *at, code, f"{element.name} is not in the form {form}"))
        form = value if element.is_form else ""
    return found


def _repeated(
    element: Element, value: str, delimiters: Delimiters, at: tuple[int, int]
) -> list[Fault]:
    """The faults of the first repetition that has any."""
    values = value.split(delimiters.repetition)
    if len(values) > element.repeat:
        often = "once" if element.repeat == 1 else f"{element.repeat} times"
        message = f"{element.name} may come {often}"
        return [Fault(1, *at, "too-many-repetitions", message)]
    for each in values:
        if not each:
            return [Fault(1, *at, "trailing-separator", "an empty repetition")]
        if element.parts:
            found = _composite(element, each, delimiters, at[0])
        else:
            found = _simple(element, each, delimiters, at)
        if found:
            return found
    return []


def _composite(element: Element, value: str, delimiters: Delimiters, place: int) -> list[Fault]:
    parts = value.split(delimiters.component)
    found = _series(element.parts, parts, delimiters, place)
    if len(parts) > len(element.parts):
        found.append(
            Fault(1, place, len(element.parts) + 1, "too-many-components", "more than there are")
        )
    if parts[-1] == "":
        found.append(
            Fault(1, place, len(parts), "trailing-separator", "an empty component at the end")
        )
    return found


def _simple(
    element: Element, value: str, delimiters: Delimiters, at: tuple[int, int]
) -> list[Fault]:
    name = element.name
    if element.type == "AN" and not element.codes and value.isspace() and value.isprintable():
        return [Fault(1, *at, "only-blanks", f"{name} holds nothing but blanks")]
    if not (value.isascii() and value.isprintable()) or not value.strip():
        return [Fault(1, *at, "bad-characters", f"{name} holds characters that are not allowed")]
    if delimiters.repetition and delimiters.repetition in value:
        return [Fault(1, *at, "too-many-repetitions", f"{name} does not repeat here")]
    if delimiters.component in value:
        return [Fault(1, *at, "too-many-components", f"{name} has no components")]
    if element.type != "AN" and value != value.strip():
        return [Fault(1, *at, "bad-characters", f"{name} has blanks around it")]
    if kind := _type_fault(element.type, value):
        return [Fault(1, *at, kind, f"{name} is not {_TYPES[element.type]}")]
    length = len(value)
    if element.type in ("N0", "R"):
        length -= value.count("-") + value.count(".")
    if length < element.minimum:
        return [Fault(1, *at, "too-short", f"{name} is shorter than {element.minimum}")]
    if length > element.maximum:
        return [Fault(1, *at, "too-long", f"{name} is longer than {element.maximum}")]
    if element.codes and value not in element.codes:
        allowed = ", ".join(element.codes[:12]) + (" ..." if len(element.codes) > 12 else "")
        return [Fault(2, *at, "code-value", f"{name} is none of {allowed}")]
    return []


_TYPES = {
    "N0": "a whole number",
    "R": "a number",
    "DT": "a day CCYYMMDD",
    "TM": "a time HHMM",
}


def _type_fault(kind: str, value: str) -> str:
    match kind:
        case "N0":
            return "" if _WHOLE.match(value) else "bad-number"
        case "R":
            return "" if _NUMBER.match(value) else "bad-number"
        case "DT":
            return "" if _form_fits("D8" if len(value) != 6 else "D6", value) else "bad-date"
        case "TM":
            return "" if _CLOCK.match(value) else "bad-time"
    return ""


def _form_fits(form: str, value: str) -> bool:
    """Whether ``value`` is a date, period or time in ``form``; forms we do not know fit."""
    match form:
        case "D8":
            return len(value) == 8 and _is_day(value)
        case "D6":
            return _is_day("20" + value)
        case "RD8":
            first, _, last = value.partition("-")
            return len(value) == 17 and _is_day(first) and _is_day(last)
        case "DT":
            return len(value) in (12, 14) and _is_day(value[:8]) and bool(_CLOCK.match(value[8:]))
        case "TM":
            return bool(_CLOCK.match(value))
    return True


def _is_day(value: str) -> bool:
    if len(value) != 8 or not "1800" <= value[:4] <= "2199":
        return False
    try:
        parse_day(value)
    except InputError:
        return False
    return True


def _note_fault(note: Note, present: set[int]) -> list[Fault]:
    first, *others = note.elements
    have = [n for n in note.elements if n in present]
    code, at = "element-condition", 0
    match note.kind:
        case "P" if have and len(have) < len(note.elements):
            at = next(n for n in note.elements if n not in present)
        case "R" if not have:
            at = first
        case "C" if first in present and not present.issuperset(others):
            at = next(n for n in others if n not in present)
        case "L" if first in present and present.isdisjoint(others):
            at = others[0]
        case "E" if len(have) > 1:
            code, at = "element-exclusion", have[1]
    if not at:
        return []
    together = ", ".join(str(n) for n in note.elements)
    rule = _RULES[note.kind]
    return [Fault(1, at, 0, code, f"{rule} elements {together}")]


_RULES = {
    "P": "all or none of",
    "R": "at least one of",
    "C": "the first needs the other of",
    "L": "the first needs one of the other",
    "E": "only one of",
}

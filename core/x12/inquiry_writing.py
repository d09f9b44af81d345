"""What 270, 271, 276 and 277 are written with: levels, parties, people, and the last look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Identifier, Insured, Party, Procedure, Specialty, Trace
from core.claims.parties import Address
from core.errors import InputError
from core.x12.check import check
from core.x12.claims_write_parties import nm1
from core.x12.elements import write_day, write_number, write_span
from core.x12.syntax import Delimiters, composite

Segment = list[str]


class Levels:
    """The HL segments. A level that is still open with the same content is not opened again."""

    def __init__(self) -> None:
        self._number = 0
        self._open: list[tuple[object, str]] = []

    def enter(self, depth: int, code: str, content: object, below: str) -> Segment | None:
        """The HL of a level at ``depth`` from 0; ``below`` is HL04: 1, 0 or nothing.

        None when the level at hand has that content already; else levels below it are closed.
        """
        if depth < len(self._open) and self._open[depth][0] == content:
            return None
        del self._open[depth:]
        self._number += 1
        parent = self._open[-1][1] if self._open else ""
        self._open.append((content, str(self._number)))
        return ["HL", str(self._number), parent, code, below]


class _Controlled(Protocol):
    @property
    def control_number(self) -> str: ...


def refuse_controls(values: Sequence[_Controlled], what: str) -> None:
    """Refuse nothing at all, and control numbers that are none or used twice."""
    if not values:
        raise InputError(f"there is no {what} to write")
    controls = [each.control_number for each in values]
    if len(set(controls)) != len(controls) or not all(4 <= len(c) <= 9 for c in controls):
        raise InputError(f"each {what} needs a control number of its own, 4 to 9 characters")


def conforming(data: bytes, what: str) -> bytes:
    """``data`` when the guide takes it; else ``InputError`` with the first fault.

    The table that checks what others send also decides what we send: length, code, count, and what
    is required.
    """
    report = check(data)
    found = [*report.errors, *(e for t in report.transactions for e in t.errors)]
    for error in found:
        if error.severity == "error" and error.snip <= 2:
            loop = f", loop {error.loop}" if error.loop else ""
            element = f", element {error.element}" if error.element else ""
            raise InputError(
                f"the guide does not take this {what}: {error.segment_id}{loop}{element}:"
                f" {error.message}"
            )
    return data


def clock(moment: datetime) -> str:
    """HHMM, with seconds where there are any."""
    return f"{moment:%H%M%S}" if moment.second else f"{moment:%H%M}"


def dtp(period: QualifiedDate) -> Segment:
    """A DTP of one day or a span."""
    if period.last is None:
        return ["DTP", period.qualifier, "D8", write_day(period.first)]
    return ["DTP", period.qualifier, "RD8", write_span(period.first, period.last)]


def ref(number: Identifier) -> Segment:
    """A REF."""
    return ["REF", number.qualifier, number.value, number.description]


def trn(trace: Trace, answer: bool) -> Segment:
    """A TRN of an inquiry or answer."""
    kind = "2" if answer and not trace.own else "1"
    return ["TRN", kind, trace.number, trace.originator, trace.further]


def number_or_nothing(number: Decimal | int | None) -> str:
    """A number, empty for None."""
    return "" if number is None else write_number(Decimal(number))


def write_procedure(procedure: Procedure | None, delimiters: Delimiters) -> str:
    """The composite of a procedure, empty for None."""
    if procedure is None:
        return ""
    if len(procedure.modifiers) > 4:
        raise InputError("a procedure has at most four modifiers")
    modifiers = [*procedure.modifiers, *[""] * (4 - len(procedure.modifiers))]
    parts = (procedure.qualifier, procedure.code, *modifiers, "", procedure.last_code)
    return composite(parts, delimiters)


def write_pointers(pointers: Sequence[int], delimiters: Delimiters) -> str:
    """The composite of pointers at diagnoses."""
    return composite([str(each) for each in pointers], delimiters)


def write_party(who: Party, rejected: Iterable[Segment] = ()) -> Iterator[Segment]:
    """A party with all that is known of it, in the order of every guide; ``rejected`` are its AAA.

    What the loop has no place for is refused by the last look (``conforming``).
    """
    yield [*nm1(who.role, who.entity, who.name, who.id_qualifier, who.id), who.relation]
    yield from (ref(each) for each in who.numbers)
    yield from address(who.address)
    for contact in who.contacts:
        ways = [text for way in contact.ways for text in (way.qualifier, way.value)]
        yield ["PER", "IC", contact.name, *ways]
    yield from rejected
    yield from specialty(who.specialty)


def address(where: Address | None) -> Iterator[Segment]:
    """N3 and N4 as far as there is something to say."""
    if where is None:
        return
    if where.line1 or where.line2:
        yield ["N3", where.line1, where.line2]
    city = ["N4", where.city, where.state, where.postal_code, where.country]
    if any(city[1:]):
        yield city


def specialty(found: Specialty | None) -> Iterator[Segment]:
    """A PRV, where there is a specialty."""
    if found is not None:
        yield ["PRV", found.role, found.qualifier, found.code]


def birth(person: Insured) -> Iterator[Segment]:
    """A DMG, where birth date or sex is known."""
    if person.birth_date is not None:
        yield ["DMG", "D8", write_day(person.birth_date), person.sex]
    elif person.sex:
        yield ["DMG", "", "", person.sex]


def write_insured(
    role: str,
    person: Insured,
    rejected: Iterable[Segment],
    delimiters: Delimiters,
    with_birth: bool = True,
) -> Iterator[Segment]:
    """A person's name loop; ``rejected`` are its AAA segments.

    276 has the birth date before the name: ``with_birth`` False leaves it to the caller.
    """
    yield nm1(role, person.entity, person.name, person.id_qualifier, person.id)
    yield from (ref(each) for each in person.numbers)
    yield from address(person.address)
    yield from rejected
    yield from specialty(person.specialty)
    if with_birth:
        yield from birth(person)
    if person.relationship or person.changed or person.birth_sequence is not None:
        changed = ["001", "25"] if person.changed else ["", ""]
        sequence = "" if person.birth_sequence is None else str(person.birth_sequence)
        yes = "Y" if role == "IL" else "N"
        yield ["INS", yes, person.relationship, *changed, *[""] * 12, sequence]
    if person.diagnoses:
        codes = [composite((each.qualifier, each.value), delimiters) for each in person.diagnoses]
        yield ["HI", *codes]
    yield from (dtp(each) for each in person.dates)

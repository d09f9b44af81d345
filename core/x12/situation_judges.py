"""What a row of situations cannot say in its notation: dates, pointers, counts, sums.

A judge is given the segment that would be blamed and answers with the (element, component) pairs
that are at fault. Values that are no dates or numbers are told of elsewhere and pass here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from operator import methodcaller

from core.dates import parse_day
from core.errors import InputError
from core.x12.elements import at
from core.x12.situation_notation import Blames, Judge, Segment, View
from core.x12.syntax import read_amount
from core.x12.walk import Frame

FINE: Blames = ()
# Services of the three days before an admission belong to the stay.
DAYS_BEFORE_STAY = 3
_DIAGNOSES = frozenset(("ABK", "BK", "ABF", "BF", "TQ"))
_OTHER_FACTS = frozenset(("BP", "BO", "BG"))
_SERVICE_DAYS = frozenset(("472", "434"))
_NUMBERS = re.compile(r"\d+", re.ASCII)
_BOX = re.compile(r"\b(?:P\.? *O\.? *BOX|POST OFFICE BOX|LOCK ?BOX)\b", re.IGNORECASE)


def part(view: View, values: Sequence[str], element: int, component: int) -> str:
    """One component of an element, empty where there is none."""
    return at(at(values, element).split(view.component), component - 1)


def first_of(segments: Sequence[Segment], segment_id: str, kind: str) -> list[str]:
    """The first segment of this id and first element; an empty one where there is none."""
    for _, values in segments:
        if values[0] == segment_id and at(values, 1) == kind:
            return values
    return []


def span(values: Sequence[str]) -> tuple[str, str]:
    """First and last day of a DTP, as text; empty where its form is none of days."""
    form, text = at(values, 2), at(values, 3)
    if form == "D8" and len(text) == 8:
        return text, text
    if form == "RD8" and len(text) == 17:
        return text[:8], text[9:]
    if form == "DT" and len(text) >= 12:
        return text[:8], text[:8]
    return "", ""


def cents(text: str) -> int | None:
    """An amount; 0 when empty, None when it is no amount."""
    if not text:
        return 0
    try:
        return read_amount(text)
    except InputError:
        return None


def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except InputError:
        return None


def later(text: str, days: int) -> str:
    """The day ``days`` later as CCYYMMDD; the largest text when ``text`` is no day."""
    day = _day(text)
    if day is None or day.year >= 9999:
        return "99999999"
    return (day + timedelta(days=days)).strftime("%Y%m%d")


# Days


def begins_in_future(view: View, values: list[str]) -> Blames:
    """A DTP whose (first) day is after the day the file was made."""
    if at(values, 3)[:8] <= view.scene_day:
        return FINE
    first, _ = span(values)
    return ((3, 0),) if first > view.scene_day and view.scene_day else FINE


def ends_in_future(view: View, values: list[str]) -> Blames:
    """A DTP period that has begun but ends after the day the file was made."""
    first, last = span(values)
    return ((3, 0),) if last > view.scene_day >= first and view.scene_day else FINE


def period_reversed(_: View, values: list[str]) -> Blames:
    """A DTP period that ends before it begins."""
    first, last = span(values)
    return ((3, 0),) if last < first else FINE


def day_in_future(element: int) -> Judge:
    """A day in ``element`` that is after the day the file was made."""

    def judge(view: View, values: list[str]) -> Blames:
        text = at(values, element)
        late = len(text) == 8 and text > view.scene_day and view.scene_day
        return ((element, 0),) if late else FINE

    return judge


def serves_before_birth(view: View) -> bool:
    """Whether a service or statement at hand begins before the patient was born."""
    birth = view.birth
    if birth:
        for _, segment in view.frame.segments:
            if segment[0] == "DTP" and len(segment) > 3 and segment[1] in _SERVICE_DAYS:
                return segment[3][:8] < birth
    return False


def born_after_service(view: View, values: list[str]) -> Blames:
    """The DMG of a patient who was born after the service or statement at hand was over."""
    birth = at(values, 2)
    if len(birth) != 8:
        return FINE
    for _, segment in view.frame.segments:
        if segment[0] == "DTP" and at(segment, 1) in _SERVICE_DAYS:
            if at(segment, 3)[:8] >= birth:
                continue
            _, last = span(segment)
            if last and birth > last:
                return ((2, 0),)
    return FINE


def discharged_before_admission(view: View, values: list[str]) -> Blames:
    """A discharge day (DTP*096) before the admission (DTP*435) of the same claim."""
    admitted, _ = span(first_of(view.frame.segments, "DTP", "435"))
    discharged, _ = span(values)
    return ((3, 0),) if discharged and discharged < admitted else FINE


def admitted_after_statement(view: View, values: list[str]) -> Blames:
    """An admission (DTP*435) after the end of the statement period (DTP*434)."""
    _, last = span(first_of(view.frame.segments, "DTP", "434"))
    admitted, _ = span(values)
    return ((3, 0),) if last and admitted > last else FINE


def outside_statement(view: View, values: list[str]) -> Blames:
    """A line's service day outside of the statement period of its claim."""
    begin, end = span(first_of(view.segments("2300"), "DTP", "434"))
    first, last = span(values)
    if not begin or not first or not _day(begin):
        return FINE
    early = first < later(begin, -DAYS_BEFORE_STAY)
    return ((3, 0),) if early or last > end else FINE


def _code_days(view: View, values: list[str]) -> Iterator[tuple[int, str, str]]:
    """Element and first and last day of each coded fact of an HI."""
    for element in range(1, len(values)):
        form, text = part(view, values, element, 3), part(view, values, element, 4)
        first, last = span(("", "", form, text))
        if first:
            yield element, first, last


def coded_day_in_future(view: View, values: list[str]) -> Blames:
    """HI: procedures, occurrences that begin after the day the file was made."""
    if not view.scene_day:
        return FINE
    return [(e, 4) for e, first, _ in _code_days(view, values) if first > view.scene_day]


def coded_period_reversed(view: View, values: list[str]) -> Blames:
    """HI: occurrence spans that end before they begin."""
    return [(e, 4) for e, first, last in _code_days(view, values) if last < first]


def procedure_outside_statement(view: View, values: list[str]) -> Blames:
    """HI: procedures that were not done in the statement period, nor shortly before."""
    begin, end = span(first_of(view.frame.segments, "DTP", "434"))
    if not begin:
        return FINE
    earliest = later(begin, -DAYS_BEFORE_STAY)
    return [(e, 4) for e, day, _ in _code_days(view, values) if not earliest <= day <= end]


def made_after_group(view: View, values: list[str]) -> Blames:
    """BHT04 later than the group that holds the transaction, by more than a time zone."""
    made = at(values, 4)
    late = view.group_day and len(made) == 8 and made > later(view.group_day, 1)
    return ((4, 0),) if late else FINE


# Numbers below zero. Charges differ from line to line: an answer that is remembered helps little.
below_zero = methodcaller("startswith", "-")


# Lines


def diagnosis_count(view: View) -> int:
    """How many diagnoses the claim around has that a line may point to.

    -1 when that cannot be said: a kind is none there is, or the HI that must be there is missing.
    """
    claim = view.outer[-1]
    if view.claim[0] is claim:
        return view.claim[1]
    codes = [
        value.partition(view.component)[0]
        for _, segment in claim.segments
        if segment[0] == "HI"
        for value in segment[1:]
    ]
    count = sum(code in _DIAGNOSES for code in codes)
    strange = count + sum(code in _OTHER_FACTS for code in codes) < len(codes)
    lacking = not codes and any(slot.required for slot in claim.node.by_id.get("HI", ()))
    view.claim = (claim, -1 if strange or lacking else count)
    return view.claim[1]


@lru_cache(maxsize=4096)
def _largest(pointers: str) -> int:
    """The largest of the pointers; 0 when one of them is no number from 1."""
    numbers = [int(each[:9]) for each in _NUMBERS.findall(pointers)]
    return max(numbers) if numbers and min(numbers) > 0 else 0


def pointers_astray(element: int) -> Judge:
    """Pointers in ``element`` to diagnoses that the claim does not have."""

    def judge(view: View, values: list[str]) -> Blames:
        pointers = at(values, element)
        if not pointers:
            return FINE
        count = diagnosis_count(view)
        if count < 0 or 0 < _largest(pointers) <= count:
            return FINE
        return [
            (element, place)
            for place, pointer in enumerate(pointers.split(view.component), 1)
            if pointer.isdecimal() and not 1 <= int(pointer[:9]) <= count
        ]

    return judge


def may_repeat(text: str) -> bool:
    """Pointers of which two are the same."""
    pointers = _NUMBERS.findall(text)
    return len(set(pointers)) < len(pointers)


def pointers_twice(element: int) -> Judge:
    """Pointers in ``element`` that repeat an earlier one of the line."""

    def judge(view: View, values: list[str]) -> Blames:
        pointers = at(values, element).split(view.component)
        if len(set(pointers)) == len(pointers):
            return FINE
        return [
            (element, place)
            for place, pointer in enumerate(pointers, 1)
            if pointer and pointer in pointers[: place - 1]
        ]

    return judge


def not_above_zero(text: str) -> bool:
    """A number that is given and is zero or below."""
    return zero(text) or text.startswith("-")


def zero(text: str) -> bool:
    """A number that is given and is zero."""
    return text != "" and not text.strip("-0.")


def positive(*elements: int) -> Judge:
    """Amounts in ``elements`` above zero; the first of them is blamed."""

    def judge(_: View, values: list[str]) -> Blames:
        return [(e, 0) for e in elements if (cents(at(values, e)) or 0) > 0][:1]

    return judge


def may_be_anesthesia(text: str) -> bool:
    """A procedure whose code may be one of anesthesia: it begins with 00 or 01."""
    return text[:2] == "HC" and text[3:5] in ("00", "01")


def not_anesthesia_minutes(view: View, values: list[str]) -> Blames:
    """SV1: an anesthesia procedure (00100 to 01999) that is not billed in minutes."""
    code = part(view, values, 1, 2)
    anesthesia = len(code) == 5 and code.isdecimal() and "00100" <= code <= "01999"
    return ((3, 0),) if anesthesia and at(values, 3) != "MJ" else FINE


def orthodontic_procedure(view: View, values: list[str]) -> Blames:
    """SV3: a procedure of orthodontic treatment (D8010 to D8090)."""
    return ((1, 2),) if "D8010" <= part(view, values, 1, 2) <= "D8090" else FINE


def patient_paid_more_than_charged(view: View, values: list[str]) -> Blames:
    """AMT*F5 above the charge of the claim."""
    paid = cents(at(values, 2))
    for _, segment in view.frame.segments:
        if segment[0] == "CLM":
            charge = cents(at(segment, 2))
            if paid is not None and charge is not None and paid > charge:
                return ((2, 0),)
    return FINE


# Addresses


def post_office_box(_: View, values: list[str]) -> Blames:
    """N3: an address that is a box, not a street."""
    return [(e, 0) for e in (1, 2) if _BOX.search(at(values, e))]


def is_short_zip(text: str) -> bool:
    """A postal code without its last four digits."""
    return len(text) == 5


# Other payers


def _owner(frames: Sequence[Frame], values: list[str]) -> Frame | None:
    """The frame in whose body this very segment stands."""
    for frame in frames:
        if any(segment is values for _, segment in frame.segments):
            return frame
    return None


def _payer_id(view: View, frame: Frame) -> str:
    for payer in view.kept(frame, "2330B"):
        for _, segment in payer.segments:
            if segment[0] == "NM1":
                return at(segment, 9)
    return ""


def _decided_lines(view: View, payer: str) -> bool:
    return any(
        segment[0] == "SVD" and at(segment, 1) == payer
        for frame in view.within("2430")
        for _, segment in frame.segments
    )


def sequence_taken(view: View, values: list[str]) -> Blames:
    """SBR of another payer whose place in the order an earlier SBR of the claim has."""
    order = at(values, 1)
    if order in ("", "U"):
        return FINE
    earlier = [at(segment, 1) for _, segment in view.segments("2000B") if segment[0] == "SBR"]
    for frame in view.within("2320"):
        for _, segment in frame.segments:
            if segment is values:
                return ((1, 0),) if order in earlier else FINE
            if segment[0] == "SBR":
                earlier.append(at(segment, 1))
    return FINE


def decided_without_day(view: View, values: list[str]) -> Blames:
    """AMT*D of an earlier payer whose decision has no day, neither at the payer nor at lines.

    Nothing where it cannot be known: he has no id, or a line names a payer that the claim has not.
    """
    frames = view.within("2320")
    frame = _owner(frames, values)
    if frame is None:
        return FINE
    for payer in view.kept(frame, "2330B"):
        if first_of(payer.segments, "DTP", "573"):
            return FINE
    own = _payer_id(view, frame)
    known = {own, *(_payer_id(view, each) for each in frames)}
    decided = {
        at(segment, 1)
        for line in view.within("2430")
        for _, segment in line.segments
        if segment[0] == "SVD"
    }
    return FINE if not own or own in decided or not decided <= known else ((2, 0),)


def decided_without_amount(view: View, values: list[str]) -> Blames:
    """SBR of an earlier payer who decided on lines but without what he paid on the claim."""
    frame = _owner(view.within("2320"), values)
    if frame is None or first_of(frame.segments, "AMT", "D"):
        return FINE
    payer = _payer_id(view, frame)
    return ((0, 0),) if payer and _decided_lines(view, payer) else FINE

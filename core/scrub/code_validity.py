"""Edits on the code of a line, its modifiers, charge and units (professional-scrub.md s.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from core.claims.claim import ServiceLine
from core.codes.lists import Standing
from core.rules.case import Case
from core.scrub.finding import Fix, Flag
from core.scrub.own_tables import family, modifiers, rows, window_of
from core.scrub.shapes import DISTINCT_SERVICE

Lines = Sequence[ServiceLine]

PROCEDURE_DAYS = {row["code"]: window_of(row) for row in rows("procedure_validity.csv")}
"""The days a code may be reported, for codes that came or went in recent years."""

UNLISTED_CODES = family("unlisted").codes()
"""Codes that need a description."""

_MODIFIERS = modifiers()
_LISTED = frozenset(_MODIFIERS.windows)
_VISIT = family("visit")
_EVALUATION = family("evaluation")
_NEVER_EVALUATION = family("never_evaluation")
_FRACTIONAL = family("fractional")
_EVALUATION_ONLY = frozenset({"24", "25", "57"})
_SIDES = frozenset({"LT", "RT"})
_BILATERAL_INDICATORS = frozenset({"1", "2", "3"})
_TENTH = Decimal("0.1")


def is_in_use(code: str, day: date | None) -> bool:
    """Whether ``code`` may be reported on ``day``, as far as the platform's own list knows."""
    window = PROCEDURE_DAYS.get(code)
    return window is None or day is None or day in window


def not_in_use(case: Case, lines: Lines) -> Iterator[Flag]:
    """The code is in use on the day of service."""
    for line in lines:
        day = line.service_from or case.day
        window = PROCEDURE_DAYS.get(line.code)
        if day is None or window is None or day in window:
            continue
        ended = window.last is not None and day > window.last
        turn = window.last if ended else window.first
        yield Flag(
            line_no=line.line_no,
            carc="181" if ended else "182",
            message=f"{line.code} {'ended on' if ended else 'begins on'} {turn}; it may not be "
            "reported for this day of service",
            suggestion="Report the code that is in use on the day of service",
            table_row=f"procedure validity {line.code} {_days(window.first, window.last)}",
        )


def _days(first: date | None, last: date | None) -> str:
    return f"{first or ''}..{last or ''}"


def unlisted_without_words(case: Case, lines: Lines) -> Iterator[Flag]:
    """An unlisted code says in words what was done."""
    for line in lines:
        if not line.description.strip():
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is an unlisted code and needs a description of the service",
                suggestion="Describe the service; for a drug, its name, strength and dose",
            )


def modifiers_clash(case: Case, lines: Lines) -> Iterator[Flag]:
    """Modifiers that contradict each other or the kind of code."""
    for line in lines:
        if line.modifiers and (found := _clash(case, line)):
            message, wrong = found
            yield Flag(
                line_no=line.line_no,
                message=message,
                suggestion=f"Take off {wrong}" if wrong else "Keep the one the record supports",
                fix=without_modifier(line, wrong) if wrong else None,
            )


def without_modifier(line: ServiceLine, wrong: str) -> Fix:
    """The change that takes one modifier off the line."""
    kept = " ".join(one for one in line.modifiers if one != wrong)
    return Fix(field="modifiers", value=kept, line_no=line.line_no)


def with_modifier(line: ServiceLine, wanted: str) -> Fix:
    """The change that adds a modifier to the line."""
    return Fix(field="modifiers", value=" ".join((*line.modifiers, wanted)), line_no=line.line_no)


def _clash(case: Case, line: ServiceLine) -> tuple[str, str] | None:
    """What is wrong, and the modifier to take off where it can only be that one."""
    given = line.modifiers
    day = line.service_from or case.day
    for one in given:
        if one not in _LISTED and _MODIFIERS.standing(one) is Standing.UNKNOWN:
            return f"There is no modifier {one}", one
    if "26" in given and "TC" in given:
        return "Modifiers 26 and TC contradict each other", ""
    if not _SIDES.isdisjoint(given):
        if "50" in given:
            return "Modifier 50 contradicts LT and RT", ""
        if "LT" in given and "RT" in given and line.units == 1 and not _is_bilateral(case, line):
            return "LT and RT on one unit contradict each other", ""
    distinct = [one for one in given if one in DISTINCT_SERVICE]
    if len(set(distinct)) > 1:
        return "Only one of 59, XE, XP, XS and XU may be on a line", ""
    if distinct and _VISIT.holds(line.code, day):
        return "A distinct-service modifier does not belong on an evaluation", distinct[0]
    if not _EVALUATION_ONLY.isdisjoint(given):
        wrong = next(one for one in given if one in _EVALUATION_ONLY)
        if _NEVER_EVALUATION.holds(line.code, day) and not _EVALUATION.holds(line.code, day):
            return f"Modifier {wrong} belongs on evaluations only", wrong
    return None


def _is_bilateral(case: Case, line: ServiceLine) -> bool:
    table, day = case.tables.bilateral, line.service_from or case.day
    if table is None or day is None:
        return False
    return table.word(line.code, day) in _BILATERAL_INDICATORS


def too_many_modifiers(case: Case, lines: Lines) -> Iterator[Flag]:
    """A line has room for four."""
    for line in lines:
        if len(line.modifiers) > 4:
            yield Flag(line_no=line.line_no, message="A line has room for four modifiers")


def units_positive(case: Case, lines: Lines) -> Iterator[Flag]:
    """Units above zero; fractions only for drugs and minutes, and then one decimal."""
    for line in lines:
        units = line.units
        if units <= 0:
            yield Flag(line_no=line.line_no, message="Units must be more than zero")
        elif line.unit_basis == "UN" and units != units.to_integral_value():
            if not _FRACTIONAL.holds(line.code, None):
                yield Flag(line_no=line.line_no, message="This code takes whole units")
            elif units != units.quantize(_TENTH):
                yield Flag(line_no=line.line_no, message="Units have at most one decimal")

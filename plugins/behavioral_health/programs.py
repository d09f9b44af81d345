"""Intensive outpatient and partial hospitalization days on professional claims (BH-036, BH-037)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from plugins import Case, Confidence, Flag, Form, Scope, ServiceLine, Severity, Touches, Word
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.companions import SAME_DAY, codes_that_day
from plugins.behavioral_health.records import PROGRAM_DAY, ProgramDay
from plugins.behavioral_health.rule_rows import REJECT, edit

Lines = Sequence[ServiceLine]

DAY_MINUTES_MIN = 180
_HOSPITAL_CONDITIONS = frozenset({"41", "92"})
_INCLUDED = times.INDIVIDUAL | codes.GROUP


def _minutes(case: Case) -> int | None:
    found = case.record(PROGRAM_DAY.id, ProgramDay)
    return found.program_minutes if found else None


def _days(line: ServiceLine) -> int:
    first, last = line.service_from, line.service_to
    return (last - first).days + 1 if first and last and last > first else 1


def _days_left(case: Case, line: ServiceLine) -> int:
    """Days of the line that no earlier line of the same code has billed."""
    for other in case.claim.lines:
        if other.line_no == line.line_no:
            break
        if other.code == line.code and case.day_of(other) == case.day_of(line):
            return 0
    return _days(line)


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """One unit a day, and none below three hours."""
    if line.code not in codes.PROGRAM_DAY:
        return {}
    minutes = _minutes(case)
    if minutes is not None and minutes < DAY_MINUTES_MIN:
        return {"code": None, "units": 0}
    return {"units": min(_days_left(case, line), int(line.units) or 1)}


def _professional_only(case: Case, lines: Lines) -> Iterator[Flag]:
    yield from _institutional(case, lines)
    for line in lines:
        if line.revenue_code:
            yield Flag(
                line_no=line.line_no,
                message="A revenue code does not belong on a professional claim",
                suggestion="Take the revenue code off, or bill the program on the 837I",
            )
        elif line.code in codes.PROGRAM_DAY:
            yield from _program_day(case, line)


def _institutional(case: Case, lines: Lines) -> Iterator[Flag]:
    """A type of bill, or a condition code that only a hospital reports for its program."""
    claim = case.claim
    if claim.institutional is None and _HOSPITAL_CONDITIONS.isdisjoint(claim.condition_codes):
        return
    days = [line for line in lines if line.code in codes.PROGRAM_DAY] or lines
    for line in days[:1]:
        yield Flag(
            line_no=line.line_no,
            message="A professional claim cannot carry what belongs on the institutional claim",
            suggestion="Bill the program on the 837I",
        )


def _program_day(case: Case, line: ServiceLine) -> Iterator[Flag]:
    most, minutes = _days_left(case, line), _minutes(case)
    if line.units > Decimal(most):
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} is one unit a day",
            suggestion=f"Bill {most}" if most else "Take the line off",
            carc="151",
        )
    elif minutes is not None and minutes < DAY_MINUTES_MIN:
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} needs three hours that day; {minutes} minutes are documented",
            suggestion="Bill the single services instead",
            severity=Severity.DENY,
            carc="151",
        )


def _included(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not case.policy_on(line).flag("iop_inclusive", True):
            continue
        if not codes_that_day(case, line).isdisjoint(codes.PROGRAM_DAY):
            yield Flag(
                line_no=line.line_no,
                message=f"The program's day includes {line.code}",
                suggestion=f"Take {line.code} off",
            )


EDITS = (
    edit(
        "BH-036",
        "Program days",
        _professional_only,
        touches=Touches(forms=(Form.PROFESSIONAL,)),
        severity=REJECT,
        carc="16",
        place_837="2400 SV104",
    ),
    edit(
        "BH-037",
        "Therapy within a program day",
        _included,
        codes=_INCLUDED,
        scope=Scope.SAME_DAY,
        carc="97",
        confidence=Confidence.MEDIUM,
        needs=SAME_DAY,
    ),
)

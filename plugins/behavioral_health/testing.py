"""Testing, instruments and health behavior services by the clock (BH-024, BH-025, BH-031)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import Case, Flag, ServiceLine, Word, documented_minutes
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.companions import SAME_DAY, base_line
from plugins.behavioral_health.diagnoses import is_mental
from plugins.behavioral_health.records import SCREENED, Screened
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_SUBJECTS = frozenset({"testing", "health_behavior"})
_FAMILIES = tuple(family for family in times.FAMILIES if family.subject in _SUBJECTS)
_BASES = frozenset(family.base for family in _FAMILIES)
_ADD_ONS = frozenset(family.add_on for family in _FAMILIES)
_TESTING = frozenset(
    code
    for family in _FAMILIES
    if family.subject == "testing"
    for code in (family.base, family.add_on)
)
_INSTRUMENT, _AUTOMATED = "96127", "96146"


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """What the minutes of the family, or the count of instruments, support of the line."""
    if line.code in _BASES:
        minutes = documented_minutes(line)
        if minutes is None:
            return {}
        is_met = minutes >= times.BASES[line.code].minutes_base
        return {"code": line.code if is_met else None, "units": int(is_met)}
    if line.code in _ADD_ONS:
        units = _add_on_units(case, line)
        return {} if units is None else {"units": units}
    if line.code == _INSTRUMENT:
        left = _instruments_left(case, line)
        return {} if left is None else {"units": left}
    return {"units": 1} if line.code == _AUTOMATED else {}


def _add_on_units(case: Case, line: ServiceLine) -> int | None:
    """Units of an add-on by the minutes on its base line; None: the base says nothing."""
    (family,) = times.bases_of(line.code)
    base = base_line(case, line, {family.base})
    minutes = documented_minutes(base) if base is not None else None
    return None if minutes is None else family.add_on_units(minutes)


def _flags_by_time(case: Case, lines: Lines, reason: str = "") -> Iterator[Flag]:
    for line in lines:
        if line.code in _BASES:
            minutes, least = documented_minutes(line), times.BASES[line.code].minutes_base
            if minutes is not None and minutes < least:
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} needs {least} minutes; {minutes} are documented",
                    suggestion="Take the line off",
                    reason=reason,
                )
        elif line.code in _ADD_ONS:
            units = _add_on_units(case, line)
            if units is not None and line.units > units:
                yield Flag(
                    line_no=line.line_no,
                    message=f"The minutes of the service support {units} units of {line.code}",
                    suggestion=f"Bill {units}" if units else "Take the line off",
                    reason=reason,
                )


def _testing_time(case: Case, lines: Lines) -> Iterator[Flag]:
    return _flags_by_time(case, lines)


def _health_behavior(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if is_mental(case.first_diagnosis(line)):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} serves a physical condition, and the line points to a "
                "mental disorder first",
                suggestion="Point to the physical diagnosis first",
                carc="11",
            )
    yield from _flags_by_time(case, lines, "minutes")


def _instruments_left(case: Case, line: ServiceLine) -> int | None:
    """Documented instruments that earlier lines of the day have left for this one."""
    found = case.record(SCREENED.id, Screened)
    if found is None or found.instruments is None:
        return None
    left = found.instruments
    for other in case.claim.lines:
        if other.line_no == line.line_no:
            break
        if other.code == line.code and case.day_of(other) == case.day_of(line):
            left -= int(other.units)
    return max(0, min(left, int(line.units)))


def _too_many(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        left = 1 if line.code == _AUTOMATED else _instruments_left(case, line)
        if left is not None and line.units > left:
            yield Flag(
                line_no=line.line_no,
                message=f"{left} units of {line.code} are supported; the line has {line.units:f}",
                suggestion=f"Bill {left}" if left else "Take the line off",
            )


EDITS = (
    edit(
        "BH-024",
        "Testing time",
        _testing_time,
        codes=_TESTING,
        carc="151",
        place_837="2400 SV104",
        needs=SAME_DAY,
    ),
    edit(
        "BH-025",
        "Instruments",
        _too_many,
        codes=(_INSTRUMENT, _AUTOMATED),
        carc="151",
        place_837="2400 SV104",
    ),
    edit(
        "BH-031",
        "Health behavior services",
        _health_behavior,
        codes=codes.HEALTH_BEHAVIOR,
        carc="151",
        needs=SAME_DAY,
    ),
)

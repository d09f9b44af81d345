"""Psychotherapy by documented time: bands, add-ons to evaluations, crisis, family (BH-001 to 012).

``session_code`` says which code a line's time and company support; the edits compare it with what
is billed, the derivation gives it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import Case, Flag, ServiceLine, Word, documented_minutes
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.companions import (
    SAME_DAY,
    base_line,
    codes_that_day,
)
from plugins.behavioral_health.credential_edits import may_bill_evaluations
from plugins.behavioral_health.rule_rows import WARN, edit

Lines = Sequence[ServiceLine]

_TIMED = (
    times.INDIVIDUAL
    | times.BASES.keys()
    | codes.QUARTER_HOURS.keys()
    | {"99408", "99409", "G0396", "G0397", "G2011"}
)


def with_evaluation(case: Case, line: ServiceLine) -> bool:
    """Whether the practitioner did an evaluation (E/M) the same day."""
    return not codes.EVALUATION.isdisjoint(codes_that_day(case, line))


def is_add_on_session(case: Case, line: ServiceLine) -> bool:
    """Whether the session belongs to the add-on codes: an evaluation stands beside it.

    Somebody who may bill no evaluation has no use for the add-on code.
    """
    return may_bill_evaluations(case.credential_of(line)) and with_evaluation(case, line)


def session_code(case: Case, line: ServiceLine) -> str | None:
    """The code a session's minutes and company support; the empty text: no opinion."""
    minutes, day = documented_minutes(line), case.day_of(line)
    if minutes is None or day is None:
        return ""
    return times.psychotherapy_code(minutes, day, add_on=is_add_on_session(case, line))


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """What the time of a psychotherapy line supports, in the words of the result."""
    minutes, day = documented_minutes(line), case.day_of(line)
    if line.code in times.INDIVIDUAL:
        code = session_code(case, line)
        return {} if code == "" else {"code": code, "units": int(code is not None)}
    if line.code == "90840":
        units = _crisis_units(case, line)
        return {} if units is None else {"units": units}
    if minutes is None or day is None:
        return {}
    if line.code == "90839":
        code = times.crisis_code(minutes, day)
    elif line.code in codes.FAMILY:
        code = line.code if minutes >= times.BASES[line.code].minutes_base else None
    else:
        return {}
    return {"code": code, "units": int(code is not None)}


def _too_short(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        minutes = documented_minutes(line)
        if minutes is not None and minutes < times.PSYCHOTHERAPY_MINUTES_MIN:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code}: psychotherapy below 16 minutes is not reportable; "
                f"{minutes} are documented",
                suggestion="Take the line off",
            )


def _other_band(case: Case, lines: Lines) -> Iterator[Flag]:
    """The band alone: whether the add-on code belongs there is for BH-004 and BH-005 to say."""
    for line in lines:
        minutes, day = documented_minutes(line), case.day_of(line)
        if minutes is None or day is None:
            continue
        code = times.psychotherapy_code(minutes, day, add_on=line.code in times.ADD_ON)
        if code is None or code == line.code:
            continue
        higher = times.band_of(line.code) > times.band_of(code)
        yield Flag(
            line_no=line.line_no,
            message=f"{minutes} minutes are documented; {line.code} has another time band",
            suggestion=f"Bill {session_code(case, line)}",
            severity=None if higher else WARN,
        )


def _time_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        clock = case.policy_on(line).flag("requires_start_stop")
        if documented_minutes(line) is None:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is a timed code and the documented time is missing",
                suggestion="Enter the minutes from the note",
            )
        elif clock and (line.start is None or line.end is None):
            yield Flag(
                line_no=line.line_no,
                message=f"This payer wants start and stop of {line.code}",
                suggestion="Enter the start and the end from the note",
            )


def _add_on_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not with_evaluation(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is an add-on to an evaluation, and none is billed that day",
                suggestion=_instead(session_code(case, line)),
            )


def _instead(code: str | None) -> str:
    return f"Bill {code}" if code else ""


def _short_crisis(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        minutes, day = documented_minutes(line), case.day_of(line)
        if minutes is not None and day and times.crisis_code(minutes, day) != "90839":
            code = times.crisis_code(minutes, day)
            yield Flag(
                line_no=line.line_no,
                message=f"90839 needs 30 minutes; {minutes} are documented",
                suggestion=_instead(code) or "Take the line off",
            )


def _crisis_units(case: Case, line: ServiceLine) -> int | None:
    """Units of 90840; None where the crisis session stands elsewhere or its time is not known."""
    base = base_line(case, line, {"90839"})
    if base is None:
        return None if "90839" in codes_that_day(case, line) else 0
    minutes = documented_minutes(base)
    return None if minutes is None else times.crisis_add_on_units(minutes)


def _crisis_add_on(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        units = _crisis_units(case, line)
        if "90839" not in codes_that_day(case, line):
            yield Flag(
                line_no=line.line_no,
                message="90840 needs 90839 on the same day",
                suggestion="Bill it with 90839, or take it off",
                carc="107",
            )
        elif units is not None and line.units > units:
            yield Flag(
                line_no=line.line_no,
                message=f"The minutes of the crisis support {units} units of 90840",
                suggestion=f"Bill {units}" if units else "Take the line off",
            )


def _short_family(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        minutes, least = documented_minutes(line), times.BASES[line.code].minutes_base
        if minutes is not None and minutes < least:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} needs {least} minutes; {minutes} are documented",
                suggestion="Take the line off",
            )


_PLACE = "2400 SV101"

EDITS = (
    edit(
        "BH-001",
        "Psychotherapy too short",
        _too_short,
        codes=times.INDIVIDUAL,
        carc="16",
        place_837=_PLACE,
    ),
    edit(
        "BH-002",
        "Psychotherapy time band",
        _other_band,
        codes=times.INDIVIDUAL,
        carc="150",
        place_837=_PLACE,
        needs=SAME_DAY,
    ),
    edit("BH-003", "Documented time", _time_missing, codes=_TIMED, severity=WARN, carc="252"),
    edit(
        "BH-004",
        "Add-on without evaluation",
        _add_on_alone,
        codes=times.ADD_ON,
        carc="107",
        supersedes=("PS-044",),
        needs=SAME_DAY,
    ),
    edit(
        "BH-009",
        "Crisis too short",
        _short_crisis,
        codes=("90839",),
        carc="151",
        place_837=_PLACE,
    ),
    edit(
        "BH-010",
        "Crisis add-on units",
        _crisis_add_on,
        codes=("90840",),
        carc="151",
        place_837="2400 SV104",
        supersedes=("PS-044",),
        needs=SAME_DAY,
    ),
    edit(
        "BH-012",
        "Family session too short",
        _short_family,
        codes=codes.FAMILY,
        carc="151",
        place_837=_PLACE,
    ),
)
"""BH-005 is a pair and stands with them."""

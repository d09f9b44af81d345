"""Behavioral health edits and gates (behavioral-health.md s.3; ids are the sheet's)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    HistoryNeed,
    Needs,
    Scope,
    ServiceLine,
    Severity,
    Touches,
)
from plugins.behavioral_health import coding
from plugins.behavioral_health.credential_edits import EDITS as CREDENTIAL_EDITS
from plugins.behavioral_health.credential_edits import may_bill_evaluations

Lines = Sequence[ServiceLine]

_SHEET = "behavioral-health.md s.3"
_INDIVIDUAL = (*coding.ALONE, *coding.ADD_ON)
_CRISIS = ("90839", "90840")
_DIAGNOSTIC = ("90791", "90792")
_FAMILY = ("90846", "90847")
_COMPLEXITY_PRIMARIES = frozenset({*_DIAGNOSTIC, *_INDIVIDUAL, "90853"})
_TIMED = (*_INDIVIDUAL, "90839", *_FAMILY, *coding.QUARTER_HOURS)
_SAME_DAY = Needs(history=(HistoryNeed(look_back_days=0),))


def _codes_that_day(case: Case, line: ServiceLine) -> set[str]:
    """Codes of the same day and rendering provider, on this claim and in history."""
    day, npi = case.day_of(line), case.rendering_npi(line)
    codes = {
        other.code
        for other in case.claim.lines
        if other is not line and case.day_of(other) == day and case.rendering_npi(other) == npi
    }
    for prior in case.facts.history or ():
        if prior.service_on == day and prior.rendering_npi == npi and prior.status != "voided":
            codes.add(prior.code)
    return codes


def _supported(case: Case, line: ServiceLine) -> str | None:
    day = case.day_of(line)
    if line.minutes is None or day is None:
        return None
    return coding.psychotherapy_code(line.minutes, day, add_on=line.code in coding.ADD_ON)


def _too_short(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.minutes is not None and line.minutes < 16:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code}: psychotherapy below 16 minutes is not reportable; "
                f"{line.minutes} are documented",
            )


def _other_band(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        code = _supported(case, line)
        if code is None or code == line.code:
            continue
        # Within a family the codes stand in the order of their bands.
        higher = _INDIVIDUAL.index(line.code) > _INDIVIDUAL.index(code)
        yield Flag(
            line_no=line.line_no,
            message=f"{line.minutes} minutes are documented; {line.code} has another time band",
            suggestion=f"Bill {code}",
            severity=Severity.DENY if higher else Severity.WARN,
        )


def _time_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        clock = case.policy_on(line).flag("requires_start_stop")
        if line.minutes is None or (clock and (line.start is None or line.end is None)):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is a timed code and the documented time is missing",
            )


def _add_on_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not may_bill_evaluations(case.credential_of(line)):
            continue
        if not any(coding.is_evaluation(code) for code in _codes_that_day(case, line)):
            day = case.day_of(line)
            code = (
                coding.psychotherapy_code(line.minutes, day, add_on=False)
                if line.minutes is not None and day
                else None
            )
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is an add-on to an evaluation, and none is billed that day",
                suggestion=f"Bill {code}" if code else "",
            )


def _alone_with_evaluation(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if any(coding.is_evaluation(code) for code in _codes_that_day(case, line)):
            day = case.day_of(line)
            code = (
                coding.psychotherapy_code(line.minutes, day, add_on=True)
                if line.minutes is not None and day
                else None
            )
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} stands beside an evaluation of the same day",
                suggestion=f"Bill the add-on {code}" if code else "Bill the add-on code",
            )


def _with_diagnostic(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not _codes_that_day(case, line).isdisjoint(_DIAGNOSTIC):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} may not be billed on the day of a diagnostic evaluation",
            )


def _short_crisis(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.minutes is not None and line.minutes < 30:
            yield Flag(
                line_no=line.line_no,
                message=f"90839 needs 30 minutes; {line.minutes} are documented",
                suggestion="Bill 90832" if line.minutes >= 16 else "",
            )


def _crisis_units(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        base = [
            other
            for other in case.claim.lines
            if other.code == "90839" and case.day_of(other) == day
        ]
        if not base and "90839" not in _codes_that_day(case, line):
            yield Flag(line_no=line.line_no, message="90840 needs 90839 on the same day")
            continue
        minutes = next((other.minutes for other in base if other.minutes is not None), None)
        if minutes is not None and line.units > coding.crisis_add_on_units(minutes):
            units = coding.crisis_add_on_units(minutes)
            yield Flag(
                line_no=line.line_no,
                message=f"{minutes} minutes support {units} units of 90840",
                suggestion=f"Bill {units}" if units else "Drop the line",
            )


def _with_crisis(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not _codes_that_day(case, line).isdisjoint(_CRISIS):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} may not be billed on the day of crisis psychotherapy",
            )


def _short_family(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.minutes is not None and line.minutes < 26:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} needs 26 minutes; {line.minutes} are documented",
            )


def _complexity_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        others = _codes_that_day(case, line)
        if others.isdisjoint(_COMPLEXITY_PRIMARIES) and others.isdisjoint(_CRISIS):
            yield Flag(line_no=line.line_no, message="90785 needs a service it can be added to")


def _quarter_hours(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if line.minutes is None or not day or day not in coding.QUARTER_HOURS[line.code]:
            continue
        method = case.policy_on(line).text("timed_unit_method")
        units = coding.quarter_hour_units(line.minutes, method)
        if line.units > units:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.minutes} minutes support {units} units of {line.code}",
                suggestion=f"Bill {units}" if units else "Drop the line",
            )


def _codes(*codes: str) -> Touches:
    return Touches(codes=codes, forms=(Form.PROFESSIONAL,))


_DENY = Severity.DENY

EDITS = (
    ClaimEdit(
        id="BH-001",
        title="Psychotherapy too short",
        source=_SHEET,
        severity=_DENY,
        check=_too_short,
        touches=_codes(*_INDIVIDUAL),
        carc="16",
        place_837="2400 SV101",
    ),
    ClaimEdit(
        id="BH-002",
        title="Psychotherapy time band",
        source=_SHEET,
        severity=_DENY,
        check=_other_band,
        touches=_codes(*_INDIVIDUAL),
        carc="150",
        place_837="2400 SV101",
    ),
    ClaimEdit(
        id="BH-003",
        title="Documented time",
        source=_SHEET,
        severity=Severity.WARN,
        check=_time_missing,
        touches=_codes(*_TIMED),
        carc="252",
    ),
    ClaimEdit(
        id="BH-004",
        title="Add-on without evaluation",
        source=_SHEET,
        severity=_DENY,
        check=_add_on_alone,
        scope=Scope.SAME_DAY,
        touches=_codes(*coding.ADD_ON),
        carc="107",
        supersedes=("PS-044",),
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-005",
        title="Stand-alone beside evaluation",
        source=_SHEET,
        severity=_DENY,
        check=_alone_with_evaluation,
        scope=Scope.SAME_DAY,
        touches=_codes(*coding.ALONE),
        carc="236",
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-007",
        title="Therapy on evaluation day",
        source=_SHEET,
        severity=_DENY,
        check=_with_diagnostic,
        scope=Scope.SAME_DAY,
        touches=_codes(*_INDIVIDUAL, *_CRISIS),
        carc="236",
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-009",
        title="Crisis too short",
        source=_SHEET,
        severity=_DENY,
        check=_short_crisis,
        touches=_codes("90839"),
        carc="151",
    ),
    ClaimEdit(
        id="BH-010",
        title="Crisis add-on units",
        source=_SHEET,
        severity=_DENY,
        check=_crisis_units,
        scope=Scope.SAME_DAY,
        touches=_codes("90840"),
        carc="151",
        supersedes=("PS-044",),
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-011",
        title="Therapy on crisis day",
        source=_SHEET,
        severity=_DENY,
        check=_with_crisis,
        scope=Scope.SAME_DAY,
        touches=_codes(*_INDIVIDUAL, "90785"),
        carc="236",
        supersedes=("PS-044",),
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-012",
        title="Family session too short",
        source=_SHEET,
        severity=_DENY,
        check=_short_family,
        touches=_codes(*_FAMILY),
        carc="151",
    ),
    ClaimEdit(
        id="BH-015",
        title="Complexity without primary",
        source=_SHEET,
        severity=_DENY,
        check=_complexity_alone,
        scope=Scope.SAME_DAY,
        touches=_codes("90785"),
        carc="107",
        supersedes=("PS-044",),
        needs=_SAME_DAY,
    ),
    ClaimEdit(
        id="BH-023",
        title="Quarter-hour units",
        source=_SHEET,
        severity=_DENY,
        check=_quarter_hours,
        touches=_codes(*coding.QUARTER_HOURS),
        carc="151",
        place_837="2400 SV104",
    ),
    *CREDENTIAL_EDITS,
)

"""Once a course, once an interval, and where a code may be done (BH-028, BH-047, BH-050)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import (
    Case,
    Confidence,
    Flag,
    HistoryNeed,
    Needs,
    PriorService,
    Scope,
    ServiceLine,
    Word,
    counted_history,
    services,
)
from plugins.behavioral_health import codes
from plugins.behavioral_health.companions import service, that_day
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

COURSE_DAYS = 180
"""How long a course of stimulation is taken to last when nobody says."""

_START, _SESSION, _REMAP = "90867", "90868", "90869"
_OFFICE = "11"
_FACILITY = frozenset(
    ["02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"]
)  # CMS Pub 100-04 ch. 26 s. 10.5; professional-scrub.md s.9
_INTERVAL_DAYS_MAX = 1_100


def _stimulation(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.code == _START and _started_before(case, line):
            yield Flag(
                line_no=line.line_no,
                message="90867 starts a course once, and this course was started before",
                suggestion="Bill 90868, or 90869 for a new threshold",
                carc="119",
            )
        elif other := _other_stimulation(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is a second stimulation code of the day beside {other}",
                suggestion=f"Take {line.code} off",
            )


def _started_before(case: Case, line: ServiceLine) -> bool:
    day, order = case.day_of(line), [one.line_no for one in case.claim.lines]
    for other in case.once(services) if day else ():
        if day is None or other.code != _START or not 0 <= (day - other.day).days < COURSE_DAYS:
            continue
        if other.line_no is None:
            return True
        if (other.day, order.index(other.line_no)) < (day, order.index(line.line_no)):
            return True
    return False


def _other_stimulation(case: Case, line: ServiceLine) -> str:
    """The code of the same day that this line gives way to; empty: none."""
    order = [one.line_no for one in case.claim.lines]
    for other in that_day(case, line):
        if other.code not in codes.STIMULATION:
            continue
        session, their_session = line.code == _SESSION, other.code == _SESSION
        if other.line_no is None or (session and not their_session):
            return other.code
        later = order.index(line.line_no) > order.index(other.line_no)
        if later and (session or not their_session):
            return other.code
    return ""


_OFFICE_CODES = {"G0017": "90839", "G0018": "90840"}


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """What place and history support: a course starts once, the office has codes of its own."""
    if line.code == _START and _started_before(case, line):
        return {"code": _SESSION}
    if line.code in _OFFICE_CODES and _is_inside(case.place_of(line)):
        return {"code": _OFFICE_CODES[line.code]}
    return {}


def _is_inside(place: str) -> bool:
    return place == _OFFICE or place in _FACILITY


def _outside(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        place = case.place_of(line)
        if _is_inside(place):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is for a crisis outside office and facility, and place of "
                f"service {place} is one",
                suggestion=f"Bill {_OFFICE_CODES[line.code]} there",
            )


def _evaluated_again(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        interval = case.policy_on(line).number("diag_eval_interval_days")
        if interval and _evaluated_within(case, line, interval):
            yield Flag(
                line_no=line.line_no,
                message=f"This payer takes a diagnostic evaluation once in {interval} days unless "
                "a new episode began",
                suggestion="Show the new episode in the record, or bill the service that was done",
            )


def _evaluated_within(case: Case, line: ServiceLine, interval: int) -> bool:
    mine = service(case, line)
    if mine is None:
        return False
    new_episode = {_key(prior) for prior in counted_history(case) if prior.same_problem is False}
    for other in case.once(services):
        if other.code not in codes.DIAGNOSTIC or not 0 < (mine.day - other.day).days < interval:
            continue
        if other.line_no is None and (other.code, other.day, other.npi) in new_episode:
            continue
        in_group = bool(mine.group) and mine.group == other.group
        alike = mine.code == other.code or (mine.specialty and mine.specialty == other.specialty)
        if (mine.npi and mine.npi == other.npi) or (in_group and alike):
            return True
    return False


def _key(prior: PriorService) -> tuple[object, ...]:
    return prior.code, prior.service_on, prior.rendering_npi


EDITS = (
    edit(
        "BH-028",
        "Stimulation course",
        _stimulation,
        codes=codes.STIMULATION,
        scope=Scope.ROLLING,
        carc="236",
        needs=Needs(
            history=(
                HistoryNeed(codes=tuple(sorted(codes.STIMULATION)), look_back_days=COURSE_DAYS),
            )
        ),
    ),
    edit(
        "BH-047",
        "Crisis outside the office",
        _outside,
        codes=codes.CRISIS_OUTSIDE,
        source="CAA 2023 s.4123",
        confidence=Confidence.MEDIUM,
        carc="5",
        place_837="CLM05-1, 2400 SV105",
    ),
    edit(
        "BH-050",
        "Evaluation repeated",
        _evaluated_again,
        codes=codes.DIAGNOSTIC,
        scope=Scope.ROLLING,
        carc="119",
        needs=Needs(history=(HistoryNeed(look_back_days=_INTERVAL_DAYS_MAX),)),
    ),
)

"""Brief services without a visit: virtual check-ins (TH-019) and e-visits (TH-020)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from plugins import (
    Case,
    Flag,
    ServiceLine,
    Severity,
    Word,
    documented_minutes,
    rows,
    window_of,
)
from plugins.telehealth import codes
from plugins.telehealth.earlier import (
    Other,
    by_same_person,
    by_same_practice,
    others,
    was_seen,
)
from plugins.telehealth.rows import edit, history, on
from plugins.telehealth.visits import Lines

_WEEK = timedelta(days=7)
_NEXT_DAY = timedelta(days=1)

_E_VISITS = tuple(
    (int(row["minutes_least"]), row["evaluates"] == "y", row["code"])
    for row in reversed(rows(codes.PACKAGE, "e_visits.csv"))
)
_LEAST = min(least for least, _, _ in _E_VISITS)
_CHECK_INS = tuple(
    (
        range(int(row["minutes_least"]), int(row["minutes_most"]) + 1),
        row["evaluates"] == "y",
        row["code"],
        window_of(row),
    )
    for row in rows(codes.PACKAGE, "check_ins.csv")
)
_TIMED_CHECK_INS = frozenset(code for _, _, code, _ in _CHECK_INS)


def e_visit_code(minutes: int, *, evaluates: bool) -> str | None:
    """The code for cumulative minutes of seven days; None: too few of them."""
    for least, by_evaluator, code in _E_VISITS:
        if by_evaluator is evaluates and minutes >= least:
            return code
    return None


def check_in_code(minutes: int, day: date, *, evaluates: bool) -> str | None:
    """The code for minutes of discussion; None: none fits."""
    for least_to_most, by_evaluator, code, window in _CHECK_INS:
        if by_evaluator is evaluates and minutes in least_to_most and day in window:
            return code
    return None


def evaluates(case: Case, line: ServiceLine) -> bool | None:
    """Whether who did the line may bill evaluations; None: not known."""
    return codes.evaluates(case.credential_of(line))


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The code that minutes and credential support; nothing where they are not known."""
    minutes, day = documented_minutes(line), case.day_of(line)
    by_evaluator = evaluates(case, line)
    if minutes is None or by_evaluator is None or day is None:
        return {}
    if codes.E_VISIT.holds(line.code, None):
        code = e_visit_code(minutes, evaluates=by_evaluator)
        blocked = any(_repeats(case, line, day)) or _related(case, line, day) is Severity.DENY
        return {"code": None if blocked else code}
    if line.code in _TIMED_CHECK_INS and not codes.ENDED.holds(line.code, day):
        return {"code": check_in_code(minutes, day, evaluates=by_evaluator)}
    return {}


def _e_visit(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if day is None:
            continue
        fault = _wrong_code(case, line) or _said_again(case, line, day)
        if fault:
            message, suggestion = fault
            yield Flag(line_no=line.line_no, message=message, suggestion=suggestion)
            continue
        severity = _related(case, line, day)
        if severity is not None:
            yield Flag(
                line_no=line.line_no,
                severity=severity,
                carc="97",
                message="A visit for the same problem lies within 7 days of the e-visit"
                if severity is Severity.DENY
                else "A visit lies within 7 days of the e-visit; see whether it was for the same "
                "problem",
                suggestion="Do not bill the e-visit beside it",
            )


def _wrong_code(case: Case, line: ServiceLine) -> tuple[str, str] | None:
    """What is wrong with the code by credential and minutes, and what to bill."""
    by_evaluator, minutes = evaluates(case, line), documented_minutes(line)
    if by_evaluator is None:
        if minutes is not None and minutes < _LEAST:
            return f"{line.code} needs at least {_LEAST} minutes in 7 days", "Do not bill it"
        return None
    billed = next((least, own) for least, own, code in _E_VISITS if code == line.code)
    code = None if minutes is None else e_visit_code(minutes, evaluates=by_evaluator)
    suggestion = f"Bill {code}" if code else "Do not bill it" if minutes is not None else ""
    if minutes is not None and minutes < billed[0]:
        return (
            f"{line.code} needs {billed[0]} minutes in 7 days; {minutes} are documented",
            suggestion,
        )
    if billed[1] is not by_evaluator:
        who = "who may bill evaluations" if billed[1] else "who may not bill evaluations"
        return f"{line.code} is for practitioners {who}", suggestion
    return None


def _repeats(case: Case, line: ServiceLine, day: date) -> Iterator[Other]:
    for other in others(case, line):
        if not codes.E_VISIT.holds(other.code, None) or not other.is_billed:
            continue
        earlier = other.day < day or (
            other.day == day and (other.line_no is None or other.line_no < line.line_no)
        )
        # The same code twice on one day by one person is a duplicate, and said so elsewhere.
        is_twice = other.day == day and other.code == line.code
        if is_twice and by_same_person(case, line, other):
            continue
        if earlier and day - other.day < _WEEK and by_same_practice(case, line, other):
            yield other


def _said_again(case: Case, line: ServiceLine, day: date) -> tuple[str, str] | None:
    if any(_repeats(case, line, day)):
        return "An e-visit was billed within the 7 days before", "Add the minutes to the first one"
    return None


def _related(case: Case, line: ServiceLine, day: date) -> Severity | None:
    """A visit within 7 days before or after: for the same problem, or nobody knows."""
    found = (
        other
        for other in others(case, line)
        if codes.EVALUATION.holds(other.code, other.day)
        and abs(other.day - day) <= _WEEK
        and by_same_practice(case, line, other)
    )
    return _gravest(found)


def _gravest(found: Iterable[Other]) -> Severity | None:
    """A denial for the same problem; a question where nobody wrote down which it was."""
    problems = {other.is_same_problem for other in found}
    if True in problems:
        return Severity.DENY
    return Severity.WARN if None in problems else None


def _check_in(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if day is None:
            continue
        near = [
            other
            for other in others(case, line)
            if codes.EVALUATION.holds(other.code, other.day) and by_same_person(case, line, other)
        ]
        severity = _gravest(one for one in near if -_NEXT_DAY <= day - one.day <= _WEEK)
        if severity is not None:
            yield Flag(
                line_no=line.line_no,
                severity=severity,
                message="A check-in does not count within 7 days after a visit for the same "
                "problem, or when it led to one within 24 hours",
                suggestion="Do not bill the check-in beside the visit"
                if severity is Severity.DENY
                else "See whether the visit was for the same problem",
            )
        elif case.facts.history is not None and not was_seen(case, line, day):
            yield Flag(
                line_no=line.line_no,
                message="A check-in is for an established patient; no visit of the last 3 years is "
                "known",
                suggestion="Do not bill it for a new patient",
            )


EDITS = (
    edit(
        "TH-019",
        "Virtual check-in beside a visit",
        _check_in,
        touches=on(codes.CHECK_IN.codes()),
        needs=history((), 3 * 366),
        carc="97",
        place="SV101-2",
    ),
    edit(
        "TH-020",
        "E-visit",
        _e_visit,
        touches=on(codes.E_VISIT.codes()),
        needs=history((), 8),
        carc="151",
        place="SV101-2",
    ),
)

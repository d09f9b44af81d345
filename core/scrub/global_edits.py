"""Evaluations and procedures inside a global surgical package (CMS Pub 100-04 ch. 12 s. 40).

Days are exact: a 10-day package is the day of the procedure and the 10 days after it, a 90-day
package also the day before and the 90 days after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.scrub.code_validity import with_modifier
from core.scrub.finding import Flag
from core.scrub.own_tables import family
from core.scrub.services import (
    Service,
    counted_history,
    same_physician,
    service_before,
    service_of,
)

Lines = Sequence[ServiceLine]

DAYS_AFTER = {"000": 0, "010": 10, "090": 90}
"""Days that follow the day of the procedure, by its global indicator."""

_MINOR, _MAJOR = frozenset({"000", "010"}), "090"
_VISIT = family("visit")
_PROCEDURE = family("procedure")

_SEPARATE, _UNRELATED_VISIT, _DECISION = "25", "24", "57"
_PART_OF_COURSE = frozenset({"58", "78", "79"})
# 54: somebody else has the days after. 55 and 56: not the surgery. 78: no new package. 80 to 82 and
# AS: an assistant's claim opens none.
_OPENS_NOTHING = frozenset({"54", "55", "56", "78", "80", "81", "82", "AS"})


def visit_with_minor_procedure(case: Case, lines: Lines) -> Iterator[Flag]:
    """An evaluation on the day of a 0- or 10-day procedure is separate only with 25."""
    procedures = case.once(_procedures)
    if not procedures:
        return
    for line, mine in _visits(case, lines):
        if _SEPARATE in line.modifiers:
            continue
        for other, days in procedures:
            if days in _MINOR and other.day == mine.day and other.npi == mine.npi:
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is part of {other.code} ({days} global days) on the "
                    "same day unless it was a significant, separate evaluation",
                    suggestion="Add 25 only if the record shows a separate evaluation",
                    fix=with_modifier(line, _SEPARATE),
                    table_row=_row(other, days),
                )
                break


def visit_with_major_procedure(case: Case, lines: Lines) -> Iterator[Flag]:
    """An evaluation on the day of a 90-day procedure or the day before needs 57."""
    procedures = case.once(_procedures)
    if not procedures:
        return
    for line, mine in _visits(case, lines):
        if _DECISION in line.modifiers:
            continue
        for other, days in procedures:
            ahead = (other.day - mine.day).days
            if days == _MAJOR and 0 <= ahead <= 1 and same_physician(mine, other):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is part of {other.code} (90 global days) on its day and "
                    "the day before unless it led to the decision for surgery",
                    suggestion="Add 57 only if the record shows the decision for surgery; 25 does "
                    "not help",
                    fix=with_modifier(line, _DECISION),
                    table_row=_row(other, days),
                )
                break


def inside_package(case: Case, lines: Lines) -> Iterator[Flag]:
    """In the days after a procedure, what belongs to its package is not paid again."""
    procedures = [
        (other, days)
        for other, days in case.once(_procedures)
        if DAYS_AFTER[days] and _OPENS_NOTHING.isdisjoint(other.modifiers)
    ]
    if not procedures:
        return
    for line in lines:
        day = line.service_from or case.day
        if day is None:
            continue
        visit = _VISIT.holds(line.code, day)
        if not visit and not _is_procedure(case, line.code, day):
            continue
        if _UNRELATED_VISIT in line.modifiers if visit else _has_course(line):
            continue
        mine = service_of(case, line, day)
        for other, days in procedures:
            last = other.day + timedelta(days=DAYS_AFTER[days])
            if other.day < day <= last and same_physician(mine, other):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} falls into the {int(days)} days after {other.code} "
                    f"(until {last})",
                    suggestion="Add 24 only if the record shows an unrelated evaluation"
                    if visit
                    else "Add 58 (staged), 78 (unplanned return) or 79 (unrelated), as the record "
                    "shows",
                    fix=with_modifier(line, _UNRELATED_VISIT) if visit else None,
                    table_row=_row(other, days),
                )
                break


def _has_course(line: ServiceLine) -> bool:
    return not _PART_OF_COURSE.isdisjoint(line.modifiers)


def _visits(case: Case, lines: Lines) -> Iterator[tuple[ServiceLine, Service]]:
    for line in lines:
        day = line.service_from or case.day
        if day is not None and _VISIT.holds(line.code, day):
            yield line, service_of(case, line, day)


def _procedures(case: Case) -> list[tuple[Service, str]]:
    """Services of the claim and of the history that have a global package, with its indicator."""
    table = case.tables.global_days
    found: list[tuple[Service, str]] = []
    if table is not None:
        for line in case.claim.lines:
            day = line.service_from or case.day
            if day is not None and (days := _indicator(table.word(line.code, day))):
                found.append((service_of(case, line, day), days))
    for prior in counted_history(case):
        days = _indicator(prior.global_days)
        if not prior.global_days and table is not None:
            days = _indicator(table.word(prior.code, prior.service_on))
        if days:
            found.append((service_before(prior), days))
    return found


def _indicator(word: str | None) -> str:
    """``000``, ``010`` or ``090``; empty for XXX, YYY, ZZZ, MMM and what is unknown."""
    padded = (word or "").zfill(3)
    return padded if word and padded in DAYS_AFTER else ""


def _is_procedure(case: Case, code: str, day: date) -> bool:
    table = case.tables.global_days
    word = table.word(code, day) if table is not None else None
    return bool(_indicator(word)) if word else _PROCEDURE.holds(code, day)


def _row(other: Service, days: str) -> str:
    where = "earlier claim" if other.line_no is None else f"line {other.line_no}"
    return f"global days {other.code} {days} ({where})"

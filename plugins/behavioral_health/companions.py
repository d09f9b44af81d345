"""Other services of the same patient by the same practitioner: that day, that month, before.

"Same" is the same rendering provider; where the payer's knob ``same_day_scope`` says ``group``,
also the same group with the same specialty (behavioral-health.md, head).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from plugins import Case, HistoryNeed, Needs, Service, ServiceLine, same_physician, services

SAME_DAY = Needs(history=(HistoryNeed(look_back_days=0),))
SAME_MONTH = Needs(history=(HistoryNeed(look_back_days=31),))


def service(case: Case, line: ServiceLine) -> Service | None:
    """The line as rules compare it; None when it has no day."""
    return case.once(_by_line).get(line.line_no)


def _by_line(case: Case) -> dict[int, Service]:
    return {one.line_no: one for one in case.once(services) if one.line_no is not None}


def is_same_practitioner(case: Case, line: ServiceLine, mine: Service, other: Service) -> bool:
    """Whether the payer takes both for one practitioner's work."""
    if mine.npi and mine.npi == other.npi:
        return True
    in_group = case.policy_on(line).text("same_day_scope") == "group"
    return in_group and same_physician(mine, other)


def beside(case: Case, line: ServiceLine) -> Sequence[Service]:
    """Everything else the practitioner did, whenever: on this claim, in its order, and before."""
    return case.once(_beside).get(line.line_no, ())


def _beside(case: Case) -> dict[int, list[Service]]:
    """By line. Rules ask for it again and again, so it is found out once a claim."""
    every, own = case.once(services), case.once(_by_line)
    return {
        line.line_no: [
            other
            for other in every
            if other is not mine and is_same_practitioner(case, line, mine, other)
        ]
        for line in case.claim.lines
        if (mine := own.get(line.line_no)) is not None
    }


def that_day(case: Case, line: ServiceLine) -> Sequence[Service]:
    """The practitioner's other services of the line's day."""
    return case.once(_that_day).get(line.line_no, ())


def _that_day(case: Case) -> dict[int, list[Service]]:
    own = case.once(_by_line)
    return {
        number: [other for other in others if other.day == own[number].day]
        for number, others in case.once(_beside).items()
    }


def that_month(case: Case, line: ServiceLine) -> list[Service]:
    """The practitioner's other services of the line's calendar month."""
    day = case.day_of(line)
    return [other for other in beside(case, line) if day and month_of(other.day) == month_of(day)]


def codes_that_day(case: Case, line: ServiceLine) -> set[str]:
    """The codes of ``that_day``."""
    return {other.code for other in that_day(case, line)}


def month_of(day: date) -> int:
    """Calendar months since year 0, so that two can be subtracted."""
    return day.year * 12 + day.month


def base_line(case: Case, line: ServiceLine, bases: set[str]) -> ServiceLine | None:
    """The line of this claim that carries one of ``bases`` on the same day."""
    return _line_of(case, line, that_day(case, line), bases)


def monthly_base_line(case: Case, line: ServiceLine, bases: set[str]) -> ServiceLine | None:
    """The line of this claim that carries one of ``bases`` in the same month."""
    return _line_of(case, line, that_month(case, line), bases)


def _line_of(
    case: Case, line: ServiceLine, others: Sequence[Service], bases: set[str]
) -> ServiceLine | None:
    wanted = {one.line_no for one in others if one.line_no is not None and one.code in bases}
    found = [one for one in case.claim.lines if one.line_no in wanted]
    timed = [one for one in found if one.minutes is not None or one.start is not None]
    return next(iter((*timed, *found)), None)

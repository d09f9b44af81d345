"""Collaborative care and integration by calendar month (BH-032, BH-033, BH-048).

Minutes on the base line are the month's. "Same" is the same billing practitioner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import (
    Case,
    Confidence,
    Flag,
    HistoryNeed,
    Needs,
    PayerKind,
    Scope,
    Service,
    ServiceLine,
    Word,
    documented_minutes,
)
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.companions import (
    SAME_MONTH,
    beside,
    month_of,
    monthly_base_line,
    that_month,
)
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_FIRST, _LATER, _EITHER, _MORE = "99492", "99493", "G2214", "99494"
_TAKES_EITHER = frozenset({PayerKind.MEDICARE, PayerKind.MEDICARE_ADVANTAGE})
EPISODE_MONTHS = 6
"""A first month may be billed again after this many months without collaborative care."""

_BASES = codes.MONTHLY - {_MORE}


def month_code(case: Case, line: ServiceLine) -> str | None:
    """The code the month supports instead of, or like, the base code billed; empty: no opinion."""
    minutes, wanted = documented_minutes(line), line.code
    if wanted == _FIRST and _care_before(case, line):
        wanted = _LATER
    if minutes is None:
        return "" if wanted == line.code else wanted
    if minutes >= times.BASES[wanted].minutes_base:
        return wanted
    return _short_month(case, line, minutes) if wanted in codes.COLLABORATIVE else None


def _short_month(case: Case, line: ServiceLine, minutes: int) -> str | None:
    day, either = case.day_of(line), times.BASES[_EITHER]
    is_known = case.claim.payer.kind in _TAKES_EITHER and day is not None and day in either.window
    return _EITHER if is_known and minutes >= either.minutes_base else None


def _care_before(case: Case, line: ServiceLine) -> bool:
    """Whether collaborative care was billed in one of the six months before."""
    day = case.day_of(line)
    return day is not None and any(
        1 <= month_of(day) - month_of(other.day) <= EPISODE_MONTHS
        for other in beside(case, line)
        if other.code in codes.COLLABORATIVE
    )


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """What the minutes of the month support of the line."""
    if line.code in _BASES:
        code = month_code(case, line)
        return {} if code == "" else {"code": code, "units": int(code is not None)}
    if line.code == _MORE:
        units = _more_units(case, line)
        return {} if units is None else {"units": units}
    return {}


def _more_units(case: Case, line: ServiceLine) -> int | None:
    """Units of 99494 by the minutes on the line of 99492 or 99493; None: not known."""
    base = monthly_base_line(case, line, {_FIRST, _LATER})
    minutes = documented_minutes(base) if base else None
    if base is None or minutes is None:
        return None
    code = month_code(case, base)
    return times.BASES[code].add_on_units(minutes) if code else 0


def _month(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        found = _more_than_once(case, line) or _not_by_minutes(case, line)
        if found is not None:
            message, suggestion, carc = found
            yield Flag(line_no=line.line_no, message=message, suggestion=suggestion, carc=carc)


def _not_by_minutes(case: Case, line: ServiceLine) -> tuple[str, str, str] | None:
    if line.code == _MORE:
        units = _more_units(case, line)
        if units is None or line.units <= units:
            return None
        advice = f"Bill {units}" if units else "Take the line off"
        return f"The minutes of the month support {units} units of {_MORE}", advice, "151"
    code = month_code(case, line)
    if code in ("", line.code):
        return None
    advice = f"Bill {code}" if code else "Take the line off"
    if line.code == _FIRST and _care_before(case, line):
        return "The first month of this episode was billed before", advice, "119"
    return f"The minutes of the month do not support {line.code}", advice, "151"


def _more_than_once(case: Case, line: ServiceLine) -> tuple[str, str, str] | None:
    """One base code of a kind a calendar month; of two lines the later is too many."""
    if line.code == _MORE:
        return None
    kind = codes.COLLABORATIVE if line.code in codes.COLLABORATIVE else frozenset({line.code})
    earlier = [
        other
        for other in that_month(case, line)
        if other.code in kind and _stands_before(case, line, other)
    ]
    if earlier or line.units > 1:
        return f"{line.code} is billed once a calendar month", "Take the second one off", "119"
    return None


def _stands_before(case: Case, line: ServiceLine, other: Service) -> bool:
    if other.line_no is None:
        return True
    order = [one.line_no for one in case.claim.lines]
    return order.index(other.line_no) < order.index(line.line_no)


def _two_models(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        for other in that_month(case, line):
            loses = line.code in codes.INTEGRATION and other.code in codes.COLLABORATIVE
            wins = line.code in codes.COLLABORATIVE and other.code in codes.INTEGRATION
            if loses or (wins and other.line_no is None):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} and {other.code} are two models of one month",
                    suggestion="Keep one of them",
                )
                break


def _without_advanced_care(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if codes.ADVANCED_CARE.isdisjoint(other.code for other in that_month(case, line)):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is an add-on to advanced primary care management of the same "
                "month and practitioner",
                suggestion="Bill it with G0556, G0557 or G0558",
            )


EDITS = (
    edit(
        "BH-032",
        "Monthly care",
        _month,
        codes=codes.MONTHLY,
        scope=Scope.MONTH,
        carc="151",
        needs=Needs(
            history=(
                HistoryNeed(
                    codes=tuple(sorted(codes.MONTHLY)), look_back_days=31 * (EPISODE_MONTHS + 1)
                ),
            )
        ),
    ),
    edit(
        "BH-033",
        "Two models of care a month",
        _two_models,
        codes=codes.INTEGRATION | codes.COLLABORATIVE,
        scope=Scope.MONTH,
        carc="236",
        needs=SAME_MONTH,
    ),
    edit(
        "BH-048",
        "Add-on to advanced primary care",
        _without_advanced_care,
        codes=codes.ADVANCED_CARE_ADD_ON,
        scope=Scope.MONTH,
        source="CY2026 PFS final rule",
        confidence=Confidence.MEDIUM,
        carc="107",
        supersedes=("PS-044",),
        needs=SAME_MONTH,
    ),
)

"""Services that may not stand on one day (behavioral-health.md s.3), and which gives way.

Where the service that gives way stands on an earlier claim, the line of this claim that clashes
with it is flagged: the payer has the other one already. A loaded NCCI table decides about its own
pairs: whether a modifier parts them, and which line gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from plugins import (
    Case,
    ClaimEdit,
    Confidence,
    Flag,
    Needs,
    PayerKind,
    Scope,
    Service,
    ServiceLine,
    Word,
)
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.companions import SAME_DAY, codes_that_day, service, that_day
from plugins.behavioral_health.rule_rows import edit
from plugins.behavioral_health.sessions import session_code

Lines = Sequence[ServiceLine]
GivesWay = Callable[[str, str], bool]
"""``gives_way(code, other)``: whether a line with ``code`` gives way to a service ``other``."""

_APART = frozenset({"59", "XE"})
_TABLE_APART = frozenset({"59", "XE", "XP", "XS", "XU"})
_SEPARATE = "Bill both only where the record shows separate sessions, with 59 or XE"
_NEVER_APART, _DELETED = "0", "9"

THERAPY = (
    times.INDIVIDUAL
    | codes.CRISIS
    | codes.FAMILY
    | codes.GROUP
    | codes.OTHER_THERAPY
    | codes.CRISIS_OUTSIDE
)

_BY_TABLE = Needs(history=SAME_DAY.history, tables=("ptp_practitioner",))


def _session_with_evaluation(code: str, other: str) -> bool:
    return code in times.ALONE and other in codes.EVALUATION


def _therapy_with_diagnostic(code: str, other: str) -> bool:
    return code in times.INDIVIDUAL | codes.CRISIS and other in codes.DIAGNOSTIC


def _evaluation_with_diagnostic(code: str, other: str) -> bool:
    if code in codes.EVALUATION:
        return other in codes.DIAGNOSTIC
    return code == "90791" and other == "90792"


def _therapy_with_crisis(code: str, other: str) -> bool:
    return code in times.INDIVIDUAL | {"90785"} and other in codes.CRISIS


def _family_with_individual(code: str, other: str) -> bool:
    return code in codes.FAMILY and other in times.INDIVIDUAL


def _group_with_individual(code: str, other: str) -> bool:
    return code in codes.GROUP and other in times.INDIVIDUAL


def _health_behavior_with_psychiatric(code: str, other: str) -> bool:
    return code in codes.HEALTH_BEHAVIOR and other in codes.PSYCHIATRIC


def _anesthesia_with_convulsive(code: str, other: str) -> bool:
    return code == "00104" and other == "90870"


class _Ruling(NamedTuple):
    """Of two services of a day: whether mine gives way, or the other, and what would part them."""

    loses: bool
    wins: bool
    parting: frozenset[str]


def _of_table(case: Case, mine: Service, other: Service, ruling: _Ruling) -> _Ruling:
    """``ruling``, unless a loaded NCCI table has the pair: then what the table says of it."""
    table = case.tables.ptp_practitioner
    pair = table.pair(mine.code, other.code, mine.day) if table is not None else None
    if pair is None:
        return ruling
    if pair.indicator == _DELETED:
        return _Ruling(False, False, frozenset())
    parting = frozenset() if pair.indicator == _NEVER_APART else _TABLE_APART
    return _Ruling(pair.column2 == mine.code, pair.column2 == other.code, parting)


def _stands(mine: Service, other: Service, ruling: _Ruling) -> bool:
    """Whether the line must go: it gives way, or the payer has the one that would."""
    if not ruling.parting.isdisjoint((*mine.modifiers, *other.modifiers)):
        return False
    return ruling.loses or (ruling.wins and other.line_no is None)


def _clash(
    gives_way: GivesWay, is_parted: bool, by_table: bool, case: Case, lines: Lines
) -> Iterator[Flag]:
    """A flag for each line that gives way to a service of the same day and practitioner."""
    for line in lines:
        other = _stronger(gives_way, is_parted, by_table, case, line)
        if other is not None:
            where = "" if other.line_no is not None else ", which is on an earlier claim"
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} may not be billed on the day of {other.code}{where}",
                suggestion=_advice(case, line, other, is_parted),
            )


def _stronger(
    gives_way: GivesWay, is_parted: bool, by_table: bool, case: Case, line: ServiceLine
) -> Service | None:
    mine = service(case, line)
    for other in that_day(case, line) if mine else ():
        assert mine is not None
        loses, wins = gives_way(mine.code, other.code), gives_way(other.code, mine.code)
        if loses or wins:
            ruling = _Ruling(loses, wins, _APART if is_parted else frozenset())
            if by_table:
                ruling = _of_table(case, mine, other, ruling)
            if _stands(mine, other, ruling):
                return other
    return None


def _advice(case: Case, line: ServiceLine, other: Service, is_parted: bool) -> str:
    if line.code in times.ALONE and other.code in codes.EVALUATION:
        code = session_code(case, line)
        return f"Bill {code}" if code else "Bill the add-on code"
    return f"{_SEPARATE}; else take {line.code} off" if is_parted else f"Take {line.code} off"


def _two_sessions(case: Case, lines: Lines) -> Iterator[Flag]:
    """Two stand-alone sessions: the shorter gives way, of equal ones the later."""
    for line in lines:
        mine = service(case, line)
        for other in that_day(case, line) if mine else ():
            assert mine is not None
            if other.code not in times.ALONE:
                continue
            shorter = other.line_no is None or _is_shorter(case, line, other)
            ruling = _Ruling(shorter, not shorter, _APART)
            if other.code != mine.code:
                ruling = _of_table(case, mine, other, ruling)
            if _stands(mine, other, ruling):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is a second session of the day beside {other.code}",
                    suggestion=f"{_SEPARATE}; else take {line.code} off",
                )
                break


def _is_shorter(case: Case, line: ServiceLine, other: Service) -> bool:
    them = next(one for one in case.claim.lines if one.line_no == other.line_no)
    mine, theirs = times.band_of(line.code), times.band_of(them.code)
    if line.minutes is not None and them.minutes is not None:
        mine, theirs = line.minutes, them.minutes
    lines = case.claim.lines
    return (mine, -lines.index(line)) < (theirs, -lines.index(them))


def _complexity_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        others = codes_that_day(case, line)
        if others.isdisjoint(codes.COMPLEXITY_PRIMARY) and others.isdisjoint(codes.CRISIS):
            yield Flag(
                line_no=line.line_no,
                message="90785 needs a service it can be added to",
                suggestion="Bill it with its primary service, or take it off",
            )


def _prolonged_therapy(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _prolongs_therapy(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} prolongs an evaluation; there is no code for prolonged "
                "psychotherapy",
                suggestion="Take it off; 90837 stands once however long the session was",
            )


def _medication_management(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if case.claim.payer.kind is PayerKind.MEDICARE:
            yield Flag(
                line_no=line.line_no,
                message="Medicare does not recognize 90863",
                suggestion="Take the line off",
                carc="96",
            )
        elif not codes_that_day(case, line).isdisjoint(codes.EVALUATION):
            yield Flag(
                line_no=line.line_no,
                message="90863 may not be billed beside an evaluation, which includes it",
                suggestion="Take 90863 off",
            )


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """Nothing prolongs psychotherapy, and Medicare does not know 90863."""
    is_unknown = line.code == "90863" and case.claim.payer.kind is PayerKind.MEDICARE
    is_prolonged = line.code in codes.PROLONGED and _prolongs_therapy(case, line)
    return {"code": None, "units": 0} if is_unknown or is_prolonged else {}


def _prolongs_therapy(case: Case, line: ServiceLine) -> bool:
    others = codes_that_day(case, line)
    return others.isdisjoint(codes.EVALUATION) and not others.isdisjoint(THERAPY)


def _pair(
    rule: str, title: str, gives_way: GivesWay, touched: frozenset[str], **more: Any
) -> ClaimEdit:
    is_parted, by_table = more.pop("is_parted", False), more.pop("by_table", False)
    return edit(
        rule,
        title,
        partial(_clash, gives_way, is_parted, by_table),
        codes=touched,
        scope=Scope.SAME_DAY,
        needs=_BY_TABLE if by_table else SAME_DAY,
        **{"carc": "236", **more},
    )


_ALONE = frozenset(times.ALONE)

EDITS = (
    _pair(
        "BH-005",
        "Stand-alone beside evaluation",
        _session_with_evaluation,
        _ALONE | codes.EVALUATION,
    ),
    edit(
        "BH-006",
        "Two sessions a day",
        _two_sessions,
        codes=_ALONE,
        scope=Scope.SAME_DAY,
        carc="236",
        needs=_BY_TABLE,
    ),
    _pair(
        "BH-007",
        "Therapy on evaluation day",
        _therapy_with_diagnostic,
        times.INDIVIDUAL | codes.CRISIS | codes.DIAGNOSTIC,
        by_table=True,
    ),
    _pair(
        "BH-008",
        "Two evaluations a day",
        _evaluation_with_diagnostic,
        codes.EVALUATION | codes.DIAGNOSTIC,
        by_table=True,
    ),
    _pair(
        "BH-011",
        "Therapy on crisis day",
        _therapy_with_crisis,
        times.INDIVIDUAL | codes.CRISIS | {"90785"},
        supersedes=("PS-044",),
    ),
    _pair(
        "BH-013",
        "Family beside individual session",
        _family_with_individual,
        times.INDIVIDUAL | codes.FAMILY,
        is_parted=True,
        by_table=True,
        confidence=Confidence.MEDIUM,
    ),
    _pair(
        "BH-014",
        "Group beside individual session",
        _group_with_individual,
        times.INDIVIDUAL | codes.GROUP,
        is_parted=True,
        by_table=True,
        confidence=Confidence.MEDIUM,
    ),
    edit(
        "BH-015",
        "Complexity without primary",
        _complexity_alone,
        codes=("90785",),
        scope=Scope.SAME_DAY,
        carc="107",
        supersedes=("PS-044",),
        needs=SAME_DAY,
    ),
    edit(
        "BH-017",
        "Prolonged psychotherapy",
        _prolonged_therapy,
        codes=codes.PROLONGED,
        scope=Scope.SAME_DAY,
        carc="107",
        supersedes=("PS-044",),
        needs=SAME_DAY,
    ),
    _pair(
        "BH-030",
        "Health behavior beside psychiatric service",
        _health_behavior_with_psychiatric,
        codes.HEALTH_BEHAVIOR | codes.PSYCHIATRIC,
    ),
    edit(
        "BH-044",
        "Medication management",
        _medication_management,
        codes=("90863",),
        scope=Scope.SAME_DAY,
        carc="236",
        needs=SAME_DAY,
    ),
    _pair(
        "BH-049",
        "Anesthesia by who gives the treatment",
        _anesthesia_with_convulsive,
        frozenset({"00104", "90870"}),
        carc="97",
    ),
)

"""Eye examinations and refraction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimwright_vision.policies import EXAMINATIONS, FREQUENCY, ROUTINE
from plugins import (
    Case,
    ClaimEdit,
    Confidence,
    Fix,
    Flag,
    HistoryNeed,
    Needs,
    PayerKind,
    Scope,
    ServiceLine,
    Severity,
    Touches,
    add_months,
)

Lines = Sequence[ServiceLine]

REFRACTION = "92015"
_OFFICE_VISITS = (
    *("99202", "99203", "99204", "99205"),
    *("99211", "99212", "99213", "99214", "99215"),
)
_ROUTINE_FIRST = ("H52", "Z010")
_LAW = "42 U.S.C. 1395y(a)(7); 42 CFR 411.15(c); Benefit Policy Manual ch. 16 s. 90"


def _refraction(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if "GY" in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message="The refraction goes out to be refused: the patient pays it",
                severity=Severity.INFO,
            )
        else:
            yield Flag(
                line_no=line.line_no,
                message="Medicare never pays for a refraction: the patient does",
                suggestion="Bill the patient, or send it with GY where a refusal is needed",
                fix=Fix(
                    field="modifiers", value=" ".join((*line.modifiers, "GY")), line_no=line.line_no
                ),
            )


def _two_visits(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.code in EXAMINATIONS and any(
            other.code in _OFFICE_VISITS
            and case.day_of(other) == case.day_of(line)
            and case.rendering_npi(other) == case.rendering_npi(line)
            for other in lines
        ):
            yield Flag(
                line_no=line.line_no,
                message="An eye examination and an office visit of one day are one service",
                suggestion="Keep the one the documentation supports",
            )


def _routine_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if case.policy_on(line).flag(ROUTINE) or not case.first_diagnosis(line):
            continue
        if case.first_diagnosis(line).startswith(_ROUTINE_FIRST):
            yield Flag(
                line_no=line.line_no,
                message="The first diagnosis is one of routine eye care, for a medical plan",
                suggestion="Put the medical reason first, or send it to the vision plan",
                severity=(
                    Severity.DENY if case.claim.payer.kind is PayerKind.MEDICARE else Severity.WARN
                ),
            )


def _frequency(case: Case, lines: Lines) -> Iterator[Flag]:
    history = case.facts.history
    if history is None:
        return
    for limit in case.policy.limits(FREQUENCY):
        for line in lines:
            day = case.day_of(line)
            if day is None or line.code not in limit.codes:
                continue
            counted = [
                prior
                for prior in history
                if prior.code in limit.codes
                and prior.status in ("paid", "pending")
                and prior.service_on <= day < add_months(prior.service_on, limit.months)
            ]
            if len(counted) >= limit.maximum:
                yield Flag(
                    line_no=line.line_no,
                    message=f"The plan pays for this once in {limit.months} months",
                    suggestion="Ask the plan from which day it pays again",
                )


EDITS = (
    ClaimEdit(
        id="VIS-001",
        title="Refraction to Medicare",
        source=_LAW,
        severity=Severity.DENY,
        carc="96",
        touches=Touches(codes=(REFRACTION,), payer_kinds=(PayerKind.MEDICARE,)),
        check=_refraction,
    ),
    ClaimEdit(
        id="VIS-010",
        title="Eye examination beside an office visit",
        source="NCCI Policy Manual ch. 11, ophthalmology",
        severity=Severity.DENY,
        scope=Scope.SAME_DAY,
        carc="97",
        touches=Touches(codes=(*EXAMINATIONS, *_OFFICE_VISITS)),
        check=_two_visits,
    ),
    ClaimEdit(
        id="VIS-012",
        title="Routine diagnosis to a medical plan",
        source=_LAW,
        severity=Severity.WARN,
        confidence=Confidence.MEDIUM,
        touches=Touches(codes=EXAMINATIONS),
        check=_routine_diagnosis,
    ),
    ClaimEdit(
        id="VIS-013",
        title="How often a vision plan pays",
        source="the practice's agreements with its vision plans",
        severity=Severity.DENY,
        scope=Scope.ROLLING,
        carc="119",
        needs=Needs(history=(HistoryNeed(codes=(*EXAMINATIONS, "V2020"), look_back_days=3_660),)),
        touches=Touches(codes=(*EXAMINATIONS, "V2020")),
        check=_frequency,
    ),
)

"""Opioid treatment programs by week and office treatment by month (BH-035, BH-046)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from plugins import (
    Case,
    Confidence,
    Flag,
    HistoryNeed,
    Needs,
    Scope,
    Service,
    ServiceLine,
    Word,
    services,
)
from plugins.behavioral_health import codes
from plugins.behavioral_health.companions import beside, month_of, service, that_month
from plugins.behavioral_health.diagnoses import has_opioid_disorder
from plugins.behavioral_health.plays import BUNDLE_DAYS
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_WEEK_DAYS = BUNDLE_DAYS
_EARLIER_DAYS = 30
"""How far back a bundle shows that an intake is not the first."""

_PLACE = "58"
_BUNDLES = tuple(sorted(codes.OPIOID_BUNDLE))
_OFFICE_AND_BUNDLES = tuple(sorted(codes.OPIOID_BUNDLE | codes.OFFICE_BUNDLE))
_INTAKE = "G2076"
_FIRST_MONTH, _LATER_MONTH = "G2086", "G2087"


def _same_program(case: Case, line: ServiceLine) -> Iterator[Service]:
    """Other services of the same program: the same group, or the same person."""
    mine = service(case, line)
    for other in case.once(services) if mine else ():
        assert mine is not None
        if other.line_no is not None and other.line_no == mine.line_no:
            continue
        if (mine.npi and mine.npi == other.npi) or (mine.group and mine.group == other.group):
            yield other


def _bundles(others: Iterable[Service]) -> list[Service]:
    return [other for other in others if other.code in codes.OPIOID_BUNDLE]


def _weekly(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        found = _fault(case, line)
        if found is not None:
            reason, message, suggestion, carc = found
            yield Flag(
                line_no=line.line_no,
                reason=reason,
                message=message,
                suggestion=suggestion,
                carc=carc,
            )


def _fault(case: Case, line: ServiceLine) -> tuple[str, str, str, str] | None:
    place = case.place_of(line)
    if place and place != _PLACE:
        return "place", f"{line.code} is billed with place of service 58", "Use 58", "5"
    if not has_opioid_disorder(case):
        return (
            "diagnosis",
            f"{line.code} is for opioid use disorder, and no diagnosis of the claim is one",
            "Check the diagnoses",
            "11",
        )
    if case.claim.billing.otp_enrolled is False:
        return (
            "enrollment",
            "The billing provider is not enrolled as an opioid treatment program",
            "Bill through the enrolled program",
            "170",
        )
    day = case.day_of(line)
    if day is None:
        return None
    bundles = _bundles(_same_program(case, line))
    if line.code in codes.OPIOID_BUNDLE:
        return _second_bundle(case, line, day, bundles)
    return _without_bundle(line, day, bundles)


def _second_bundle(
    case: Case, line: ServiceLine, day: date, bundles: list[Service]
) -> tuple[str, str, str, str] | None:
    order = [one.line_no for one in case.claim.lines]
    for other in bundles:
        apart = abs((day - other.day).days)
        later = other.line_no is None or (day, order.index(line.line_no)) > (
            other.day,
            order.index(other.line_no),
        )
        if apart < _WEEK_DAYS and later:
            return (
                "week",
                f"{line.code} lies within seven days of another weekly bundle",
                f"Bill the next bundle {_WEEK_DAYS} days after the last",
                "151",
            )
    return None


def _without_bundle(
    line: ServiceLine, day: date, bundles: list[Service]
) -> tuple[str, str, str, str] | None:
    near = [one for one in bundles if abs((day - one.day).days) < _WEEK_DAYS]
    if not near:
        message = f"{line.code} is an add-on to a weekly bundle, and none is billed that week"
        return "bundle", message, "Bill it with the bundle of the week", "107"
    first = min(one.day for one in near)
    before = [one for one in bundles if 0 < (first - one.day).days <= _EARLIER_DAYS]
    if line.code == _INTAKE and before:
        message = "The intake belongs to the first bundle, and earlier weeks were billed"
        return "intake", message, "Take the intake off", "151"
    return None


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The month's code of office treatment, where history shows it is not the first."""
    if line.code == _FIRST_MONTH and _treated_month_before(case, line):
        return {"code": _LATER_MONTH}
    return {}


def _treated_month_before(case: Case, line: ServiceLine) -> bool:
    day = case.day_of(line)
    return day is not None and any(
        month_of(day) - month_of(other.day) == 1
        for other in beside(case, line)
        if other.code in codes.OFFICE_BUNDLE
    )


def _monthly(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day, others = case.day_of(line), that_month(case, line)
        bundled = day is not None and any(
            month_of(other.day) == month_of(day) for other in _bundles(case.once(services))
        )
        if bundled:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} may not be billed in a month of weekly program bundles",
                suggestion=f"Take {line.code} off",
            )
        elif line.code in codes.OFFICE_BUNDLE_ADD_ON:
            if codes.OFFICE_BUNDLE.isdisjoint(other.code for other in others):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is an add-on to G2086 or G2087 of the same month",
                    suggestion="Bill it with the bundle of the month",
                    carc="107",
                )
        elif line.code == _FIRST_MONTH and _treated_month_before(case, line):
            yield Flag(
                line_no=line.line_no,
                message="G2086 is for the first month of treatment, and the month before was "
                "billed",
                suggestion=f"Bill {_LATER_MONTH}",
            )


EDITS = (
    edit(
        "BH-035",
        "Opioid treatment program",
        _weekly,
        codes=codes.OPIOID_BUNDLE | codes.OPIOID_ADD_ON,
        scope=Scope.ROLLING,
        source="42 CFR 410.67; CMS Pub 100-04 ch. 39",
        carc="151",
        needs=Needs(
            history=(HistoryNeed(codes=_BUNDLES, look_back_days=_EARLIER_DAYS + _WEEK_DAYS),)
        ),
    ),
    edit(
        "BH-046",
        "Office treatment by month",
        _monthly,
        codes=codes.OFFICE_BUNDLE | codes.OFFICE_BUNDLE_ADD_ON,
        scope=Scope.MONTH,
        source="CY2020 PFS final rule",
        confidence=Confidence.MEDIUM,
        carc="236",
        supersedes=("PS-044",),
        needs=Needs(history=(HistoryNeed(codes=_OFFICE_AND_BUNDLES, look_back_days=62),)),
    ),
)

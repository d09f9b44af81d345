"""Codes that payers do not take by telehealth, or no longer (telehealth.md s.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    PayerKind,
    ServiceLine,
    Severity,
    Touches,
    Window,
    rows,
)
from plugins.telehealth import coding
from plugins.telehealth.records import VISIT, Visit

Lines = Sequence[ServiceLine]
_SHEET = "telehealth.md s.6"


def _visit(case: Case) -> Visit | None:
    return case.record(VISIT.id, Visit)


_P = (Form.PROFESSIONAL,)
_DENY, _REJECT = Severity.DENY, Severity.REJECT
_DELETED = tuple(row["code"] for row in rows("plugins.telehealth", "deleted_codes.csv"))
_FAMILY = tuple(coding.CROSSWALK)


def _not_accepted(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        medicare = case.claim.payer.kind is PayerKind.MEDICARE
        if medicare or not case.policy_on(line).flag("telehealth.accepts_98000"):
            code, audio = coding.CROSSWALK[line.code]
            yield Flag(
                line_no=line.line_no,
                message=f"This payer does not take {line.code}",
                suggestion=f"Bill {code} with the telehealth place of service"
                + (" and 93" if audio else ""),
            )


def _short_audio(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = _visit(case)
    minutes = visit.audio_minutes if visit else None
    for line in lines if minutes is not None and minutes <= 10 else ():
        established = line.code >= "98012"
        brief = established and minutes is not None and minutes >= 5
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} needs more than 10 minutes; {minutes} are documented",
            suggestion="Bill 98016" if brief else "",
        )


def _deleted(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} was deleted with the end of 2024",
            suggestion="Bill 98016" if line.code == "G2012" else "Bill an evaluation with 93",
        )


def _agency_only(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} is reported by home health agencies on the 837I only",
        )


EDITS = (
    ClaimEdit(
        id="TH-016",
        title="98000 family not taken",
        source=_SHEET,
        severity=_DENY,
        check=_not_accepted,
        touches=Touches(codes=_FAMILY, forms=_P),
        effective=Window(date(2025, 1, 1)),
        carc="96",
    ),
    ClaimEdit(
        id="TH-017",
        title="Telephone evaluation too short",
        source=_SHEET,
        severity=_DENY,
        check=_short_audio,
        touches=Touches(codes=tuple(code for code in _FAMILY if code >= "98008"), forms=_P),
        effective=Window(date(2025, 1, 1)),
        carc="151",
    ),
    ClaimEdit(
        id="TH-018",
        title="Deleted telephone codes",
        source=_SHEET,
        severity=_REJECT,
        check=_deleted,
        touches=Touches(codes=_DELETED, forms=_P),
        effective=Window(date(2025, 1, 1)),
        supersedes=("PS-031",),
        carc="181",
    ),
    ClaimEdit(
        id="TH-030",
        title="Agency telehealth codes",
        source=_SHEET,
        severity=_REJECT,
        check=_agency_only,
        touches=Touches(codes=("G0320", "G0321", "G0322"), forms=_P),
        carc="170",
    ),
)

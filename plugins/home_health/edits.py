"""Home health edits (home-health.md s.4; ids are the sheet's)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from core.claims.claim import Institutional
from core.ids import npi_is_valid
from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    Needs,
    PayerKind,
    Scope,
    ServiceLine,
    Severity,
    Stops,
    Touches,
)
from plugins.home_health import coding
from plugins.home_health.records import EPISODE, Episode

Lines = Sequence[ServiceLine]
Check = Callable[[Case, Lines], Iterator[Flag]]

_SHEET = "home-health.md s.4"
_GROUP = re.compile(r"[1-4][A-L][A-C][1-3]1\Z", re.ASCII)
_VISIT_CODES = frozenset(coding.VISITS)
_NOTICES = frozenset({"032A", "032D"})
_BILLS = frozenset({*_NOTICES, "0329", "0327", "0328"})
_REASONS = {
    "0327": frozenset({"D0", "D1", "D2", "D3", "D4", "D7", "D8", "D9", "E0"}),
    "0328": frozenset({"D5", "D6"}),
}


def _bill(case: Case) -> Institutional | None:
    """The claim's institutional part when it is a home health bill, not a notice."""
    one = case.claim.institutional
    if one is None or not one.type_of_bill.startswith("032") or one.type_of_bill in _NOTICES:
        return None
    return one


def _final(case: Case) -> Institutional | None:
    """The same without cancels, which skip what they no longer bill."""
    one = _bill(case)
    return one if one and one.type_of_bill != "0328" else None


def _episode(case: Case) -> Episode | None:
    return case.record(EPISODE.id, Episode)


def _visits(lines: Lines) -> list[ServiceLine]:
    return [line for line in lines if line.code in _VISIT_CODES]


def _type_of_bill(case: Case, lines: Lines) -> Iterator[Flag]:
    one = case.claim.institutional
    if one and one.type_of_bill.startswith("032") and one.type_of_bill not in _BILLS:
        yield Flag(message="Home health uses the bills 032A, 032D, 0329, 0327 and 0328")


def _late_notice(case: Case, lines: Lines) -> Iterator[Flag]:
    one, episode = _final(case), _episode(case)
    if one is None or episode is None or episode.notice_received is None:
        return
    received = episode.notice_received
    if received > episode.start_of_care + timedelta(days=5) and received > one.statement_from:
        days = min(30, (received - one.statement_from).days)
        yield Flag(message=f"The notice of admission was late: {days} days of this period unpaid")


def _no_notice(case: Case, lines: Lines) -> Iterator[Flag]:
    episode = _episode(case)
    if _final(case) and episode and episode.notice_received is None:
        yield Flag(
            message="No notice of admission is on file for this admission",
            suggestion="Send the notice (032A) first",
        )


def _period(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _bill(case)
    if one is None:
        return
    days = (one.statement_to - one.statement_from).days + 1
    if days > 30 or (one.patient_status == "30" and days != 30):
        yield Flag(message=f"The period has {days} days; a period still running has exactly 30")


def _period_start(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _bill(case)
    if one is None or one.admission_date is None:
        return
    days = (one.statement_from - one.admission_date).days
    if days < 0 or days % 30:
        yield Flag(message="The period does not start a multiple of 30 days after admission")


def _no_group(case: Case, lines: Lines) -> Iterator[Flag]:
    if _bill(case) and not any(line.revenue_code == "0023" for line in lines):
        yield Flag(message="The line 0023 with the payment group is missing")


def _second_group(case: Case, lines: Lines) -> Iterator[Flag]:
    groups = [line for line in lines if line.revenue_code == "0023"]
    if _bill(case) and len(groups) > 1:
        yield Flag(line_no=groups[1].line_no, message="There is more than one line 0023")


def _group_form(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines if _bill(case) else ():
        # A blank group is a question for the grouper, not a malformed answer (CW-006 holds it).
        if line.revenue_code == "0023" and line.code and not _GROUP.match(line.code):
            yield Flag(line_no=line.line_no, message="This is not the form of a payment group")


def _assessment_date(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _final(case)
    if one and not any(each.code == "50" for each in one.occurrences):
        yield Flag(message="Occurrence code 50, the assessment's completion, is missing")


def _value(code: str, what: str) -> Check:
    def check(case: Case, lines: Lines) -> Iterator[Flag]:
        one = _final(case)
        if one and not any(each.code == code for each in one.value_codes):
            yield Flag(message=f"Value code {code}, {what}, is missing")

    return check


_wage_area = _value("61", "the wage area")
_county = _value("85", "the county")


def _whole_values(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _final(case)
    if one and any(v.code in {"61", "85"} and (v.amount_cents or 0) % 100 for v in one.value_codes):
        yield Flag(message="Value codes 61 and 85 are written as nnnnn.00")


def _location(case: Case, lines: Lines) -> Iterator[Flag]:
    located = any(line.code in coding.LOCATIONS for line in lines)
    if _final(case) and _visits(lines) and not located:
        yield Flag(message="No line says where the visits took place (Q5001, Q5002, Q5009)")


def _revenue(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines if _bill(case) else ():
        family = coding.FAMILIES.get(line.code, "") if line.code in _VISIT_CODES else ""
        bare = not line.code and line.revenue_code.startswith(coding.VISIT_FAMILIES)
        if bare or (family and not line.revenue_code.startswith(family)):
            yield Flag(
                line_no=line.line_no,
                message="Visit code and revenue code do not belong together",
                suggestion=f"Use {coding.revenue_code(line.code)}" if family else "",
            )


def _retired(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day, window = case.day_of(line), coding.WINDOWS[line.code]
        if day and window.last and day > window.last:
            yield Flag(line_no=line.line_no, message=f"{line.code} was retired before this day")


def _line_day(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _bill(case)
    for line in lines if one else ():
        day = line.service_from
        if one and (day is None or not one.statement_from <= day <= one.statement_to):
            yield Flag(
                line_no=line.line_no, message="The line's date is missing or outside the period"
            )


def _no_units(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in _visits(lines) if _bill(case) else ():
        if line.units <= 0:
            yield Flag(line_no=line.line_no, message="A visit has 15-minute units, at least one")


def _attending(case: Case, lines: Lines) -> Iterator[Flag]:
    one, provider = case.claim.institutional, case.claim.attending
    if one is None or not one.type_of_bill.startswith("032"):
        return
    if provider is None or not npi_is_valid(provider.npi):
        yield Flag(message="The attending provider's NPI is missing or its check digit is wrong")


def _face_to_face(case: Case, lines: Lines) -> Iterator[Flag]:
    episode = _episode(case)
    if _final(case) is None or episode is None:
        return
    start, seen = episode.start_of_care, episode.face_to_face
    if seen is None or not start - timedelta(days=90) <= seen <= start + timedelta(days=30):
        yield Flag(
            message="The face-to-face encounter is missing or outside 90 days before to 30 days "
            "after the start of care"
        )


def _plan_unsigned(case: Case, lines: Lines) -> Iterator[Flag]:
    episode = _episode(case)
    if _final(case) is None or episode is None:
        return
    if episode.plan_signed is None or episode.plan_signed > case.as_of:
        yield Flag(message="The plan of care is not signed", suggestion="Chase the signature")


def _assessment(case: Case, lines: Lines) -> Iterator[Flag]:
    episode = _episode(case)
    if _final(case) and episode and episode.assessment_accepted is not True:
        yield Flag(message="The assessment was not accepted yet; it is a condition of payment")


def _group_day(case: Case, lines: Lines) -> Iterator[Flag]:
    visits = [day for line in _visits(lines) if (day := line.service_from)]
    for line in lines if _bill(case) and visits else ():
        if line.revenue_code == "0023" and line.service_from != min(visits):
            yield Flag(
                line_no=line.line_no, message="Line 0023 carries the date of the first visit"
            )


def _replaced(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _bill(case)
    reasons = _REASONS.get(one.type_of_bill) if one else None
    if reasons is None:
        return
    if not case.claim.payer_claim_number or reasons.isdisjoint(case.claim.condition_codes):
        yield Flag(message="A changed bill needs the payer's claim number and a reason code")


def _death(case: Case, lines: Lines) -> Iterator[Flag]:
    one = _bill(case)
    if one and one.patient_status == "20" and not any(o.code == "55" for o in one.occurrences):
        yield Flag(message="Patient status 20 needs occurrence code 55")


def _no_visit(case: Case, lines: Lines) -> Iterator[Flag]:
    if _final(case) and not _visits(lines):
        yield Flag(message="There is no covered visit on the claim")


def _unskilled(case: Case, lines: Lines) -> Iterator[Flag]:
    if _final(case) is None or "54" in case.claim.condition_codes or not _visits(lines):
        return
    if not any(coding.DISCIPLINES[line.code] in coding.SKILLED for line in _visits(lines)):
        yield Flag(message="There is no skilled visit, and condition code 54 is not given")


def _group_charge(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines if _bill(case) else ():
        if line.revenue_code == "0023" and line.charge_cents:
            yield Flag(line_no=line.line_no, message="Line 0023 has no charge")


# Medicaid and private duty visits have rules of their own (s.5); these are not for them.
_EVERY = Touches(
    forms=(Form.INSTITUTIONAL,),
    payer_kinds=(PayerKind.MEDICARE, PayerKind.MEDICARE_ADVANTAGE, PayerKind.COMMERCIAL),
)
_MEDICARE = Touches(forms=(Form.INSTITUTIONAL,), payer_kinds=(PayerKind.MEDICARE,))
_REJECT, _WARN = Severity.REJECT, Severity.WARN
_CLAIM, _LINE = Scope.CLAIM, Scope.LINE

_Row = tuple[str, str, Severity, Check, Touches, Scope, tuple[str, ...]]

_ROWS: tuple[_Row, ...] = (
    ("HH-001", "Type of bill", _REJECT, _type_of_bill, _MEDICARE, _CLAIM, ()),
    ("HH-002", "Late notice", _WARN, _late_notice, _MEDICARE, _CLAIM, ()),
    ("HH-003", "Notice of admission", _REJECT, _no_notice, _MEDICARE, _CLAIM, ()),
    ("HH-004", "Length of period", _REJECT, _period, _EVERY, _CLAIM, ()),
    ("HH-005", "Start of period", _REJECT, _period_start, _EVERY, _CLAIM, ()),
    ("HH-006", "Payment group line", _REJECT, _no_group, _EVERY, _CLAIM, ()),
    ("HH-007", "One group line", _REJECT, _second_group, _EVERY, _LINE, ()),
    ("HH-008", "Form of the group", _REJECT, _group_form, _EVERY, _LINE, ()),
    ("HH-014", "Assessment date", _REJECT, _assessment_date, _MEDICARE, _CLAIM, ()),
    ("HH-016", "Wage area", _REJECT, _wage_area, _MEDICARE, _CLAIM, ()),
    ("HH-017", "County", _REJECT, _county, _MEDICARE, _CLAIM, ()),
    ("HH-018", "Form of values", _REJECT, _whole_values, _MEDICARE, _CLAIM, ()),
    ("HH-019", "Place of visits", _REJECT, _location, _MEDICARE, _CLAIM, ()),
    ("HH-021", "Revenue code", _REJECT, _revenue, _EVERY, _LINE, ("INST-011",)),
    ("HH-023", "Line date", _REJECT, _line_day, _EVERY, _LINE, ("INST-023",)),
    ("HH-024", "Units of visit", _REJECT, _no_units, _EVERY, _LINE, ("INST-027",)),
    ("HH-028", "Attending NPI", _REJECT, _attending, _EVERY, _CLAIM, ("INST-020",)),
    ("HH-029", "Face to face", _REJECT, _face_to_face, _MEDICARE, _CLAIM, ()),
    ("HH-030", "Plan signed", _REJECT, _plan_unsigned, _MEDICARE, _CLAIM, ()),
    ("HH-031", "Assessment accepted", _REJECT, _assessment, _MEDICARE, _CLAIM, ()),
    ("HH-033", "Date of group line", _REJECT, _group_day, _EVERY, _LINE, ()),
    ("HH-034", "Changed bill", _REJECT, _replaced, _EVERY, _CLAIM, ("INST-002",)),
    ("HH-035", "Date of death", _REJECT, _death, _EVERY, _CLAIM, ()),
    ("HH-043", "Covered visit", _REJECT, _no_visit, _EVERY, _CLAIM, ()),
    ("HH-044", "Skilled visit", _REJECT, _unskilled, _EVERY, _CLAIM, ()),
    ("HH-055", "Charge of group line", _REJECT, _group_charge, _EVERY, _LINE, ()),
)

_RETIRED = tuple(code for code, window in coding.WINDOWS.items() if window.last)

EDITS = (
    *(
        ClaimEdit(
            id=rule,
            title=title,
            source=_SHEET,
            severity=severity,
            check=check,
            touches=touches,
            scope=scope,
            supersedes=supersedes,
            carc="16",
            stops=Stops.CLAIM if rule == "HH-001" else Stops.NOTHING,
            needs=Needs(episode=True, assessment=rule == "HH-031")
            if rule in {"HH-002", "HH-003", "HH-029", "HH-030", "HH-031"}
            else Needs(),
        )
        for rule, title, severity, check, touches, scope, supersedes in _ROWS
    ),
    ClaimEdit(
        id="HH-022",
        title="Retired code",
        source=_SHEET,
        severity=_REJECT,
        check=_retired,
        touches=Touches(codes=_RETIRED, forms=(Form.INSTITUTIONAL,)),
        supersedes=("HH-021",),
        carc="181",
    ),
)

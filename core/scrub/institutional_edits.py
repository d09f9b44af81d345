"""Edits of the institutional claim (institutional-scrub.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from core.claims.claim import Institutional, ServiceLine
from core.dates import add_years
from core.ids import npi_is_valid
from core.rules.case import Case
from core.scrub.finding import Flag
from core.scrub.shapes import is_external_cause

Lines = Sequence[ServiceLine]

_BILL = re.compile(r"0\d\d[0-9A-Z]\Z", re.ASCII)
_REVENUE = re.compile(r"\d{4}\Z", re.ASCII)
_TWO = re.compile(r"[0-9A-Z]{2}\Z", re.ASCII)

_INPATIENT = frozenset({"11", "18", "21", "41"})
_ADMISSION_TYPES = frozenset("123459")
_ORIGINS = frozenset("1245689DEFG")
_STATUS_LIST = (
    "01 02 03 04 05 06 07 09 20 21 30 40 41 42 43 50 51 61 62 63 64 65 66 69 70 "
    "81 82 83 84 85 86 87 88 89 90 91 92 93 94 95"
)
_STATUSES = frozenset(_STATUS_LIST.split())
_NEEDS_CODE = (
    *(f"0{family}" for family in range(30, 37)),
    "040",
    *(f"0{family}" for family in range(42, 46)),
    *("048", "051", "061", "073", "076"),
)
_GROUP_LINES = frozenset({"0022", "0023", "0024"})
_URGENT_LINES = frozenset({"0450", "0451", "0452", "0456", "0459", "0516", "0526", "0762"})
_GROUP_BILLS = {"0022": ("018", "021", "022"), "0023": ("032",), "0024": ("011",)}


def _of(case: Case) -> Institutional | None:
    return case.claim.institutional


def _is_inpatient(one: Institutional) -> bool:
    return one.type_of_bill[1:3] in _INPATIENT


def bill_type(case: Case, lines: Lines) -> Iterator[Flag]:
    """Four characters: 0, facility, care, frequency."""
    one = _of(case)
    if one is None or not _BILL.match(one.type_of_bill):
        yield Flag(message="The type of bill must be 0, two digits and a frequency")


def replaces_without_number(case: Case, lines: Lines) -> Iterator[Flag]:
    """Frequency 7 or 8 names the payer's claim number."""
    one = _of(case)
    if one and one.type_of_bill[3:] in {"7", "8"} and not case.claim.payer_claim_number:
        yield Flag(message="A replacement or void needs the payer's own claim number")


def statement_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """The statement runs forwards and ends by today."""
    one = _of(case)
    if one and (one.statement_from > one.statement_to or one.statement_to > case.as_of):
        yield Flag(message="The statement period is turned round or ends in the future")


def admission_day(case: Case, lines: Lines) -> Iterator[Flag]:
    """An inpatient bill has an admission date that fits its period."""
    one = _of(case)
    if one is None or not _is_inpatient(one):
        return
    admitted = one.admission_date
    late = one.type_of_bill[3:] in {"1", "2"} and admitted and one.statement_from > admitted
    if admitted is None or admitted > one.statement_to or late:
        yield Flag(message="The admission date is missing or does not fit the statement period")


def hours(case: Case, lines: Lines) -> Iterator[Flag]:
    """Acute inpatient: hour of admission, and of discharge once discharged."""
    one = _of(case)
    if one is None or not one.type_of_bill.startswith("011"):
        return
    final = one.type_of_bill[3:] in {"1", "4"} and one.patient_status != "30"
    if not one.admission_hour or (final and not one.discharge_hour):
        yield Flag(message="The hour of admission or discharge is missing")


def admission_type(case: Case, lines: Lines) -> Iterator[Flag]:
    """Admission type 1, 2, 3, 4, 5 or 9."""
    one = _of(case)
    if one and one.admission_type not in _ADMISSION_TYPES:
        yield Flag(message="The admission type is missing or not in the code list")


def point_of_origin(case: Case, lines: Lines) -> Iterator[Flag]:
    """A point of origin in use; a newborn's is 5 or 6."""
    one = _of(case)
    if one is None:
        return
    allowed = {"5", "6"} if one.admission_type == "4" else _ORIGINS
    if one.point_of_origin not in allowed:
        yield Flag(message="The point of origin is missing or not in the code list")


def patient_status(case: Case, lines: Lines) -> Iterator[Flag]:
    """A patient status in the code list."""
    one = _of(case)
    if one and one.patient_status not in _STATUSES:
        yield Flag(message="The patient status is missing or not in the code list")


def status_fits_frequency(case: Case, lines: Lines) -> Iterator[Flag]:
    """Inpatient: an interim bill has status 30, a final one has not."""
    one = _of(case)
    if one is None or not _is_inpatient(one):
        return
    frequency, staying = one.type_of_bill[3:], one.patient_status == "30"
    if (frequency in {"2", "3"} and not staying) or (frequency in {"1", "4"} and staying):
        yield Flag(message="Patient status and bill frequency contradict each other")


def revenue_code(case: Case, lines: Lines) -> Iterator[Flag]:
    """Each line has a revenue code of four digits."""
    for line in lines:
        if not _REVENUE.match(line.revenue_code):
            yield Flag(line_no=line.line_no, message="The revenue code must have four digits")


def procedure_needed(case: Case, lines: Lines) -> Iterator[Flag]:
    """Outpatient lines of certain revenue families, and 0636 everywhere, carry a code."""
    one = _of(case)
    if one is None:
        return
    inpatient = _is_inpatient(one) or one.type_of_bill[1:3] == "12"
    for line in lines:
        wanted = line.revenue_code == "0636" or (
            not inpatient and line.revenue_code.startswith(_NEEDS_CODE)
        )
        if wanted and not line.code:
            yield Flag(line_no=line.line_no, message="This revenue code needs a procedure code")


def noncovered(case: Case, lines: Lines) -> Iterator[Flag]:
    """The non-covered part is not more than the charge."""
    for line in lines:
        if line.noncovered_cents > line.charge_cents:
            yield Flag(line_no=line.line_no, message="The non-covered charge exceeds the charge")


def occurrences(case: Case, lines: Lines) -> Iterator[Flag]:
    """Occurrence codes have two characters; a span runs forwards."""
    one = _of(case)
    if one is None:
        return
    codes = [*(each.code for each in one.occurrences), *(s.code for s in one.occurrence_spans)]
    turned = any(span.first > span.last for span in one.occurrence_spans)
    if turned or not _all_two(codes):
        yield Flag(message="An occurrence code or span is malformed")


def value_codes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Value codes have two characters, none twice."""
    one = _of(case)
    codes = [each.code for each in one.value_codes] if one else []
    if not _all_two(codes) or len(set(codes)) < len(codes):
        yield Flag(message="A value code is malformed or given twice")


def condition_codes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Condition codes have two characters, none twice."""
    codes = case.claim.condition_codes
    if not _all_two(codes) or len(set(codes)) < len(codes):
        yield Flag(message="A condition code is malformed or given twice")


def _all_two(codes: Iterable[str]) -> bool:
    return all(_TWO.match(code) for code in codes)


def attending(case: Case, lines: Lines) -> Iterator[Flag]:
    """The attending provider's NPI is there and right."""
    provider = case.claim.attending
    if provider is None or not npi_is_valid(provider.npi):
        yield Flag(message="The attending provider's NPI is missing or its check digit is wrong")


def principal_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    """A principal diagnosis, not an external cause."""
    codes = case.claim.diagnoses
    if not codes or is_external_cause(codes[0]):
        yield Flag(message="The principal diagnosis is missing or an external cause")


def line_day(case: Case, lines: Lines) -> Iterator[Flag]:
    """Outpatient lines are dated within the statement period."""
    one = _of(case)
    if one is None or _is_inpatient(one) or one.type_of_bill[1:3] == "12":
        return
    for line in lines:
        day = line.service_from
        if day is None or not one.statement_from <= day <= one.statement_to:
            yield Flag(
                line_no=line.line_no, message="The line's date is missing or outside the statement"
            )


def procedure_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """Procedures lie between three days before admission and the end of the statement."""
    one = _of(case)
    if one is None or not one.procedures:
        return
    first = (one.admission_date or one.statement_from) - timedelta(days=3)
    if not all(first <= procedure.on <= one.statement_to for procedure in one.procedures):
        yield Flag(message="A procedure is dated outside the stay")


def operating(case: Case, lines: Lines) -> Iterator[Flag]:
    """A procedure needs the operating provider."""
    one, provider = _of(case), case.claim.operating
    if one and one.procedures and (provider is None or not npi_is_valid(provider.npi)):
        yield Flag(message="A procedure needs the operating provider's NPI")


def units(case: Case, lines: Lines) -> Iterator[Flag]:
    """Units above zero, but for group-code lines."""
    for line in lines:
        if line.units <= 0 and line.revenue_code not in _GROUP_LINES:
            yield Flag(line_no=line.line_no, message="Units must be more than zero")


def filing_limit(case: Case, lines: Lines) -> Iterator[Flag]:
    """Medicare: received within one calendar year of the statement's last day."""
    one = _of(case)
    if one and case.as_of > _limit(one.statement_to):
        yield Flag(message="Medicare's filing limit of one year has passed")


def _limit(through: date) -> date:
    return add_years(through, 1)


def reason_for_visit(case: Case, lines: Lines) -> Iterator[Flag]:
    """An unscheduled outpatient visit has a reason-for-visit diagnosis."""
    one = _of(case)
    if one is None or one.reason_diagnoses or not one.type_of_bill.startswith("013"):
        return
    urgent = any(line.revenue_code in _URGENT_LINES for line in lines)
    if urgent and one.admission_type in {"1", "2", "5"}:
        yield Flag(message="The diagnosis that was the reason for the visit is missing")


def group_line_bill(case: Case, lines: Lines) -> Iterator[Flag]:
    """Group-code lines stand only on the bills they belong to."""
    one = _of(case)
    for line in lines if one else ():
        bills = _GROUP_BILLS.get(line.revenue_code)
        if one and bills and not one.type_of_bill.startswith(bills):
            yield Flag(line_no=line.line_no, message="This group-code line is not for this bill")


def admitting_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    """An inpatient bill has an admitting diagnosis."""
    one = _of(case)
    if one and _is_inpatient(one) and not one.admitting_diagnosis:
        yield Flag(message="The admitting diagnosis is missing")

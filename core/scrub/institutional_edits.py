"""Edits on the head of the institutional claim (institutional-scrub.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from core.claims.claim import ServiceLine
from core.dates import add_years
from core.ids import npi_is_valid
from core.rules.case import Case
from core.scrub.bills import days_of, is_acute, is_dated_as_inpatient, is_inpatient
from core.scrub.finding import Flag
from core.scrub.shapes import is_external_cause

Lines = Sequence[ServiceLine]

_BILL = re.compile(r"0\d\d[0-9A-Z]\Z", re.ASCII)
_TWO = re.compile(r"[0-9A-Z]{2}\Z", re.ASCII)
_HOUR = re.compile(r"(?:[01]\d|2[0-3])(?:[0-5]\d)?\Z|99\Z", re.ASCII)

_ADMISSION_TYPES = frozenset("123459")
_ORIGINS = frozenset("1245689DEFG")
_STATUS_LIST = (
    "01 02 03 04 05 06 07 09 20 21 30 40 41 42 43 50 51 61 62 63 64 65 66 69 70 "
    "81 82 83 84 85 86 87 88 89 90 91 92 93 94 95"
)
_STATUSES = frozenset(_STATUS_LIST.split())
_PRESENCE = frozenset({"Y", "N", "U", "W"})

# Families whose codes are exempt from the indicator, as the fact sheet has them; the diagnosis book
# knows more of the yearly list of CMS.
_EXEMPT_FROM_PRESENCE = ("Z23", "Z79", "Z85", "Z87", "W", "Y92")

_COVERED_DAYS, _NONCOVERED_DAYS = "80", "81"


def bill_type(case: Case, lines: Lines) -> Iterator[Flag]:
    """Four characters: 0, facility, care, frequency."""
    bill = case.claim.institutional
    if bill is None or not _BILL.match(bill.type_of_bill):
        yield Flag(message="The type of bill must be 0, two digits and a frequency")


def replaces_without_number(case: Case, lines: Lines) -> Iterator[Flag]:
    """Frequency 7 or 8 names the payer's claim number."""
    bill = case.claim.institutional
    if bill and bill.type_of_bill[3:] in {"7", "8"} and not case.claim.payer_claim_number:
        yield Flag(message="A replacement or void needs the payer's own claim number")


def statement_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """The statement runs forwards and ends by today."""
    bill = case.claim.institutional
    if bill and (bill.statement_from > bill.statement_to or bill.statement_to > case.as_of):
        yield Flag(message="The statement period is turned round or ends in the future")


def admission_day(case: Case, lines: Lines) -> Iterator[Flag]:
    """An inpatient bill has an admission date that fits its period."""
    bill = case.claim.institutional
    if bill is None or not is_dated_as_inpatient(bill):
        return
    admitted = bill.admission_date
    late = bill.type_of_bill[3:] in {"1", "2"} and admitted and bill.statement_from > admitted
    if admitted is None or admitted > bill.statement_to or late:
        yield Flag(message="The admission date is missing or does not fit the statement period")


def hours(case: Case, lines: Lines) -> Iterator[Flag]:
    """Acute inpatient: hour of admission, and of discharge once discharged."""
    bill = case.claim.institutional
    if bill is None or not is_acute(bill):
        return
    final = bill.type_of_bill[3:] in {"1", "4"} and bill.patient_status != "30"
    if not _HOUR.match(bill.admission_hour) or (final and not _HOUR.match(bill.discharge_hour)):
        yield Flag(message="The hour of admission or discharge is missing or no hour")


def admission_type(case: Case, lines: Lines) -> Iterator[Flag]:
    """Admission type 1, 2, 3, 4, 5 or 9."""
    bill = case.claim.institutional
    if bill and bill.admission_type not in _ADMISSION_TYPES:
        yield Flag(message="The admission type is missing or not in the code list")


def point_of_origin(case: Case, lines: Lines) -> Iterator[Flag]:
    """A point of origin in use; a newborn's is 5 or 6."""
    bill = case.claim.institutional
    if bill is None:
        return
    allowed = {"5", "6"} if bill.admission_type == "4" else _ORIGINS
    if bill.point_of_origin not in allowed:
        yield Flag(message="The point of origin is missing or not in the code list")


def patient_status(case: Case, lines: Lines) -> Iterator[Flag]:
    """A patient status in the code list."""
    bill = case.claim.institutional
    if bill and bill.patient_status not in _STATUSES:
        yield Flag(message="The patient status is missing or not in the code list")


def status_fits_frequency(case: Case, lines: Lines) -> Iterator[Flag]:
    """Inpatient: an interim bill has status 30, a final one has not."""
    bill = case.claim.institutional
    if bill is None or not is_inpatient(bill):
        return
    frequency, staying = bill.type_of_bill[3:], bill.patient_status == "30"
    if (frequency in {"2", "3"} and not staying) or (frequency in {"1", "4"} and staying):
        yield Flag(message="Patient status and bill frequency contradict each other")


def occurrences(case: Case, lines: Lines) -> Iterator[Flag]:
    """Occurrence codes have two characters and a day; a span has both, and runs forwards."""
    bill = case.claim.institutional
    if bill is None:
        return
    codes = [*(each.code for each in bill.occurrences), *(s.code for s in bill.occurrence_spans)]
    dated = all(each.on for each in bill.occurrences) and all(
        span.first and span.last and span.first <= span.last for span in bill.occurrence_spans
    )
    if not dated or not _all_two(codes):
        yield Flag(message="An occurrence code or span is malformed, or has no date")


def value_codes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Value codes have two characters and an amount, none twice."""
    bill = case.claim.institutional
    if bill is None:
        return
    codes = [each.code for each in bill.value_codes]
    stated = all(each.amount_cents is not None for each in bill.value_codes)
    if not stated or not _all_two(codes) or len(set(codes)) < len(codes):
        yield Flag(message="A value code is malformed, has no amount, or is given twice")


def covered_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """Covered and non-covered days of an inpatient bill are together its days."""
    bill = case.claim.institutional
    if bill is None or not is_inpatient(bill):
        return
    stated = {each.code: each.amount_cents or 0 for each in bill.value_codes}
    if _COVERED_DAYS not in stated:
        return
    hundredths = stated[_COVERED_DAYS] + stated.get(_NONCOVERED_DAYS, 0)
    if hundredths != days_of(bill) * 100:
        yield Flag(
            message=f"Covered and non-covered days are not the {days_of(bill)} days of the bill"
        )


def condition_codes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Condition codes have two characters, none twice."""
    codes = case.claim.condition_codes
    if not _all_two(codes) or len(set(codes)) < len(codes):
        yield Flag(message="A condition code is malformed or given twice")


def _all_two(codes: Iterable[str]) -> bool:
    return all(_TWO.match(code) for code in codes)


def present_on_admission(case: Case, lines: Lines) -> Iterator[Flag]:
    """Acute inpatient: each diagnosis has its indicator, unless its code is exempt."""
    bill = case.claim.institutional
    if bill is None or not is_acute(bill):
        return
    stated, book = case.claim.present_on_admission, case.tables.diagnoses
    missing = [
        str(place + 1)
        for place, code in enumerate(case.claim.diagnoses)
        if (stated[place] if place < len(stated) else "") not in _PRESENCE
        and not code.startswith(_EXEMPT_FROM_PRESENCE)
        and not (book and book.is_exempt_from_presence(code, bill.statement_to))
    ]
    if missing:
        yield Flag(
            message=f"Diagnosis {', '.join(missing)} needs Y, N, U or W for present on admission"
        )


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


def procedure_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """Procedures lie between three days before admission and the end of the statement."""
    bill = case.claim.institutional
    if bill is None or not bill.procedures:
        return
    first = (bill.admission_date or bill.statement_from) - timedelta(days=3)
    days = [procedure.on for procedure in bill.procedures]
    if not all(day is not None and first <= day <= bill.statement_to for day in days):
        yield Flag(message="A procedure has no date, or one outside the stay")


def operating(case: Case, lines: Lines) -> Iterator[Flag]:
    """A procedure needs the operating provider."""
    bill, provider = case.claim.institutional, case.claim.operating
    if bill and bill.procedures and (provider is None or not npi_is_valid(provider.npi)):
        yield Flag(message="A procedure needs the operating provider's NPI")


def filing_limit(case: Case, lines: Lines) -> Iterator[Flag]:
    """Medicare: received within one calendar year of the statement's last day."""
    bill = case.claim.institutional
    received = case.received_on
    if bill and received and received > add_years(bill.statement_to, 1):
        yield Flag(
            message="Medicare's filing limit of one year has passed",
            suggestion="Look for proof of an earlier, accepted submission",
        )


def admitting_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    """An inpatient bill has an admitting diagnosis."""
    bill = case.claim.institutional
    if bill and is_inpatient(bill) and not bill.admitting_diagnosis:
        yield Flag(message="The admitting diagnosis is missing")

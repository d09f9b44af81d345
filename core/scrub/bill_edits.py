"""Edits on the lines of the institutional claim (institutional-scrub.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.scrub.bills import days_of, is_dated_as_inpatient, is_inpatient, is_room
from core.scrub.finding import Flag

Lines = Sequence[ServiceLine]

_REVENUE = re.compile(r"\d{4}\Z", re.ASCII)
_NEEDS_CODE = (
    *(f"0{family}" for family in range(30, 37)),
    "040",
    *(f"0{family}" for family in range(42, 46)),
    *("048", "051", "061", "073", "076"),
)
_GROUP_LINES = frozenset({"0022", "0023", "0024"})
_URGENT_LINES = frozenset({"0450", "0451", "0452", "0456", "0459", "0516", "0526", "0762"})
_GROUP_BILLS = {"0022": ("018", "021", "022"), "0023": ("032",), "0024": ("011",)}


def revenue_code(case: Case, lines: Lines) -> Iterator[Flag]:
    """Each line has a revenue code of four digits."""
    for line in lines:
        if not _REVENUE.match(line.revenue_code):
            yield Flag(line_no=line.line_no, message="The revenue code must have four digits")


def procedure_needed(case: Case, lines: Lines) -> Iterator[Flag]:
    """Outpatient lines of certain revenue families, and 0636 everywhere, carry a code."""
    bill = case.claim.institutional
    if bill is None:
        return
    inpatient = is_dated_as_inpatient(bill)
    for line in lines:
        wanted = line.revenue_code == "0636" or (
            not inpatient and line.revenue_code.startswith(_NEEDS_CODE)
        )
        if wanted and not line.code:
            yield Flag(line_no=line.line_no, message="This revenue code needs a procedure code")


def daily_rate(case: Case, lines: Lines) -> Iterator[Flag]:
    """A room on an inpatient UB-04 has its daily rate. An 837I has no place for it."""
    bill = case.claim.institutional
    if bill is None or case.claim.total_lines is None or not is_inpatient(bill):
        return
    for line in lines:
        if is_room(line) and not line.rate_cents:
            yield Flag(line_no=line.line_no, message="A room line needs the daily rate")


def room_days(case: Case, lines: Lines) -> Iterator[Flag]:
    """The units of all rooms of an inpatient bill are its days."""
    bill = case.claim.institutional
    if bill is None or not is_inpatient(bill):
        return
    rooms = [line.units for line in lines if is_room(line)]
    if rooms and sum(rooms) != days_of(bill):
        yield Flag(
            message=f"The rooms have {sum(rooms)} units; the statement has {days_of(bill)} days"
        )


def total_differs(case: Case, lines: Lines) -> Iterator[Flag]:
    """The line 0001 states the sum of the other lines' charges."""
    totals = case.claim.total_lines
    if totals is None or len(totals) != 1:
        return
    if totals[0].charge_cents != case.claim.charge_cents:
        yield Flag(
            line_no=totals[0].line_no,
            message="The total on line 0001 is not the sum of the other lines",
        )


def total_line(case: Case, lines: Lines) -> Iterator[Flag]:
    """A UB-04 has exactly one line 0001, and it is the last."""
    totals = case.claim.total_lines
    if totals is None:
        return
    if len(totals) != 1:
        yield Flag(message="The bill needs exactly one line 0001 with its total")
    elif not case.claim.total_line_is_last:
        yield Flag(line_no=totals[0].line_no, message="The line 0001 must be the last one")


def noncovered(case: Case, lines: Lines) -> Iterator[Flag]:
    """The non-covered part is not more than the charge."""
    for line in (*lines, *(case.claim.total_lines or ())):
        if line.noncovered_cents > line.charge_cents:
            yield Flag(line_no=line.line_no, message="The non-covered charge exceeds the charge")


def line_day(case: Case, lines: Lines) -> Iterator[Flag]:
    """Outpatient lines are dated within the statement period."""
    bill = case.claim.institutional
    if bill is None or is_dated_as_inpatient(bill):
        return
    for line in lines:
        day = line.service_from
        if day is None or not bill.statement_from <= day <= bill.statement_to:
            yield Flag(
                line_no=line.line_no, message="The line's date is missing or outside the statement"
            )


def units(case: Case, lines: Lines) -> Iterator[Flag]:
    """Units above zero, but for group-code lines."""
    for line in lines:
        if line.units <= 0 and line.revenue_code not in _GROUP_LINES:
            yield Flag(line_no=line.line_no, message="Units must be more than zero")


def reason_for_visit(case: Case, lines: Lines) -> Iterator[Flag]:
    """An unscheduled outpatient visit has a reason-for-visit diagnosis."""
    bill = case.claim.institutional
    if bill is None or bill.reason_diagnoses or not bill.type_of_bill.startswith("013"):
        return
    urgent = any(line.revenue_code in _URGENT_LINES for line in lines)
    if urgent and bill.admission_type in {"1", "2", "5"}:
        yield Flag(message="The diagnosis that was the reason for the visit is missing")


def group_line_bill(case: Case, lines: Lines) -> Iterator[Flag]:
    """Group-code lines stand only on the bills they belong to."""
    bill = case.claim.institutional
    if bill is None:
        return
    for line in lines:
        bills = _GROUP_BILLS.get(line.revenue_code)
        if bills and not bill.type_of_bill.startswith(bills):
            yield Flag(line_no=line.line_no, message="This group-code line is not for this bill")

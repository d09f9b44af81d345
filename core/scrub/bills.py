"""What kind of bill a UB-04 or 837I is, and how many days it bills."""

from __future__ import annotations

from core.claims.claim import Institutional, ServiceLine

_INPATIENT = frozenset({"11", "18", "21", "41"})
_PART_B_OF_INPATIENTS = "12"
_ROOMS = (*(f"01{digit}" for digit in range(8)), "020", "021")


def is_inpatient(bill: Institutional) -> bool:
    """Facility and care 11, 18, 21 or 41."""
    return bill.type_of_bill[1:3] in _INPATIENT


def is_dated_as_inpatient(bill: Institutional) -> bool:
    """Inpatient, or Part B of inpatients (12): dated by the stay, not by the line."""
    return is_inpatient(bill) or bill.type_of_bill[1:3] == _PART_B_OF_INPATIENTS


def is_acute(bill: Institutional) -> bool:
    """Acute inpatient, 011x."""
    return bill.type_of_bill[:3] == "011"


def is_room(line: ServiceLine) -> bool:
    """Room and board: revenue codes 010x to 017x, 020x, 021x."""
    return line.revenue_code.startswith(_ROOMS) and len(line.revenue_code) == 4


def days_of(bill: Institutional) -> int:
    """Days billed: the last day counts only for who stays, and a stay of one day is one day."""
    days = (bill.statement_to - bill.statement_from).days
    if bill.patient_status == "30":
        return days + 1
    return days or 1

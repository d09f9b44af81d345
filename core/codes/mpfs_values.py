"""What one row of a file of the Medicare physician fee schedule holds, in whole numbers.

Relative values and shares are hundredths, practice cost indices thousandths, conversion factors
ten-thousandths of a dollar: as many decimals as are published, so a price is exact.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import msgspec

from core.codes.published import Part


class RelativeValues(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One code and component: its relative values and what the payment policy says of it.

    ``modifier`` is empty (the whole service), 26, TC or 53. ``status`` A, R, T are paid by relative
    values, C by the contractor. The letters and digits of the policy fields are as published.
    """

    code: str
    modifier: str
    status: str
    work: int
    nonfacility_pe: int
    facility_pe: int
    malpractice: int
    opps_nonfacility_pe: int
    opps_facility_pe: int
    opps_malpractice: int
    conversion_factor: int
    is_rare_outside: bool
    is_rare_inside: bool
    component: str
    global_days: str
    before: int
    during: int
    after: int
    multiple: str
    bilateral: str
    assistant: str
    cosurgeon: str
    team: str
    endoscopic_base: str
    supervision: str
    imaging_family: str

    def practice_expense(self, *, facility: bool) -> int:
        """Hundredths of practice expense in a facility or outside one."""
        return self.facility_pe if facility else self.nonfacility_pe

    def opps_practice_expense(self, *, facility: bool) -> int:
        """The same for the cap by the hospital outpatient payment; 0: no cap is published."""
        return self.opps_facility_pe if facility else self.opps_nonfacility_pe


class Locality(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A payment locality and its practice cost indices in thousandths."""

    contractor: str
    number: str
    state: str
    name: str
    work: int
    practice_expense: int
    malpractice: int

    @property
    def id(self) -> str:
        """``04412-09``."""
        return f"{self.contractor}-{self.number}"


class CappedPrice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A published price after the cap, in cents; of a contractor-priced code the cap alone."""

    code: str
    modifier: str
    status: str
    facility_cents: int
    nonfacility_cents: int


_NOISE = Decimal("0.000001")


def is_text(part: Part) -> bool:
    """Whether the file has columns of fixed width, by its name."""
    return part.name.lower().removesuffix(".gz").endswith(".txt")


_NAMED_QUARTER = re.compile(r"PPRRVU(?:20)?(\d\d)_?(JAN|APR|JUL|OCT)", re.IGNORECASE)
_NAMED_ARCHIVE = re.compile(r"\bRVU(\d\d)([A-D])", re.IGNORECASE)
_QUARTERS = ("JAN", "APR", "JUL", "OCT")


def quarter_in_name(name: str) -> str:
    """The release a name says: ``PPRRVU2025_Oct.txt``, or its archive ``RVU25D``; else empty."""
    if found := _NAMED_QUARTER.search(name):
        return f"20{found[1]}Q{_QUARTERS.index(found[2].upper()) + 1}"
    if found := _NAMED_ARCHIVE.search(name):
        return f"20{found[1]}Q{'ABCD'.index(found[2].upper()) + 1}"
    return ""


def scaled(text: str, places: int) -> int | None:
    """The number in ``text`` in units of 10^-``places``; None when it is none or has more decimals.

    Beyond those places only the noise of binary fractions (33.88719999999999) is passed over.
    """
    try:
        exact = Decimal(text.strip() or "none").scaleb(places)
    except InvalidOperation:
        return None
    if not exact.is_finite() or exact < 0:
        return None
    whole = int(exact + Decimal("0.5"))
    return whole if abs(exact - whole) <= _NOISE else None

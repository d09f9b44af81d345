"""A claim without what could name its patient: the Safe Harbor method, 45 CFR 164.514(b)(2).

What may stay is listed; everything else, free text above all, is left out. So a field that is added
to a claim later stays out until somebody adds it here. The eighteen identifiers of the rule:

====================================================  =============================================
names; telephone, fax, e-mail; social security,       left out
medical record, plan beneficiary, account, license,
vehicle and device numbers; web and network
addresses; biometrics; photographs; any other number
places smaller than a state                           the state, and the first three digits of the
                                                      ZIP code, ``000`` where few people live there
dates                                                 the year of the service
ages over 89                                          one age for all of them, 90
====================================================  =============================================
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import Address, PayerKind, PayerSequence, Sex, Value

AGE_MAX = 90
"""This age and every higher one are told as this."""

RESTRICTED_ZIP3 = frozenset(
    {
        *("036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831"),
        *("878", "879", "884", "890", "893"),
    }
)
"""Areas of 20,000 people or fewer by the Census of 2000, from the guidance of the Office for Civil
Rights on 164.514(b) of November 26, 2012. The rule asks for the current data of the Census: look
again when another census is out."""

NO_AREA = "000"

_ZIP = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?\Z", re.ASCII)
_STATE = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}\Z", re.ASCII)
_PROCEDURE = re.compile(r"[0-9A-Z]{5}\Z", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}\Z", re.ASCII)
_REVENUE = re.compile(r"[0-9]{4}\Z", re.ASCII)


class DeidentifiedLine(Value, frozen=True, kw_only=True):
    """A billed service; ``year`` is that of its first day."""

    line_no: int
    code: str
    modifiers: tuple[str, ...]
    revenue_code: str
    units: Decimal
    charge_cents: int
    expected_cents: int | None
    place_of_service: str
    pointers: tuple[int, ...]
    year: int | None


class DeidentifiedClaim(Value, frozen=True, kw_only=True):
    """What may be told of a claim. ``age`` is in years on the first day of service."""

    form: Form
    sequence: PayerSequence
    payer_kind: PayerKind
    sex: Sex
    age: int | None
    state: str
    zip3: str
    year: int | None
    diagnoses: tuple[str, ...]
    place_of_service: str
    lines: tuple[DeidentifiedLine, ...]


def deidentified(claim: Claim) -> DeidentifiedClaim:
    """``claim`` by the Safe Harbor method; codes only where they have the shape of a code."""
    served = claim.service_from
    return DeidentifiedClaim(
        form=claim.form,
        sequence=claim.sequence,
        payer_kind=claim.payer.kind,
        sex=claim.patient.sex or Sex.UNKNOWN,
        age=age_on(claim.patient.birth_date, served),
        state=_shaped(_STATE, claim.patient.address.state if claim.patient.address else ""),
        zip3=zip3(claim.patient.address),
        year=served.year if served else None,
        diagnoses=tuple(_shaped(_DIAGNOSIS, code) for code in claim.diagnoses),
        place_of_service=_shaped(_MODIFIER, claim.place_of_service),
        lines=tuple(_line(line) for line in claim.lines),
    )


def age_on(born: date | None, day: date | None) -> int | None:
    """Whole years, at most ``AGE_MAX``; None where a day is not known or lies before birth."""
    if born is None or day is None or day < born:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return min(years, AGE_MAX)


def zip3(address: Address | None) -> str:
    """The area of a United States address; ``000`` where few live in it, or it is not known."""
    if address is None or address.country not in ("", "US"):
        return NO_AREA
    if not _ZIP.match(address.postal_code) or address.postal_code[:3] in RESTRICTED_ZIP3:
        return NO_AREA
    return address.postal_code[:3]


def _line(line: ServiceLine) -> DeidentifiedLine:
    return DeidentifiedLine(
        line_no=line.line_no,
        code=_shaped(_PROCEDURE, line.code),
        modifiers=tuple(_shaped(_MODIFIER, one) for one in line.modifiers),
        revenue_code=_shaped(_REVENUE, line.revenue_code),
        units=line.units,
        charge_cents=line.charge_cents,
        expected_cents=line.expected_cents,
        place_of_service=_shaped(_MODIFIER, line.place_of_service),
        pointers=line.pointers,
        year=line.service_from.year if line.service_from else None,
    )


def _shaped(shape: re.Pattern[str], code: str) -> str:
    """``code``, or nothing where it is not one: a number typed in its place stays out."""
    return code if shape.match(code) else ""

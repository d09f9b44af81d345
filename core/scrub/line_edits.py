"""Edits on diagnoses, codes, modifiers, units and charges (professional-scrub.md s.3 to s.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.claims.claim import Form, ServiceLine
from core.rules.case import Case
from core.scrub.finding import Flag
from core.scrub.shapes import (
    PLACES_OF_SERVICE,
    diagnosis_is_shaped,
    icd9_is_shaped,
    modifier_is_shaped,
    procedure_is_shaped,
)
from core.x12.icd_edition import is_icd10

Lines = Sequence[ServiceLine]

_QUALITY = re.compile(r"(?:\d{4}F|G[89]\d{3})\Z", re.ASCII)
_DRUG = re.compile(r"[JQS]\d{4}\Z", re.ASCII)
_ANESTHESIA_MODIFIERS = frozenset({"AA", "AD", "QK", "QX", "QY", "QZ"})
_NCCI_EVALUATION_ONLY = frozenset({"24", "25", "57"})
_SIDES = frozenset({"LT", "RT"})


def diagnosis_shape(case: Case, lines: Lines) -> Iterator[Flag]:
    """A diagnosis is a code, without dot, of the edition in use on the dates of the claim."""
    icd10 = is_icd10(case.claim)
    is_shaped = diagnosis_is_shaped if icd10 else icd9_is_shaped
    codes = enumerate(case.claim.diagnoses, 1)
    wrong = [place for place, code in codes if not is_shaped(code)]
    if wrong:
        places = ", ".join(str(place) for place in wrong)
        edition = "ICD-10-CM" if icd10 else "ICD-9-CM"
        yield Flag(message=f"Diagnosis {places} does not have the form of an {edition} code")


def procedure_shape(case: Case, lines: Lines) -> Iterator[Flag]:
    """Each line has a code of the right form."""
    for line in lines:
        optional = case.claim.form is Form.INSTITUTIONAL and not _is_group_line(line)
        if not line.code and not optional:
            yield Flag(
                line_no=line.line_no,
                message="The line has no procedure code, and the documented facts support none",
                suggestion="Complete the documentation or enter the code",
            )
        elif line.code and line.code_qualifier in {"HC", "AD"} and not _is_code(line):
            yield Flag(line_no=line.line_no, message="This is not the form of a procedure code")


def _is_group_line(line: ServiceLine) -> bool:
    return line.revenue_code in {"0022", "0023", "0024"}


def _is_code(line: ServiceLine) -> bool:
    return procedure_is_shaped(line.code) and (line.code_qualifier != "AD" or line.code[0] == "D")


def place_known(case: Case, lines: Lines) -> Iterator[Flag]:
    """The place of service is in the published list."""
    for line in lines:
        if case.place_of(line) not in PLACES_OF_SERVICE:
            yield Flag(line_no=line.line_no, message="The place of service is missing or unknown")


def modifier_shape(case: Case, lines: Lines) -> Iterator[Flag]:
    """Two characters each, none twice."""
    for line in lines:
        if not all(modifier_is_shaped(code) for code in line.modifiers):
            yield Flag(line_no=line.line_no, message="A modifier has two capitals or digits")
        elif len(set(line.modifiers)) < len(line.modifiers):
            yield Flag(line_no=line.line_no, message="A modifier is on the line twice")


def service_day_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """Each billed line has a date of service."""
    for line in lines:
        if line.service_from is None:
            yield Flag(line_no=line.line_no, message="The line has no date of service")


def nothing_billed(case: Case, lines: Lines) -> Iterator[Flag]:
    """A claim has a line, and its total is more than nothing."""
    if not case.claim.lines:
        yield Flag(message="The claim has no service line")
    elif case.claim.charge_cents <= 0 and not all(_may_be_free(case, line) for line in lines):
        yield Flag(message="The claim's total charge is not more than zero")


def no_fee(case: Case, lines: Lines) -> Iterator[Flag]:
    """No charge was captured, and no fee schedule knows the code."""
    for line in lines:
        if not line.fee_source and not line.charge_cents and not _may_be_free(case, line):
            yield Flag(
                line_no=line.line_no,
                message="No fee schedule prices this code on this day, and no charge was entered",
                suggestion="Enter a charge, or add the code to the charge master",
            )


def charge_positive(case: Case, lines: Lines) -> Iterator[Flag]:
    """No negative charge; zero only where the code is for information."""
    for line in lines:
        if line.charge_cents < 0:
            yield Flag(line_no=line.line_no, message="The charge is negative")
        elif line.charge_cents == 0 and not _may_be_free(case, line):
            yield Flag(line_no=line.line_no, message="The charge is zero")


def _may_be_free(case: Case, line: ServiceLine) -> bool:
    if case.claim.form is Form.INSTITUTIONAL and _is_group_line(line):
        return True
    if _QUALITY.match(line.code):
        return True
    return case.policy_on(line).lists_code("allow_zero_charge_codes", line.code)


def total_differs(case: Case, lines: Lines) -> Iterator[Flag]:
    """A total that the claim states is the sum of its lines, to the cent."""
    stated = case.claim.stated_charge_cents
    if stated is not None and stated != case.claim.charge_cents:
        yield Flag(
            message="The claim's total charge is not the sum of its lines",
            suggestion="Correct the total, or the line that is wrong or missing",
        )


def too_many_lines(case: Case, lines: Lines) -> Iterator[Flag]:
    """An 837P has room for fifty lines."""
    if len(case.claim.lines) > 50:
        yield Flag(message="A professional claim has room for fifty lines; split it")

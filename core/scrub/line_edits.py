"""Edits on diagnoses, codes, modifiers, units and charges (professional-scrub.md s.3 to s.5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.claims.claim import Form, ServiceLine
from core.rules.case import Case
from core.rules.facts import Authorization
from core.scrub.finding import Flag
from core.scrub.shapes import (
    DISTINCT_SERVICE,
    PLACES_OF_SERVICE,
    diagnosis_is_shaped,
    icd9_is_shaped,
    is_evaluation,
    is_external_cause,
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


def too_many_diagnoses(case: Case, lines: Lines) -> Iterator[Flag]:
    """At most twelve on an 837P."""
    if len(case.claim.diagnoses) > 12:
        yield Flag(message="A professional claim has room for twelve diagnoses")


def pointers(case: Case, lines: Lines) -> Iterator[Flag]:
    """One to four pointers, each to a diagnosis that is there."""
    known = len(case.claim.diagnoses)
    for line in lines:
        if not line.pointers:
            yield Flag(line_no=line.line_no, message="The line points to no diagnosis")
        elif len(line.pointers) > 4:
            yield Flag(line_no=line.line_no, message="A line points to at most four diagnoses")
        elif min(line.pointers) < 1 or max(line.pointers) > known:
            yield Flag(line_no=line.line_no, message="The line points to a diagnosis not present")


def external_cause_first(case: Case, lines: Lines) -> Iterator[Flag]:
    """An external cause (V00 to Y99) never stands first, on the claim or for a line."""
    firsts = [*case.claim.diagnoses[:1], *(case.first_diagnosis(line) for line in lines)]
    if any(is_external_cause(code) for code in firsts):
        yield Flag(message="An external cause code may not be the first diagnosis")


def repeated_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    """A diagnosis is reported once."""
    if any(count > 1 for count in Counter(case.claim.diagnoses).values()):
        yield Flag(message="A diagnosis is listed twice")


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


def modifiers_clash(case: Case, lines: Lines) -> Iterator[Flag]:
    """Modifiers that contradict each other or the kind of code."""
    for line in lines:
        if line.modifiers and (reason := _clash(line)):
            yield Flag(line_no=line.line_no, message=reason)


def _clash(line: ServiceLine) -> str:
    given = frozenset(line.modifiers)
    if {"26", "TC"} <= given:
        return "Modifiers 26 and TC contradict each other"
    if "50" in given and given & _SIDES:
        return "Modifier 50 contradicts LT and RT"
    if given >= _SIDES and line.units == 1:
        return "LT and RT on one unit contradict each other"
    if len(given & DISTINCT_SERVICE) > 1:
        return "Only one of 59, XE, XP, XS and XU may be on a line"
    if given & DISTINCT_SERVICE and is_evaluation(line.code):
        return "A distinct-service modifier does not belong on an evaluation"
    if given & _NCCI_EVALUATION_ONLY and "10004" <= line.code <= "89398" and len(line.code) == 5:
        return "Modifiers 24, 25 and 57 belong on evaluations only"
    return ""


def too_many_modifiers(case: Case, lines: Lines) -> Iterator[Flag]:
    """A line has room for four."""
    for line in lines:
        if len(line.modifiers) > 4:
            yield Flag(line_no=line.line_no, message="A line has room for four modifiers")


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


def units_positive(case: Case, lines: Lines) -> Iterator[Flag]:
    """Units above zero; fractions only for drugs and minutes, and then one decimal."""
    for line in lines:
        units = line.units
        if units <= 0:
            yield Flag(line_no=line.line_no, message="Units must be more than zero")
        elif line.unit_basis == "UN" and units != units.to_integral_value():
            if not _DRUG.match(line.code):
                yield Flag(line_no=line.line_no, message="This code takes whole units")
            elif units != units.quantize(Decimal("0.1")):
                yield Flag(line_no=line.line_no, message="Units have at most one decimal")


def anesthesia_minutes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Anesthesia is billed in minutes with its provider modifier; nothing else is."""
    for line in lines:
        anesthesia = "00100" <= line.code <= "01999" and line.code.isdecimal()
        if anesthesia and line.unit_basis != "MJ":
            yield Flag(line_no=line.line_no, message="Anesthesia is billed in minutes")
        elif anesthesia and _ANESTHESIA_MODIFIERS.isdisjoint(line.modifiers):
            yield Flag(line_no=line.line_no, message="Anesthesia needs its provider modifier")
        elif line.unit_basis == "MJ" and not anesthesia:
            yield Flag(line_no=line.line_no, message="Only anesthesia is billed in minutes")


def authorization(case: Case, lines: Lines) -> Iterator[Flag]:
    """Where the payer requires an authorization, one covers code, day, provider and units.

    Without loaded authorizations only its number on the claim or line can be asked for.
    """
    spent: dict[int, Decimal] = {}
    for line in lines:
        if case.policy_on(line).lists_code("auth_required_codes", line.code):
            reason = _authorization_fault(case, line, spent)
            if reason:
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} needs an authorization: {_AUTHORIZATION_FAULTS[reason]}",
                    reason=reason,
                    carc="198" if reason == "exhausted" else "197",
                    suggestion="Ask the payer for an authorization or an extension",
                )


_AUTHORIZATION_FAULTS = {
    "missing": "none is on file",
    "expired": "the one on file does not cover this day",
    "code_mismatch": "the one on file does not name this code",
    "provider_mismatch": "the one on file names another provider",
    "exhausted": "its units are used up",
}


def _authorization_fault(case: Case, line: ServiceLine, spent: dict[int, Decimal]) -> str:
    held = case.facts.authorizations
    if held is None:
        return "" if line.auth_number or case.claim.auth_number else "missing"
    if not held:
        return "missing"
    named = [i for i, one in enumerate(held) if not one.codes or line.code in one.codes]
    if not named:
        return "code_mismatch"
    day = case.day_of(line)
    timely = [i for i in named if day and day in held[i].window]
    if not timely:
        return "expired"
    npi = case.rendering_npi(line)
    mine = [i for i in timely if held[i].provider_npi in {"", npi}]
    if not mine:
        return "provider_mismatch"
    for i in mine:
        left = _left(held[i])
        if left is None or spent.get(i, Decimal(0)) + line.units <= left:
            spent[i] = spent.get(i, Decimal(0)) + line.units
            return ""
    return "exhausted"


def _left(one: Authorization) -> Decimal | None:
    if one.units_approved is None:
        return None
    return one.units_approved - one.units_used - one.units_pending

"""Edits on where a service is done, with which drug, laboratory and order (PS-049 to PS-055)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from core.claims.claim import ServiceLine
from core.claims.parties import Entity, PayerKind, Provider
from core.ids import npi_is_valid
from core.rules.case import Case
from core.scrub.code_validity import with_modifier, without_modifier
from core.scrub.finding import Fix, Flag
from core.scrub.own_tables import codes_of, family, rows, window_of

Lines = Sequence[ServiceLine]

_TELEHEALTH_PLACES = frozenset({"02", "10"})
_SIDES = frozenset({"LT", "RT"})
_NOT_BILATERAL = frozenset({"0", "2", "9"})
_TWO_LINES = "lt_rt_two_lines"

_HANDS_ON = family("hands_on")
_LABORATORY = family("clinical_laboratory")
_CLIA_NOT_ASKED = family("clia_not_asked")
_NO_QW = family("waived_without_qw")
_DRUG = family("drug")
_ORDERED = family("ordered")

_CLIA = re.compile(r"\d{2}D\d{7}\Z", re.ASCII)
_NDC_UNITS = frozenset({"F2", "GR", "ME", "ML", "UN"})
_WASTE, _NO_WASTE = "JW", "JZ"
_OUTSIDE_LABORATORY = "90"
_INTERPRETATION = "26"

_PLACE_RULES = {
    code: (row["mode"] == "only", frozenset(row["places"].split()), window_of(row),
           row["suggestion"], f"place of service {row['first']}-{row['last']}")
    for row in rows("place_rules.csv")
    for code in codes_of(f"{row['first']}-{row['last']}")
}  # fmt: skip
"""By code: whether only these places or none of them, its days, advice, and its row."""

_MAY_NOT_ORDER = frozenset(row["credential"] for row in rows("ordering_credentials.csv"))


def bilateral(case: Case, lines: Lines) -> Iterator[Flag]:
    """Modifier 50: one line, one unit, no side, and a code that can be bilateral."""
    for line in lines:
        if "50" in line.modifiers and (found := _bilateral_fault(case, line)):
            message, fix, row = found
            yield Flag(line_no=line.line_no, message=message, fix=fix, table_row=row)


def _bilateral_fault(case: Case, line: ServiceLine) -> tuple[str, Fix | None, str] | None:
    if line.units > 1:
        fix = Fix(field="units", value="1", line_no=line.line_no)
        return "With modifier 50 the line has one unit", fix, ""
    if not _SIDES.isdisjoint(line.modifiers):
        return "Modifier 50 stands for both sides; LT and RT do not go with it", None, ""
    table, day = case.tables.bilateral, line.service_from or case.day
    indicator = table.word(line.code, day) if table is not None and day is not None else None
    if indicator in _NOT_BILATERAL:
        row = f"bilateral {line.code} {indicator}"
        message = f"{line.code} takes no modifier 50 (bilateral indicator {indicator})"
        return message, without_modifier(line, "50"), row
    if case.policy_on(line).text("bilateral_format") == _TWO_LINES:
        return "This payer wants two lines, LT and RT, instead of modifier 50", None, ""
    return None


def place_of_service(case: Case, lines: Lines) -> Iterator[Flag]:
    """The code can be done at that place."""
    for line in lines:
        place = line.place_of_service or case.claim.place_of_service
        if not place:
            continue
        rule = _PLACE_RULES.get(line.code)
        if rule is not None:
            only, places, window, suggestion, row = rule
            day = line.service_from or case.day
            if (place in places) is not only and (day is None or day in window):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} does not go with place of service {place}",
                    suggestion=suggestion,
                    table_row=row,
                )
        elif place in _TELEHEALTH_PLACES and _is_hands_on(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is done in the patient's presence; place of service {place} "
                "is telehealth",
                suggestion="Correct the place of service",
            )


def _is_hands_on(case: Case, line: ServiceLine) -> bool:
    return _INTERPRETATION not in line.modifiers and _HANDS_ON.holds(line.code, None)


def clia_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """A laboratory test needs the number of the laboratory's certificate."""
    number = case.claim.clia
    if _CLIA.match(number):
        return
    for line in lines:
        if needs_clia(line, line.service_from or case.day):
            yield Flag(
                message="The claim has a laboratory test and no CLIA number"
                if not number
                else "The CLIA number has not two digits, D and seven digits",
                suggestion="Enter the number of the laboratory's certificate",
                rarc="MA120",
            )
            return


def needs_clia(line: ServiceLine, day: date | None) -> bool:
    """Whether the line is a test for which a certificate is asked."""
    return _LABORATORY.holds(line.code, day) and not _CLIA_NOT_ASKED.holds(line.code, day)


def waived_without_qw(case: Case, lines: Lines) -> Iterator[Flag]:
    """A laboratory with a certificate of waiver marks its waived tests with QW."""
    table = case.tables.clia_waived
    if table is None or case.claim.clia_kind != "waiver":
        return
    for line in lines:
        day = line.service_from or case.day
        if day is None or "QW" in line.modifiers or _OUTSIDE_LABORATORY in line.modifiers:
            continue
        if table.holds(line.code, day) and not _NO_QW.holds(line.code, day):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} under a certificate of waiver needs modifier QW",
                suggestion="Add QW",
                fix=with_modifier(line, "QW"),
                table_row=f"CLIA waived {line.code}",
            )


def drug_code(case: Case, lines: Lines) -> Iterator[Flag]:
    """A drug names its NDC where the payer asks for it, and always in the right form."""
    for line in lines:
        drug = line.drug
        if drug is None or not drug.ndc:
            if _DRUG.holds(line.code, line.service_from or case.day) and _ndc_asked(case, line):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is a drug and needs its NDC, unit and quantity",
                    suggestion="Take the NDC from the package, as 11 digits",
                )
        elif len(drug.ndc) != 11 or not drug.ndc.isdecimal() or not drug.ndc.isascii():
            yield Flag(
                line_no=line.line_no,
                message="An NDC is 11 digits without dashes",
                suggestion="Write it 5-4-2 with leading zeros, without dashes",
            )
        elif drug.unit not in _NDC_UNITS or drug.quantity is None or drug.quantity <= 0:
            yield Flag(
                line_no=line.line_no,
                message="An NDC needs its unit (F2, GR, ME, ML, UN) and a quantity above zero",
            )


def _ndc_asked(case: Case, line: ServiceLine) -> bool:
    medicaid = case.claim.payer.kind is PayerKind.MEDICAID
    return medicaid or case.policy_on(line).flag("requires_ndc")


def single_dose_waste(case: Case, lines: Lines) -> Iterator[Flag]:
    """A single-dose drug says whether some of it was thrown away: JW on its own line, or JZ."""
    table = case.tables.single_dose
    if table is None:
        return
    for line in lines:
        day = line.service_from or case.day
        if day is None or not table.holds(line.code, day) or _tells_waste(line):
            continue
        if any(_WASTE in other.modifiers and _same_drug(case, other, line) for other in lines):
            continue
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} comes in single doses; the claim says nothing of waste",
            suggestion="Add JZ if none was thrown away, else bill the waste with JW on its own "
            "line",
            fix=with_modifier(line, _NO_WASTE),
            table_row=f"single-dose drugs {line.code}",
        )


def _tells_waste(line: ServiceLine) -> bool:
    return _NO_WASTE in line.modifiers or _WASTE in line.modifiers


def _same_drug(case: Case, one: ServiceLine, other: ServiceLine) -> bool:
    return one.code == other.code and case.day_of(one) == case.day_of(other)


def ordering_provider(case: Case, lines: Lines) -> Iterator[Flag]:
    """Medicare wants to know who ordered a laboratory test, an image or equipment."""
    for line in lines:
        if _ORDERED.holds(line.code, line.service_from or case.day):
            break
    else:
        return
    claim = case.claim
    given = [one for one in (claim.ordering, claim.referring) if one is not None and one.npi]
    if not given:
        yield Flag(
            message=f"{line.code} needs the provider who ordered or referred",
            suggestion="Enter the ordering provider's name and NPI",
            rarc="N264",
        )
    elif not any(_may_order(one) for one in given):
        yield Flag(
            message="The ordering or referring provider must be an individual of a kind that may "
            "order, with a valid NPI",
            suggestion="Enter the physician or practitioner who ordered",
            rarc="N265",
        )


def _may_order(provider: Provider) -> bool:
    return (
        provider.entity is Entity.PERSON
        and npi_is_valid(provider.npi)
        and provider.credential not in _MAY_NOT_ORDER
    )

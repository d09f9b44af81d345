"""Judging one element that holds external codes: a list, a form, or a composite of several.

A judge says what is wrong and nothing else; where it stands and on which day is the business of
``code_check``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.codes.diagnoses import ICD10_FROM, Diagnosis
from core.codes.lists import Standing
from core.codes.shapes import fits, is_npi
from core.codes.tables import CodeTables
from core.x12.guides.code_sources import HEALTH_CODES, PROCEDURES
from core.x12.report import Severity
from core.x12.syntax import Delimiters

_OWN_COUNTRY = frozenset(("", "US", "CA"))
_AREAS_WITH_ZIP = frozenset(("", "US"))
_PROVINCES = frozenset(
    ["AB", "BC", "MB", "NB", "NF", "NL", "NS", "NT", "NU", "ON", "PE", "PQ", "QC", "SK", "YT"]
)
_NAMES = {
    "hcpcs": "a HCPCS or CPT code",
    "cdt": "a dental code: D and four digits",
    "hipps": "a HIPPS code: five characters",
    "drug": "a drug code: eleven digits",
    "alternative": "a code of this kind: five letters",
    "icd10pcs": "an ICD-10 procedure: seven characters",
    "icd9cm": "an ICD-9 diagnosis",
    "icd9procedure": "an ICD-9 procedure: digits without the point",
    "drg": "a diagnosis related group: three digits",
    "billing_code": "a code of this kind",
}

# Where a form stands alone in an element: which code table it stands in for.
_MISSED = {"hcpcs": "HCPCS/CPT", "cdt": "CDT", "hipps": "HIPPS", "drug": "NDC"}


class Flaw(NamedTuple):
    """What is wrong with a code. ``component`` 0: the element has none."""

    code: str
    message: str
    component: int = 0
    severity: Severity = "error"


class Judges:
    """The judges of one transaction. ``missed`` gathers the code tables it would have needed."""

    def __init__(self, tables: CodeTables, delimiters: Delimiters) -> None:
        self._lists = tables.lists
        self._diagnoses_on = tables.diagnoses_on
        self._component = delimiters.component
        self._repetition = delimiters.repetition
        self.missed: set[str] = set()
        self._own: dict[str, Callable[[str, str], list[Flaw]]] = {
            "npi": _npi,
            "tax_number": _tax_number,
            "procedure": self._procedure,
            "health_code": self._health_code,
            "diagnosis": self._diagnosis,
            "place": self._place,
            "facility": self._facility,
            "causes": self._causes,
            "status": self._status,
            "service_types": self._service_types,
            "oral_cavities": self._oral_cavities,
            "pharmacy_reject": self._pharmacy_reject,
        }

    def judge(self, source: str, text: str, day: str) -> Sequence[Flaw]:
        """The flaws of ``text``, an element of ``source``, on ``day`` (CCYYMMDD or empty)."""
        own = self._own.get(source)
        if own is not None:
            return own(text, day)
        if source in self._lists:
            return self._listed(source, text, day)
        return self._shaped(source, _MISSED.get(source, ""), text)

    def _parts(self, text: str, count: int) -> list[str]:
        """The first ``count`` components, empty where there are fewer."""
        parts = text.split(self._component)[:count]
        return parts + [""] * (count - len(parts))

    def _listed(self, name: str, code: str, day: str, component: int = 0) -> list[Flaw]:
        if not code:
            return []
        codes = self._lists[name]
        match codes.standing(code, day):
            case Standing.GOOD:
                return []
            case Standing.ENDED:
                message = f"this code of the list of {codes.name} had ended by that day"
                return [Flaw("code-ended", message, component)]
            case Standing.NOT_YET:
                message = f"this code of the list of {codes.name} began after that day"
                return [Flaw("code-not-yet", message, component)]
            case Standing.NEWER:
                as_of = f"{codes.as_of[:4]}-{codes.as_of[4:6]}"
                message = f"not in our list of {codes.name} of {as_of}; it may be newer"
                return [Flaw("code-newer", message, component, "warning")]
        return [Flaw("code-unknown", f"not in the list of {codes.name}", component)]

    def _shaped(self, shape: str, table: str, code: str, component: int = 0) -> list[Flaw]:
        """Judge by form in place of the code ``table``; without a form only note it as missed."""
        if not code:
            return []
        self.missed.add(f"{table} (judged by shape)" if shape else table)
        if not shape or fits(shape, code):
            return []
        return [Flaw("code-shape", f"this is not the form of {_NAMES[shape]}", component)]

    def _procedure(self, text: str, day: str) -> list[Flaw]:
        kind, code, *modifiers, _, last_code = self._parts(text, 8)
        source, table = PROCEDURES.get(kind, ("", ""))
        found: list[Flaw] = []
        for component, each in ((2, code), (8, last_code)):
            if table:
                found += self._shaped(source, table, each, component)
            elif source:
                found += self._listed(source, each, day, component)
        for component, modifier in enumerate(modifiers, 3):
            found += self._listed("modifier", modifier, day, component)
        return found

    def _health_code(self, text: str, day: str) -> list[Flaw]:
        kind, _, rest = text.partition(self._component)
        code = rest.partition(self._component)[0]
        shape, table = HEALTH_CODES.get(kind, ("", ""))
        if not table or not code:
            return []
        if shape.startswith("icd9") and day >= ICD10_FROM:
            message = "ICD-9 ended on 2015-09-30; this service needs an ICD-10 code"
            return [Flaw("code-ended", message, 1)]
        if shape.startswith("icd10") and day and day < ICD10_FROM:
            message = "ICD-10 began on 2015-10-01; this service needs an ICD-9 code"
            return [Flaw("code-not-yet", message, 1)]
        if shape == "icd10cm":
            return self._diagnosis(code, day, 2)
        return self._shaped(shape, table, code, 2)

    def _diagnosis(self, code: str, day: str, component: int = 0) -> list[Flaw]:
        if "." in code:
            message = "a diagnosis is sent without its decimal point"
            return [Flaw("code-shape", message, component)]
        if not fits("icd10cm", code):
            message = "an ICD-10 diagnosis is a letter and two to six further characters"
            return [Flaw("code-shape", message, component)]
        table = self._diagnoses_on(day)
        if table is None:
            return self._shaped("icd10cm", "ICD-10-CM", code)
        found = table.find(code)
        if found is Diagnosis.BILLABLE:
            return []
        if not table.covers(day):
            # A table of one year says nothing certain of another.
            year = table.last[:4]
            message = f"not in our ICD-10-CM, that of fiscal year {year}, and the day is of another"
            name = "code-newer" if day > table.last else "code-unknown"
            return [Flaw(name, message, component, "warning")]
        message = "there is no such diagnosis"
        if found is Diagnosis.CATEGORY:
            message = "this is a heading of ICD-10-CM; a claim needs one of the longer codes below"
        return [Flaw("code-unknown", message, component)]

    def _place(self, text: str, day: str) -> list[Flaw]:
        place, kind, frequency = self._parts(text, 3)
        # Without a kind the guide's own table speaks.
        name = {"A": "bill_type", "B": "place_of_service"}.get(kind)
        found = self._listed(name, place, day, 1) if name else []
        if name == "place_of_service" and frequency.isalpha():
            message = "letters are claim frequencies of hospital bills only"
            return [*found, Flaw("code-unknown", message, 3)]
        return found + self._listed("claim_frequency", frequency, day, 3)

    def _facility(self, text: str, day: str) -> list[Flaw]:
        if text in self._lists["bill_type"].windows:
            return []
        return self._listed("place_of_service", text, day)

    def _causes(self, text: str, day: str) -> list[Flaw]:
        parts = self._parts(text, 5)
        found = self._listed("state", parts[3], day, 4) if parts[4] in _OWN_COUNTRY else []
        return found + self._listed("country", parts[4], day, 5)

    def _status(self, text: str, day: str) -> list[Flaw]:
        parts = self._parts(text, 4)
        if parts[3] == "RX":  # a reject code of a pharmacy
            return self._pharmacy_reject(text, day)
        found = self._listed("claim_status_category", parts[0], day, 1)
        if parts[3] == "LOI":  # what a payer asked for, in a 275
            return found + self._shaped("", "LOINC", parts[1], 2)
        found += self._listed("claim_status", parts[1], day, 2)
        return found + self._listed("entity", parts[2], day, 3)

    def _service_types(self, text: str, day: str) -> list[Flaw]:
        codes = text.split(self._repetition) if self._repetition else [text]
        return [flaw for code in codes for flaw in self._listed("service_type", code, day)]

    def _oral_cavities(self, text: str, day: str) -> list[Flaw]:
        found: list[Flaw] = []
        for component, area in enumerate(text.split(self._component), 1):
            found += self._listed("oral_cavity", area, day, component)
        return found

    def _pharmacy_reject(self, text: str, _: str) -> list[Flaw]:
        return self._shaped("", "NCPDP reject codes", text)

    def address(self, values: list[str]) -> list[tuple[int, Flaw]]:
        """The flaws of an N4 and their elements: state, postal code, country."""
        _, _, state, postal, country, *_ = [*values, "", "", "", "", ""]
        found: list[tuple[int, Flaw]] = []
        known = self._lists["state"].windows
        if country in _OWN_COUNTRY:
            found += [(2, flaw) for flaw in self._listed("state", state, "")]
        at_home = country in _AREAS_WITH_ZIP and state in known and state not in _PROVINCES
        if at_home and postal and not fits("zip", postal):
            message = "a ZIP code has five or nine digits, without a hyphen"
            found.append((3, Flaw("code-shape", message)))
        return found + [(4, flaw) for flaw in self._listed("country", country, "")]


def _npi(text: str, _: str) -> list[Flaw]:
    if is_npi(text):
        return []
    if not fits("npi", text):
        return [Flaw("code-shape", "an NPI has ten digits and begins with 1 or 2")]
    return [Flaw("npi-check-digit", "the check digit of this NPI is wrong; a digit is mistyped")]


def _tax_number(text: str, _: str) -> list[Flaw]:
    if fits("tax_number", text):
        return []
    message = "a tax or social security number has nine digits, without hyphens"
    return [Flaw("code-shape", message, 0, "warning")]

"""Reading HI: diagnoses, procedures, occurrences, values and conditions by their qualifiers."""

from __future__ import annotations

from core.claims.claim import CodedAmount, CodedDate, CodedSpan, Form
from core.x12.claims_reading import Elements, Fields, Reading, append
from core.x12.elements import read_cents, read_day

_PARTS = 9
_PRINCIPAL = frozenset(("ABK", "BK"))
_OTHER = frozenset(("ABF", "BF"))
_DIAGNOSES = _PRINCIPAL | _OTHER
# Qualifiers that say the code is ICD-9; their ICD-10 twins carry an A or a B in front.
_IN_ICD9 = frozenset(("BK", "BF", "BJ", "PR", "BN", "BR", "BQ"))
_PROCEDURES = frozenset(("BBR", "BR", "BBQ", "BQ"))
_SINGLE = {"ABJ": "admitting_diagnosis", "BJ": "admitting_diagnosis", "DR": "drg"}
_SEVERAL = {
    "APR": "reason_diagnoses",
    "PR": "reason_diagnoses",
    "ABN": "external_causes",
    "BN": "external_causes",
    "TC": "treatment_codes",
}


class Codes:
    """What the HI segments of a claim said: diagnoses, and which edition they claim to be in."""

    __slots__ = ("diagnoses", "in_icd9", "present", "segment")

    def __init__(self) -> None:
        self.diagnoses: list[str] = []
        self.present: list[str] = []
        self.in_icd9: bool | None = None
        self.segment = 0

    def edition(self, in_icd9: bool, segment: int) -> None:
        """Note the edition that the first code names."""
        if self.in_icd9 is None:
            self.in_icd9, self.segment = in_icd9, segment


def read_hi(
    reading: Reading, elements: Elements, codes: Codes, fields: Fields, institutional: Fields
) -> None:
    """Up to twelve codes, each with its own qualifier."""
    component = reading.component
    for place, element in enumerate(elements[1:13], 1):
        if not element:
            continue
        qualifier, mark, code = element.partition(component)
        if mark and qualifier in _DIAGNOSES and component not in code and code:
            # By far the most frequent shape: a diagnosis and nothing else.
            codes.edition(qualifier in _IN_ICD9, reading.number)
            codes.diagnoses.append(code.replace(".", ""))
            continue
        parts = element.split(component)
        parts += [""] * (_PARTS - len(parts))
        if not _one(reading, parts, codes, fields, institutional):
            reading.lose(elements, place)


def _one(
    reading: Reading, parts: list[str], codes: Codes, fields: Fields, institutional: Fields
) -> bool:
    """Take one code; False when the value has no place for it."""
    qualifier, code = parts[0], parts[1]
    if qualifier in _IN_ICD9:
        codes.edition(True, reading.number)
    if not code:
        return False
    if qualifier in _DIAGNOSES:
        codes.edition(False, reading.number)
        codes.diagnoses.append(code.replace(".", ""))
        if parts[8]:
            missing = len(codes.diagnoses) - 1 - len(codes.present)
            codes.present += [""] * missing + [parts[8]]
        return True
    if qualifier == "BG":
        append(fields, "condition_codes", code)
        return True
    return reading.form is Form.INSTITUTIONAL and _institutional(institutional, parts)


def _institutional(fields: Fields, parts: list[str]) -> bool:
    """Take one code of the 837I; False when the value has no place for it."""
    qualifier, code, form, text = parts[0], parts[1], parts[2], parts[3]
    if qualifier == "BE":
        amount = CodedAmount(code=code, amount_cents=read_cents(parts[4]))
        append(fields, "value_codes", amount)
    elif qualifier == "BH" and form == "D8":
        append(fields, "occurrences", CodedDate(code=code, on=read_day(text)))
    elif qualifier == "BI" and form == "RD8":
        first, _, last = text.partition("-")
        span = CodedSpan(code=code, first=read_day(first), last=read_day(last))
        append(fields, "occurrence_spans", span)
    elif qualifier in _PROCEDURES and form == "D8":
        append(fields, "procedures", CodedDate(code=code.replace(".", ""), on=read_day(text)))
    elif qualifier in _SINGLE and _SINGLE[qualifier] not in fields:
        fields[_SINGLE[qualifier]] = code.replace(".", "")
    elif qualifier in _SEVERAL:
        append(fields, _SEVERAL[qualifier], code.replace(".", ""))
        # An external cause may say whether it was present on admission; the value does not.
        return not parts[8]
    else:
        return False
    return True

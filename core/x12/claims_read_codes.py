"""Reading HI: diagnoses, procedures, occurrences, values and conditions by their qualifiers."""

from __future__ import annotations

from core.claims.claim import CodedAmount, CodedDate, CodedSpan, Form
from core.x12.claims_state import Elements, Fields, ReadState, append
from core.x12.elements import read_cents, read_day

_PARTS = 9
_PRINCIPAL = frozenset(("ABK", "BK"))
_OTHER = frozenset(("ABF", "BF"))
_DIAGNOSES = _PRINCIPAL | _OTHER
# Qualifiers that say the code is ICD-9; their ICD-10 twins carry an A or a B in front.
IN_ICD9 = frozenset(("BK", "BF", "BJ", "PR", "BN", "BR", "BQ"))
_PROCEDURES = frozenset(("BBR", "BR", "BBQ", "BQ"))
_SINGLE = {"ABJ": "admitting_diagnosis", "BJ": "admitting_diagnosis", "DR": "drg"}
_SEVERAL = {
    "APR": "reason_diagnoses",
    "PR": "reason_diagnoses",
    "ABN": "external_causes",
    "BN": "external_causes",
    "TC": "treatment_codes",
}


def hi(state: ReadState, elements: Elements) -> None:
    """Up to twelve codes, each with its own qualifier."""
    for place, element in enumerate(elements[1:13], 1):
        if not element:
            continue
        parts = element.split(state.component)
        parts += [""] * (_PARTS - len(parts))
        qualifier, code = parts[0], parts[1]
        if qualifier in IN_ICD9 and state.codes_icd9 is None:
            state.codes_icd9 = True
            state.codes_segment = state.number
        if not code:
            carried = False
        elif qualifier in _DIAGNOSES:
            _diagnosis(state, qualifier, code, parts[8])
            carried = True
        elif qualifier == "BG":
            append(state.claim, "condition_codes", code)
            carried = True
        elif state.form is Form.INSTITUTIONAL:
            carried = _institutional(state.institutional, parts)
        else:
            carried = False
        if not carried:
            state.lose(elements, place)


def _diagnosis(state: ReadState, qualifier: str, code: str, present: str) -> None:
    claim = state.claim
    if state.codes_icd9 is None:
        state.codes_icd9 = False
        state.codes_segment = state.number
    codes = claim.get("diagnoses", ())
    claim["diagnoses"] = (*codes, code.replace(".", ""))
    if present or "present_on_admission" in claim:
        known = claim.get("present_on_admission", ())
        claim["present_on_admission"] = (*known, *([""] * (len(codes) - len(known))), present)


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

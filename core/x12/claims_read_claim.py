"""Reading loop 2300: the segments of the claim itself, above its service lines."""

from __future__ import annotations

from core.claims.claim import Attachment, Form, Note, QualifiedDate, ToothStatus
from core.claims.parties import Reference
from core.errors import InputError
from core.x12.claims_assemble import finish_claim
from core.x12.claims_loops import CLAIM_ROLES
from core.x12.claims_read_parties import lost_party, provider
from core.x12.claims_state import Elements, Level, ReadState, append
from core.x12.elements import read_cents, read_day, read_span

# DTP qualifiers that have a field of their own on a professional claim.
_DATES = {"431": "onset_date", "435": "admission_date", "096": "discharge_date"}
_REFERENCES = {
    "G1": "auth_number",
    "9F": "referral_number",
    "F8": "payer_claim_number",
    "X4": "clia",
}
_FACILITY_KIND = {Form.PROFESSIONAL: "B", Form.INSTITUTIONAL: "A", Form.DENTAL: "B"}
_YES_NO = {"Y": True, "N": False}


def clm(state: ReadState, elements: Elements) -> None:
    """Begin a claim: amounts, facility, frequency, signatures, related causes."""
    finish_claim(state)
    state.begin_claim_fields()
    state.in_claim = True
    state.claim_segment = state.number
    state.claim_level = state.level = Level()
    state.enter("2300", "2300")
    claim = state.claim
    claim["claim_number"] = elements[1]
    claim["accept_assignment"] = elements[7]
    claim["benefits_assigned"] = elements[8]
    claim["release_of_information"] = elements[9]
    claim["patient_signature_source"] = elements[10]
    claim["special_program"] = elements[12]
    claim["delay_reason"] = elements[20]
    state.total_cents = read_cents(elements[2])
    _facility(state, elements)
    _signature(state, elements)
    if elements[11]:
        _related_causes(state, elements)
    if elements[19]:
        if elements[19] == "PB" and state.form is Form.DENTAL:
            state.dental["predetermination"] = True
        else:
            state.lose(elements, 19)
    if any(elements[13:19]) or elements[3] or elements[4]:
        state.lose_where(elements, 3, 4, 13, 14, 15, 16, 17, 18)


def _facility(state: ReadState, elements: Elements) -> None:
    place, kind, frequency = state.parts(elements[5], 3)[:3]
    if not place or not frequency:
        raise InputError(
            "place of service and frequency (CLM05) are not there, or not separated by the"
            " component separator that ISA16 names"
        )
    if kind != _FACILITY_KIND[state.form]:
        raise InputError("the facility code (CLM05-2) is not of this kind of claim")
    state.claim["frequency"] = frequency
    if state.form is Form.INSTITUTIONAL:
        state.institutional["type_of_bill"] = f"0{place}{frequency}"
    else:
        state.claim["place_of_service"] = place


def _signature(state: ReadState, elements: Elements) -> None:
    signed = _YES_NO.get(elements[6])
    if state.form is Form.INSTITUTIONAL:
        # The institutional guide has no such element; a Y there says what is assumed anyway.
        if signed is False:
            state.lose(elements, 6)
    else:
        state.claim["signature_on_file"] = signed if signed is not None else False


def _related_causes(state: ReadState, elements: Elements) -> None:
    kind, second, third, region, country = state.parts(elements[11], 5)[:5]
    state.accident["kind"] = kind
    state.accident["state"] = region
    if second or third or country or state.form is Form.INSTITUTIONAL:
        state.lose(elements, 11)


def _dtp(state: ReadState, elements: Elements) -> None:
    qualifier = elements[1]
    first, last = read_span(elements[2], elements[3])
    if last is None:
        field = _DATES.get(qualifier) if state.form is Form.PROFESSIONAL else None
        if field and field not in state.claim:
            state.claim[field] = first
            return
        if qualifier == "439" and "on" not in state.accident:
            state.accident["on"] = first
            return
        if qualifier == "452" and state.form is Form.DENTAL:
            state.orthodontics["placed_on"] = first
            return
    if qualifier == "472" and state.form is Form.DENTAL:
        state.claim_service["service_from"] = first
        state.claim_service["service_to"] = last
        return
    append(state.claim, "dates", QualifiedDate(qualifier=qualifier, first=first, last=last))


def claim_dtp(state: ReadState, elements: Elements) -> None:
    """A date of the claim, by form and qualifier."""
    if state.form is Form.INSTITUTIONAL:
        _institutional_dtp(state, elements)
    else:
        _dtp(state, elements)


def _institutional_dtp(state: ReadState, elements: Elements) -> None:
    qualifier, form, text = elements[1], elements[2], elements[3]
    fields = state.institutional
    if qualifier == "434":
        first, last = read_span(form, text)
        fields["statement_from"] = first
        fields["statement_to"] = last or first
    elif qualifier == "435":
        fields["admission_date"] = read_day(text[:8])
        fields["admission_hour"] = _hour(text[8:]) if form == "DT" else ""
    elif qualifier == "096" and form == "TM":
        fields["discharge_hour"] = _hour(text)
    else:
        _dtp(state, elements)


def _hour(text: str) -> str:
    """HHMM as the bill's hour: two digits when it is the full hour."""
    if len(text) not in (2, 4) or not (text.isdecimal() and text.isascii()):
        raise InputError("an hour is not written HHMM")
    return text[:2] if text[2:] == "00" else text


def cl1(state: ReadState, elements: Elements) -> None:
    """Admission type, point of origin and patient status of a bill."""
    fields = state.institutional
    fields["admission_type"] = elements[1]
    fields["point_of_origin"] = elements[2]
    fields["patient_status"] = elements[3]
    state.lose_where(elements, 4)


def dn1(state: ReadState, elements: Elements) -> None:
    """Months of orthodontic treatment; the indicator alone also says there is one."""
    for place, field in ((1, "months_total"), (2, "months_remaining")):
        if elements[place]:
            state.orthodontics[field] = read_cents(elements[place]) // 100
    state.orthodontics.setdefault("months_total", None)
    state.lose_where(elements, 4)


def dn2(state: ReadState, elements: Elements) -> None:
    """A tooth that is missing or to be extracted."""
    on = read_day(elements[5]) if elements[5] else None
    append(state.dental, "teeth", ToothStatus(tooth=elements[1], status=elements[2], on=on))
    state.lose_where(elements, 3)


def pwk(state: ReadState, elements: Elements) -> None:
    """Paper or a file that belongs to the claim."""
    attachment = Attachment(
        report_type=elements[1], transmission=elements[2], control_number=elements[6]
    )
    append(state.claim, "attachments", attachment)
    state.lose_where(elements, 3, 4, 7, 8)


def amt(state: ReadState, elements: Elements) -> None:
    """What the patient paid; all other amounts are derived or lost."""
    if elements[1] == "F5" and state.form is not Form.INSTITUTIONAL:
        state.claim["patient_paid_cents"] = read_cents(elements[2])
    else:
        state.lose(elements)


def ref(state: ReadState, elements: Elements) -> None:
    """A number of the claim: its own field, else a reference."""
    field = _REFERENCES.get(elements[1])
    if field and field not in state.claim:
        state.claim[field] = elements[2]
    else:
        reference = Reference(qualifier=elements[1], value=elements[2])
        append(state.claim, "references", reference)
    if elements[3] or elements[4]:
        state.lose_where(elements, 3, 4)


def nte(state: ReadState, elements: Elements) -> None:
    """A note of the claim."""
    append(state.claim, "notes", Note(qualifier=elements[1], text=elements[2]))


def nm1(state: ReadState, elements: Elements) -> None:
    """A provider of the claim, by form and entity."""
    loop, field = CLAIM_ROLES[state.form].get(elements[1], ("2310", ""))
    if not field or field in state.providers:
        lost_party(state, elements, "2310 lost", loop)
        return
    state.providers[field] = provider(state, elements)
    state.enter("2310", loop)

"""Reading loops 2100 and 2110 of an 835: claim payments and their service lines."""

from __future__ import annotations

from core.claims.claim import QualifiedDate
from core.claims.parties import Name, Reference
from core.errors import InputError, X12SyntaxError
from core.remittance.values import ClaimPayment, QualifiedAmount, RemittanceHeader, ServicePayment
from core.x12.cas import read_cas
from core.x12.claims_state import append
from core.x12.elements import read_day, read_number
from core.x12.remittance_state import Elements, Fields, RemittanceState

# Where the remark codes stand; the other elements are amounts of Medicare's own reckoning.
_MIA_REMARKS = (5, 20, 21, 22, 23)
_MIA_AMOUNTS = (*range(1, 5), *range(6, 20), 24)
_MOA_REMARKS = (3, 4, 5, 6, 7)
_MOA_AMOUNTS = (1, 2, 8, 9)
_CLAIM_DAYS = {"232": "service_from", "233": "service_to"}
_LINE_DAYS = {"472": "service_from", "150": "service_from", "151": "service_to"}


def finish_header(state: RemittanceState) -> None:
    """When the header is still open, make its value; refuse one without amount or trace."""
    header = state.header
    if header is None:
        return
    state.header = None
    for field, segment in (("payment_cents", "BPR"), ("trace_number", "TRN")):
        if field not in header:
            raise X12SyntaxError(
                f"the remittance has no {segment} segment before its claims", segment=state.number
            )
    state.done.append(RemittanceHeader(**header))


def clp(state: RemittanceState, elements: Elements) -> None:
    """Begin a claim payment."""
    finish_claim(state)
    finish_header(state)
    claim: Fields = {
        "segment": state.number,
        "claim_number": elements[1],
        "status": elements[2],
        "charge_cents": state.cents(elements, 3),
        "paid_cents": state.cents(elements, 4),
        "filing_indicator": elements[6],
        "payer_claim_number": elements[7],
        "facility_code": elements[8],
        "frequency": elements[9],
        "drg": elements[11],
    }
    if elements[5]:
        claim["patient_responsibility_cents"] = state.cents(elements, 5)
    if elements[10] or elements[12] or elements[13] or elements[14]:
        state.lose_where(elements, 10, 12, 13, 14)
    state.claim = claim
    state.lines = []
    state.enter("claim", "2100")


def _claim(state: RemittanceState) -> Fields:
    assert state.claim is not None, "a 2100 segment outside its loop"
    return state.claim


def _line(state: RemittanceState) -> Fields:
    assert state.line is not None, "a 2110 segment outside its loop"
    return state.line


def _cas(state: RemittanceState, elements: Elements, into: Fields) -> None:
    try:
        into["adjustments"] = (*into.get("adjustments", ()), *read_cas(elements))
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=state.number) from None


def claim_cas(state: RemittanceState, elements: Elements) -> None:
    """Adjustments of the whole claim."""
    _cas(state, elements, _claim(state))


def line_cas(state: RemittanceState, elements: Elements) -> None:
    """Adjustments of the line."""
    _cas(state, elements, _line(state))


def nm1(state: RemittanceState, elements: Elements) -> None:
    """Patient, insured and next payer; other parties are lost."""
    claim = _claim(state)
    kind = elements[1]
    if kind == "QC":
        claim["patient"] = Name(
            last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7]
        )
        if elements[9]:
            claim["member_id"] = elements[9]
        state.lose_where(elements, 6)
    elif kind == "IL" and "member_id" not in claim:
        # The patient's own number is missing: the insured's finds the policy as well.
        claim["member_id"] = elements[9]
    elif kind == "TT":
        claim["crossover_payer"] = elements[3]
        claim["crossover_payer_id"] = elements[9]
    else:
        # One note for each kind of party, since each means something else.
        state.lose([f"NM1*{kind}" if kind.isalnum() else "NM1"])


def mia(state: RemittanceState, elements: Elements) -> None:
    """Remark codes of an inpatient claim."""
    _remarks(state, elements, _MIA_REMARKS, _MIA_AMOUNTS)


def moa(state: RemittanceState, elements: Elements) -> None:
    """Remark codes of an outpatient claim."""
    _remarks(state, elements, _MOA_REMARKS, _MOA_AMOUNTS)


def _remarks(
    state: RemittanceState,
    elements: Elements,
    remarks: tuple[int, ...],
    amounts: tuple[int, ...],
) -> None:
    claim = _claim(state)
    found = [elements[place] for place in remarks if elements[place]]
    claim["remark_codes"] = (*claim.get("remark_codes", ()), *found)
    state.lose_where(elements, *amounts)


def claim_ref(state: RemittanceState, elements: Elements) -> None:
    """A number of the claim."""
    append(_claim(state), "references", Reference(qualifier=elements[1], value=elements[2]))


def claim_dtm(state: RemittanceState, elements: Elements) -> None:
    """A date of the claim."""
    claim = _claim(state)
    field = _CLAIM_DAYS.get(elements[1])
    if field:
        state.day(elements, 2, claim, field)
        return
    try:
        dated = QualifiedDate(qualifier=elements[1], first=read_day(elements[2]))
    except InputError:
        state.lose(elements, 2)
    else:
        append(claim, "dates", dated)


def _amount(state: RemittanceState, elements: Elements) -> QualifiedAmount:
    return QualifiedAmount(qualifier=elements[1], amount_cents=state.cents(elements, 2))


def claim_amt(state: RemittanceState, elements: Elements) -> None:
    """A further amount of the claim."""
    append(_claim(state), "amounts", _amount(state, elements))


def misplaced(state: RemittanceState, elements: Elements) -> None:
    """A service line or an adjustment where no claim is open."""
    raise X12SyntaxError("a service line or adjustment outside any claim", segment=state.number)


def svc(state: RemittanceState, elements: Elements) -> None:
    """Begin a service line."""
    if state.claim is None:
        misplaced(state, elements)
    _finish_line(state)
    line: Fields = {
        "segment": state.number,
        "charge_cents": state.cents(elements, 2),
        "paid_cents": state.cents(elements, 3),
        "revenue_code": elements[4],
    }
    parts = elements[1].split(state.component)
    line["code_qualifier"] = parts[0]
    line["code"] = parts[1] if len(parts) > 1 else ""
    if len(parts) > 2:
        line["modifiers"] = tuple([part for part in parts[2:6] if part])
        if any(parts[6:]):
            state.lose(elements, 1)
    if elements[5]:
        line["paid_units"] = _units(state, elements, 5)
    if elements[6]:
        original = elements[6].split(state.component)
        line["original_code"] = original[1] if len(original) > 1 else ""
        if any(original[2:]):
            state.lose(elements, 6)
    if elements[7]:
        line["original_units"] = _units(state, elements, 7)
    state.line = line
    state.enter("service", "2110")


def _units(state: RemittanceState, elements: Elements, place: int) -> object:
    try:
        return read_number(elements[place])
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=state.number, element=place) from None


def line_dtm(state: RemittanceState, elements: Elements) -> None:
    """A day of service."""
    field = _LINE_DAYS.get(elements[1])
    if field is None:
        state.lose(elements)
    else:
        state.day(elements, 2, _line(state), field)


def line_ref(state: RemittanceState, elements: Elements) -> None:
    """A number of the line."""
    line = _line(state)
    if elements[1] == "6R" and "control_number" not in line:
        line["control_number"] = elements[2]
    else:
        append(line, "references", Reference(qualifier=elements[1], value=elements[2]))


def line_amt(state: RemittanceState, elements: Elements) -> None:
    """A further amount of the line."""
    append(_line(state), "amounts", _amount(state, elements))


def lq(state: RemittanceState, elements: Elements) -> None:
    """A remark code of the line."""
    if elements[1] == "HE":
        append(_line(state), "remark_codes", elements[2])
    else:
        state.lose([f"LQ*{elements[1]}" if elements[1].isalnum() else "LQ"])


def _finish_line(state: RemittanceState) -> None:
    if state.line is not None:
        state.lines.append(ServicePayment(**state.line))
        state.line = None


def finish_claim(state: RemittanceState) -> None:
    """When a claim is open, make its value and put it with the finished parts."""
    claim = state.claim
    if claim is None:
        return
    _finish_line(state)
    state.claim = None
    last = state.number - 1
    if state.last_lx == last:
        last -= 1
    claim["lines"] = tuple(state.lines)
    state.done.append(ClaimPayment(**claim, segment_end=last))

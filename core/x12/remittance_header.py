"""Reading an 835 above and below its claims: envelope, check, payer, payee, PLB."""

from __future__ import annotations

from core.claims.parties import Reference
from core.errors import X12SyntaxError
from core.remittance.values import ProviderAdjustment
from core.x12.claims_state import append
from core.x12.remittance_claims import finish_claim, finish_header
from core.x12.remittance_state import Elements, Fields, RemittanceEnd, RemittanceState

_GUIDE = "005010X221"
# BPR05 to BPR15: the accounts the money moved between.
_BANK = range(5, 16)
_PAIRS = range(3, 14, 2)


def outside(state: RemittanceState, elements: Elements) -> None:
    """ISA, IEA, GE: whatever was open breaks off here."""
    _refuse_open(state)
    state.enter("outside", "")


def gs(state: RemittanceState, elements: Elements) -> None:
    """Begin a functional group; the 835 has its version only here."""
    outside(state, elements)
    state.group_version = elements[8]


def _refuse_open(state: RemittanceState) -> None:
    if state.in_transaction:
        raise X12SyntaxError("the remittance before this segment has no end", segment=state.number)


def st(state: RemittanceState, elements: Elements) -> None:
    """Begin a remittance; another transaction is passed over, another version refused."""
    outside(state, elements)
    if elements[1] != "835":
        return
    version = elements[3] or state.group_version
    if version[:10] != _GUIDE:
        shown = version if version.isalnum() and len(version) <= 12 else "of an unknown form"
        raise X12SyntaxError(
            f"a remittance of version {shown} is not supported; ask the payer for 005010X221A1",
            segment=state.number,
        )
    state.transactions += 1
    state.in_transaction = True
    state.begin(elements[2], state.number)
    state.enter("header", "header")


def se(state: RemittanceState, elements: Elements) -> None:
    """End a remittance."""
    if not state.in_transaction:
        return
    finish_claim(state)
    finish_header(state)
    state.done.append(RemittanceEnd(segment=state.number, not_carried=tuple(state.lost.values())))
    state.in_transaction = False
    state.enter("outside", "")


def _header(state: RemittanceState) -> Fields:
    assert state.header is not None, "a header segment outside the header"
    return state.header


def bpr(state: RemittanceState, elements: Elements) -> None:
    """The payment: amount, direction, method, day."""
    header = _header(state)
    if "payment_cents" in header:
        raise X12SyntaxError("a second BPR in one remittance", segment=state.number)
    header["payment_cents"] = state.cents(elements, 2)
    header["credit_or_debit"] = elements[3]
    header["method"] = elements[4]
    if elements[16]:
        state.day(elements, 16, header, "paid_on")
    state.lose_where(elements, 1, *_BANK)


def trn(state: RemittanceState, elements: Elements) -> None:
    """The trace number, which with the payer identifies the payment."""
    header = _header(state)
    if "trace_number" in header:
        state.lose(elements)
        return
    header["trace_number"] = elements[2]
    header["payer_identifier"] = elements[3]
    state.lose_where(elements, 4)


def header_dtm(state: RemittanceState, elements: Elements) -> None:
    """The day of production."""
    if elements[1] == "405":
        state.day(elements, 2, _header(state), "produced_on")
    else:
        state.lose(elements)


def header_ref(state: RemittanceState, elements: Elements) -> None:
    """A number of the payment."""
    append(_header(state), "references", Reference(qualifier=elements[1], value=elements[2]))


def n1(state: RemittanceState, elements: Elements) -> None:
    """N1 of the header. Where it stands later (joined files), it and what follows is noted."""
    header = state.header
    if header is None or elements[1] not in ("PR", "PE"):
        state.lose(elements)
        state.enter("lost party", state.loop)
    elif elements[1] == "PR":
        state.enter("payer", "1000A")
        header["payer_name"] = elements[2]
        header["payer_id"] = elements[4]
    else:
        state.enter("payee", "1000B")
        header["payee_name"] = elements[2]
        if elements[3] == "XX":
            header["payee_npi"] = elements[4]
        elif elements[3] == "FI":
            header["payee_tax_id"] = elements[4]
        elif elements[4]:
            state.lose(elements, 4)


def payer_ref(state: RemittanceState, elements: Elements) -> None:
    """A number of the payer."""
    header = _header(state)
    if elements[1] == "2U" and not header.get("payer_id"):
        header["payer_id"] = elements[2]
    else:
        header_ref(state, elements)


def payee_ref(state: RemittanceState, elements: Elements) -> None:
    """A number of the payee."""
    header = _header(state)
    if elements[1] == "TJ" and "payee_tax_id" not in header:
        header["payee_tax_id"] = elements[2]
    else:
        header_ref(state, elements)


def lost(state: RemittanceState, elements: Elements) -> None:
    """A segment that the value has no place for."""
    state.lose(elements)


def lx(state: RemittanceState, elements: Elements) -> None:
    """LX only numbers; some payers leave it out, repeat it, or put it between services."""
    finish_header(state)
    state.last_lx = state.number
    if state.claim is None:
        state.enter("detail", "2000")


def plb(state: RemittanceState, elements: Elements) -> None:
    """Adjustments of the check that belong to no claim."""
    finish_claim(state)
    finish_header(state)
    state.enter("detail", "2000")
    common: Fields = {"segment": state.number, "provider_id": elements[1]}
    if elements[2]:
        state.day(elements, 2, common, "fiscal_period_end")
    for place in _PAIRS:
        if not elements[place] and not elements[place + 1]:
            continue
        reason, _, reference = elements[place].partition(state.component)
        state.done.append(
            ProviderAdjustment(
                **common,
                reason=reason,
                reference=reference,
                amount_cents=state.cents(elements, place + 1),
            )
        )

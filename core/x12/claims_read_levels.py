"""Reading the 837 above the claim: envelope, header, billing provider, subscriber, patient."""

from __future__ import annotations

from core.claims.claim import Form
from core.claims.parties import Entity, Reference
from core.errors import X12SyntaxError
from core.x12.claims_assemble import finish_claim
from core.x12.claims_read_parties import (
    entity,
    lost_party,
    member_id,
    open_party,
    payer,
    person,
    provider,
)
from core.x12.claims_state import Elements, Level, ReadState
from core.x12.elements import read_day

# The implementation guide a transaction follows, without its errata letters.
FORMS = {
    "005010X222": Form.PROFESSIONAL,
    "005010X223": Form.INSTITUTIONAL,
    "005010X224": Form.DENTAL,
}


def isa(state: ReadState, elements: Elements) -> None:
    """Begin an interchange."""
    _outside(state)
    state.interchange_control = elements[13]
    state.usage = elements[15]


def gs(state: ReadState, elements: Elements) -> None:
    """Begin a functional group; its version counts where the transaction has none."""
    _outside(state)
    state.group_version = elements[8]


def leave(state: ReadState, elements: Elements) -> None:
    """SE, GE, IEA: whatever was open is complete."""
    _outside(state)


def _outside(state: ReadState) -> None:
    finish_claim(state)
    state.enter("outside", "")


def st(state: ReadState, elements: Elements) -> None:
    """Begin a transaction; one of another kind is passed over, another version refused."""
    _outside(state)
    if elements[1] != "837":
        return
    version = elements[3] or state.group_version
    form = FORMS.get(version[:10])
    if form is None:
        raise X12SyntaxError(
            f"a claim file of version {_printable(version)} is not supported; ask the sender for"
            " 005010 (X222A1, X223A2 or X224A2)",
            segment=state.number,
            element=3,
        )
    state.form = form
    state.transactions += 1
    state.transaction_control = elements[2]
    state.submitter = state.receiver = ""
    state.header_level = state.level = Level()
    state.billing_level = state.subscriber_level = Level()
    state.patient_level = None
    state.billing_hl = state.subscriber_hl = ""
    state.enter("header", "1000A")


def _printable(version: str) -> str:
    """A version as it may be shown: it is free text until it is known."""
    return version if version.isalnum() and len(version) <= 12 else "of an unknown form"


def header_nm1(state: ReadState, elements: Elements) -> None:
    """Submitter and receiver."""
    if elements[1] == "41":
        state.submitter = elements[9]
    elif elements[1] == "40":
        state.loop = "1000B"
        state.receiver = elements[9]
    else:
        state.lose(elements)


def known(state: ReadState, elements: Elements) -> None:
    """A segment of the header that concerns the exchange, not a claim."""


def hl(state: ReadState, elements: Elements) -> None:
    """Begin a hierarchical level; the claim above it is complete."""
    finish_claim(state)
    state.lose_street()
    kind = elements[3]
    if kind == "20":
        _billing_level(state, elements)
    elif kind == "22":
        _subscriber_level(state, elements)
    elif kind == "23":
        _patient_level(state, elements)
    else:
        raise X12SyntaxError(
            "a level of a claim file is 20, 22 or 23", segment=state.number, element=3
        )


def _billing_level(state: ReadState, elements: Elements) -> None:
    state.billing_level = state.level = Level()
    state.subscriber_level = Level()
    state.patient_level = None
    state.billing_hl, state.subscriber_hl = elements[1], ""
    state.billing = {}
    state.billing_value = None
    state.pay_to = None
    state.enter("2000A", "2000A")


def _subscriber_level(state: ReadState, elements: Elements) -> None:
    state.subscriber_level = state.level = Level()
    state.patient_level = None
    state.subscriber_hl = elements[1]
    state.coverage = {}
    state.subscriber = {}
    state.payer = {}
    state.payer_references = ()
    state.patient = None
    state.enter("2000B", "2000B")
    if elements[2] != state.billing_hl:
        state.fail("the subscriber level (HL02) belongs to another billing provider level")


def _patient_level(state: ReadState, elements: Elements) -> None:
    state.patient_level = state.level = Level()
    state.patient = {}
    state.enter("2000C", "2000C")
    if elements[2] != state.subscriber_hl:
        state.fail("the patient level (HL02) belongs to another subscriber level")


def billing_prv(state: ReadState, elements: Elements) -> None:
    """The billing provider's taxonomy."""
    state.billing["taxonomy"] = elements[3]


def billing_nm1(state: ReadState, elements: Elements) -> None:
    """Billing provider and pay-to address."""
    if elements[1] == "85":
        taxonomy = state.billing.get("taxonomy")
        state.billing = provider(state, elements)
        if taxonomy:
            state.billing["taxonomy"] = taxonomy
        state.enter("2010AA", "2010AA")
    elif elements[1] == "87":
        state.pay_to = provider(state, elements)
        state.enter("2010AB", "2010AB")
    else:
        lost_party(state, elements, "2010 lost", "2010AC")


def sbr(state: ReadState, elements: Elements) -> None:
    """The subscriber's coverage by the payer this claim goes to."""
    coverage = state.coverage
    coverage["sequence"] = elements[1]
    coverage["group_number"] = elements[3]
    coverage["group_name"] = elements[4]
    coverage["msp_type"] = elements[5]
    coverage["filing_indicator"] = elements[9]
    if elements[2] not in ("18", ""):
        state.lose(elements, 2)
    if elements[6] or elements[7] or elements[8]:
        state.lose_where(elements, 6, 7, 8)


def pat(state: ReadState, elements: Elements) -> None:
    """PAT at either level: relationship and day of death; weight and pregnancy are lost."""
    if elements[1]:
        state.coverage["relationship"] = elements[1]
    if elements[6]:
        whose = state.subscriber if state.patient is None else state.patient
        whose["death_date"] = read_day(elements[6])
    state.lose_where(elements, 2, 3, 4, 8, 9)


def subscriber_nm1(state: ReadState, elements: Elements) -> None:
    """Subscriber and payer."""
    if elements[1] == "IL":
        state.coverage["member_id"] = member_id(state, elements)
        state.coverage["entity"] = entity(elements[2]) if elements[2] else Entity.PERSON
        died = state.subscriber
        state.subscriber = person(state, elements)
        state.subscriber.update(died)
        state.enter("2010BA", "2010BA")
    elif elements[1] == "PR":
        state.payer = payer(state, elements)
        if elements[2] == "1" or elements[4] or elements[5] or elements[7]:
            state.lose_where(elements, 2, 4, 5, 7)
        state.enter("2010BB", "2010BB")
    else:
        lost_party(state, elements, "2010B lost", "2000B")


def payer_ref(state: ReadState, elements: Elements) -> None:
    """The billing provider's own number at the payer (G2, LU) stands in the payer's loop."""
    if elements[1] in ("G2", "LU"):
        reference = Reference(qualifier=elements[1], value=elements[2])
        state.payer_references = (*state.payer_references, reference)
    else:
        state.lose(elements)


def patient_nm1(state: ReadState, elements: Elements) -> None:
    """The patient, when not the subscriber."""
    if elements[1] == "QC":
        died = state.patient or {}
        state.patient = person(state, elements)
        state.patient.update(died)
        if elements[9]:
            state.lose(elements, 9)
        state.enter("2010CA", "2010CA")
    else:
        open_party(state, elements)
        lost_party(state, elements, "2010C lost", "2000C")

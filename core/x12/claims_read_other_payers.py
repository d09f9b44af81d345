"""Reading loop 2320: the patient's other payers and what each decided on the whole claim."""

from __future__ import annotations

from core.claims.claim import OtherPayer
from core.claims.parties import Entity, Payer, PayerSequence, Person, Subscriber
from core.errors import InputError
from core.x12.cas import read_cas
from core.x12.claims_read_lines import finish_line
from core.x12.claims_read_parties import (
    entity,
    lost_party,
    member_id,
    payer,
    payer_kind,
    person,
)
from core.x12.claims_state import Elements, ReadState
from core.x12.elements import read_cents, read_day

_AMOUNTS = {
    "D": "paid_cents",
    "A8": "noncovered_cents",
    "EAF": "remaining_patient_cents",
}
_LOOPS = {
    "DN": "2330C",
    "P3": "2330C",
    "82": "2330D",
    "77": "2330E",
    "DQ": "2330F",
    "85": "2330G",
}
_SEQUENCES = {member.value: member for member in PayerSequence}


def sequence(code: str) -> PayerSequence:
    """SBR01; ``InputError`` for a fourth or later payer, which no value carries."""
    found = _SEQUENCES.get(code)
    if found is None:
        raise InputError("the payer's turn (SBR01) is not P, S or T; a fourth payer cannot be held")
    return found


def other_sbr(state: ReadState, elements: Elements) -> None:
    """Begin another payer."""
    finish_line(state)
    finish_other(state)
    state.enter("2320", "2320")
    state.other = {}
    state.other_coverage = {
        "relationship": elements[2],
        "group_number": elements[3],
        "group_name": elements[4],
        "msp_type": elements[5],
    }
    indicator = elements[9]
    state.other_payer = {
        "payer_id": "",
        "name": "",
        "filing_indicator": indicator,
        "kind": payer_kind(indicator),
    }
    state.other_person = {}
    if elements[6] or elements[7] or elements[8]:
        state.lose_where(elements, 6, 7, 8)
    state.other["sequence"] = sequence(elements[1])


def other_cas(state: ReadState, elements: Elements) -> None:
    """The payer's adjustments of the whole claim."""
    assert state.other is not None, "a 2320 segment outside its loop"
    known = state.other.get("adjustments", ())
    state.other["adjustments"] = (*known, *read_cas(elements))


def other_amt(state: ReadState, elements: Elements) -> None:
    """What it paid, did not cover, and left to the patient."""
    assert state.other is not None, "a 2320 segment outside its loop"
    field = _AMOUNTS.get(elements[1])
    if field is None:
        state.lose(elements)
    else:
        state.other[field] = read_cents(elements[2])


def oi(state: ReadState, elements: Elements) -> None:
    """Assignment and release towards this payer."""
    assert state.other is not None, "a 2320 segment outside its loop"
    state.other["benefits_assigned"] = elements[3]
    state.other["patient_signature_source"] = elements[4]
    state.other["release_of_information"] = elements[6]
    if elements[1] or elements[2] or elements[5]:
        state.lose_where(elements, 1, 2, 5)


def other_nm1(state: ReadState, elements: Elements) -> None:
    """The other subscriber and the other payer."""
    if elements[1] == "IL":
        state.other_coverage["member_id"] = member_id(state, elements)
        state.other_coverage["entity"] = entity(elements[2]) if elements[2] else Entity.PERSON
        state.other_person = person(state, elements)
        state.enter("2330A", "2330A")
    elif elements[1] == "PR":
        # The party is the payer's own mapping, so that an address reaches it.
        state.other_payer.update(payer(state, elements))
        state.party = state.other_payer
        state.enter("2330B", "2330B")
    else:
        lost_party(state, elements, "2330 lost", _LOOPS.get(elements[1], "2330"))


def other_payer_dtp(state: ReadState, elements: Elements) -> None:
    """The day the payer decided on the claim."""
    assert state.other is not None, "a 2320 segment outside its loop"
    if elements[1] == "573" and elements[2] == "D8":
        state.other["adjudicated_on"] = read_day(elements[3])
    else:
        state.lose(elements)


def other_payer_ref(state: ReadState, elements: Elements) -> None:
    """The payer's own number of the claim."""
    assert state.other is not None, "a 2320 segment outside its loop"
    if elements[1] == "F8" and "payer_claim_number" not in state.other:
        state.other["payer_claim_number"] = elements[2]
    else:
        state.lose(elements)


def finish_other(state: ReadState) -> None:
    """When another payer's loop is open, make its value and put it with the claim's others."""
    other = state.other
    if other is None:
        return
    state.other = None
    if not state.other_person:
        state.fail("another payer's loop (2320) has no subscriber (loop 2330A)")
    if state.claim_level.fault is not None:
        return
    subscriber = Subscriber(person=Person(**state.other_person), **state.other_coverage)
    state.others.append(
        OtherPayer(**other, payer=Payer(**state.other_payer), subscriber=subscriber)
    )

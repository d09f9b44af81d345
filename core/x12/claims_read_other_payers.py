"""Reading loop 2320: the patient's other payers and what each decided on the whole claim."""

from __future__ import annotations

from core.claims.claim import OtherPayer
from core.claims.parties import Entity, Payer, PayerSequence, Person, Subscriber
from core.errors import InputError
from core.x12.cas import read_cas
from core.x12.claims_read_parties import (
    address,
    entity,
    member_id,
    name_of,
    nm1,
    payer,
    payer_kind,
)
from core.x12.claims_reading import Elements, Fields, Reading, padded
from core.x12.elements import read_cents, read_day
from core.x12.loops import Loop

_AMOUNTS = {
    "D": "paid_cents",
    "A8": "noncovered_cents",
    "EAF": "remaining_patient_cents",
}
_SEQUENCES = {member.value: member for member in PayerSequence}


def sequence(code: str) -> PayerSequence:
    """SBR01; ``InputError`` for a fourth or later payer, which no value carries."""
    found = _SEQUENCES.get(code)
    if found is None:
        raise InputError("the payer's turn (SBR01) is not P, S or T; a fourth payer cannot be held")
    return found


def other_payer(reading: Reading, loop: Loop) -> OtherPayer:
    """One other payer: its loop 2320 with the subscriber (2330A) and the payer (2330B) in it."""
    fields: Fields = {}
    coverage: Fields = {}
    payer_fields: Fields = {"payer_id": "", "name": ""}
    _own(reading, loop, fields, coverage, payer_fields)
    holder: Person | None = None
    for inner in loop.loops:
        if inner.id == "2330A" and holder is None:
            elements = nm1(reading, inner)
            coverage["member_id"] = member_id(reading, elements)
            coverage["entity"] = entity(elements[2]) if elements[2] else Entity.PERSON
            facts: Fields = {"name": name_of(elements)}
            _address_and(reading, inner, facts, {})
            holder = Person(**facts)
        elif inner.id == "2330B" and not payer_fields["name"]:
            payer_fields.update(payer(reading, inner, nm1(reading, inner)))
            _address_and(reading, inner, payer_fields, fields)
        else:
            reading.lose_loop(inner, loop.id)
    if holder is None:
        reading.number = loop.numbers[0]
        raise InputError("another payer's loop (2320) has no subscriber (loop 2330A)")
    return OtherPayer(
        **fields,
        payer=Payer(**payer_fields),
        subscriber=Subscriber(person=holder, **coverage),
    )


def _own(
    reading: Reading, loop: Loop, fields: Fields, coverage: Fields, payer_fields: Fields
) -> None:
    reading.loop = loop.id
    for place, elements in enumerate(loop.segments):
        reading.number = loop.numbers[place]
        segment_id = elements[0]
        if segment_id == "SBR":
            _sbr(reading, padded(elements, 9), fields, coverage, payer_fields)
        elif segment_id == "CAS":
            known = fields.get("adjustments", ())
            fields["adjustments"] = (*known, *read_cas(padded(elements, 19)))
        elif segment_id == "AMT" and elements[1:2] and elements[1] in _AMOUNTS:
            fields[_AMOUNTS[elements[1]]] = read_cents(padded(elements, 2)[2])
        elif segment_id == "OI":
            elements = padded(elements, 6)
            fields["benefits_assigned"] = elements[3]
            fields["patient_signature_source"] = elements[4]
            fields["release_of_information"] = elements[6]
            reading.lose_where(elements, 1, 2, 5)
        else:
            reading.lose(elements)


def _sbr(
    reading: Reading, elements: Elements, fields: Fields, coverage: Fields, payer_fields: Fields
) -> None:
    coverage["relationship"] = elements[2]
    coverage["group_number"] = elements[3]
    coverage["group_name"] = elements[4]
    coverage["msp_type"] = elements[5]
    payer_fields["filing_indicator"] = elements[9]
    payer_fields["kind"] = payer_kind(elements[9])
    reading.lose_where(elements, 6, 7, 8)
    fields["sequence"] = sequence(elements[1])


def _address_and(reading: Reading, loop: Loop, party: Fields, decision: Fields) -> None:
    """What follows the NM1: an address; at the payer also its day and its number of the claim."""
    street: Elements | None = None
    street_number = 0
    at_payer = loop.id == "2330B"
    for place in range(1, len(loop.segments)):
        elements = loop.segments[place]
        reading.number = loop.numbers[place]
        segment_id = elements[0]
        if segment_id == "N3":
            street, street_number = elements, reading.number
        elif segment_id == "N4":
            party["address"] = address(reading, street, elements)
            street = None
        elif at_payer and segment_id == "DTP" and elements[1:3] == ["573", "D8"]:
            decision["adjudicated_on"] = read_day(padded(elements, 3)[3])
        elif (
            at_payer
            and segment_id == "REF"
            and elements[1:2] == ["F8"]
            and "payer_claim_number" not in decision
        ):
            decision["payer_claim_number"] = padded(elements, 2)[2]
        else:
            reading.lose(elements)
    if street is not None:
        reading.number = street_number
        reading.lose(street)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)

"""Reading who stands on a claim: NM1 and the N3, N4, REF, PER, PRV, DMG that follow it."""

from __future__ import annotations

from core.claims.parties import Address, Entity, Name, PayerKind, Reference, Sex
from core.errors import InputError
from core.x12.claims_state import Elements, Fields, ReadState, append
from core.x12.elements import read_day

_ENTITIES = {"1": Entity.PERSON, "2": Entity.ORGANIZATION}
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "U": Sex.UNKNOWN, "": Sex.UNKNOWN}
_TAX_IDS = frozenset(("EI", "SY"))
# Old files name a provider by tax number in NM108.
_TAX_ID_OF_NAME = {"24": "EI", "34": "SY"}

# Claim filing indicator (SBR09) -> what law the payer follows; all others are commercial.
_KINDS = {
    "MA": PayerKind.MEDICARE,
    "MB": PayerKind.MEDICARE,
    "16": PayerKind.MEDICARE_ADVANTAGE,
    "MC": PayerKind.MEDICAID,
    "CH": PayerKind.TRICARE,
    "WC": PayerKind.WORKERS_COMP,
    "AM": PayerKind.AUTO,
}


def payer_kind(filing_indicator: str) -> PayerKind:
    """The kind of payer that a claim filing indicator names."""
    return _KINDS.get(filing_indicator, PayerKind.COMMERCIAL)


def entity(code: str) -> Entity:
    """NM102; a file that leaves it out means an organisation."""
    return _ENTITIES.get(code, Entity.ORGANIZATION)


def name(elements: Elements) -> Name:
    """NM103 to NM107 without the prefix, which no value carries."""
    return Name(last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7])


def open_party(state: ReadState, elements: Elements) -> None:
    """Put away what the last party left unfinished; note what no NM1 of ours carries."""
    state.lose_street()
    if elements[6] or elements[10] or elements[11] or elements[12]:
        state.lose_where(elements, 6, 10, 11, 12)


def provider(state: ReadState, elements: Elements) -> Fields:
    """The fields of a provider from its NM1; the segments after it add to the same mapping."""
    open_party(state, elements)
    fields: Fields = {"name": name(elements), "entity": entity(elements[2])}
    if elements[9]:
        qualifier = elements[8]
        if qualifier == "XX":
            fields["npi"] = elements[9]
        elif qualifier in _TAX_ID_OF_NAME:
            fields["tax_id"] = elements[9]
            fields["tax_id_kind"] = _TAX_ID_OF_NAME[qualifier]
        else:
            state.lose(elements, 9)
    state.party = fields
    return fields


def person(state: ReadState, elements: Elements) -> Fields:
    """The fields of a patient or subscriber from its NM1, the identifier aside."""
    open_party(state, elements)
    fields: Fields = {"name": name(elements)}
    state.party = fields
    return fields


def member_id(state: ReadState, elements: Elements) -> str:
    """NM109 of a subscriber, whose qualifier is MI everywhere but in a few odd plans."""
    if elements[8] not in ("MI", ""):
        state.lose(elements, 8)
    return elements[9]


def payer(state: ReadState, elements: Elements) -> Fields:
    """The fields of a payer from its NM1."""
    open_party(state, elements)
    fields: Fields = {
        "payer_id": elements[9],
        "name": elements[3],
        "id_qualifier": elements[8] or "PI",
    }
    state.party = fields
    return fields


def n3(state: ReadState, elements: Elements) -> None:
    """A street; it waits for its city."""
    state.lose_street()
    state.street = elements
    state.street_segment = state.number


def n4(state: ReadState, elements: Elements) -> None:
    """A city, and with the street before it an address."""
    street = state.street
    state.street = None
    if elements[5] or elements[6] or elements[7]:
        state.lose_where(elements, 5, 6, 7)
    state.party["address"] = Address(
        line1=street[1] if street else "",
        line2=street[2] if street else "",
        city=elements[1],
        state=elements[2],
        postal_code=elements[3],
        country=elements[4],
    )


def dmg(state: ReadState, elements: Elements) -> None:
    """Day of birth and sex."""
    if elements[2]:
        state.party["birth_date"] = read_day(elements[2])
    sex = _SEXES.get(elements[3])
    if sex is None:
        raise InputError("the sex (DMG03) is not F, M or U")
    state.party["sex"] = sex
    if elements[4] or elements[5]:
        state.lose_where(elements, 4, 5)


def provider_ref(state: ReadState, elements: Elements) -> None:
    """A provider's tax number, or a further number."""
    party = state.party
    if elements[1] in _TAX_IDS and "tax_id" not in party:
        party["tax_id"] = elements[2]
        party["tax_id_kind"] = elements[1]
    else:
        append(party, "references", Reference(qualifier=elements[1], value=elements[2]))
    if elements[3] or elements[4]:
        state.lose_where(elements, 3, 4)


def prv(state: ReadState, elements: Elements) -> None:
    """A provider's taxonomy."""
    if "taxonomy" in state.party:
        state.lose(elements)
    else:
        state.party["taxonomy"] = elements[3]


def provider_per(state: ReadState, elements: Elements) -> None:
    """A provider's first telephone contact; further ones are not carried."""
    if "phone" in state.party or elements[3] != "TE":
        state.lose(elements)
        return
    state.party["phone"] = elements[4]
    if elements[2]:
        state.party["contact_name"] = elements[2]
    state.lose_where(elements, 6, 8)


def person_per(state: ReadState, elements: Elements) -> None:
    """A person's telephone; the contact's name is the person's own."""
    if "phone" in state.party or elements[3] != "TE":
        state.lose(elements)
        return
    state.party["phone"] = elements[4]
    state.lose_where(elements, 2, 6, 8)


def lost(state: ReadState, elements: Elements) -> None:
    """A segment of a party that the claim has no place for."""
    state.lose(elements)


def lost_party(state: ReadState, elements: Elements, context: str, loop: str) -> None:
    """A party the value has no place for, and with it the segments that follow."""
    open_party(state, elements)
    state.enter(context, loop)
    state.lose(elements)

"""Reading who stands on a claim: a loop of NM1 and the N3, N4, REF, PER, PRV, DMG after it."""

from __future__ import annotations

from core.claims.parties import Address, Entity, Name, PayerKind, Provider, Reference, Sex
from core.errors import InputError
from core.x12.claims_reading import Elements, Fields, Reading, append, padded
from core.x12.elements import read_day
from core.x12.loops import Loop

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


def nm1(reading: Reading, loop: Loop) -> Elements:
    """The NM1 of a loop, ten elements long; what no value of ours carries is noted."""
    reading.loop, reading.number = loop.id, loop.numbers[0]
    elements = loop.segments[0]
    count = len(elements)
    if count < 10:
        elements = padded(elements, 9)
    elif count > 10:
        reading.lose_where(elements, 10, 11, 12)
    if elements[6]:
        reading.lose(elements, 6)
    return elements


def name_of(elements: Elements) -> Name:
    """NM103 to NM107 without the prefix, which no value carries."""
    return Name(last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7])


def provider(reading: Reading, loop: Loop, taxonomy: str = "") -> Provider:
    """The provider of a loop; ``taxonomy`` is that of the level above, for a billing provider."""
    segments = loop.segments
    elements = segments[0]
    if len(elements) == 10 and elements[8] == "XX" and not elements[6]:
        # As nearly every provider is named: by an NPI, and by nothing that has no place.
        reading.loop = loop.id
        name = Name(last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7])
        kind = _ENTITIES.get(elements[2], Entity.ORGANIZATION)
        if len(segments) == 1 and not loop.loops:
            return Provider(name=name, entity=kind, npi=elements[9], taxonomy=taxonomy)
        fields: Fields = {"name": name, "entity": kind, "npi": elements[9]}
    else:
        elements = nm1(reading, loop)
        fields = {"name": name_of(elements), "entity": entity(elements[2])}
        if elements[9]:
            _identify(reading, elements, fields)
    if taxonomy:
        fields["taxonomy"] = taxonomy
    if len(segments) > 1:
        further(reading, loop, fields, _PROVIDER)
    if loop.loops:
        _lose_inner(reading, loop)
    return Provider(**fields)


def _identify(reading: Reading, elements: Elements, fields: Fields) -> None:
    qualifier = elements[8]
    if qualifier == "XX":
        fields["npi"] = elements[9]
    elif qualifier in _TAX_ID_OF_NAME:
        fields["tax_id"] = elements[9]
        fields["tax_id_kind"] = _TAX_ID_OF_NAME[qualifier]
    else:
        reading.lose(elements, 9)


def person(reading: Reading, loop: Loop, elements: Elements) -> Fields:
    """The fields of a patient or subscriber, the identifier aside; ``elements`` is the NM1."""
    fields: Fields = {"name": name_of(elements)}
    if len(loop.segments) > 1:
        further(reading, loop, fields, _PERSON)
    if loop.loops:
        _lose_inner(reading, loop)
    return fields


def payer(reading: Reading, loop: Loop, elements: Elements) -> Fields:
    """The fields of a payer; ``elements`` is its NM1. The numbers after it are the caller's."""
    return {"payer_id": elements[9], "name": elements[3], "id_qualifier": elements[8] or "PI"}


def member_id(reading: Reading, elements: Elements) -> str:
    """NM109 of a subscriber, whose qualifier is MI everywhere but in a few odd plans."""
    if elements[8] not in ("MI", ""):
        reading.lose(elements, 8)
    return elements[9]


def _lose_inner(reading: Reading, loop: Loop) -> None:
    for each in loop.loops:
        reading.lose_loop(each, loop.id)


_PROVIDER = frozenset(("REF", "PER", "PRV"))
_PERSON = frozenset(("DMG", "PER"))


def further(reading: Reading, loop: Loop, fields: Fields, known: frozenset[str]) -> None:
    """The segments after the NM1 of a party, those of ``known``; the others are noted."""
    street: Elements | None = None
    street_number = 0
    numbers = loop.numbers
    for place, elements in enumerate(loop.segments[1:], 1):
        segment_id = elements[0]
        if segment_id == "N3":
            if street is not None:
                _lose_street(reading, street, street_number)
            street, street_number = elements, numbers[place]
        elif segment_id == "N4":
            if len(elements) == 4 and street is not None and len(street) == 2:
                # A city, state and code below one line of street: an address like most.
                fields["address"] = Address(
                    line1=street[1],
                    city=elements[1],
                    state=elements[2],
                    postal_code=elements[3],
                )
            else:
                reading.number = numbers[place]
                fields["address"] = address(reading, street, elements)
            street = None
        elif segment_id not in known:
            reading.number = numbers[place]
            reading.lose(elements)
        else:
            reading.number = numbers[place]
            _known(reading, elements, fields, named=known is _PROVIDER)
    if street is not None:
        _lose_street(reading, street, street_number)


def _known(reading: Reading, elements: Elements, fields: Fields, *, named: bool) -> None:
    segment_id = elements[0]
    if segment_id == "DMG":
        _dmg(reading, elements, fields)
    elif segment_id == "REF":
        _ref(reading, padded(elements, 2), fields)
    elif segment_id == "PER":
        _per(reading, padded(elements, 4), fields, named=named)
    elif "taxonomy" in fields or len(elements) < 4:
        reading.lose(elements)
    else:
        fields["taxonomy"] = elements[3]


def _lose_street(reading: Reading, street: Elements, number: int) -> None:
    """A street (N3) that no city (N4) followed."""
    here, reading.number = reading.number, number
    reading.lose(street)
    reading.number = here


def address(reading: Reading, street: Elements | None, city: Elements) -> Address:
    """A city (N4), and with the street (N3) before it an address."""
    count = len(city)
    if count > 5:
        reading.lose_where(city, 5, 6, 7)
    line1 = line2 = ""
    if street is not None:
        line1 = street[1] if len(street) > 1 else ""
        line2 = street[2] if len(street) > 2 else ""
    return Address(
        line1=line1,
        line2=line2,
        city=city[1] if count > 1 else "",
        state=city[2] if count > 2 else "",
        postal_code=city[3] if count > 3 else "",
        country=city[4] if count > 4 else "",
    )


def _dmg(reading: Reading, elements: Elements, fields: Fields) -> None:
    if len(elements) < 4:
        elements = padded(elements, 3)
    if elements[2]:
        fields["birth_date"] = read_day(elements[2])
    sex = _SEXES.get(elements[3])
    if sex is None:
        raise InputError("the sex (DMG03) is not F, M or U")
    fields["sex"] = sex
    if len(elements) > 4:
        reading.lose_where(elements, 4, 5)


def _ref(reading: Reading, elements: Elements, fields: Fields) -> None:
    qualifier = elements[1]
    if qualifier in _TAX_IDS and "tax_id" not in fields:
        fields["tax_id"] = elements[2]
        fields["tax_id_kind"] = qualifier
    else:
        append(fields, "references", Reference(qualifier=qualifier, value=elements[2]))
    if len(elements) > 3:
        reading.lose_where(elements, 3, 4)


def _per(reading: Reading, elements: Elements, fields: Fields, *, named: bool) -> None:
    """The first telephone contact; a person's contact name is the person's own, so it is noted."""
    if "phone" in fields or elements[3] != "TE":
        reading.lose(elements)
        return
    fields["phone"] = elements[4]
    if elements[2] and named:
        fields["contact_name"] = elements[2]
    elif elements[2]:
        reading.lose(elements, 2)
    if len(elements) > 5:
        reading.lose_where(elements, 6, 8)

"""Writing who stands on a claim: NM1 and the N3, N4, REF, PER, PRV, DMG that follow it."""

from __future__ import annotations

from collections.abc import Container

from core.claims.claim import Form
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
)
from core.x12.claims_loops import HAS_TAXONOMY, TAXONOMY_ROLE
from core.x12.elements import write_day

Segments = list[list[str]]

_ENTITY = {Entity.PERSON: "1", Entity.ORGANIZATION: "2"}
# Only property and casualty claims name telephone numbers of patients and places of service.
_WITH_CONTACTS = frozenset({PayerKind.WORKERS_COMP, PayerKind.AUTO})

# Further numbers of a provider that the guides take, by the loop's entity; all others stay here.
_STATE_UPIN = frozenset(("0B", "1G"))
PAYER_NUMBERS = frozenset(("G2", "LU"))
_WITHOUT_PLACE = frozenset(("0B", "1G", "G2"))
_ALL = frozenset(("0B", "1G", "G2", "LU"))
_REFERENCES = {
    "77": frozenset(("0B", "G2", "LU")),
    "DN": _WITHOUT_PLACE,
    "DK": _WITHOUT_PLACE,
}
_REFERENCES_MAX = 3


def names_contacts(payer: Payer) -> bool:
    """Whether a claim to this payer carries the telephone numbers of people on it."""
    return payer.kind in _WITH_CONTACTS


def nm1(
    code: str, entity: Entity, name: Name, qualifier: str = "", identifier: str = ""
) -> list[str]:
    """An NM1; the qualifier is left out with an empty identifier."""
    return [
        "NM1",
        code,
        _ENTITY[entity],
        name.last,
        name.first,
        name.middle,
        "",
        name.suffix,
        qualifier if identifier else "",
        identifier,
    ]


def address(segments: Segments, where: Address | None) -> None:
    """N3 and N4, when there is an address."""
    if where is None:
        return
    segments.append(["N3", where.line1, where.line2])
    segments.append(["N4", where.city, where.state, where.postal_code, where.country])


def references(segments: Segments, provider: Provider, allowed: Container[str], most: int) -> None:
    """The provider's further numbers that ``allowed`` names, ``most`` at the most."""
    found = [reference for reference in provider.references if reference.qualifier in allowed]
    for reference in found[:most]:
        segments.append(["REF", reference.qualifier, reference.value])


def telephone(segments: Segments, number: str, contact: str = "") -> None:
    """PER with one telephone number, when there is one."""
    if number:
        segments.append(["PER", "IC", contact, "TE", number])


def billing(segments: Segments, provider: Provider, form: Form) -> None:
    """The billing provider: PRV of loop 2000A and loop 2010AA."""
    if provider.taxonomy:
        segments.append(["PRV", "BI", "PXC", provider.taxonomy])
    segments.append(nm1("85", provider.entity, provider.name, "XX", provider.npi))
    address(segments, provider.address)
    segments.append(["REF", provider.tax_id_kind, provider.tax_id])
    if form is not Form.INSTITUTIONAL:
        references(segments, provider, _STATE_UPIN, 2)
    telephone(segments, provider.phone, provider.contact_name)


def pay_to(segments: Segments, provider: Provider) -> None:
    """Loop 2010AB: an address only; the payee is the billing provider."""
    segments.append(["NM1", "87", _ENTITY[provider.entity]])
    address(segments, provider.address)


def payer(segments: Segments, who: Payer, billed_by: Provider | None, form: Form) -> None:
    """Loop 2010BB or 2330B as far as they are alike; the payer's numbers of the biller in the
    first."""
    segments.append(["NM1", "PR", "2", who.name, "", "", "", "", who.id_qualifier, who.payer_id])
    address(segments, who.address)
    if billed_by is not None and billed_by.references:
        most = 1 if form is Form.INSTITUTIONAL else 2
        references(segments, billed_by, PAYER_NUMBERS, most)


def demographics(segments: Segments, person: Person) -> None:
    """DMG, when the day of birth is known."""
    if person.birth_date is not None:
        segments.append(["DMG", "D8", write_day(person.birth_date), person.sex or "U"])


def provider_loop(
    segments: Segments, code: str, field: str, provider: Provider, form: Form
) -> None:
    """A provider below the claim or line: NM1, taxonomy and numbers where the guide has them."""
    segments.append(nm1(code, provider.entity, provider.name, "XX", provider.npi))
    if provider.taxonomy and (form, field) in HAS_TAXONOMY:
        segments.append(["PRV", TAXONOMY_ROLE[field], "PXC", provider.taxonomy])
    if field in ("service_facility", "ordering"):
        address(segments, provider.address)
    if provider.references:
        references(segments, provider, _REFERENCES.get(code, _ALL), _REFERENCES_MAX)
    if field == "ordering":
        telephone(segments, provider.phone, provider.contact_name)

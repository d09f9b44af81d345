"""What a program is told of a claim: one group of fields a class, and which classes were left out.

The minimum necessary (45 CFR 164.502(b)) is the scopes of the token: a class they do not open is
not read out of the claim at all. Free text and records of specialties are in no group.
"""

from __future__ import annotations

from datetime import date

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Person
from core.confidentiality import FieldClass
from core.ports import ClaimRecord
from tenants.store.claim_page import LineMoney
from tenants.store.claims_listed import ListedClaim


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger of the claim, in cents: charged = paid + adjusted + insurer + patient."""

    charged_cents: int = 0
    paid_cents: int = 0
    adjusted_cents: int = 0
    insurer_cents: int = 0
    patient_cents: int = 0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address."""

    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


class Human(msgspec.Struct, frozen=True, kw_only=True):
    """A patient or subscriber."""

    last: str
    first: str
    middle: str
    birth_date: date | None
    sex: str
    address: Place | None
    phone: str


class Demographics(msgspec.Struct, frozen=True, kw_only=True):
    """Class `demographics`: who the patient and the subscriber are."""

    patient: Human
    subscriber: Human
    relationship: str


class Identifiers(msgspec.Struct, frozen=True, kw_only=True):
    """Class `identifiers`: numbers that name the person or the payer's record of them."""

    member_id: str
    group_number: str
    payer_claim_number: str
    auth_number: str
    referral_number: str


class ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One service: its code and its days."""

    line_no: int
    code: str
    modifiers: tuple[str, ...]
    units: str
    service_from: date | None
    service_to: date | None
    place_of_service: str
    pointers: tuple[int, ...]


class Clinical(msgspec.Struct, frozen=True, kw_only=True):
    """Class `clinical`: what the person has and was done for it, with its days."""

    diagnoses: tuple[str, ...]
    service_from: date | None
    service_to: date | None
    admission_date: date | None
    discharge_date: date | None
    services: tuple[ServiceAnswer, ...]


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One claim. A group whose class the token may not see is null, and named in `left_out`."""

    claim: ListedClaim
    money: Money
    demographics: Demographics | None
    identifiers: Identifiers | None
    clinical: Clinical | None
    left_out: tuple[FieldClass, ...]


def claim_answer(
    row: ListedClaim,
    money: dict[int | None, LineMoney],
    record: ClaimRecord | None,
    classes: frozenset[FieldClass],
) -> ClaimAnswer:
    """The answer for a token that may see ``classes``; ``record`` None: none of it was opened."""
    demographics = identifiers = clinical = None
    if record is not None:
        claim = record.claim
        if FieldClass.DEMOGRAPHICS in classes:
            demographics = _demographics(claim)
        if FieldClass.IDENTIFIERS in classes:
            identifiers = _identifiers(claim)
        # Of a substance use program's record the clinical group is of a class no scope opens.
        if record.clinical_class in classes:
            clinical = _clinical(claim)
        else:
            classes -= {FieldClass.CLINICAL}
    return ClaimAnswer(
        claim=row,
        money=_money(money),
        demographics=demographics,
        identifiers=identifiers,
        clinical=clinical,
        left_out=left_out(classes),
    )


def left_out(classes: frozenset[FieldClass]) -> tuple[FieldClass, ...]:
    """The classes a token that may see ``classes`` is not shown."""
    return tuple(one for one in FieldClass if one not in classes)


def _money(by_line: dict[int | None, LineMoney]) -> Money:
    return Money(
        **{
            name: sum(getattr(one, name) for one in by_line.values())
            for name in Money.__struct_fields__
        }
    )


def _human(person: Person) -> Human:
    return Human(
        last=person.name.last,
        first=person.name.first,
        middle=person.name.middle,
        birth_date=person.birth_date,
        sex=person.sex.value if person.sex else "",
        address=Place(**msgspec.structs.asdict(person.address)) if person.address else None,
        phone=person.phone,
    )


def _demographics(claim: Claim) -> Demographics:
    return Demographics(
        patient=_human(claim.patient),
        subscriber=_human(claim.subscriber.person),
        relationship=claim.subscriber.relationship,
    )


def _identifiers(claim: Claim) -> Identifiers:
    return Identifiers(
        member_id=claim.subscriber.member_id,
        group_number=claim.subscriber.group_number,
        payer_claim_number=claim.payer_claim_number,
        auth_number=claim.auth_number,
        referral_number=claim.referral_number,
    )


def _clinical(claim: Claim) -> Clinical:
    return Clinical(
        diagnoses=claim.diagnoses,
        service_from=claim.service_from,
        service_to=claim.service_to,
        admission_date=claim.admission_date,
        discharge_date=claim.discharge_date,
        services=tuple(map(_service, claim.lines)),
    )


def _service(line: ServiceLine) -> ServiceAnswer:
    return ServiceAnswer(
        line_no=line.line_no,
        code=line.code,
        modifiers=line.modifiers,
        units=f"{line.units.normalize():f}",
        service_from=line.service_from,
        service_to=line.service_to,
        place_of_service=line.place_of_service,
        pointers=line.pointers,
    )

"""For a partner's tests: visits, and the facts that stand outside a claim, all invented.

Each is right as it comes; a test changes what its rule looks at. Days count from ``SERVICE_DAY``,
the day of service of the sample claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from core.claims.claim import Claim, SpecialtyRecord
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Subscriber,
)
from core.coding.code import code
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.dates import Window
from core.errors import InputError
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.pricing.price import price
from core.rules.facts import Authorization, ClaimFacts, PriorService
from core.rules.records import RecordType, seal
from core.rules.rule import ANYTHING, Rule
from core.rules.rulebook import RuleBook

SERVICE_DAY = date(2026, 5, 12)
"""The day of service of the sample claims, a Tuesday."""

TODAY = date(2026, 5, 21)
"""The day on which sample claims are judged."""

BILLING = Provider(
    name=Name(last="Sample Clinic"),
    entity=Entity.ORGANIZATION,
    npi="1333444556",
    taxonomy="261QM0801X",
    tax_id="741234567",
    address=Address(line1="100 Main St", city="Austin", state="TX", postal_code="787011234"),
)
"""Who bills the sample claims."""

PHYSICIAN = Provider(
    name=Name(last="Sample", first="Robin"),
    npi="1234567893",
    taxonomy="207Q00000X",
    credential="MD",
    licensed_states=("TX",),
)
"""Who did the services of the sample claims."""

_MEMBER_IDS = {PayerKind.MEDICARE: "1EG4TE5MK73"}
_SPACE = UUID("0b5b0c58-3a44-5c0e-9d0a-7d6f2f1f6f10")


def sample_id(name: str) -> UUID:
    """An identifier that is always the same for the same ``name``."""
    return uuid5(_SPACE, name)


def payer(kind: PayerKind = PayerKind.COMMERCIAL, **changes: Any) -> Payer:
    """An invented payer of ``kind``."""
    given: dict[str, Any] = {"payer_id": "99999", "name": "Sample Payer", "kind": kind, **changes}
    return Payer(**given)


def person(**changes: Any) -> Person:
    """An invented person: ``name``, ``birth_date``, ``sex``, ``address`` can be changed."""
    given: dict[str, Any] = {
        "name": Name(last="Invented", first="Ines"),
        "birth_date": date(1985, 3, 14),
        "address": Address(line1="1 Elm St", city="Austin", state="TX", postal_code="78701"),
        **changes,
    }
    return Person(**given)


def subscriber(kind: PayerKind = PayerKind.COMMERCIAL, **changes: Any) -> Subscriber:
    """The sample person as the holder of a policy of a payer of ``kind``."""
    given: dict[str, Any] = {
        "person": person(),
        "member_id": _MEMBER_IDS.get(kind, "W123456789"),
        **changes,
    }
    return Subscriber(**given)


def patient(**changes: Any) -> Patient:
    """An invented patient of a practice."""
    given: dict[str, Any] = {
        "id": sample_id("patient"),
        "number": "P00001",
        "person": person(),
        **changes,
    }
    return Patient(**given)


def coverage(of: Payer | None = None, **changes: Any) -> Coverage:
    """A policy of the sample patient with ``of``, in force since 2025."""
    insurer = of or payer()
    given: dict[str, Any] = {
        "id": sample_id(f"coverage {insurer.payer_id}"),
        "patient_id": sample_id("patient"),
        "rank": 1,
        "payer_ref": sample_id(f"payer {insurer.payer_id}"),
        "payer": insurer,
        "subscriber": subscriber(insurer.kind),
        "window": Window(date(2025, 1, 1)),
        **changes,
    }
    return Coverage(**given)


def charge(code: str = "", line_no: int = 1, **changes: Any) -> Charge:
    """A captured service; a blank ``code`` waits for a coding rule."""
    given: dict[str, Any] = {
        "id": sample_id(f"charge {line_no}"),
        "line_no": line_no,
        "code": code,
        "charge_cents": 15_000,
        "service_from": SERVICE_DAY,
        "pointers": (1,),
        **changes,
    }
    return Charge(**given)


def visit(*charges: Charge, **changes: Any) -> Encounter:
    """An invented visit with ``charges``, covered by the sample payer unless said."""
    insurer = changes.pop("payer", payer())
    given: dict[str, Any] = {
        "id": sample_id("visit"),
        "external_id": "SAMPLE-1",
        "patient": patient(),
        "coverages": (coverage(insurer),),
        "billing": BILLING,
        "rendering": PHYSICIAN,
        "place_of_service": "11",
        "diagnoses": ("F331",),
        "charges": charges or (charge("99213"),),
        **changes,
    }
    return Encounter(**given)


def claims_of(encounter: Encounter, book: RuleBook) -> tuple[Claim, ...]:
    """``encounter`` coded, grouped into claims and priced as the cycle does it."""
    coded = code(encounter, book, claim_number=encounter.external_id)
    return tuple(price(claim, book) for claim in coded.claims)


def prior_service(code: str, *, days_before: int = 30, **changes: Any) -> PriorService:
    """A paid service of the same patient, so many days before ``SERVICE_DAY``."""
    given: dict[str, Any] = {
        "code": code,
        "service_on": SERVICE_DAY - timedelta(days=days_before),
        "claim_number": "EARLIER-1",
        **changes,
    }
    return PriorService(**given)


def authorization(*codes: str, **changes: Any) -> Authorization:
    """A payer's permission for ``codes``, valid 90 days around ``SERVICE_DAY``."""
    around = timedelta(days=45)
    given: dict[str, Any] = {
        "number": "AUTH0001",
        "codes": codes,
        "window": Window(SERVICE_DAY - around, SERVICE_DAY + around),
        **changes,
    }
    return Authorization(**given)


def consent(kind: ConsentKind = ConsentKind.PART_TWO, **changes: Any) -> Consent:
    """A written consent in force on ``SERVICE_DAY``, for treatment, payment and operations."""
    given: dict[str, Any] = {
        "id": sample_id(f"consent {kind}"),
        "patient_id": sample_id("patient"),
        "kind": kind,
        "signed_on": SERVICE_DAY - timedelta(days=30),
        "purposes": tuple(ConsentPurpose),
        **changes,
    }
    return Consent(**given)


def record(record_type: RecordType, **fields: Any) -> SpecialtyRecord:
    """A record of ``record_type`` with ``fields``, as the core stores it; checked by its type.

    ``InputError`` for a field the type does not have or a value of the wrong kind.
    """
    known = {field.name for field in msgspec.structs.fields(record_type.type)}
    if unknown := sorted(set(fields) - known):
        raise InputError(f"a record {record_type.id} has no field {unknown[0]}")
    try:
        value = msgspec.convert(fields, record_type.type, strict=True)
    except msgspec.ValidationError as fault:
        raise InputError(f"a record {record_type.id} is not so: {fault}") from None
    return seal(record_type, value)


def facts(
    *,
    history: tuple[PriorService, ...] = (),
    authorizations: tuple[Authorization, ...] = (),
    **more: Any,
) -> ClaimFacts:
    """What was loaded for a claim: nothing happened before unless said.

    Without facts a rule has no opinion; with these it knows that there is no history and no
    authorization. ``more`` are fields of ``ClaimFacts``.
    """
    return ClaimFacts(history=history, authorizations=authorizations, **more)


def codes_of(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The procedure codes ``rules`` speak of, each once; a beginning is filled up with zeros."""
    found: set[str] = set()
    for rule in rules:
        touches = getattr(rule, "touches", ANYTHING)
        found |= {*touches.codes, *(prefix.ljust(5, "0") for prefix in touches.prefixes)}
    return tuple(sorted(found))

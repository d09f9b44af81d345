"""How patients, coverages, encounters and claims are dealt out to their sealed groups."""

from __future__ import annotations

from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.claims.parties import Name, Person, Subscriber
from core.confidentiality import FieldClass
from core.intake.encounter import Encounter, Patient
from tenants.sealer import Sealer
from tenants.store.groups import SealedGroups

_NOBODY = Person(name=Name(last=""))
_NO_SUBSCRIBER = Subscriber(person=_NOBODY)
_NO_PATIENT = Patient(id=UUID(int=0), number="", person=_NOBODY)

PATIENT = SealedGroups(
    "patient",
    Patient,
    apart={FieldClass.DEMOGRAPHICS: ("person",)},
    rest=FieldClass.IDENTIFIERS,
    blank={"person": _NOBODY},
)

SUBSCRIBER = SealedGroups(
    "coverage",
    Subscriber,
    apart={FieldClass.DEMOGRAPHICS: ("person",)},
    rest=FieldClass.IDENTIFIERS,
    blank={"person": _NOBODY},
)


class _Demographics(msgspec.Struct, frozen=True):
    person: Person


_decode = msgspec.msgpack.Decoder(_Demographics).decode


def person_of(sealer: Sealer, patient_id: UUID, sealed: bytes) -> Person:
    """Who a patient is, from the group of demographics alone."""
    return _decode(sealer.open("patient", "demographics", patient_id, sealed)).person


def last_name(sealer: Sealer, patient_id: UUID, sealed: bytes) -> str:
    """A patient's surname; see ``person_of``."""
    return person_of(sealer, patient_id, sealed).name.last


# Patient and coverages have rows of their own: one truth, and less to seal twice.
ENCOUNTER = SealedGroups(
    "encounter",
    Encounter,
    apart={FieldClass.IDENTIFIERS: ("external_id", "other_payers", "payer_claim_number")},
    rest=FieldClass.CLINICAL,
    blank={
        "external_id": "",
        "other_payers": (),
        "payer_claim_number": "",
        "patient": _NO_PATIENT,
        "coverages": (),
    },
)

CLAIM = SealedGroups(
    "claim",
    Claim,
    apart={
        FieldClass.DEMOGRAPHICS: ("patient",),
        FieldClass.IDENTIFIERS: ("subscriber", "other_payers", "payer_claim_number"),
    },
    rest=FieldClass.CLINICAL,
    blank={
        "patient": _NOBODY,
        "subscriber": _NO_SUBSCRIBER,
        "other_payers": (),
        "payer_claim_number": "",
    },
)

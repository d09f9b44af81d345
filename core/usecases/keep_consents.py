"""Entering and revoking a patient's consents, and the patient's word that no plan is to be told."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from core.consent import Consent
from core.errors import ConflictError, InputError, NotFoundError
from core.ports import UnitOfWork

_EVENT_CHARACTERS_MAX = 200


def enter_consent(uow: UnitOfWork, consent: Consent) -> None:
    """Enter a consent as it was signed; ``InputError`` where it cannot be one."""
    if consent.signed_on > uow.today:
        raise InputError("a consent is entered once it is signed; this day is still to come")
    if consent.expires_on is not None and consent.expires_on <= consent.signed_on:
        raise InputError("the consent would end before it begins")
    if not consent.purposes:
        raise InputError("say what the consent is for: treatment, payment or operations")
    if not consent.document:
        raise InputError("say where the signed paper is kept")
    if max(len(consent.expires_event), len(consent.document)) > _EVENT_CHARACTERS_MAX:
        raise InputError(f"at most {_EVENT_CHARACTERS_MAX} characters, please")
    uow.consents.add(consent)
    about = {"consent": [consent.id], "patient": [consent.patient_id]}
    uow.record("consent.entered", about, consents=1)


def revoke_consent(uow: UnitOfWork, patient_id: UUID, consent_id: UUID, *, on: date) -> None:
    """Revoke a consent of this patient from a day on, today at the latest.

    What left before stays where it is (42 CFR 2.31(a)(6)); from that day on nothing leaves.
    """
    known = {one.id: one for one in uow.consents.of_patients([patient_id]).get(patient_id, ())}
    consent = known.get(consent_id)
    if consent is None:
        raise NotFoundError("this patient has no such consent")
    if consent.revoked_on is not None:
        raise ConflictError("this consent is revoked already")
    if not consent.signed_on <= on <= uow.today:
        raise InputError("a consent is revoked on a day from its signing to today")
    uow.consents.revoke(consent_id, on=on)
    uow.record("consent.revoked", {"consent": [consent_id], "patient": [patient_id]}, consents=1)


def restrict_billing(uow: UnitOfWork, claim_id: UUID) -> None:
    """The patient paid this visit in full and asked that no plan is told of it."""
    record = uow.claims.get(claim_id)
    if record.filed:
        raise ConflictError("a bill of this visit has left already; call the practice")
    if uow.consents.restricted([record.encounter_id]):
        raise ConflictError("no plan is told of this visit already")
    uow.consents.restrict(record.encounter_id)
    about = {"encounter": [record.encounter_id], "claim": [claim_id]}
    uow.record("restriction.set", about)


def lift_restriction(uow: UnitOfWork, claim_id: UUID) -> None:
    """The patient took that back."""
    record = uow.claims.get(claim_id)
    if not uow.consents.lift(record.encounter_id):
        raise ConflictError("this visit is under no restriction")
    about = {"encounter": [record.encounter_id], "claim": [claim_id]}
    uow.record("restriction.lifted", about)

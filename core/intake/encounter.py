"""Patients, their coverage, and encounters with their charges, as captured by a practice."""

from __future__ import annotations

from uuid import UUID

from core.claims.claim import LineFacts, OtherPayer, VisitFacts
from core.claims.parties import Payer, PayerSequence, Person, Provider, Subscriber, Value
from core.dates import Window


class Patient(Value, frozen=True, kw_only=True):
    """``number`` is the practice's own number for the patient, unique in the practice."""

    id: UUID
    number: str
    person: Person


class Coverage(Value, frozen=True, kw_only=True):
    """One policy of a patient, in force on the days of ``window``; ``rank`` 1 pays first.

    ``payer_ref`` is the id of our payer record; ``payer`` is that record as of today.
    """

    id: UUID
    patient_id: UUID
    rank: int
    payer_ref: UUID
    payer: Payer
    subscriber: Subscriber
    window: Window = Window()


class Charge(LineFacts, frozen=True, kw_only=True):
    """A captured service. ``charge_cents`` None: the practice's fee schedule prices it."""

    id: UUID
    charge_cents: int | None = None


class Encounter(VisitFacts, frozen=True, kw_only=True):
    """One visit (or episode period) with everything a claim needs, resolved.

    ``external_id`` is the practice's own id of the visit, unique in the practice: the second
    arrival of the same visit is refused as a repeat. ``other_payers`` carries what an earlier payer
    already decided before the visit reached us.
    """

    id: UUID
    external_id: str
    patient: Patient
    coverages: tuple[Coverage, ...] = ()
    billing: Provider
    rendering: Provider | None = None
    charges: tuple[Charge, ...] = ()
    other_payers: tuple[OtherPayer, ...] = ()
    sequence: PayerSequence = PayerSequence.PRIMARY
    frequency: str = "1"
    payer_claim_number: str = ""
    patient_paid_cents: int = 0

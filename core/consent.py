"""A patient's written consents: what they let leave, to whom, for what, and on which days.

42 CFR 2.31 says what a consent to disclose a record of a Part 2 program holds; 45 CFR 164.508 what
an authorization for psychotherapy notes holds. A consent that came in with a visit counts until a
revocation is entered here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.claims.claim import VisitFacts
from core.claims.parties import Value
from core.part_two import recorded_consents

SINGLE_CONSENT_FROM = date(2024, 4, 16)
"""Since this day one consent may cover all treatment, payment and operations (89 FR 12472)."""

_SINGLE = "TPO"


class ConsentKind(StrEnum):
    """What may leave. The two kinds of notes each need a consent of their own."""

    PART_TWO = "part2"
    COUNSELLING_NOTES = "sud_counseling_notes"
    PSYCHOTHERAPY_NOTES = "psychotherapy_notes"


class ConsentPurpose(StrEnum):
    """What for; all three together are the single consent of 42 CFR 2.31(a)(4)(ii)."""

    TREATMENT = "treatment"
    PAYMENT = "payment"
    OPERATIONS = "operations"


class Consent(Value, frozen=True, kw_only=True):
    """One written consent.

    ``recipients`` are payer ids; none: every health plan and payer of the patient. From
    ``expires_on`` and from ``revoked_on`` on it counts no more; ``expires_event`` says in words
    what else would end it. ``document`` says where the signed paper is.
    """

    id: UUID
    patient_id: UUID
    kind: ConsentKind
    signed_on: date
    purposes: tuple[ConsentPurpose, ...]
    recipients: tuple[str, ...] = ()
    expires_on: date | None = None
    expires_event: str = ""
    revoked_on: date | None = None
    document: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it counts on ``day``."""
        return (
            self.signed_on <= day
            and (self.expires_on is None or day < self.expires_on)
            and (self.revoked_on is None or day < self.revoked_on)
        )

    def covers(self, kind: ConsentKind, payer_id: str, purpose: ConsentPurpose, day: date) -> bool:
        """Whether it lets this leave, to this payer, for this purpose, on this day."""
        return (
            self.kind is kind
            and self.in_force(day)
            and purpose in self.purposes
            and (not self.recipients or payer_id in self.recipients)
        )


def covering(
    stored: Iterable[Consent], kind: ConsentKind, payer_id: str, purpose: ConsentPurpose, day: date
) -> Consent | None:
    """The stored consent that covers it, the latest signed one of several."""
    found = [one for one in stored if one.covers(kind, payer_id, purpose, day)]
    return max(found, key=lambda one: (one.signed_on, one.id), default=None)


def recorded_in_force(facts: VisitFacts, stored: Iterable[Consent], day: date) -> date | None:
    """The day of signing of a consent that came in with the visit and counts on ``day``.

    A revocation entered here ends it like any other consent signed before.
    """
    revoked = [
        one.revoked_on
        for one in stored
        if one.kind is ConsentKind.PART_TWO and one.revoked_on is not None
    ]
    for one in recorded_consents(facts):
        if one.type == _SINGLE and one.signed < SINGLE_CONSENT_FROM:
            continue
        ends = [one.revoked, *(on for on in revoked if on >= one.signed)]
        if one.signed <= day and not any(on is not None and on <= day for on in ends):
            return one.signed
    return None


def may_disclose_part_two(
    facts: VisitFacts, stored: Iterable[Consent], payer_id: str, day: date
) -> bool:
    """Whether a Part 2 program's record may go to this payer to be paid for, on this day."""
    known = tuple(stored)
    found = covering(known, ConsentKind.PART_TWO, payer_id, ConsentPurpose.PAYMENT, day)
    return found is not None or recorded_in_force(facts, known, day) is not None

"""The accounting of disclosures (45 CFR 164.528): to whom, what and why, for six years.

What is disclosed for treatment, payment or operations, to the patient, or with the patient's
authorization is not accounted for (164.528(a)(1)); so none of these is a purpose here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from core.claims.parties import Value

YEARS = 6
ANSWER_DAYS = 60
"""164.528(c)(1): from the request; once, for a stated reason, 30 days more."""


class DisclosurePurpose(StrEnum):
    """What a disclosure outside treatment, payment and operations was for (45 CFR 164.512)."""

    REQUIRED_BY_LAW = "required_by_law"
    PUBLIC_HEALTH = "public_health"
    ABUSE_REPORT = "abuse_report"
    HEALTH_OVERSIGHT = "health_oversight"
    JUDICIAL = "judicial"
    LAW_ENFORCEMENT = "law_enforcement"
    DECEDENT = "decedent"
    ORGAN_DONATION = "organ_donation"
    RESEARCH = "research"
    THREAT_TO_SAFETY = "threat_to_safety"
    SPECIALIZED_GOVERNMENT = "specialized_government"
    WORKERS_COMPENSATION = "workers_compensation"
    BY_MISTAKE = "by_mistake"
    """A disclosure that was not permitted is accounted for as well."""


class Disclosure(Value, frozen=True, kw_only=True):
    """One entry. ``recipient`` to ``why`` are sealed; ``why`` is the brief statement the rule asks.

    ``corrects_id``: the entry this one takes the place of; entries are never changed.
    """

    id: UUID
    patient_id: UUID
    disclosed_on: date
    purpose: DisclosurePurpose
    recipient: str
    address: str
    what: str
    why: str
    entered_by: UUID
    corrects_id: UUID | None = None


class Accounting(Value, frozen=True, kw_only=True):
    """What a patient is told; ``due_on`` is the day by which they have it."""

    patient_id: UUID
    requested_on: date
    first_day: date
    due_on: date
    disclosures: tuple[Disclosure, ...]


def due_on(requested_on: date) -> date:
    """The last of the sixty days."""
    return requested_on + timedelta(days=ANSWER_DAYS)


def accounting(
    patient_id: UUID, requested_on: date, disclosures: Iterable[Disclosure]
) -> Accounting:
    """The disclosures of the six years up to the request, in order; corrected entries left out."""
    first_day = _years_before(requested_on, YEARS)
    entered = [one for one in disclosures if one.patient_id == patient_id]
    corrected = {one.corrects_id for one in entered}
    told = sorted(
        (
            one
            for one in entered
            if first_day <= one.disclosed_on <= requested_on and one.id not in corrected
        ),
        key=lambda one: (one.disclosed_on, one.id),
    )
    return Accounting(
        patient_id=patient_id,
        requested_on=requested_on,
        first_day=first_day,
        due_on=due_on(requested_on),
        disclosures=tuple(told),
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)

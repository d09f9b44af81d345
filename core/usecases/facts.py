"""What rules ask for outside the claim, loaded for a whole batch in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from core.claims.claim import Claim
from core.claims.parties import Value
from core.consent import Consent
from core.ports import PastService, UnitOfWork
from core.rules.facts import NOTHING_LOADED, ClaimFacts, PriorService, ScrubFacts
from core.rules.needs import NeedsToLoad
from core.rules.rulebook import RuleBook
from core.scrub.engine import needs, scrub
from core.scrub.report import ScrubReport


class Judged(Value, frozen=True, kw_only=True):
    """A claim to be scrubbed, with the patient and the encounter it belongs to."""

    claim: Claim
    patient_id: UUID
    encounter_id: UUID


def scrub_batch(
    uow: UnitOfWork, batch: Sequence[Judged], rule_book: RuleBook
) -> tuple[ScrubReport, ...]:
    """Load what the rules need for ``batch``, then scrub it; one report a claim, in order."""
    claims = [one.claim for one in batch]
    return scrub(claims, rule_book, load_facts(uow, batch, rule_book), as_of=uow.today)


def load_facts(uow: UnitOfWork, batch: Sequence[Judged], rule_book: RuleBook) -> ScrubFacts:
    """The facts outside the claims. What we do not keep yet stays None: no opinion.

    History leaves out the services of the same encounter: a claim to the next payer, or a corrected
    one, is no repeat of the first. Claims earlier in the same batch count as history.
    """
    claims = [one.claim for one in batch]
    asked = needs(rule_book, claims)
    facts = _history(uow, batch, asked)
    consents = _consents(uow, batch, frozenset(asked.consents))
    for number, found in consents.items():
        facts[number] = replace(facts.get(number, NOTHING_LOADED), consents=found)
    return ScrubFacts(by_claim=facts)


def _consents(
    uow: UnitOfWork, batch: Sequence[Judged], asked: frozenset[str]
) -> dict[str, tuple[Consent, ...]]:
    """By claim number, for those claims whose records a consent could be about."""
    asking = [one for one in batch if one.claim.claim_number in asked and one.claim.records]
    if not asking:
        return {}
    found = uow.consents.of_patients(sorted({one.patient_id for one in asking}))
    return {one.claim.claim_number: found.get(one.patient_id, ()) for one in asking}


def _history(uow: UnitOfWork, batch: Sequence[Judged], asked: NeedsToLoad) -> dict[str, ClaimFacts]:
    first_of: dict[str, date] = {}
    for want in asked.history:
        known = first_of.get(want.claim_number, want.first)
        first_of[want.claim_number] = min(known, want.first)
    asking = [one for one in batch if one.claim.claim_number in first_of]
    if not asking:
        return {}
    patients = sorted({one.patient_id for one in asking})
    stored = uow.claims.history(patients, since=min(first_of.values()))
    before: dict[UUID, list[PastService]] = {}
    facts: dict[str, ClaimFacts] = {}
    for one in batch:
        earlier = before.setdefault(one.patient_id, [])
        number = one.claim.claim_number
        if number in first_of:
            past = (*stored.get(one.patient_id, ()), *earlier)
            history = tuple(
                each.service
                for each in past
                if each.encounter_id != one.encounter_id
                and each.service.service_on >= first_of[number]
            )
            facts[number] = ClaimFacts(history=history)
        earlier.extend(_services(one))
    return facts


def _services(one: Judged) -> Iterator[PastService]:
    rendering = one.claim.rendering.npi if one.claim.rendering else ""
    for line in one.claim.lines:
        day = line.service_from or one.claim.service_from
        if day is None:
            continue
        yield PastService(
            encounter_id=one.encounter_id,
            service=PriorService(
                service_on=day,
                code=line.code,
                modifiers=line.modifiers,
                units=line.units,
                rendering_npi=rendering,
                status="pending",
                claim_number=one.claim.claim_number,
            ),
        )

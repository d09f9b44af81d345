"""What rules ask for outside the claim, loaded for a whole batch in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.authorizations import CountedService, as_fact, used_by
from core.claims.claim import Claim
from core.claims.parties import Value
from core.consent import Consent
from core.dates import Window
from core.part_two import sensitivity_of
from core.ports import PastService, UnitOfWork
from core.rule_ports import Reference
from core.rules.facts import NOTHING_LOADED, Authorization, PriorService, ScrubFacts
from core.rules.needs import HistoryToLoad
from core.rules.rulebook import RuleBook
from core.scrub.engine import needs, scrub
from core.scrub.report import ScrubReport


class Judged(Value, frozen=True, kw_only=True):
    """A claim to be scrubbed, with the patient and the encounter it belongs to.

    ``is_stored``: it is among the stored claims already, and so is its history for others.
    ``known_until``: history counts as far as we knew it that day; None: all of it.
    """

    claim: Claim
    patient_id: UUID
    encounter_id: UUID
    is_stored: bool = False
    known_until: date | None = None


def scrub_batch(
    uow: UnitOfWork, batch: Sequence[Judged], rule_book: RuleBook
) -> tuple[ScrubReport, ...]:
    """Load what the rules need for ``batch``, then scrub it; one report a claim, in order."""
    claims = [one.claim for one in batch]
    return scrub(claims, rule_book, load_facts(uow, batch, rule_book), as_of=uow.today)


def load_facts(
    uow: UnitOfWork,
    batch: Sequence[Judged],
    rule_book: RuleBook,
    reference: Reference | None = None,
) -> ScrubFacts:
    """The facts outside the claims. What we do not keep yet stays None: no opinion.

    History leaves out the services of the same encounter: a claim to the next payer, or a corrected
    one, is no repeat of the first. Claims earlier in the same batch count as history. ``reference``
    stands in for the loaded releases, to try another.
    """
    releases = reference or uow.reference
    claims = [one.claim for one in batch]
    asked = needs(rule_book, claims)
    found: dict[str, dict[str, Any]] = {}
    for name, loaded in (
        ("history", _history(uow, batch, asked.history)),
        ("eligibility", _eligibility(uow, batch, frozenset(asked.eligibility))),
        ("consents", _consents(uow, batch, frozenset(asked.consents))),
        (
            "authorizations",
            authorizations_for(uow, batch, frozenset(asked.authorizations), rule_book),
        ),
    ):
        for number, fact in loaded.items():
            found.setdefault(number, {})[name] = fact
    return ScrubFacts(
        by_claim={number: replace(NOTHING_LOADED, **facts) for number, facts in found.items()},
        tables=releases.tables(asked.tables),
        tables_digest=releases.digest(tables_asked(rule_book)),
        waivers=uow.waivers.in_force(uow.today),
    )


def tables_digest(uow: UnitOfWork, rule_book: RuleBook) -> str:
    """Names the releases that claims are judged by under ``rule_book`` today.

    Those of every rule in the book, not of one batch: a claim is found again after a release change
    by comparing this.
    """
    return uow.reference.digest(tables_asked(rule_book))


def tables_asked(rule_book: RuleBook) -> frozenset[str]:
    """The tables that any rule of the book that looks at claims reads."""
    return frozenset(name for one in rule_book.lookers for name in one.rule.needs.tables)


def _consents(
    uow: UnitOfWork, batch: Sequence[Judged], asked: frozenset[str]
) -> Mapping[str, tuple[Consent, ...]]:
    """By claim number, for those claims whose records a consent could be about."""
    asking = [one for one in batch if one.claim.claim_number in asked and one.claim.records]
    if not asking:
        return {}
    found = uow.consents.of_patients(_patients(asking))
    return {one.claim.claim_number: found.get(one.patient_id, ()) for one in asking}


def _eligibility(
    uow: UnitOfWork, batch: Sequence[Judged], asked: frozenset[str]
) -> Mapping[str, tuple[Window, ...]]:
    """The days of the patient's coverages with the claim's payer; none held: no opinion."""
    asking = [one for one in batch if one.claim.claim_number in asked]
    if not asking:
        return {}
    found = uow.patients.covered(_patients(asking))
    spans = {
        one.claim.claim_number: found.get((one.patient_id, one.claim.payer.payer_id), ())
        for one in asking
    }
    return {number: windows for number, windows in spans.items() if windows}


def authorizations_for(
    uow: UnitOfWork,
    batch: Sequence[Judged],
    asked: frozenset[str],
    rule_book: RuleBook | None = None,
) -> Mapping[str, tuple[Authorization, ...]]:
    """What staff entered for patient and payer, less what other visits used of it.

    Nothing entered: no opinion, so that a number typed on the claim still counts. ``rule_book``
    has the payer's word for what a unit is.
    """
    asking = [one for one in batch if one.claim.claim_number in asked]
    if not asking:
        return {}
    held = uow.authorizations.of_patients(_patients(asking))
    if not held:
        return {}
    payers = uow.masters.payers(sorted({one.claim.payer.payer_id for one in batch}))
    refs = {payer_id: stored.id for payer_id, stored in payers.items()}
    since = min(one.window.first or date.min for held_by in held.values() for one in held_by)
    stored = uow.authorizations.services(sorted(held), since)
    before: dict[UUID, list[CountedService]] = {}
    facts: dict[str, tuple[Authorization, ...]] = {}
    for one in batch:
        earlier = before.setdefault(one.patient_id, [])
        ref = refs.get(one.claim.payer.payer_id)
        mine = [each for each in held.get(one.patient_id, ()) if each.payer_ref == ref]
        if mine and one.claim.claim_number in asked:
            services = [
                each
                for each in (*stored.get(one.patient_id, ()), *earlier)
                if each.encounter_id != one.encounter_id and _counted_then(each, one)
            ]
            unit = _unit_of(one.claim, rule_book)
            facts[one.claim.claim_number] = tuple(map(as_fact, used_by(mine, services, unit)))
        if not one.is_stored and ref is not None:
            earlier.extend(_counted(one, ref))
    return facts


def _unit_of(claim: Claim, rule_book: RuleBook | None) -> str:
    if rule_book is None:
        return ""
    return rule_book.policy(claim.payer, claim.service_from).text("auth_unit")


def _counted_then(service: CountedService, one: Judged) -> bool:
    known = service.known_on
    return one.known_until is None or known is None or known <= one.known_until


def _counted(one: Judged, payer_ref: UUID) -> Iterator[CountedService]:
    for past in _services(one):
        yield CountedService(
            patient_id=one.patient_id,
            payer_ref=payer_ref,
            service_on=past.service.service_on,
            code=past.service.code,
            units=past.service.units,
            provider_npi=past.service.rendering_npi,
            claim_number=past.service.claim_number,
            encounter_id=one.encounter_id,
            is_paid=False,
        )


def _patients(asking: Sequence[Judged]) -> list[UUID]:
    return list(dict.fromkeys(one.patient_id for one in asking))


class _Ask(msgspec.Struct):
    """What one claim is told of earlier services: from when, by code; ``every``: of any code."""

    first: date
    every: date | None = None
    by_code: dict[str, date] = msgspec.field(default_factory=dict)

    def add(self, want: HistoryToLoad) -> None:
        self.first = min(self.first, want.first)
        if not want.codes:
            self.every = min(self.every or want.first, want.first)
        for code in want.codes:
            self.by_code[code] = min(self.by_code.get(code, want.first), want.first)

    def takes(self, service: PriorService) -> bool:
        first = self.by_code.get(service.code)
        return (self.every is not None and service.service_on >= self.every) or (
            first is not None and service.service_on >= first
        )


def _history(
    uow: UnitOfWork, batch: Sequence[Judged], wanted: Sequence[HistoryToLoad]
) -> Mapping[str, tuple[PriorService, ...]]:
    asks: dict[str, _Ask] = {}
    for want in wanted:
        asks.setdefault(want.claim_number, _Ask(want.first)).add(want)
    asking = [one for one in batch if one.claim.claim_number in asks]
    if not asking:
        return {}
    stored = uow.claims.history(
        _patients(asking),
        since=min(ask.first for ask in asks.values()),
        codes=_codes(asks.values()),
    )
    before: dict[UUID, list[PastService]] = {}
    facts: dict[str, tuple[PriorService, ...]] = {}
    for one in batch:
        earlier = before.setdefault(one.patient_id, [])
        ask = asks.get(one.claim.claim_number)
        if ask is not None:
            past = (*stored.get(one.patient_id, ()), *earlier)
            facts[one.claim.claim_number] = tuple(
                each.service
                for each in past
                if each.encounter_id != one.encounter_id
                and ask.takes(each.service)
                and _was_known(each, one)
            )
        if not one.is_stored:
            earlier.extend(_services(one))
    return facts


def _codes(asks: Iterable[_Ask]) -> list[str] | None:
    """The codes that all the asks together name; None where one asks for any code."""
    found: set[str] = set()
    for ask in asks:
        if ask.every is not None:
            return None
        found.update(ask.by_code)
    return sorted(found)


def _was_known(past: PastService, one: Judged) -> bool:
    return one.known_until is None or past.known_on is None or past.known_on <= one.known_until


def _services(one: Judged) -> Iterator[PastService]:
    claim = one.claim
    sensitivity = sensitivity_of(claim, claim.lines)
    for line in claim.lines:
        day = line.service_from or claim.service_from
        if day is None:
            continue
        provider = line.rendering or claim.rendering or claim.billing
        yield PastService(
            encounter_id=one.encounter_id,
            service=PriorService(
                service_on=day,
                code=line.code,
                modifiers=line.modifiers,
                units=line.units,
                rendering_npi=provider.npi,
                group_npi=claim.billing.npi,
                taxonomy=provider.taxonomy,
                place_of_service=line.place_of_service or claim.place_of_service,
                status="pending",
                claim_number=claim.claim_number,
                sensitivity=sensitivity,
            ),
        )

"""Dry run: what a rule would have done to recent claims, which stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import Value
from core.dates import ALWAYS
from core.ports import UnitOfWork
from core.rules.declared import DeclaredRule
from core.rules.declared_compile import needs_authorizations
from core.rules.declared_conditions import Matcher
from core.rules.declared_words import action_in_words
from core.usecases.backtest import BATCH_CLAIMS, days_of
from core.usecases.facts import Judged, authorizations_for

EXAMPLES_MAX = 10
CLAIMS_MAX = 20_000


class DryRun(Value, frozen=True, kw_only=True):
    """``matched`` of ``looked`` claims; ``lines`` of theirs, for a rule about lines.

    ``examples`` are ids and numbers of claims, nothing of a person. ``payers``: matched claims by
    payer id. ``is_whole`` False: there are more claims than a dry run looks at.
    """

    rule: str
    version: int
    months: int
    looked: int
    matched: int
    lines: int
    charge_cents: int
    examples: tuple[tuple[UUID, str], ...]
    payers: Mapping[str, int]
    actions: tuple[str, ...]
    is_whole: bool = True

    @property
    def percent(self) -> str:
        """The share that matched, with one decimal."""
        return f"{self.matched * 100 / self.looked:.1f}" if self.looked else "0.0"


def dry_run(uow: UnitOfWork, rule: DeclaredRule, *, months: int = 3) -> DryRun:
    """Ask the claims of the last ``months`` months whether they match, as if it had always held."""
    days = days_of(uow.today, months)
    matches = Matcher(replace(rule, effective=ALWAYS)).matched
    asks = needs_authorizations(rule)
    looked = matched = lines = charge_cents = 0
    examples: list[tuple[UUID, str]] = []
    payers: Counter[str] = Counter()
    after: UUID | None = None
    while looked < CLAIMS_MAX:
        past = uow.back_tests.past_claims(days.first, days.last, limit=BATCH_CLAIMS, after=after)
        if not past:
            break
        uow.record("claim.read", {"claim": [one.claim_id for one in past]}, claims=len(past))
        held = (
            authorizations_for(
                uow,
                [
                    Judged(
                        claim=one.claim,
                        patient_id=one.patient_id,
                        encounter_id=one.encounter_id,
                        is_stored=True,
                        known_until=one.judged_on,
                    )
                    for one in past
                ],
                frozenset(one.claim.claim_number for one in past),
            )
            if asks
            else {}
        )
        for one in past:
            found = matches(one.claim, one.judged_on, held.get(one.claim.claim_number, ()))
            if found:
                matched += 1
                lines += sum(line is not None for line in found)
                charge_cents += one.charge_cents
                payers[one.claim.payer.payer_id] += 1
                if len(examples) < EXAMPLES_MAX:
                    examples.append((one.claim_id, one.claim.claim_number))
        looked += len(past)
        after = past[-1].claim_id
    about = {"practice": [uow.practice.tenant_id]}
    uow.record("rule.tried", about, claims=looked, matched=matched)
    return DryRun(
        rule=rule.id,
        version=rule.version,
        months=months,
        looked=looked,
        matched=matched,
        lines=lines,
        charge_cents=charge_cents,
        examples=tuple(examples),
        payers=dict(payers.most_common(EXAMPLES_MAX)),
        actions=tuple(map(action_in_words, rule.actions)),
        is_whole=looked < CLAIMS_MAX,
    )

"""Why a stored claim is judged as it is by the rules, facts and releases of today."""

from __future__ import annotations

from uuid import UUID

from core.ports import ClaimRecord, UnitOfWork
from core.rules.rulebook import RuleBook
from core.scrub.explain import Explanation, explain
from core.usecases.facts import load_facts
from core.usecases.work_claim import judged_of


def explain_claim(
    uow: UnitOfWork, claim_id: UUID, rule_book: RuleBook
) -> tuple[ClaimRecord, Explanation]:
    """The claim, and every rule of the practice on it; that it was shown is recorded."""
    record = uow.claims.get(claim_id)
    facts = load_facts(uow, [judged_of(record, record.claim)], rule_book)
    uow.record("claim.explained", {"claim": [claim_id]})
    return record, explain(record.claim, rule_book, facts, as_of=uow.today)

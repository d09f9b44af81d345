"""Why a stored claim is judged as it is by the rules, facts and releases of today."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from core.ports import ClaimRecord, UnitOfWork
from core.rules.rulebook import RuleBook
from core.scrub.explain import Explanation, explain
from core.scrub.finding import Finding
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


def without_words(record: ClaimRecord, told: Explanation) -> Explanation:
    """``told`` for a reader without a role: of a Part 2 record no words, and no row that decided.

    A rule names the code it judges, which there says what the patient is treated for.
    """
    if not record.is_part_two:
        return told
    return replace(
        told,
        findings=tuple(map(_wordless, told.findings)),
        rules=tuple(
            replace(
                rule,
                findings=tuple(
                    replace(one, finding=_wordless(one.finding)) for one in rule.findings
                ),
            )
            for rule in told.rules
        ),
    )


def _wordless(finding: Finding) -> Finding:
    words = "Its words are not shown"
    return replace(finding, message=words, suggestion="", table_row="", fix=None)

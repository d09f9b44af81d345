"""The rules people wrote, carried out on a claim around its pricing; see core.rules.declared_apply.

Setting and tagging come before pricing, repricing after it; then the claim is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from core.claims.claim import Claim
from core.claims.position import NextActor
from core.ports import UnitOfWork
from core.pricing.price import price_with_trace
from core.rules.declared_apply import Changed, repriced, set_and_tagged
from core.rules.facts import Authorization
from core.rules.pricing import FeePurpose
from core.rules.rulebook import RuleBook
from core.scrub.report import ScrubReport
from core.usecases.facts import Judged, authorizations_for


def authorizations_asked(
    uow: UnitOfWork, batch: Sequence[Judged], rule_book: RuleBook
) -> dict[str, tuple[Authorization, ...]]:
    """By claim number, for the claims that a rule would change by their authorizations."""
    asked = frozenset(
        one.claim.claim_number
        for one in batch
        if any(rule.needs.authorizations for rule in rule_book.transforms.looking_at(one.claim))
    )
    return dict(authorizations_for(uow, batch, asked, rule_book)) if asked else {}


def priced_by_rules(
    claim: Claim,
    rule_book: RuleBook,
    as_of: date,
    authorizations: tuple[Authorization, ...] = (),
) -> Changed:
    """``claim`` after the rules that set and tag, priced, and after those that reprice."""
    transforms = rule_book.transforms
    ruled = set_and_tagged(claim, transforms, as_of, authorizations)
    priced = price_with_trace(ruled.claim, rule_book)
    if not transforms:
        return Changed(claim=priced.claim)
    by_purpose: dict[FeePurpose, set[int]] = {purpose: set() for purpose in FeePurpose}
    for step in priced.trace:
        by_purpose[step.purpose].add(step.line_no)
    after = repriced(
        priced.claim,
        transforms,
        as_of,
        charged=frozenset(by_purpose[FeePurpose.CHARGE]),
        allowed=frozenset(by_purpose[FeePurpose.ALLOWED]),
    )
    return replace(after, runs=(*ruled.runs, *after.runs))


def route_of(report: ScrubReport, rule_book: RuleBook) -> NextActor:
    """To whom a held claim goes: where a rule that holds it says, else to a biller.

    Of several the rule of the latest layer decides, then the first by its id.
    """
    routes = rule_book.routes
    if not routes:
        return NextActor.BILLER
    said = sorted(
        (-finding.layer.rank, finding.rule, finding.version)
        for finding in report.findings
        if finding.severity.holds and f"{finding.rule} {finding.version}" in routes
    )
    return routes[f"{said[0][1]} {said[0][2]}"] if said else NextActor.BILLER

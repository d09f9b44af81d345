"""What the demonstration came to, and whether the ledger is what the payers decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from api import simulator
from api.bootstrap import Runtime
from audit.log import Verification
from core.ledger.entries import Account
from core.money import plain
from core.ports import Practice
from tenants.session import tenant_transaction
from tenants.store import measures


class LedgerSums(msgspec.Struct, frozen=True, kw_only=True):
    debits_cents: int
    credits_cents: int
    difference_cents: int


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run; with the same seed only ``seconds`` may differ."""

    practices: int
    encounters: int
    charges: int
    claims: int
    held: int
    files: dict[str, int]
    acks: dict[str, int]
    remits: dict[str, int]
    posted_cents: int
    simulator_paid_cents: int
    ledger: LedgerSums
    denials: int
    secondary_claims: int
    statements: int
    audit: dict[str, int | bool]
    seconds: float


def gather(
    runtime: Runtime, practices: Sequence[Practice], verification: Verification, *, seconds: float
) -> DemoReport:
    """Count what is in the database, over all practices."""
    total: Counter[str] = Counter()
    for practice in practices:
        with tenant_transaction(runtime.engine, practice.tenant_id) as connection:
            total.update(measures.demonstration_counts(connection))
    debits, credits_cents = total["debits_cents"], total["credits_cents"]
    return DemoReport(
        practices=len(practices),
        encounters=total["encounters"],
        charges=total["charges"],
        claims=total["claims"],
        held=total["held"],
        files={kind: total[f"out {kind}"] for kind in ("837P", "837D", "837I")},
        acks={kind: total[f"in {kind}"] for kind in ("TA1", "999", "277CA")},
        remits={"files": total["in 835"], "payments": total["payments"]},
        posted_cents=total[f"account {Account.PAYER_CASH}"],
        simulator_paid_cents=simulator.truth(runtime.settings.exchange).paid_cents,
        ledger=LedgerSums(
            debits_cents=debits,
            credits_cents=credits_cents,
            difference_cents=debits - credits_cents,
        ),
        denials=total["denials"],
        secondary_claims=total["secondary_claims"],
        statements=total["statements"],
        audit={"events": verification.events, "verified": verification.verified},
        seconds=round(seconds, 1),
    )


def compare(runtime: Runtime, practices: Sequence[Practice]) -> list[str]:
    """Every claim and check on which ledger and simulator differ, as sentences without names."""
    truth = {one.practice: one for one in simulator.truth(runtime.settings.exchange).practices}
    problems: list[str] = []
    for practice in practices:
        decided = truth.get(practice.slug)
        with tenant_transaction(runtime.engine, practice.tenant_id) as connection:
            posted = measures.posted_by_claim(connection)
            checks = measures.posted_checks(connection)
        if decided is not None:
            problems += _differences(practice.slug, decided, posted, checks)
    return problems


def _differences(
    slug: str,
    decided: simulator.PracticeTruth,
    posted: dict[str, int],
    checks: dict[str, int],
) -> Iterator[str]:
    for claim in decided.claims:
        cents = posted.pop(claim.claim_number, 0)
        if cents != claim.paid_cents:
            yield (
                f"{slug} claim {claim.claim_number}: posted {plain(cents)}, "
                f"paid {plain(claim.paid_cents)}"
            )
    for number, cents in posted.items():
        if cents:
            yield f"{slug} claim {number}: posted {plain(cents)}, never paid"
    for check in decided.checks:
        cents = checks.pop(check.trace, 0)
        if cents != check.cents:
            yield (f"{slug} check {check.trace}: posted {plain(cents)}, sent {plain(check.cents)}")
    for trace in checks:
        yield f"{slug} check {trace}: posted, never sent"

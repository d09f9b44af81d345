"""Shadow: claims judged a second time with what is being tried in the book; nothing else happens.

It runs after the scrub that counts, in a transaction of its own, and writes what it found to tables
that nothing else reads. Both books judge the same claims at the same time by the same facts, so
whatever differs comes from what is tried. What it would code or price is not tried: findings are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from core.errors import CollisionError
from core.ports import ClaimRecord, UnitOfWork
from core.rules.rulebook import RuleBook
from core.scrub.finding import Finding
from core.scrub.report import ScrubReport
from core.scrub.shadow import ShadowClaim, differences
from core.usecases.facts import Judged, scrub_batch
from core.usecases.prepare import judged_report
from core.usecases.work_claim import judged_of, outside_rules

BATCH_CLAIMS = 500

Ticks = Callable[[], int]
"""A clock that counts nanoseconds, for how long a judgement took."""


def judge_in_shadow(
    uow: UnitOfWork,
    step_id: UUID,
    plugin: UUID,
    live: RuleBook,
    trial: RuleBook,
    *,
    since: datetime,
    ticks: Ticks,
    limit: int = BATCH_CLAIMS,
) -> int:
    """Judge the next claims that were not judged under this step yet; how many there were.

    ``plugin`` names it in the audit log. Claims are open ones, and those made ``since``.
    """
    records = uow.claims.untried(step_id, since=since, limit=limit)
    if not records:
        return 0
    batch = [judged_of(record, record.claim) for record in records]
    outside = outside_rules(uow, records)
    as_is, live_ns = _judged(uow, records, batch, live, outside, ticks)
    as_tried, trial_ns = _judged(uow, records, batch, trial, outside, ticks)
    found = [
        _compared(
            record,
            before,
            after,
            live_ns // (1_000 * len(records)),
            trial_ns // (1_000 * len(records)),
        )
        for record, before, after in zip(records, as_is, as_tried, strict=True)
    ]
    if uow.shadows.add(step_id, found, on=uow.today) < len(found):
        raise CollisionError("somebody else judged these claims in shadow meanwhile; repeat it")
    uow.record(
        "plugin.tried",
        {"plugin": [plugin], "claim": [record.id for record in records]},
        claims=len(found),
        different=sum(bool(one.differences) for one in found),
        newly_held=sum(one.would_hold and not one.was_held for one in found),
    )
    return len(found)


def _judged(
    uow: UnitOfWork,
    records: Sequence[ClaimRecord],
    batch: Sequence[Judged],
    book: RuleBook,
    outside: Sequence[tuple[Finding, ...]],
    ticks: Ticks,
) -> tuple[list[ScrubReport], int]:
    began = ticks()
    reports = scrub_batch(uow, batch, book)
    took = ticks() - began
    return [
        judged_report(record.claim, report, extra)
        for record, report, extra in zip(records, reports, outside, strict=True)
    ], took


def _compared(
    record: ClaimRecord,
    before: ScrubReport,
    after: ScrubReport,
    microseconds: int,
    shadow_microseconds: int,
) -> ShadowClaim:
    return ShadowClaim(
        claim_id=record.id,
        claim_version=record.version,
        was_held=not before.clean,
        would_hold=not after.clean,
        charge_cents=record.claim.charge_cents,
        microseconds=microseconds,
        shadow_microseconds=shadow_microseconds,
        differences=differences(before.findings, after.findings),
    )

"""Open claims are scrubbed again after rules or releases changed, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.claims.parties import Value
from core.ports import ClaimRecord, Move, StoredFinding, UnitOfWork
from core.rules.rulebook import RuleBook
from core.scrub.finding import Finding
from core.scrub.report import ScrubReport
from core.usecases.facts import scrub_batch, tables_digest
from core.usecases.prepare import judged_move, judged_report
from core.usecases.work_claim import judged_of, outside_rules


class Rescrubbed(Value, frozen=True, kw_only=True):
    """What a batch came to. ``changed`` claims have other findings than before."""

    claims: int = 0
    changed: int = 0
    held: int = 0
    last: UUID | None = None


def rescrub_changed(
    uow: UnitOfWork, rule_book: RuleBook, *, limit: int = 500, after: UUID | None = None
) -> Rescrubbed:
    """Scrub the next ``limit`` open claims that other rules or releases have judged.

    One transaction; call again with ``after=last`` until ``last`` is None. A claim whose findings
    stay as they were keeps its overrides; elsewhere they start anew.
    """
    releases = tables_digest(uow, rule_book)
    records = uow.claims.judged_otherwise(rule_book.digest, releases, limit=limit, after=after)
    if not records:
        return Rescrubbed()
    batch = [judged_of(record, record.claim) for record in records]
    reports = [
        judged_report(record.claim, report, extra)
        for record, report, extra in zip(
            records,
            scrub_batch(uow, batch, rule_book),
            outside_rules(uow, records),
            strict=True,
        )
    ]
    changed = _store_changed(uow, records, reports, rule_book)
    ids = [record.id for record in records]
    uow.claims.mark_judged(ids, rule_book.digest, releases)
    clean = sum(report.clean for report in reports)
    uow.record(
        "claim.scrubbed",
        {"claim": ids},
        claims=len(ids),
        clean=clean,
        held=len(ids) - clean,
        findings=sum(len(report.findings) for report in reports),
    )
    return Rescrubbed(claims=len(ids), changed=changed, held=len(ids) - clean, last=records[-1].id)


def _store_changed(
    uow: UnitOfWork,
    records: Sequence[ClaimRecord],
    reports: Sequence[ScrubReport],
    rule_book: RuleBook,
) -> int:
    """Store and move those whose findings differ from the stored ones; how many."""
    before = uow.claims.findings_of([record.id for record in records])
    findings: dict[UUID, tuple[Finding, ...]] = {}
    moves: list[Move] = []
    for record, report in zip(records, reports, strict=True):
        if _said(report.findings) == _said(_findings(before.get(record.id, ()))):
            continue
        findings[record.id] = report.findings
        _, step = judged_move(record.id, record.position, report, uow.today, rule_book)
        moves.append(step)
    if findings:
        uow.claims.replace_findings(findings)
        uow.claims.move(moves)
    return len(findings)


def _findings(stored: Sequence[StoredFinding]) -> tuple[Finding, ...]:
    return tuple(one.finding for one in stored)


def _said(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    return sorted(
        (one.rule, one.version, one.severity, one.line_no or 0, one.reason, one.message)
        for one in findings
    )

"""Encounters become claims: coded, priced, scrubbed, and either ready to go or held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.claims.lifecycle import move, opened
from core.claims.parties import Value
from core.claims.position import Event, NextActor, Position
from core.coding.code import CodedEncounter, code
from core.intake.coverage import coverage_on
from core.intake.encounter import Encounter
from core.part_two import sensitivity_of
from core.ports import ClaimRecord, Move, UnitOfWork, WaitingEncounter
from core.rules.declared_apply import RuleRun
from core.rules.rulebook import RuleBook
from core.scrub.engine import scrub
from core.scrub.finding import Finding, Severity
from core.scrub.report import ScrubReport
from core.submission.unwritable import unwritable_findings
from core.usecases.apply_rules import authorizations_asked, priced_by_rules, route_of
from core.usecases.facts import Judged, load_facts

_SLICE_CLAIMS = 500

UNCONFIRMED_PROVIDER = Finding(
    rule="CW-101",
    severity=Severity.REJECT,
    message="The billing provider came in with a file and nobody has confirmed it yet",
    suggestion="Look at the provider and confirm it, then scrub again",
    source="Claimwright intake",
    place_837="2010AA",
)


class Prepared(Value, frozen=True, kw_only=True):
    """What one batch came to. ``failed`` encounters have no claim and wait for a person."""

    encounters: int = 0
    claims: int = 0
    ready: int = 0
    held: int = 0
    failed: int = 0


def claim_number(practice_number: int, place: int) -> str:
    """CLM01: four digits of the practice, eight of the claim; at most 20 characters are allowed."""
    return f"{practice_number:04d}{place:08d}"


def prepare_claims(uow: UnitOfWork, rule_book: RuleBook, *, limit: int = 2_000) -> Prepared:
    """Code, price and scrub the next ``limit`` encounters that wait, in order of arrival.

    One transaction; call again until ``encounters`` is 0. A bad encounter never stops the others:
    what is wrong with it becomes findings of its claim, or its own reason to wait.
    """
    waiting = uow.encounters.next_new(limit)
    if not waiting:
        return Prepared()
    drafts, marks = _drafts(uow, waiting, rule_book)
    facts = load_facts(uow, [_judged(draft) for draft in drafts], rule_book)
    uow.encounters.mark(marks)
    ids: list[UUID] = []
    ready = findings = 0
    # In slices: the store writes one while the next is judged.
    for start in range(0, len(drafts), _SLICE_CLAIMS):
        part = drafts[start : start + _SLICE_CLAIMS]
        reports = scrub([draft.claim for draft in part], rule_book, facts, as_of=uow.today)
        judged = [
            (draft, judged_report(draft.claim, report, draft.findings))
            for draft, report in zip(part, reports, strict=True)
        ]
        part_ids = uow.new_ids(len(judged))
        findings += _store(uow, judged, part_ids, rule_book)
        ready += sum(report.clean for _, report in judged)
        ids += part_ids
    about = {"claim": ids, "encounter": [one.encounter.id for one in waiting]}
    uow.record("claim.created", about, claims=len(ids))
    uow.record(
        "claim.scrubbed",
        {"claim": ids},
        claims=len(ids),
        clean=ready,
        held=len(ids) - ready,
        findings=findings,
    )
    return Prepared(
        encounters=len(waiting),
        claims=len(ids),
        ready=ready,
        held=len(ids) - ready,
        failed=sum(status == "failed" for _, status, _ in marks),
    )


def _store(
    uow: UnitOfWork,
    judged: Sequence[tuple[_Draft, ScrubReport]],
    ids: Sequence[UUID],
    rule_book: RuleBook,
) -> int:
    """Store a slice of judged claims; how many findings they have."""
    records, moves = _settle(judged, ids, uow.today, rule_book)
    runs = {one: draft.runs for one, (draft, _) in zip(ids, judged, strict=True) if draft.runs}
    uow.claims.add(records, moves, runs)
    findings = [
        (claim_id, finding)
        for claim_id, (_, report) in zip(ids, judged, strict=True)
        for finding in report.findings
    ]
    uow.claims.add_findings(findings)
    return len(findings)


def _judged(draft: _Draft) -> Judged:
    encounter = draft.encounter
    return Judged(claim=draft.claim, patient_id=encounter.patient.id, encounter_id=encounter.id)


class _Draft(msgspec.Struct, frozen=True):
    claim: Claim
    findings: tuple[Finding, ...]
    encounter: Encounter
    part: int
    runs: tuple[RuleRun, ...] = ()


def _drafts(
    uow: UnitOfWork, waiting: Sequence[WaitingEncounter], rule_book: RuleBook
) -> tuple[list[_Draft], list[tuple[UUID, str, str]]]:
    """Coded and priced claims, and the new status of each encounter."""
    coded: list[tuple[WaitingEncounter, CodedEncounter]] = [
        (one, code(one.encounter, rule_book, claim_number="0")) for one in waiting
    ]
    count = sum(len(result.claims) for _, result in coded)
    first = uow.counters.take("claim", count) if count else 1
    numbers = iter(range(first, first + count))
    drafts: list[_Draft] = []
    marks: list[tuple[UUID, str, str]] = []
    for one, result in coded:
        extra = (
            result.findings
            if one.billing_confirmed
            else (
                *result.findings,
                UNCONFIRMED_PROVIDER,
            )
        )
        for part, claim in enumerate(result.claims, start=1):
            number = claim_number(uow.practice.number, next(numbers))
            drafts.append(_Draft(renumbered(claim, number), extra, one.encounter, part))
        if result.claims:
            marks.append((one.encounter.id, "claimed", ""))
        else:
            reason = "; ".join(sorted({finding.message for finding in result.findings}))
            marks.append((one.encounter.id, "failed", reason))
    return _ruled(uow, drafts, rule_book), marks


def _ruled(uow: UnitOfWork, drafts: Sequence[_Draft], rule_book: RuleBook) -> list[_Draft]:
    """The drafts priced, and changed as rules have it."""
    known = authorizations_asked(uow, [_judged(draft) for draft in drafts], rule_book)
    made = []
    for draft in drafts:
        held = known.get(draft.claim.claim_number, ())
        after = priced_by_rules(draft.claim, rule_book, uow.today, held)
        made.append(msgspec.structs.replace(draft, claim=after.claim, runs=after.runs))
    return made


def renumbered(claim: Claim, number: str) -> Claim:
    """``claim`` under its final number; line control numbers follow it."""
    lines = tuple(
        msgspec.structs.replace(line, control_number=f"{number}-{line.line_no}")
        for line in claim.lines
    )
    return msgspec.structs.replace(claim, claim_number=number, lines=lines)


def judged_report(claim: Claim, report: ScrubReport, extra: Sequence[Finding]) -> ScrubReport:
    """``report`` with findings from outside the rules: ``extra``, and what no 837 can carry.

    The latter only for a claim the rules let pass: else they have said it in better words.
    """
    findings = (*extra, *report.findings)
    if not any(finding.severity.holds for finding in findings):
        findings = (*findings, *unwritable_findings(claim))
    return msgspec.structs.replace(report, findings=findings)


def _settle(
    judged: Sequence[tuple[_Draft, ScrubReport]],
    ids: Sequence[UUID],
    today: date,
    rule_book: RuleBook,
) -> tuple[list[ClaimRecord], list[Move]]:
    start = opened(today)
    records, moves = [], []
    for claim_id, (draft, report) in zip(ids, judged, strict=True):
        after, step = judged_move(claim_id, start, report, today, rule_book)
        encounter = draft.encounter
        billed, following = _payer_refs(encounter, draft.claim)
        moves.append(step)
        records.append(
            ClaimRecord(
                id=claim_id,
                claim=draft.claim,
                position=after,
                encounter_id=encounter.id,
                patient_id=encounter.patient.id,
                payer_ref=billed,
                next_payer_ref=following,
                part=draft.part,
                rule_book_digest=report.rule_book,
                tables_digest=report.tables,
                sensitivity=sensitivity_of(encounter, encounter.charges),
            )
        )
    return records, moves


_HOLDS = {
    NextActor.BILLER: Event.HOLD_FOR_BILLER,
    NextActor.CODER: Event.HOLD_FOR_CODER,
    NextActor.CLIENT: Event.HOLD_FOR_CLIENT,
}


def judged_move(
    claim_id: UUID, before: Position, report: ScrubReport, today: date, rule_book: RuleBook
) -> tuple[Position, Move]:
    """Where the scrub sends a claim: ready, or held for whom a rule names; the rules are noted."""
    event = Event.RELEASE if report.clean else _HOLDS[route_of(report, rule_book)]
    after = move(before, event, today=today)
    holding = sorted({finding.rule for finding in report.findings if finding.severity.holds})
    note = " ".join(holding)
    return after, Move(claim_id=claim_id, event=event, before=before, after=after, note=note)


def _payer_refs(encounter: Encounter, claim: Claim) -> tuple[UUID, UUID | None]:
    """The payer record billed and the one that comes after it, by the coverages of the visit."""
    day = claim.service_from
    in_force = coverage_on(encounter.coverages, day).in_force if day else encounter.coverages
    by_payer = {one.payer.payer_id: one.payer_ref for one in in_force}
    billed = by_payer[claim.payer.payer_id]
    later = [one for one in claim.other_payers if one.paid_cents is None]
    following = by_payer.get(later[0].payer.payer_id) if later else None
    return billed, following

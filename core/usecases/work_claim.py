"""What a biller does with a claim that came back or was held: edit, scrub, override, send again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.claims.lifecycle import allowed, move
from core.claims.position import Event, Position, Stage
from core.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StateError
from core.ports import ClaimRecord, FindingAnswer, Move, StoredFinding, UnitOfWork
from core.rules.declared_apply import Changed, set_and_tagged
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook
from core.scrub.finding import Finding
from core.scrub.fixes import ASKS_WHY, apply_fix
from core.scrub.report import ScrubReport
from core.submission.unwritable import unwritable_findings
from core.usecases.apply_rules import authorizations_asked, priced_by_rules
from core.usecases.disclose import barriers_of
from core.usecases.facts import Judged, scrub_batch
from core.usecases.prepare import UNCONFIRMED_PROVIDER, judged_move, judged_report

REASON_LENGTH_MIN = 10
CHANGED_MEANWHILE = "somebody changed this claim meanwhile; open it again and repeat"


def edit_claim(
    uow: UnitOfWork,
    claim_id: UUID,
    *,
    expected_version: int,
    edit: Callable[[Claim], Claim],
    rule_book: RuleBook,
) -> ClaimRecord:
    """Change a claim that is not with a payer, price what has no charge, and scrub it again.

    ``edit`` gives the changed claim; its number, its frequency and its control numbers stay.
    ``ConflictError`` when the claim is no longer at ``expected_version``.
    """
    record = uow.claims.get(claim_id)
    if record.version != expected_version:
        raise ConflictError(CHANGED_MEANWHILE)
    edited = move(record.position, Event.EDIT, today=uow.today)
    changed = edit(record.claim)
    if changed.claim_number != record.claim.claim_number:
        raise InputError("a claim keeps its number")
    uow.record("claim.edited", {"claim": [claim_id]})
    step = _step(record.id, Event.EDIT, record.position, edited)
    asked = authorizations_asked(uow, [judged_of(record, changed)], rule_book)
    held = asked.get(changed.claim_number, ())
    ruled = priced_by_rules(changed, rule_book, uow.today, held)
    return _judge(uow, record, ruled, edited, rule_book, [step])


def scrub_again(uow: UnitOfWork, claim_id: UUID, rule_book: RuleBook) -> ClaimRecord:
    """Scrub a claim that waits here against the rules of today; overrides start anew."""
    record = uow.claims.get(claim_id)
    if record.position.stage not in (Stage.DRAFT, Stage.HELD, Stage.READY):
        raise StateError("only a claim that has not been sent is scrubbed again; edit it first")
    held = authorizations_asked(uow, [judged_of(record, record.claim)], rule_book)
    ruled = set_and_tagged(
        record.claim,
        rule_book.transforms,
        uow.today,
        held.get(record.claim.claim_number, ()),
    )
    return _judge(uow, record, ruled, record.position, rule_book, [])


def override_finding(
    uow: UnitOfWork,
    claim_id: UUID,
    finding_id: UUID,
    *,
    reason: str,
    role: str,
    layers: Collection[Layer],
) -> ClaimRecord:
    """Override a ``deny`` with a reason, which is kept with this version of the claim.

    ``role`` is who says so, ``layers`` whose rules that role may override. ``ForbiddenError`` for a
    ``reject``, a privacy gate, and a rule of another layer.
    """
    record = uow.claims.get(claim_id)
    if record.position.stage is not Stage.HELD:
        raise StateError("only a held claim has findings to override")
    finding = _found(uow, claim_id, finding_id).finding
    if not finding.overridable:
        raise ForbiddenError("this finding must be put right; nobody may override it")
    if finding.layer not in layers:
        raise ForbiddenError(
            f"rules of the {finding.layer} are overridden by a lead or an administrator"
        )
    said = _reason(reason, "the payer may ask for it")
    label = record.sensitivity
    uow.claims.override(finding_id, by=uow.actor_id, reason=said, sensitivity=label)
    uow.claims.answer(_answer(uow, record, "override", finding, role, said), label)
    uow.record("claim.overridden", {"claim": [claim_id]}, findings=1)
    return record


def apply_finding_fix(
    uow: UnitOfWork,
    claim_id: UUID,
    finding_id: UUID,
    *,
    expected_version: int,
    rule_book: RuleBook,
    role: str,
    reason: str = "",
) -> ClaimRecord:
    """Carry out what a finding suggests, as an edit, and scrub again.

    ``ConflictError`` when the claim is past ``expected_version``. A fix of a code, of units or of a
    whole line is confirmed with ``reason``, which is kept with the version it was said of.
    """
    record = uow.claims.get(claim_id)
    if record.version != expected_version:
        raise ConflictError(CHANGED_MEANWHILE)
    finding = _found(uow, claim_id, finding_id).finding
    if finding.fix is None:
        raise InputError("this finding is put right by hand; edit the claim")
    fix, said = finding.fix, reason.strip()
    if fix.field in ASKS_WHY or said:
        said = _reason(reason, "it changes what is billed")
    after = edit_claim(
        uow,
        claim_id,
        expected_version=expected_version,
        edit=lambda claim: apply_fix(claim, fix),
        rule_book=rule_book,
    )
    uow.claims.answer(_answer(uow, record, "fix", finding, role, said), after.sensitivity)
    uow.record("claim.fixed", {"claim": [claim_id]}, findings=1)
    return after


def _found(uow: UnitOfWork, claim_id: UUID, finding_id: UUID) -> StoredFinding:
    for one in uow.claims.findings(claim_id):
        if one.id == finding_id:
            return one
    raise NotFoundError("there is no such finding on this claim; it may have been scrubbed")


def _reason(reason: str, why: str) -> str:
    said = reason.strip()
    if len(said) < REASON_LENGTH_MIN:
        raise InputError(f"say why in at least {REASON_LENGTH_MIN} characters; {why}")
    return said


def _answer(
    uow: UnitOfWork, record: ClaimRecord, kind: str, finding: Finding, role: str, reason: str
) -> FindingAnswer:
    return FindingAnswer(
        claim_id=record.id,
        claim_version=record.version,
        kind=kind,
        finding=finding,
        by=uow.actor_id,
        role=role,
        reason=reason,
    )


def release(uow: UnitOfWork, claim_id: UUID) -> ClaimRecord:
    """Let a held claim go with the next batch, once all that holds it is overridden.

    Where no 837 can carry it, the reasons become findings and it stays held.
    """
    record = uow.claims.get(claim_id)
    if record.position.stage is not Stage.HELD:
        raise StateError("only a held claim can be released")
    left = holding(uow.claims.findings(claim_id))
    if left:
        raise StateError(
            f"{len(left)} finding(s) still hold this claim; put them right, or override those "
            "that may be overridden"
        )
    unwritable = unwritable_findings(record.claim)
    if unwritable:
        uow.claims.add_findings([(claim_id, finding) for finding in unwritable])
        uow.record("claim.held", {"claim": [claim_id]}, claims=1)
        return record
    uow.record("claim.released", {"claim": [claim_id]}, claims=1)
    return _move_on(uow, record, Event.OVERRIDE)


def send_again(uow: UnitOfWork, claim_id: UUID) -> ClaimRecord:
    """Put a claim that a 999 or 277CA rejected back into the next batch."""
    record = uow.claims.get(claim_id)
    if not allowed(record.position, Event.RESUBMIT):
        raise StateError("only a rejected claim is sent again; a paid one is corrected instead")
    uow.record("claim.moved", {"claim": [claim_id]}, claims=1)
    return _move_on(uow, record, Event.RESUBMIT)


def holding(findings: Sequence[StoredFinding]) -> tuple[StoredFinding, ...]:
    """The findings that still hold a claim."""
    return tuple(
        one for one in findings if one.finding.severity.holds and one.overridden_by is None
    )


def _judge(
    uow: UnitOfWork,
    record: ClaimRecord,
    ruled: Changed,
    position: Position,
    rule_book: RuleBook,
    steps: list[Move],
) -> ClaimRecord:
    [report] = scrub_batch(uow, [judged_of(record, ruled.claim)], rule_book)
    _settle(uow, record, ruled, position, report, rule_book, steps)
    return uow.claims.get(record.id)


def judged_of(record: ClaimRecord, claim: Claim) -> Judged:
    """A stored claim, as it is or as it would be, ready to be judged."""
    return Judged(
        claim=claim,
        patient_id=record.patient_id,
        encounter_id=record.encounter_id,
        is_stored=True,
    )


def _settle(
    uow: UnitOfWork,
    record: ClaimRecord,
    ruled: Changed,
    position: Position,
    report: ScrubReport,
    rule_book: RuleBook,
    steps: list[Move],
) -> None:
    """Store what a scrub said of a stored claim, and move the claim by it."""
    claim = ruled.claim
    becoming = msgspec.structs.replace(record, claim=claim)
    [extra] = outside_rules(uow, [becoming])
    report = judged_report(claim, report, extra)
    uow.claims.replace(
        msgspec.structs.replace(
            becoming,
            rule_book_digest=report.rule_book,
            tables_digest=report.tables,
        ),
        expected_version=record.version,
    )
    if ruled.runs:
        uow.claims.add_runs({record.id: ruled.runs})
    uow.claims.replace_findings({record.id: report.findings})
    _record_scrub(uow, record.id, report)
    _, step = judged_move(record.id, position, report, uow.today, rule_book)
    uow.claims.move([*steps, step])


def outside_rules(uow: UnitOfWork, records: Sequence[ClaimRecord]) -> list[tuple[Finding, ...]]:
    """What keeps claims from leaving beside their rules: providers nobody confirmed, consents."""
    npis = sorted({record.claim.billing.npi for record in records})
    known = uow.masters.providers("billing", npis)
    confirmed = {npi for npi, one in known.items() if one.status == "active"}
    return [
        (*(() if record.claim.billing.npi in confirmed else (UNCONFIRMED_PROVIDER,)), *found)
        for record, found in zip(records, barriers_of(uow, records), strict=True)
    ]


def _record_scrub(uow: UnitOfWork, claim_id: UUID, report: ScrubReport) -> None:
    clean = int(report.clean)
    uow.record(
        "claim.scrubbed",
        {"claim": [claim_id]},
        claims=1,
        clean=clean,
        held=1 - clean,
        findings=len(report.findings),
    )


def _move_on(uow: UnitOfWork, record: ClaimRecord, event: Event) -> ClaimRecord:
    after = move(record.position, event, today=uow.today)
    uow.claims.move([_step(record.id, event, record.position, after)])
    return msgspec.structs.replace(record, position=after)


def _step(claim_id: UUID, event: Event, before: Position, after: Position) -> Move:
    return Move(claim_id=claim_id, event=event, before=before, after=after)

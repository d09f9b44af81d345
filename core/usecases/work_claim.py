"""What a biller does with a claim that came back or was held: edit, scrub, override, send again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.claims.lifecycle import allowed, move
from core.claims.position import Event, Position, Stage
from core.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StateError
from core.part_two import sensitivity_of, stricter
from core.ports import ClaimRecord, Move, StoredFinding, UnitOfWork
from core.pricing.price import price
from core.rules.rulebook import RuleBook
from core.scrub.finding import Finding
from core.scrub.report import ScrubReport
from core.submission.unwritable import unwritable_findings
from core.usecases.disclose import barriers_of
from core.usecases.facts import Judged, scrub_batch
from core.usecases.prepare import UNCONFIRMED_PROVIDER, judged_move, judged_report

REASON_LENGTH_MIN = 10


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
        raise ConflictError("somebody changed this claim meanwhile; open it again and repeat")
    edited = move(record.position, Event.EDIT, today=uow.today)
    changed = edit(record.claim)
    if changed.claim_number != record.claim.claim_number:
        raise InputError("a claim keeps its number")
    uow.record("claim.edited", {"claim": [claim_id]})
    step = _step(record.id, Event.EDIT, record.position, edited)
    return _judge(uow, record, price(changed, rule_book), edited, rule_book, [step])


def scrub_again(uow: UnitOfWork, claim_id: UUID, rule_book: RuleBook) -> ClaimRecord:
    """Scrub a claim that waits here against the rules of today; overrides start anew."""
    record = uow.claims.get(claim_id)
    if record.position.stage not in (Stage.DRAFT, Stage.HELD, Stage.READY):
        raise StateError("only a claim that has not been sent is scrubbed again; edit it first")
    return _judge(uow, record, record.claim, record.position, rule_book, [])


def override_finding(
    uow: UnitOfWork, claim_id: UUID, finding_id: UUID, *, reason: str
) -> ClaimRecord:
    """Override a ``deny`` with a reason; ``ForbiddenError`` for a ``reject`` or a privacy gate."""
    record = uow.claims.get(claim_id)
    if record.position.stage is not Stage.HELD:
        raise StateError("only a held claim has findings to override")
    found = [one for one in uow.claims.findings(claim_id) if one.id == finding_id]
    if not found:
        raise NotFoundError("there is no such finding on this claim; it may have been scrubbed")
    if not found[0].finding.overridable:
        raise ForbiddenError("this finding must be put right; nobody may override it")
    if len(reason.strip()) < REASON_LENGTH_MIN:
        raise InputError(
            f"say why in at least {REASON_LENGTH_MIN} characters; the payer may ask for it"
        )
    uow.claims.override(finding_id, by=uow.actor_id, reason=reason.strip())
    uow.record("claim.overridden", {"claim": [claim_id]}, findings=1)
    return record


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
    claim: Claim,
    position: Position,
    rule_book: RuleBook,
    steps: list[Move],
) -> ClaimRecord:
    one = Judged(claim=claim, patient_id=record.patient_id, encounter_id=record.encounter_id)
    [report] = scrub_batch(uow, [one], rule_book)
    extra = (*_unconfirmed(uow, claim), *barriers_of(uow, record, claim))
    report = judged_report(claim, report, extra)
    uow.claims.replace(
        msgspec.structs.replace(
            record,
            claim=claim,
            rule_book_digest=report.rule_book,
            sensitivity=stricter(record.sensitivity, sensitivity_of(claim, claim.lines)),
        ),
        expected_version=record.version,
    )
    uow.claims.replace_findings(record.id, report.findings)
    _record_scrub(uow, record.id, report)
    _, step = judged_move(record.id, position, report, uow.today)
    uow.claims.move([*steps, step])
    return uow.claims.get(record.id)


def _unconfirmed(uow: UnitOfWork, claim: Claim) -> tuple[Finding, ...]:
    known = uow.masters.providers("billing", [claim.billing.npi]).get(claim.billing.npi)
    return () if known is not None and known.status == "active" else (UNCONFIRMED_PROVIDER,)


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

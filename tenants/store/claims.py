"""Claims: the bill, its lines, its findings, its moves, and the staff queue that follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import PayerSequence
from core.claims.position import NextActor, Owes, Position, Stage
from core.errors import ConflictError, NotFoundError
from core.ports import (
    AwaitingNextPayer,
    ClaimPlace,
    ClaimRecord,
    Move,
    StoredFinding,
    Submission,
)
from core.remittance.matching import OpenClaim, OpenLine
from core.remittance.values import ClaimPayment
from core.rules.rule import Layer
from core.scrub.finding import Finding, Severity
from tenants.store.context import StoreContext, decoder

_CLAIM = decoder(Claim)
_PAYMENT = decoder(ClaimPayment)

_RECORD = (
    "id, encounter_id, part, patient_id, payer_ref, next_payer_ref, parent_claim_id, stage, owes,"
    " next_actor, due_on, rule_book_digest, filed, version, body"
)
_PLACE = "id, claim_number, stage, owes, next_actor, due_on, filed, sequence"
_FINDING = (
    "rule",
    "rule_version",
    "severity",
    "line_no",
    "message",
    "reason",
    "suggestion",
    "source",
    "layer",
    "carc",
    "rarc",
    "place_837",
    "gate",
)
_POSITION = ("stage", "owes", "next_actor", "due_on")

# Whose turn makes a row of the staff queue.
_QUEUED = [NextActor.BILLER.value, NextActor.CODER.value, NextActor.CLIENT.value]


class ClaimStore:
    """Implements ``core.ports.Claims``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, records: Sequence[ClaimRecord]) -> None:
        """Store new claims with their service lines."""
        self._context.insert(
            "claim",
            (
                "id",
                "claim_number",
                "encounter_id",
                "part",
                "patient_id",
                "payer_ref",
                "sequence",
                "form",
                "frequency",
                *_POSITION,
                "charge_cents",
                "expected_cents",
                "service_from",
                "service_to",
                "parent_claim_id",
                "next_payer_ref",
                "payer_claim_number",
                "rule_book_digest",
                "body",
            ),
            map(self._row, records),
        )
        self._add_lines(records)

    def _row(self, record: ClaimRecord) -> tuple[object, ...]:
        claim = record.claim
        return (
            record.id,
            claim.claim_number,
            record.encounter_id,
            record.part,
            record.patient_id,
            record.payer_ref,
            claim.sequence.value,
            claim.form.value,
            claim.frequency,
            *_position_row(record.position),
            claim.charge_cents,
            _expected_cents(claim),
            claim.service_from,
            claim.service_to,
            record.parent_claim_id,
            record.next_payer_ref,
            claim.payer_claim_number,
            record.rule_book_digest,
            self._context.seal("claim", "body", record.id, claim),
        )

    def _add_lines(self, records: Sequence[ClaimRecord]) -> None:
        count = sum(len(record.claim.lines) for record in records)
        ids = iter(self._context.new_ids(count))
        self._context.insert(
            "service_line",
            (
                "id",
                "claim_id",
                "line_no",
                "control_number",
                "charge_id",
                "code",
                "modifiers",
                "revenue_code",
                "charge_cents",
                "remaining_cents",
                "expected_cents",
                "service_from",
            ),
            (
                (
                    next(ids),
                    record.id,
                    line.line_no,
                    line.control_number,
                    line.charge_id,
                    line.code,
                    ":".join(line.modifiers),
                    line.revenue_code,
                    line.charge_cents,
                    _remaining_cents(line),
                    line.expected_cents,
                    line.service_from,
                )
                for record in records
                for line in record.claim.lines
            ),
        )

    def replace(self, record: ClaimRecord, *, expected_version: int) -> None:
        """Store an edited claim; ``ConflictError`` when it is past ``expected_version``."""
        context = self._context
        claim = record.claim
        changed = context.write(
            "UPDATE claim SET version = version + 1, charge_cents = :charge,"
            " expected_cents = :expected, service_from = :first, service_to = :last,"
            " form = :form, frequency = :frequency, payer_claim_number = :payer_claim_number,"
            " rule_book_digest = :digest, body = :body WHERE id = :id AND version = :version",
            id=record.id,
            version=expected_version,
            charge=claim.charge_cents,
            expected=_expected_cents(claim),
            first=claim.service_from,
            last=claim.service_to,
            form=claim.form.value,
            frequency=claim.frequency,
            payer_claim_number=claim.payer_claim_number,
            digest=record.rule_book_digest,
            body=context.seal("claim", "body", record.id, claim),
        )
        if not changed:
            raise ConflictError("somebody changed this claim meanwhile; open it again and repeat")
        context.write("DELETE FROM service_line WHERE claim_id = :id", id=record.id)
        self._add_lines([record])

    def get(self, claim_id: UUID) -> ClaimRecord:
        """One claim, or ``NotFoundError`` (also for another practice's). The caller records it."""
        row = self._context.row(
            f"SELECT {_RECORD} FROM claim WHERE id = :id FOR UPDATE", id=claim_id
        )
        if row is None:
            raise NotFoundError("there is no such claim")
        return self._record(row)

    def ready(self, limit: int) -> tuple[ClaimRecord, ...]:
        """Claims that wait to be filed, in the order they were made, locked."""
        rows = self._context.rows(
            f"SELECT {_RECORD} FROM claim WHERE stage = 'ready'"
            " ORDER BY claim_number LIMIT :limit FOR UPDATE",
            limit=limit,
        )
        return tuple(self._record(row) for row in rows)

    def places(self, claim_numbers: Sequence[str]) -> dict[str, ClaimPlace]:
        """Where claims stand, by claim number, locked."""
        rows = self._context.rows(
            f"SELECT {_PLACE} FROM claim WHERE claim_number = ANY(:numbers) ORDER BY id FOR UPDATE",
            numbers=list(claim_numbers),
        )
        return {row.claim_number: _place(row) for row in rows}

    def places_in_file(
        self, file_id: UUID, transaction_controls: Sequence[str] | None = None
    ) -> tuple[tuple[str, ClaimPlace], ...]:
        """The claims filed in a file (or some of its transaction sets), locked.

        Each with the control number of its transaction set.
        """
        rows = self._context.rows(
            "SELECT s.transaction_control, c.id, c.claim_number, c.stage, c.owes, c.next_actor,"
            " c.due_on, c.filed, c.sequence FROM submission s JOIN claim c"
            " ON c.tenant_id = s.tenant_id AND c.id = s.claim_id WHERE s.file_id = :file"
            " AND (CAST(:controls AS text[]) IS NULL OR s.transaction_control = ANY(:controls))"
            " ORDER BY c.id FOR UPDATE OF c",
            file=file_id,
            controls=None if transaction_controls is None else list(transaction_controls),
        )
        return tuple((row.transaction_control, _place(row)) for row in rows)

    def move(self, moves: Sequence[Move]) -> None:
        """Write moves: the new positions, the timeline, and the staff queue."""
        if not moves:
            return
        context = self._context
        last = {move.claim_id: move.after for move in moves}
        context.update(
            "claim",
            ("id",),
            _POSITION,
            ((claim_id, *_position_row(position)) for claim_id, position in last.items()),
        )
        ids = iter(context.new_ids(len(moves)))
        context.insert(
            "claim_move",
            ("id", "claim_id", "event", "from_stage", "to_stage", "actor", "file_id", "note"),
            (
                (
                    next(ids),
                    move.claim_id,
                    move.event,
                    move.before.stage.value,
                    move.after.stage.value,
                    context.actor,
                    move.file_id,
                    move.note,
                )
                for move in moves
            ),
        )
        self._queue({move.claim_id: move.note for move in moves})

    def _queue(self, notes: dict[UUID, str]) -> None:
        """Keep the PHI-free queue as the claims are: a row where a person acts next, else none."""
        context = self._context
        ids = list(notes)
        context.write(
            "DELETE FROM work_item w USING claim c WHERE w.claim_id = ANY(:ids)"
            " AND c.tenant_id = w.tenant_id AND c.id = w.claim_id"
            " AND NOT c.next_actor = ANY(:queued)",
            ids=ids,
            queued=_QUEUED,
        )
        context.write(
            "INSERT INTO work_item (tenant_id, id, claim_id, claim_number, payer_name, form, stage,"
            " next_actor, reason, amount_cents, due_on)"
            " SELECT c.tenant_id, c.id, c.id, c.claim_number, p.name, c.form, c.stage,"
            " c.next_actor, n.note, c.charge_cents, c.due_on"
            " FROM claim c JOIN payer p ON p.id = c.payer_ref"
            " JOIN unnest(CAST(:ids AS uuid[]), CAST(:notes AS text[])) AS n(id, note)"
            " ON n.id = c.id WHERE c.next_actor = ANY(:queued)"
            " ON CONFLICT (tenant_id, claim_id) DO UPDATE SET stage = EXCLUDED.stage,"
            " next_actor = EXCLUDED.next_actor, reason = EXCLUDED.reason,"
            " amount_cents = EXCLUDED.amount_cents, due_on = EXCLUDED.due_on, updated_at = now()",
            ids=ids,
            notes=[notes[one] for one in ids],
            queued=_QUEUED,
        )

    def mark_filed(self, claim_ids: Sequence[UUID]) -> None:
        """These claims have charges in the ledger from now on."""
        self._context.write(
            "UPDATE claim SET filed = true WHERE id = ANY(:ids)", ids=list(claim_ids)
        )

    def set_payer_claim_numbers(self, numbers: Sequence[tuple[UUID, str]]) -> None:
        """Keep the number the payer gave each claim."""
        self._context.update("claim", ("id",), ("payer_claim_number",), numbers)

    def add_findings(self, findings: Sequence[tuple[UUID, Finding]]) -> None:
        """Store findings of new claims, in their order."""
        context = self._context
        ids = iter(context.new_ids(len(findings)))
        context.insert(
            "finding",
            ("id", "claim_id", "place", *_FINDING),
            (
                (next(ids), claim_id, place, *_finding_row(finding))
                for place, (claim_id, finding) in enumerate(findings)
            ),
        )

    def replace_findings(self, claim_id: UUID, findings: Sequence[Finding]) -> None:
        """The findings of a new scrub take the place of the old ones; overrides start anew."""
        self._context.write("DELETE FROM finding WHERE claim_id = :id", id=claim_id)
        self.add_findings([(claim_id, finding) for finding in findings])

    def findings(self, claim_id: UUID) -> tuple[StoredFinding, ...]:
        """A claim's findings in their order."""
        rows = self._context.rows(
            f"SELECT id, claim_id, {', '.join(_FINDING)}, overridden_by, override_reason"
            " FROM finding WHERE claim_id = :id ORDER BY place",
            id=claim_id,
        )
        return tuple(
            StoredFinding(
                id=row.id,
                claim_id=row.claim_id,
                finding=_finding(row),
                overridden_by=row.overridden_by,
                override_reason=row.override_reason,
            )
            for row in rows
        )

    def override(self, finding_id: UUID, *, by: UUID, reason: str) -> None:
        """Record who overrode a finding, and why."""
        self._context.write(
            "UPDATE finding SET overridden_by = :by, override_reason = :reason WHERE id = :id",
            id=finding_id,
            by=by,
            reason=reason,
        )

    def open_claims(self, claim_numbers: Sequence[str]) -> dict[str, OpenClaim]:
        """What posting needs of claims, by claim number, locked, in two queries."""
        rows = self._context.rows(
            "SELECT id, claim_number, patient_id, payer_ref, sequence, stage, charge_cents,"
            " next_payer_ref FROM claim WHERE claim_number = ANY(:numbers) ORDER BY id FOR UPDATE",
            numbers=list(claim_numbers),
        )
        lines: dict[UUID, list[OpenLine]] = {}
        for line in self._context.rows(
            "SELECT claim_id, line_no, control_number, code, modifiers, revenue_code,"
            " charge_cents, remaining_cents FROM service_line WHERE claim_id = ANY(:ids)"
            " ORDER BY claim_id, line_no",
            ids=[row.id for row in rows],
        ):
            lines.setdefault(line.claim_id, []).append(_open_line(line))
        return {
            row.claim_number: OpenClaim(
                claim_id=row.id,
                claim_number=row.claim_number,
                patient_id=row.patient_id,
                payer_ref=row.payer_ref,
                sequence=PayerSequence(row.sequence),
                stage=Stage(row.stage),
                charge_cents=row.charge_cents,
                lines=tuple(lines.get(row.id, ())),
                has_next_payer=row.next_payer_ref is not None,
                next_payer_ref=row.next_payer_ref,
            )
            for row in rows
        }

    def rejected_by_999(self) -> tuple[UUID, ...]:
        """Claims that came back because their transaction set was refused, oldest first."""
        rows = self._context.rows(
            "SELECT w.claim_id FROM work_item w WHERE w.tenant_id = :tenant"
            " AND w.stage = 'rejected' AND w.reason ^@ '999' ORDER BY w.claim_number",
            tenant=self._context.tenant_id,
        )
        return tuple(row.claim_id for row in rows)

    def owed_by_patient(self, patient_ids: Sequence[UUID]) -> tuple[ClaimPlace, ...]:
        """Claims of these patients that wait for a statement, locked."""
        rows = self._context.rows(
            f"SELECT {_PLACE} FROM claim WHERE patient_id = ANY(:ids) AND owes = 'patient'"
            " AND next_actor = 'system' ORDER BY id FOR UPDATE",
            ids=list(patient_ids),
        )
        return tuple(_place(row) for row in rows)

    def awaiting_next_payer(self, limit: int) -> tuple[AwaitingNextPayer, ...]:
        """Decided claims whose next payer we bill, with the latest decision, locked."""
        rows = self._context.rows(
            "SELECT c.*, r.id AS payment_id, r.body AS payment, m.paid_on FROM claim c"
            " JOIN LATERAL (SELECT * FROM remittance_claim r WHERE r.claim_id = c.id"
            "   AND r.tenant_id = c.tenant_id AND r.status <> '22'"
            "   ORDER BY r.id DESC LIMIT 1) r ON true"
            " JOIN remittance m ON m.tenant_id = r.tenant_id AND m.id = r.remittance_id"
            " WHERE c.owes = 'next_payer' AND c.next_actor = 'system'"
            " AND NOT EXISTS (SELECT FROM claim n WHERE n.tenant_id = c.tenant_id"
            "   AND n.parent_claim_id = c.id)"
            " ORDER BY c.claim_number LIMIT :limit FOR UPDATE OF c",
            limit=limit,
        )
        return tuple(
            AwaitingNextPayer(
                record=self._record(row),
                payment=self._context.open(
                    "remittance_claim", "body", row.payment_id, row.payment, _PAYMENT
                ),
                paid_on=row.paid_on,
            )
            for row in rows
        )

    def add_submissions(self, submissions: Sequence[Submission]) -> None:
        """Keep each claim exactly as it was filed."""
        context = self._context
        ids = iter(context.new_ids(len(submissions)))
        context.insert(
            "submission",
            ("id", "claim_id", "file_id", "transaction_control", "snapshot", "snapshot_sha256"),
            (self._submission_row(next(ids), one) for one in submissions),
        )

    def _submission_row(self, row_id: UUID, one: Submission) -> tuple[object, ...]:
        snapshot, digest = self._context.seal_hashed("submission", "snapshot", row_id, one.claim)
        return row_id, one.claim_id, one.file_id, one.transaction_control, snapshot, digest

    def _record(self, row: Any) -> ClaimRecord:
        return ClaimRecord(
            id=row.id,
            claim=self._context.open("claim", "body", row.id, row.body, _CLAIM),
            position=_position(row),
            encounter_id=row.encounter_id,
            patient_id=row.patient_id,
            payer_ref=row.payer_ref,
            part=row.part,
            version=row.version,
            rule_book_digest=row.rule_book_digest,
            filed=row.filed,
            parent_claim_id=row.parent_claim_id,
            next_payer_ref=row.next_payer_ref,
        )


def _position(row: Any) -> Position:
    return Position(
        stage=Stage(row.stage),
        owes=Owes(row.owes),
        next_actor=NextActor(row.next_actor),
        due_on=row.due_on,
    )


def _position_row(position: Position) -> tuple[object, ...]:
    return (
        position.stage.value,
        position.owes.value,
        position.next_actor.value,
        position.due_on,
    )


def _place(row: Any) -> ClaimPlace:
    return ClaimPlace(
        id=row.id,
        claim_number=row.claim_number,
        position=_position(row),
        filed=row.filed,
        sequence=row.sequence,
    )


def _finding_row(finding: Finding) -> tuple[object, ...]:
    return (
        finding.rule,
        finding.version,
        finding.severity.value,
        finding.line_no,
        finding.message,
        finding.reason,
        finding.suggestion,
        finding.source,
        finding.layer.name,
        finding.carc,
        finding.rarc,
        finding.place_837,
        finding.gate,
    )


def _finding(row: Any) -> Finding:
    return Finding(
        rule=row.rule,
        version=row.rule_version,
        severity=Severity(row.severity),
        line_no=row.line_no,
        message=row.message,
        reason=row.reason,
        suggestion=row.suggestion,
        source=row.source,
        layer=Layer[row.layer],
        carc=row.carc,
        rarc=row.rarc,
        place_837=row.place_837,
        gate=row.gate,
    )


def _open_line(row: Any) -> OpenLine:
    return OpenLine(
        line_no=row.line_no,
        control_number=row.control_number,
        code=row.code,
        modifiers=tuple(row.modifiers.split(":")) if row.modifiers else (),
        revenue_code=row.revenue_code,
        charge_cents=row.charge_cents,
        remaining_cents=row.remaining_cents,
    )


def _expected_cents(claim: Claim) -> int | None:
    known = [line.expected_cents for line in claim.lines if line.expected_cents is not None]
    return sum(known) if known else None


def _remaining_cents(line: ServiceLine) -> int | None:
    """What this payer is asked for: the charge less what earlier payers paid and adjusted."""
    if not line.adjudications:
        return None
    settled = 0
    for decision in line.adjudications:
        settled += decision.paid_cents
        settled += sum(a.amount_cents for a in decision.adjustments if a.group != "PR")
    return line.charge_cents - settled

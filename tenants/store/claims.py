"""Claims: the bill with its service lines, as filed, and what posting needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import PayerSequence
from core.claims.position import Stage
from core.confidentiality import Sensitivity
from core.errors import ConflictError, NotFoundError
from core.ports import AwaitingNextPayer, ClaimRecord, Move, PastService, Submission
from core.remittance.matching import OpenClaim, OpenLine
from core.rules.declared_apply import RuleRun
from core.rules.facts import PriorService
from tenants.store.claim_moves import POSITION, ClaimMoves, position_of, position_row
from tenants.store.claim_runs import ClaimRuns
from tenants.store.context import StoreContext
from tenants.store.findings import ClaimFindings
from tenants.store.forms import CLAIM
from tenants.store.remittances import PAYMENT_COLUMNS, opened_payment

_COLUMNS = ", ".join(CLAIM.columns)
_RECORD = (
    "id, encounter_id, part, patient_id, payer_ref, next_payer_ref, parent_claim_id, stage, owes,"
    " next_actor, due_on, rule_book_digest, tables_digest, version, sensitivity,"
    f" {_COLUMNS},"
    " EXISTS (SELECT FROM submission s WHERE s.tenant_id = claim.tenant_id"
    "   AND s.claim_id = claim.id) AS filed"
)

_SET_GROUPS = ", ".join(f"{column} = CAST(:{column} AS bytea)" for column in CLAIM.columns)
_CLAIM_GROUPS = ", ".join(f"c.{column}" for column in CLAIM.columns)
_CLAIM_BYTES = " || ".join(f"coalesce(c.{column}, '')" for column in CLAIM.columns)

# What rules call the fate of an earlier service, by where its claim is.
_STATUS = {
    Stage.PAID: "paid",
    Stage.PARTLY_PAID: "paid",
    Stage.CLOSED: "paid",
    Stage.DENIED: "denied",
    Stage.REVERSED: "voided",
    Stage.REPLACED: "voided",
    Stage.VOID: "voided",
}

# A look-up takes a fifth of the time of a call of the enumeration.
_SENSITIVITY = {one.value: one for one in Sensitivity}

NO_RUNS: Mapping[UUID, Sequence[RuleRun]] = {}


class ClaimStore(ClaimMoves, ClaimFindings, ClaimRuns):
    """Implements ``core.ports.Claims``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(
        self,
        records: Sequence[ClaimRecord],
        moves: Sequence[Move],
        runs: Mapping[UUID, Sequence[RuleRun]] = NO_RUNS,
    ) -> None:
        """Store new claims with lines, what rules changed, and the moves that brought them."""
        self._context.later(partial(self._add, records, moves, runs))

    def _add(
        self,
        records: Sequence[ClaimRecord],
        moves: Sequence[Move],
        runs: Mapping[UUID, Sequence[RuleRun]],
    ) -> None:
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
                *POSITION,
                "charge_cents",
                "expected_cents",
                "service_from",
                "service_to",
                "parent_claim_id",
                "next_payer_ref",
                "payer_claim_number",
                "rendering_npi",
                "billing_npi",
                "rule_book_digest",
                "tables_digest",
                "sensitivity",
                *CLAIM.columns,
            ),
            map(self._row, records),
        )
        self._add_lines(records)
        self._add_runs(runs)
        self._log(moves)

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
            *position_row(record.position),
            claim.charge_cents,
            _expected_cents(claim),
            claim.service_from,
            claim.service_to,
            record.parent_claim_id,
            record.next_payer_ref,
            claim.payer_claim_number,
            claim.rendering.npi if claim.rendering else "",
            claim.billing.npi,
            record.rule_book_digest,
            record.tables_digest,
            record.sensitivity.value,
            *self._groups(record),
        )

    def _add_lines(self, records: Sequence[ClaimRecord]) -> None:
        self._context.insert(
            "service_line",
            (
                "claim_id",
                "line_no",
                "control_number",
                "charge_id",
                "code",
                "modifiers",
                "units",
                "revenue_code",
                "charge_cents",
                "remaining_cents",
                "expected_cents",
                "service_from",
                "place_of_service",
                "rendering_npi",
                "rendering_taxonomy",
            ),
            (
                (
                    record.id,
                    line.line_no,
                    line.control_number,
                    line.charge_id,
                    line.code,
                    ":".join(line.modifiers),
                    line.units,
                    line.revenue_code,
                    line.charge_cents,
                    _remaining_cents(line),
                    line.expected_cents,
                    line.service_from,
                    line.place_of_service or record.claim.place_of_service,
                    *_who(record.claim, line),
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
            " rendering_npi = :rendering, billing_npi = :billing, rule_book_digest = :digest,"
            " tables_digest = :tables, sensitivity = :sensitivity,"
            f" {_SET_GROUPS} WHERE id = :id AND version = :version",
            id=record.id,
            version=expected_version,
            charge=claim.charge_cents,
            expected=_expected_cents(claim),
            first=claim.service_from,
            last=claim.service_to,
            form=claim.form.value,
            frequency=claim.frequency,
            payer_claim_number=claim.payer_claim_number,
            rendering=claim.rendering.npi if claim.rendering else "",
            billing=claim.billing.npi,
            digest=record.rule_book_digest,
            tables=record.tables_digest,
            sensitivity=record.sensitivity.value,
            **dict(zip(CLAIM.columns, self._groups(record), strict=True)),
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

    def open_claims(self, claim_numbers: Sequence[str]) -> dict[str, OpenClaim]:
        """What posting needs of claims, by claim number, locked, in two queries."""
        rows = self._context.rows(
            "SELECT id, claim_number, patient_id, payer_ref, sequence, stage, charge_cents,"
            " next_payer_ref, sensitivity FROM claim WHERE claim_number = ANY(:numbers)"
            " ORDER BY id FOR UPDATE",
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
                sensitivity=Sensitivity(row.sensitivity),
            )
            for row in rows
        }

    def awaiting_next_payer(self, limit: int) -> tuple[AwaitingNextPayer, ...]:
        """Decided claims whose next payer we bill, with the latest decision, locked."""
        rows = self._context.rows(
            f"SELECT c.*, true AS filed, {PAYMENT_COLUMNS}, m.paid_on,"
            " EXISTS (SELECT FROM claim n WHERE n.tenant_id = c.tenant_id"
            "   AND n.parent_claim_id = c.id) AS already_billed FROM claim c"
            " JOIN LATERAL (SELECT * FROM remittance_claim r WHERE r.claim_id = c.id"
            "   AND r.tenant_id = c.tenant_id AND r.status <> '22'"
            "   ORDER BY r.id DESC LIMIT 1) r ON true"
            " JOIN remittance m ON m.tenant_id = r.tenant_id AND m.id = r.remittance_id"
            " WHERE c.owes = 'next_payer' AND c.next_actor = 'system'"
            " ORDER BY c.claim_number LIMIT :limit FOR UPDATE OF c",
            limit=limit,
        )
        return tuple(
            AwaitingNextPayer(
                record=self._record(row),
                payment=opened_payment(self._context.sealer, row),
                paid_on=row.paid_on,
                already_billed=row.already_billed,
            )
            for row in rows
        )

    def judged_otherwise(
        self, rule_book: str, tables: str, *, limit: int, after: UUID | None = None
    ) -> tuple[ClaimRecord, ...]:
        """Claims that wait here and were judged by other rules or releases, by id, locked."""
        rows = self._context.rows(
            f"SELECT {_RECORD} FROM claim WHERE stage IN ('draft', 'held', 'ready')"
            " AND (rule_book_digest <> :book OR tables_digest <> :tables)"
            " AND (CAST(:after AS uuid) IS NULL OR id > :after)"
            " ORDER BY id LIMIT :limit FOR UPDATE",
            book=rule_book,
            tables=tables,
            after=after,
            limit=limit,
        )
        return tuple(self._record(row) for row in rows)

    def untried(self, step_id: UUID, *, since: datetime, limit: int) -> tuple[ClaimRecord, ...]:
        """Claims that wait or were made ``since``, not yet judged under a step; unlocked."""
        rows = self._context.rows(
            f"SELECT {_RECORD} FROM claim"
            " WHERE (stage IN ('draft', 'held', 'ready') OR created_at >= :since)"
            " AND NOT EXISTS (SELECT FROM shadow_claim t WHERE t.tenant_id = claim.tenant_id"
            "   AND t.entry_id = :step AND t.claim_id = claim.id"
            "   AND t.claim_version = claim.version) ORDER BY id LIMIT :limit",
            step=step_id,
            since=since,
            limit=limit,
        )
        return tuple(self._record(row) for row in rows)

    def mark_judged(self, claim_ids: Sequence[UUID], rule_book: str, tables: str) -> None:
        """Note by which rules and releases claims were judged that are otherwise as they were."""
        self._context.write(
            "UPDATE claim SET rule_book_digest = :book, tables_digest = :tables"
            " WHERE id = ANY(:ids)",
            book=rule_book,
            tables=tables,
            ids=list(claim_ids),
        )

    def history(
        self, patient_ids: Sequence[UUID], *, since: date, codes: Sequence[str] | None = None
    ) -> dict[UUID, tuple[PastService, ...]]:
        """The services of these patients from ``since`` on, by patient, oldest first.

        ``codes``: only of these; None: of every code.
        """
        rows = self._context.rows(
            "SELECT c.patient_id, c.encounter_id, c.claim_number, c.stage, c.billing_npi,"
            " c.sensitivity, CAST(c.created_at AT TIME ZONE o.time_zone AS date) AS known_on,"
            " l.code, l.modifiers, l.units, l.service_from, l.place_of_service,"
            " l.rendering_taxonomy,"
            # A line stored before lines said who did them has its claim's.
            " coalesce(nullif(l.rendering_npi, ''), c.rendering_npi) AS rendering_npi"
            " FROM claim c JOIN practice o ON o.tenant_id = c.tenant_id JOIN service_line l"
            " ON l.tenant_id = c.tenant_id AND l.claim_id = c.id"
            " WHERE c.patient_id = ANY(:ids) AND l.service_from >= :since"
            " AND (CAST(:codes AS text[]) IS NULL OR l.code = ANY(:codes))"
            " ORDER BY c.patient_id, l.service_from, c.claim_number, l.line_no",
            ids=list(patient_ids),
            since=since,
            codes=None if codes is None else list(codes),
        )
        found: dict[UUID, list[PastService]] = {}
        for row in rows:
            found.setdefault(row.patient_id, []).append(_past_service(row))
        return {patient_id: tuple(services) for patient_id, services in found.items()}

    def add_submissions(self, submissions: Sequence[Submission]) -> None:
        """Keep each claim exactly as it was filed."""
        self._context.later(partial(self._add_submissions, submissions))

    def _add_submissions(self, submissions: Sequence[Submission]) -> None:
        # The claim's sealed bytes are copied by the database itself: nothing is sealed twice, and
        # what is kept is what was read when the file was written, as both happen under one lock.
        context = self._context
        context.write(
            "INSERT INTO submission (tenant_id, id, claim_id, file_id, transaction_control,"
            f" {_COLUMNS}, snapshot_sha256) SELECT c.tenant_id, given.id, c.id,"
            f" given.file_id, given.control, {_CLAIM_GROUPS}, sha256({_CLAIM_BYTES})"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:claims AS uuid[]), CAST(:files AS uuid[]),"
            " CAST(:controls AS text[])) AS given(id, claim_id, file_id, control)"
            " JOIN claim c ON c.id = given.claim_id",
            ids=context.new_ids(len(submissions)),
            claims=[one.claim_id for one in submissions],
            files=[one.file_id for one in submissions],
            controls=[one.transaction_control for one in submissions],
        )

    def as_filed(self, claim_id: UUID, file_id: UUID) -> Claim:
        """The claim as it stood in a file we sent, or ``NotFoundError``. The caller records it."""
        row = self._context.row(
            f"SELECT {_COLUMNS} FROM submission WHERE claim_id = :claim AND file_id = :file",
            claim=claim_id,
            file=file_id,
        )
        if row is None:
            raise NotFoundError("this claim was not in that file")
        return CLAIM.open(self._context.sealer, claim_id, row)

    def _record(self, row: Any) -> ClaimRecord:
        return ClaimRecord(
            id=row.id,
            claim=CLAIM.open(self._context.sealer, row.id, row),
            position=position_of(row),
            encounter_id=row.encounter_id,
            patient_id=row.patient_id,
            payer_ref=row.payer_ref,
            part=row.part,
            version=row.version,
            rule_book_digest=row.rule_book_digest,
            tables_digest=row.tables_digest,
            filed=row.filed,
            parent_claim_id=row.parent_claim_id,
            next_payer_ref=row.next_payer_ref,
            sensitivity=_SENSITIVITY[row.sensitivity],
        )

    def _groups(self, record: ClaimRecord) -> tuple[bytes | None, ...]:
        return CLAIM.seal(self._context.sealer, record.id, record.claim, record.sensitivity)


def _open_line(row: Any) -> OpenLine:
    return OpenLine(
        line_no=row.line_no,
        control_number=row.control_number,
        code=row.code,
        modifiers=_modifiers(row.modifiers),
        revenue_code=row.revenue_code,
        charge_cents=row.charge_cents,
        remaining_cents=row.remaining_cents,
    )


def _past_service(row: Any) -> PastService:
    return PastService(
        encounter_id=row.encounter_id,
        known_on=row.known_on,
        service=PriorService(
            service_on=row.service_from,
            code=row.code,
            modifiers=_modifiers(row.modifiers),
            units=row.units,
            rendering_npi=row.rendering_npi,
            group_npi=row.billing_npi,
            taxonomy=row.rendering_taxonomy,
            place_of_service=row.place_of_service,
            status=_STATUS.get(Stage(row.stage), "pending"),
            claim_number=row.claim_number,
            sensitivity=_SENSITIVITY[row.sensitivity],
        ),
    )


def _who(claim: Claim, line: ServiceLine) -> tuple[str, str]:
    """NPI and taxonomy of who did the line, as ``Case.rendering_npi`` has it."""
    provider = line.rendering or claim.rendering or claim.billing
    return provider.npi, provider.taxonomy


def _modifiers(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(":")) if joined else ()


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

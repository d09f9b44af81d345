"""Patient accounts as the ledger has them, and the statements issued on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.ledger.entries import Account, Posting
from core.patient_billing.statements import Visit, VisitService
from core.ports import NewStatement, PatientAccount
from tenants.store.context import StoreContext
from tenants.store.patients import PatientStore


class IssuedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that was issued, without its document; ``balance_cents`` was due on that day."""

    id: UUID
    patient_id: UUID
    number: str
    issued_on: date
    balance_cents: int


_ISSUED = "id, patient_id, number, issued_on, balance_cents"


class StatementStore:
    """Implements ``core.ports.Statements``."""

    def __init__(self, context: StoreContext, patients: PatientStore) -> None:
        self._context = context
        self._patients = patients

    def accounts(self, limit: int, *, after: UUID | None) -> tuple[PatientAccount, ...]:
        """The next ``limit`` patients, by id, who owe something and got no statement today."""
        context = self._context
        rows = context.rows(
            "SELECT patient_id FROM ledger_posting WHERE account = 'patient_receivable'"
            " AND (CAST(:after AS uuid) IS NULL OR patient_id > :after)"
            " AND NOT EXISTS (SELECT FROM statement s WHERE s.patient_id ="
            "   ledger_posting.patient_id AND s.issued_on = :today)"
            " GROUP BY patient_id HAVING sum(amount_cents) > 0 ORDER BY patient_id LIMIT :limit",
            after=after,
            today=context.today,
            limit=limit,
        )
        ids = [row.patient_id for row in rows]
        if not ids:
            return ()
        people = self._patients.load(ids)
        visits = self._visits(ids)
        postings = self._postings(ids)
        return tuple(
            PatientAccount(
                patient=people[one][0],
                visits=tuple(visits.get(one, ())),
                postings=tuple(postings.get(one, ())),
            )
            for one in ids
        )

    def _visits(self, ids: Sequence[UUID]) -> dict[UUID, list[Visit]]:
        rows = self._context.rows(
            "SELECT c.patient_id, c.encounter_id, c.part, c.service_from,"
            " array_agg(c.id ORDER BY c.sequence, c.id) AS claims FROM claim c"
            " WHERE c.patient_id = ANY(:ids)"
            " GROUP BY c.patient_id, c.encounter_id, c.part, c.service_from"
            " ORDER BY c.patient_id, c.service_from, c.encounter_id, c.part",
            ids=list(ids),
        )
        services: dict[UUID, list[VisitService]] = {}
        for line in self._context.rows(
            "SELECT l.claim_id, l.line_no, l.code, l.revenue_code, l.service_from"
            " FROM service_line l JOIN claim c ON c.tenant_id = l.tenant_id AND c.id = l.claim_id"
            " WHERE c.patient_id = ANY(:ids) ORDER BY l.claim_id, l.line_no",
            ids=list(ids),
        ):
            services.setdefault(line.claim_id, []).append(_service(line))
        visits: dict[UUID, list[Visit]] = {}
        for row in rows:
            visits.setdefault(row.patient_id, []).append(
                Visit(
                    claim_ids=tuple(row.claims),
                    service_on=row.service_from,
                    services=tuple(services.get(row.claims[0], ())),
                )
            )
        return visits

    def _postings(self, ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
        postings: dict[UUID, list[Posting]] = {}
        for row in self._context.rows(
            "SELECT patient_id, account, amount_cents, claim_id, line_no, payer_ref, group_code,"
            " carc FROM ledger_posting WHERE patient_id = ANY(:ids) ORDER BY entry_id, place",
            ids=list(ids),
        ):
            postings.setdefault(row.patient_id, []).append(
                Posting(
                    account=Account(row.account),
                    amount_cents=row.amount_cents,
                    claim_id=row.claim_id,
                    line_no=row.line_no,
                    patient_id=row.patient_id,
                    payer_ref=row.payer_ref,
                    group=row.group_code,
                    carc=row.carc,
                )
            )
        return postings

    def issued(self, statement_id: UUID) -> IssuedStatement | None:
        """The statement, or None."""
        row = self._context.row(f"SELECT {_ISSUED} FROM statement WHERE id = :id", id=statement_id)
        return None if row is None else IssuedStatement(**row._mapping)

    def document(self, statement_id: UUID) -> bytes:
        """The PDF as it was issued."""
        row = self._context.row("SELECT body FROM statement WHERE id = :id", id=statement_id)
        assert row is not None, "the caller has seen this statement"
        return self._context.sealer.open("statement", "body", statement_id, row.body)

    def add(self, statements: Sequence[NewStatement]) -> None:
        """Keep statements as issued, sealed."""
        context = self._context
        context.insert(
            "statement",
            ("id", "patient_id", "number", "issued_on", "balance_cents", "body"),
            (
                (
                    new.id,
                    new.patient_id,
                    new.statement.number,
                    new.statement.issued_on,
                    new.statement.due_cents,
                    context.sealer.seal("statement", "body", new.id, new.document),
                )
                for new in statements
            ),
        )


def _service(line: Any) -> VisitService:
    """The code numbers alone: descriptions of procedures are licensed, the practice has them."""
    code = line.code or f"revenue {line.revenue_code}"
    return VisitService(
        line_no=line.line_no, description=f"Service {code}", service_on=line.service_from
    )

"""Patient accounts as the ledger has them, and the statements issued on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.confidentiality import FieldClass, Sensitivity
from core.ledger.entries import Account, Posting
from core.patient_billing.statements import Visit, VisitService
from core.ports import NewStatement, PatientAccount
from tenants.store.context import StoreContext
from tenants.store.either import EitherColumn
from tenants.store.patients import PatientStore


class IssuedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that was issued, without its document; ``balance_cents`` was due on that day.

    ``field_class`` is that of the document: of its services, as of those on the claims.
    """

    id: UUID
    patient_id: UUID
    number: str
    issued_on: date
    balance_cents: int
    field_class: FieldClass


_LIES = EitherColumn("statement")
_ISSUED = (
    "id, patient_id, number, issued_on, balance_cents,"
    " CASE WHEN substance_use IS NULL THEN 'clinical' ELSE 'substance_use' END AS field_class"
)


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
        labelled = self._of_part_two(ids)
        visits = self._visits(ids)
        postings = self._postings(ids)
        return tuple(
            PatientAccount(
                patient=people[one][0],
                visits=tuple(visits.get(one, ())),
                postings=tuple(postings.get(one, ())),
                sensitivity=Sensitivity.SUBSTANCE_USE if one in labelled else Sensitivity.NONE,
            )
            for one in ids
        )

    def _of_part_two(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of these patients who have a record of a Part 2 program."""
        rows = self._context.rows(
            "SELECT DISTINCT patient_id FROM claim"
            " WHERE patient_id = ANY(:ids) AND sensitivity = 'substance_use'",
            ids=list(ids),
        )
        return frozenset(row.patient_id for row in rows)

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
        return None if row is None else msgspec.convert(row._mapping, IssuedStatement)

    def document(self, statement_id: UUID) -> bytes:
        """The PDF as it was issued."""
        row = self._context.row(
            "SELECT body, substance_use FROM statement WHERE id = :id", id=statement_id
        )
        assert row is not None, "the caller has seen this statement"
        found = _LIES.open(self._context.sealer, statement_id, row.body, row.substance_use)
        assert found is not None, "the database keeps no statement without its document"
        return found

    def add(self, statements: Sequence[NewStatement]) -> None:
        """Keep statements as issued, sealed."""
        context = self._context
        context.insert(
            "statement",
            ("id", "patient_id", "number", "issued_on", "balance_cents", *_LIES.columns),
            (
                (
                    new.id,
                    new.patient_id,
                    new.statement.number,
                    new.statement.issued_on,
                    new.statement.due_cents,
                    *_LIES.seal(context.sealer, new.id, new.document, new.sensitivity),
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

"""Disclosures to be accounted for, and the patients' requests to be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from core.disclosures import Disclosure, DisclosurePurpose
from core.errors import NotFoundError
from tenants.store.context import StoreContext, decoder


class _Sealed(msgspec.Struct, frozen=True):
    recipient: str
    address: str
    what: str
    why: str


_SEALED = decoder(_Sealed)


class AccountingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A patient's request to be told; ``answered_on`` None: not yet."""

    id: UUID
    patient_id: UUID
    requested_on: date
    answered_on: date | None


class DisclosureStore:
    """The disclosures of one practice; the caller records the events."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, disclosure: Disclosure) -> None:
        """Enter a disclosure; it is never changed."""
        sealed = _Sealed(disclosure.recipient, disclosure.address, disclosure.what, disclosure.why)
        context = self._context
        context.write(
            "INSERT INTO disclosure (tenant_id, id, patient_id, disclosed_on, purpose, corrects_id,"
            " entered_by, body) VALUES (:tenant, :id, :patient, :day, :purpose, :corrects, :by,"
            " :body)",
            tenant=context.tenant_id,
            id=disclosure.id,
            patient=disclosure.patient_id,
            day=disclosure.disclosed_on,
            purpose=disclosure.purpose.value,
            corrects=disclosure.corrects_id,
            by=disclosure.entered_by,
            body=context.seal("disclosure", "body", disclosure.id, sealed),
        )

    def of_patient(self, patient_id: UUID) -> tuple[Disclosure, ...]:
        """Everything entered about a patient, in order."""
        rows = self._context.rows(
            "SELECT id, patient_id, disclosed_on, purpose, corrects_id, entered_by, body"
            " FROM disclosure WHERE patient_id = :patient ORDER BY disclosed_on, id",
            patient=patient_id,
        )
        found = []
        for row in rows:
            sealed = self._context.open("disclosure", "body", row.id, row.body, _SEALED)
            found.append(
                Disclosure(
                    id=row.id,
                    patient_id=row.patient_id,
                    disclosed_on=row.disclosed_on,
                    purpose=DisclosurePurpose(row.purpose),
                    corrects_id=row.corrects_id,
                    entered_by=row.entered_by,
                    **msgspec.structs.asdict(sealed),
                )
            )
        return tuple(found)

    def request(self, request_id: UUID, patient_id: UUID, requested_on: date) -> None:
        """Enter a request."""
        self._context.write(
            "INSERT INTO accounting_request (tenant_id, id, patient_id, requested_on)"
            " VALUES (:tenant, :id, :patient, :day)",
            tenant=self._context.tenant_id,
            id=request_id,
            patient=patient_id,
            day=requested_on,
        )

    def answer(self, request_id: UUID, answered_on: date) -> bool:
        """Note that the accounting was given; False when it was noted before."""
        return bool(
            self._context.write(
                "UPDATE accounting_request SET answered_on = :day"
                " WHERE id = :id AND answered_on IS NULL",
                id=request_id,
                day=answered_on,
            )
        )

    def by_id(self, request_id: UUID) -> AccountingRequest:
        """The request, or ``NotFoundError``."""
        row = self._context.row(
            "SELECT id, patient_id, requested_on, answered_on FROM accounting_request"
            " WHERE id = :id",
            id=request_id,
        )
        if row is None:
            raise NotFoundError("there is no such request")
        return AccountingRequest(**row._mapping)

    def waiting(self, limit: int) -> Sequence[AccountingRequest]:
        """Requests that are not answered, the oldest first."""
        rows = self._context.rows(
            "SELECT id, patient_id, requested_on, answered_on FROM accounting_request"
            " WHERE answered_on IS NULL ORDER BY requested_on, id LIMIT :limit",
            limit=limit,
        )
        return tuple(AccountingRequest(**row._mapping) for row in rows)

"""Authorizations of payers: number sealed; codes, days and units in the clear, as on claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.authorizations import CountedService, Counts, PriorAuthorization
from core.dates import Window
from tenants.store.context import StoreContext, decoder

_COLUMNS = (
    "a.id, a.patient_id, a.payer_ref, p.name AS payer_name, a.provider_npi, a.codes, a.first_day,"
    " a.last_day, a.counts, a.approved, a.identifiers, a.ended_on"
)
# Denied and withdrawn claims give back what they had taken.
_COUNTED = "c.stage NOT IN ('denied', 'reversed', 'replaced', 'void')"
_PAID = "c.stage IN ('paid', 'partly_paid', 'closed')"


class _Number(msgspec.Struct, frozen=True, kw_only=True):
    number: str


_NUMBER = decoder(_Number)


class AuthorizationStore:
    """Implements ``core.authorizations.Authorizations``."""

    def __init__(self, context: StoreContext, actor_id: UUID) -> None:
        self._context = context
        self._actor_id = actor_id

    def of_patients(
        self, patient_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[PriorAuthorization, ...]]:
        """What is entered for these patients, by patient, the one that ends last first."""
        rows = self._context.rows(
            f"SELECT {_COLUMNS} FROM prior_authorization a JOIN payer p ON p.id = a.payer_ref"
            " WHERE a.patient_id = ANY(:ids) ORDER BY a.last_day DESC, a.id",
            ids=list(patient_ids),
        )
        found: dict[UUID, list[PriorAuthorization]] = {}
        for row in rows:
            found.setdefault(row.patient_id, []).append(self._authorization(row))
        return {patient_id: tuple(held) for patient_id, held in found.items()}

    def current(self, today: date, *, limit: int) -> tuple[PriorAuthorization, ...]:
        """Those that hold on ``today`` or later, the one that ends first first."""
        rows = self._context.rows(
            f"SELECT {_COLUMNS} FROM prior_authorization a JOIN payer p ON p.id = a.payer_ref"
            " WHERE a.last_day >= :today AND (a.ended_on IS NULL OR a.ended_on > :today)"
            " ORDER BY a.last_day, a.id LIMIT :limit",
            today=today,
            limit=limit,
        )
        return tuple(self._authorization(row) for row in rows)

    def services(
        self, patient_ids: Sequence[UUID], since: date
    ) -> dict[UUID, tuple[CountedService, ...]]:
        """The lines of these patients' claims that count against authorizations, by patient."""
        rows = self._context.rows(
            "SELECT c.patient_id, c.payer_ref, c.claim_number, c.encounter_id,"
            f" CAST(c.created_at AS date) AS known_on, {_PAID} AS is_paid, l.code, l.units,"
            " coalesce(l.service_from, c.service_from) AS service_on,"
            " coalesce(nullif(l.rendering_npi, ''), c.rendering_npi) AS provider_npi"
            " FROM claim c JOIN service_line l"
            " ON l.tenant_id = c.tenant_id AND l.claim_id = c.id"
            " WHERE c.patient_id = ANY(:ids)"
            f" AND coalesce(l.service_from, c.service_from) >= :since AND {_COUNTED}"
            " ORDER BY c.patient_id, service_on, c.claim_number, l.line_no",
            ids=list(patient_ids),
            since=since,
        )
        found: dict[UUID, list[CountedService]] = {}
        for row in rows:
            found.setdefault(row.patient_id, []).append(CountedService(**row._mapping))
        return {patient_id: tuple(services) for patient_id, services in found.items()}

    def claims_of(self, patient_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str]]:
        """The latest claim of each patient, id and number: the way to them that names nobody."""
        rows = self._context.rows(
            "SELECT DISTINCT ON (patient_id) patient_id, id, claim_number FROM claim"
            " WHERE patient_id = ANY(:ids) ORDER BY patient_id, created_at DESC, id DESC",
            ids=list(patient_ids),
        )
        return {row.patient_id: (row.id, row.claim_number) for row in rows}

    def add(self, one: PriorAuthorization) -> None:
        """Keep an authorization."""
        number = self._context.seal(
            "prior_authorization", "identifiers", one.id, _Number(number=one.number)
        )
        self._context.insert(
            "prior_authorization",
            (
                "id",
                "patient_id",
                "payer_ref",
                "provider_npi",
                "codes",
                "first_day",
                "last_day",
                "counts",
                "approved",
                "identifiers",
                "entered_by",
            ),
            [
                (
                    one.id,
                    one.patient_id,
                    one.payer_ref,
                    one.provider_npi,
                    " ".join(one.codes),
                    one.window.first,
                    one.window.last,
                    one.counts.value,
                    one.approved,
                    number,
                    self._actor_id,
                )
            ],
        )

    def end(self, authorization_id: UUID, patient_id: UUID, *, on: date) -> bool:
        """Let one cover nothing from ``on``; False when the patient has none that goes on."""
        return bool(
            self._context.write(
                "UPDATE prior_authorization SET ended_on = :on, ended_by = :by"
                " WHERE id = :id AND patient_id = :patient AND ended_on IS NULL",
                id=authorization_id,
                patient=patient_id,
                on=on,
                by=self._actor_id,
            )
        )

    def _authorization(self, row: Any) -> PriorAuthorization:
        number = self._context.open(
            "prior_authorization", "identifiers", row.id, row.identifiers, _NUMBER
        )
        return PriorAuthorization(
            id=row.id,
            patient_id=row.patient_id,
            payer_ref=row.payer_ref,
            payer_name=row.payer_name,
            number=number.number,
            codes=tuple(row.codes.split()),
            window=Window(row.first_day, row.last_day),
            counts=Counts(row.counts),
            approved=row.approved,
            provider_npi=row.provider_npi,
            ended_on=row.ended_on,
        )

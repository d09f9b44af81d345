"""Consents of patients, and visits no plan is to be told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.consent import Consent, ConsentKind, ConsentPurpose
from tenants.store.context import StoreContext, decoder


class _Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a consent is sealed: to whom, for what, and where the paper is."""

    purposes: tuple[ConsentPurpose, ...]
    recipients: tuple[str, ...] = ()
    expires_event: str = ""
    document: str = ""


_WORDS = decoder(_Words)


class ConsentStore:
    """Implements ``core.ports.Consents``."""

    def __init__(self, context: StoreContext, actor_id: UUID) -> None:
        self._context = context
        self._actor_id = actor_id

    def of_patients(self, patient_ids: Sequence[UUID]) -> dict[UUID, tuple[Consent, ...]]:
        """The consents of these patients by patient, in force or not, the latest signed first."""
        rows = self._context.rows(
            "SELECT id, patient_id, kind, signed_on, expires_on, revoked_on, body FROM consent"
            " WHERE patient_id = ANY(:ids) ORDER BY patient_id, signed_on DESC, id DESC",
            ids=list(patient_ids),
        )
        found: dict[UUID, list[Consent]] = {}
        for row in rows:
            found.setdefault(row.patient_id, []).append(self._consent(row))
        return {patient: tuple(theirs) for patient, theirs in found.items()}

    def _consent(self, row: Any) -> Consent:
        words = self._context.open("consent", "body", row.id, row.body, _WORDS)
        return Consent(
            id=row.id,
            patient_id=row.patient_id,
            kind=ConsentKind(row.kind),
            signed_on=row.signed_on,
            expires_on=row.expires_on,
            revoked_on=row.revoked_on,
            **msgspec.structs.asdict(words),
        )

    def add(self, consent: Consent) -> None:
        """Keep a consent."""
        words = _Words(
            purposes=consent.purposes,
            recipients=consent.recipients,
            expires_event=consent.expires_event,
            document=consent.document,
        )
        self._context.insert(
            "consent",
            ("id", "patient_id", "kind", "signed_on", "expires_on", "revoked_on", "body"),
            [
                (
                    consent.id,
                    consent.patient_id,
                    consent.kind.value,
                    consent.signed_on,
                    consent.expires_on,
                    consent.revoked_on,
                    self._context.seal("consent", "body", consent.id, words),
                )
            ],
        )

    def revoke(self, consent_id: UUID, *, on: date) -> None:
        """Let a consent count no more from ``on``."""
        self._context.write(
            "UPDATE consent SET revoked_on = :on WHERE id = :id AND revoked_on IS NULL",
            id=consent_id,
            on=on,
        )

    def restricted(self, encounter_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of these visits that no plan is to be told of."""
        rows = self._context.rows(
            "SELECT encounter_id FROM billing_restriction"
            " WHERE encounter_id = ANY(:ids) AND lifted_on IS NULL",
            ids=list(encounter_ids),
        )
        return frozenset(row.encounter_id for row in rows)

    def restrict(self, encounter_id: UUID) -> None:
        """Keep that no plan is to be told of a visit."""
        context = self._context
        context.insert(
            "billing_restriction",
            ("id", "encounter_id", "set_on", "set_by"),
            [(context.new_ids(1)[0], encounter_id, context.today, self._actor_id)],
        )

    def lift(self, encounter_id: UUID) -> bool:
        """End it; whether there was one."""
        return bool(
            self._context.write(
                "UPDATE billing_restriction SET lifted_on = :today, lifted_by = :by"
                " WHERE encounter_id = :id AND lifted_on IS NULL",
                id=encounter_id,
                today=self._context.today,
                by=self._actor_id,
            )
        )

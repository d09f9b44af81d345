"""Encounters and their charges, and the intake batches they came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

import msgspec

from core.crypto import Normaliser
from core.part_two import sensitivity_of
from core.ports import IntakeCounts, NewEncounter, WaitingEncounter
from tenants.store.context import StoreContext, exact
from tenants.store.forms import ENCOUNTER
from tenants.store.masters import MasterStore
from tenants.store.patients import PatientStore

_COLUMNS = ", ".join(ENCOUNTER.columns)
EXTERNAL_BITS = 128


class EncounterStore:
    """Implements ``core.ports.Encounters``.

    The sealed groups hold the encounter as captured; the patient, the coverage and the billing
    provider are those of today when it is read.
    """

    def __init__(self, context: StoreContext, patients: PatientStore, masters: MasterStore) -> None:
        self._context = context
        self._patients = patients
        self._masters = masters

    def known(self, external_ids: Sequence[str]) -> set[str]:
        """Which of these encounters are here already."""
        index_of = {self._external_index(one): one for one in external_ids}
        rows = self._context.rows(
            "SELECT external_index FROM encounter WHERE external_index = ANY(:keys)",
            keys=list(index_of),
        )
        return {index_of[bytes(row.external_index)] for row in rows}

    def add(self, encounters: Sequence[NewEncounter], *, batch_id: UUID, arrival: int) -> None:
        """Store encounters and their charges; ``arrival`` numbers the first of them."""
        context = self._context
        context.insert(
            "encounter",
            (
                "id",
                "patient_id",
                "external_index",
                "form",
                "status",
                "service_from",
                "billing_id",
                "batch_id",
                "charge_cents",
                "arrival",
                "sensitivity",
                *ENCOUNTER.columns,
            ),
            (self._row(new, batch_id, arrival + place) for place, new in enumerate(encounters)),
        )
        context.insert(
            "charge",
            ("id", "encounter_id", "line_no", "code", "charge_cents", "service_from"),
            (
                (c.id, new.encounter.id, c.line_no, c.code, c.charge_cents, c.service_from)
                for new in encounters
                for c in new.charges
            ),
        )

    def _row(self, new: NewEncounter, batch_id: UUID, arrival: int) -> tuple[object, ...]:
        encounter = new.encounter
        days = [c.service_from for c in new.charges if c.service_from]
        sensitivity = sensitivity_of(encounter, new.charges)
        return (
            encounter.id,
            new.patient_id,
            self._external_index(encounter.external_id),
            encounter.form.value,
            "new",
            min(days) if days else None,
            new.billing_id,
            batch_id,
            sum(c.charge_cents or 0 for c in new.charges),
            arrival,
            sensitivity.value,
            *ENCOUNTER.seal(self._context.sealer, encounter.id, encounter, sensitivity),
        )

    def next_new(self, limit: int) -> tuple[WaitingEncounter, ...]:
        """The encounters that wait for coding, in order of arrival, locked for this transaction."""
        context = self._context
        rows = context.rows(
            f"SELECT id, patient_id, billing_id, {_COLUMNS} FROM encounter WHERE status = 'new'"
            " ORDER BY arrival, id LIMIT :limit FOR UPDATE",
            limit=limit,
        )
        people = self._patients.load(row.patient_id for row in rows)
        billing = self._masters.providers_by_id({row.billing_id for row in rows})
        waiting = []
        for row in rows:
            patient, coverages = people[row.patient_id]
            provider = billing[row.billing_id]
            captured = ENCOUNTER.open(context.sealer, row.id, row)
            encounter = msgspec.structs.replace(
                captured, patient=patient, coverages=coverages, billing=provider.provider
            )
            waiting.append(
                WaitingEncounter(encounter=encounter, billing_confirmed=provider.status == "active")
            )
        return tuple(waiting)

    def mark(self, marks: Sequence[tuple[UUID, str, str]]) -> None:
        """Set status and reason of encounters: (id, claimed | failed, reason)."""
        if marks:
            self._context.later(partial(self._mark, marks))

    def _mark(self, marks: Sequence[tuple[UUID, str, str]]) -> None:
        alike: dict[tuple[str, str], list[UUID]] = {}
        for encounter_id, status, reason in marks:
            alike.setdefault((status, reason), []).append(encounter_id)
        for (status, reason), ids in alike.items():
            self._context.write(
                "UPDATE encounter SET status = :status, reason = :reason"
                " WHERE tenant_id = :tenant AND id = ANY(:ids)",
                tenant=self._context.tenant_id,
                ids=ids,
                status=status,
                reason=reason,
            )

    def batch_of(self, sha256: bytes) -> IntakeCounts | None:
        """What an earlier arrival of the same bytes came to."""
        row = self._context.row(
            "SELECT records_count, taken_count, repeated_count, refused_count, charges_count"
            " FROM intake_batch WHERE sha256 = :sha256",
            sha256=sha256,
        )
        if row is None:
            return None
        return IntakeCounts(
            records=row.records_count,
            taken=row.taken_count,
            repeated=row.repeated_count,
            refused=row.refused_count,
            charges=row.charges_count,
        )

    def add_batch(self, batch_id: UUID, kind: str, sha256: bytes) -> None:
        """Open an intake batch; its counts follow with ``close_batch``."""
        self._context.insert(
            "intake_batch",
            (
                "id",
                "kind",
                "sha256",
                "records_count",
                "taken_count",
                "repeated_count",
                "refused_count",
                "charges_count",
            ),
            [(batch_id, kind, sha256, 0, 0, 0, 0, 0)],
        )

    def close_batch(
        self, batch_id: UUID, counts: IntakeCounts, refusals: Sequence[tuple[int, str]]
    ) -> None:
        """Write what the batch came to, with each refusal's position and reason."""
        context = self._context
        context.write(
            "UPDATE intake_batch SET records_count = :records, taken_count = :taken,"
            " repeated_count = :repeated, refused_count = :refused, charges_count = :charges"
            " WHERE id = :id",
            id=batch_id,
            **msgspec.structs.asdict(counts),
        )
        context.insert(
            "intake_refusal",
            ("id", "batch_id", "position", "reason"),
            self._refusal_rows(batch_id, refusals),
        )

    def _refusal_rows(
        self, batch_id: UUID, refusals: Sequence[tuple[int, str]]
    ) -> Iterator[tuple[object, ...]]:
        ids = self._context.new_ids(len(refusals))
        for row_id, (position, reason) in zip(ids, refusals, strict=True):
            yield row_id, batch_id, position, reason

    def _external_index(self, external_id: str) -> bytes:
        return self._context.sealer.blind(
            "encounter", "external_id", Normaliser.IDENTIFIER, exact(external_id), EXTERNAL_BITS
        )

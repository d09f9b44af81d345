"""Patients and their coverage: sealed, found again by blind index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from core.claims.parties import Person, Subscriber
from core.crypto import Normaliser
from core.dates import Window
from core.intake.encounter import Coverage, Patient
from core.ports import NewCoverage
from tenants.store.context import StoreContext, decoder, exact
from tenants.store.masters import MasterStore

# A patient number is unique by nature, so its index may be long; a surname is not: twelve bits
# hide almost every name among others (see the decision record on sealed groups).
_NUMBER_BITS = 128
_MEMBER_BITS = 64
_NAME_BITS = 12


_PATIENT = decoder(Patient)
_SUBSCRIBER = decoder(Subscriber)


class PatientStore:
    """Implements ``core.ports.Patients``."""

    def __init__(self, context: StoreContext, masters: MasterStore) -> None:
        self._context = context
        self._masters = masters

    def ensure(self, people: Sequence[tuple[str, Person]]) -> dict[str, UUID]:
        """The ids of these patients by patient number; new ones are added, changed ones updated."""
        context = self._context
        wanted = dict(people)
        index_of = {number: self._number_index(number) for number in wanted}
        rows = context.rows(
            "SELECT id, number_index, body FROM patient WHERE number_index = ANY(:keys)",
            keys=list(index_of.values()),
        )
        known = {bytes(row.number_index): row for row in rows}
        ids: dict[str, UUID] = {}
        changed: list[Patient] = []
        fresh: list[Patient] = []
        new_ids = iter(context.new_ids(len(wanted) - len(known)))
        for number, person in wanted.items():
            row = known.get(index_of[number])
            if row is None:
                patient = Patient(id=next(new_ids), number=number, person=person)
                fresh.append(patient)
            else:
                before = context.open("patient", "body", row.id, row.body, _PATIENT)
                patient = Patient(id=row.id, number=number, person=person)
                if before.person != person:
                    changed.append(patient)
            ids[number] = patient.id
        self._add(fresh, index_of)
        if changed:
            context.update(
                "patient",
                ("id",),
                ("name_index", "body"),
                ((p.id, self._name_index(p.person), self._body(p)) for p in changed),
            )
        return ids

    def id_of(self, number: str) -> UUID | None:
        """The id of the patient with this number; None when there is none."""
        row = self._context.row(
            "SELECT id FROM patient WHERE number_index = :key", key=self._number_index(number)
        )
        return None if row is None else row.id

    def _add(self, patients: Sequence[Patient], index_of: dict[str, bytes]) -> None:
        self._context.insert(
            "patient",
            ("id", "number_index", "name_index", "body"),
            (
                (p.id, index_of[p.number], self._name_index(p.person), self._body(p))
                for p in patients
            ),
        )

    def ensure_coverages(self, coverages: Sequence[NewCoverage]) -> int:
        """Add the coverages that are not there yet; how many were new."""
        context = self._context
        rows = []
        for row_id, new in zip(context.new_ids(len(coverages)), coverages, strict=True):
            member = context.sealer.blind(
                "coverage",
                "member",
                Normaliser.IDENTIFIER,
                new.subscriber.member_id or "-",
                _MEMBER_BITS,
            )
            body = context.seal("coverage", "body", row_id, new.subscriber)
            first, last = new.window.first, new.window.last
            rows.append(
                (row_id, new.patient_id, new.rank, new.payer_ref, first, last, member, body)
            )
        return context.insert(
            "coverage",
            (
                "id",
                "patient_id",
                "rank",
                "payer_ref",
                "first_day",
                "last_day",
                "member_index",
                "body",
            ),
            rows,
            skip_existing=True,
        )

    def load(self, ids: Iterable[UUID]) -> dict[UUID, tuple[Patient, tuple[Coverage, ...]]]:
        """Patients with their coverages by rank. The caller records the read."""
        context = self._context
        wanted = list(set(ids))
        patients = context.rows("SELECT id, body FROM patient WHERE id = ANY(:ids)", ids=wanted)
        rows = context.rows(
            "SELECT id, patient_id, rank, payer_ref, first_day, last_day, body FROM coverage"
            " WHERE patient_id = ANY(:ids) ORDER BY patient_id, rank, created_at, id",
            ids=wanted,
        )
        payers = self._masters.payers_by_ref({row.payer_ref for row in rows})
        coverages: dict[UUID, list[Coverage]] = {}
        for row in rows:
            payer = payers[row.payer_ref].payer
            coverages.setdefault(row.patient_id, []).append(self._coverage(row, payer))
        return {
            row.id: (
                context.open("patient", "body", row.id, row.body, _PATIENT),
                tuple(coverages.get(row.id, ())),
            )
            for row in patients
        }

    def _coverage(self, row: Any, payer: Any) -> Coverage:
        return Coverage(
            id=row.id,
            patient_id=row.patient_id,
            rank=row.rank,
            payer_ref=row.payer_ref,
            payer=payer,
            subscriber=self._context.open("coverage", "body", row.id, row.body, _SUBSCRIBER),
            window=Window(row.first_day, row.last_day),
        )

    def _body(self, patient: Patient) -> bytes:
        return self._context.seal("patient", "body", patient.id, patient)

    def _number_index(self, number: str) -> bytes:
        return self._context.sealer.blind(
            "patient", "number", Normaliser.IDENTIFIER, exact(number), _NUMBER_BITS
        )

    def _name_index(self, person: Person) -> bytes:
        return self._context.sealer.blind(
            "patient", "name", Normaliser.NAME, person.name.last, _NAME_BITS
        )

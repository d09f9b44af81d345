"""Patients and their coverage: sealed, found again by blind index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from core.claims.parties import Person
from core.crypto import Normaliser, normalise
from core.crypto.blind import BITS_MIN
from core.dates import Window
from core.intake.encounter import Coverage, Patient
from core.ports import NewCoverage
from tenants.store import index_lengths
from tenants.store.context import StoreContext, exact
from tenants.store.forms import PATIENT, SUBSCRIBER, person_of
from tenants.store.masters import MasterStore

# A patient number is unique by nature, so its index may be long; a surname's is chosen from the
# size of the practice (tenants/store/index_lengths.py).
_NUMBER_BITS = 128
_MEMBER_BITS = 64
_NAME_LENGTHS = range(BITS_MIN, index_lengths.NAME_BITS_MAX + 1)

_PATIENT_COLUMNS = ", ".join(PATIENT.columns)
_COVERAGE_COLUMNS = ", ".join(SUBSCRIBER.columns)


class PatientStore:
    """Implements ``core.ports.Patients``."""

    def __init__(self, context: StoreContext, masters: MasterStore) -> None:
        self._context = context
        self._masters = masters

    def ensure(self, people: Sequence[tuple[str, Person]]) -> dict[str, UUID]:
        """The ids of these patients by patient number; new ones are added, changed ones updated."""
        context = self._context
        wanted = dict(people)
        bits = self._name_bits
        index_of = {number: self._number_index(number) for number in wanted}
        rows = context.rows(
            f"SELECT id, number_index, {_PATIENT_COLUMNS} FROM patient"
            " WHERE number_index = ANY(:keys)",
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
                before = PATIENT.open(context.sealer, row.id, row)
                patient = Patient(id=row.id, number=number, person=person)
                if before.person != person:
                    changed.append(patient)
            ids[number] = patient.id
        self._add(fresh, index_of, bits)
        if changed:
            context.update(
                "patient",
                ("id",),
                ("name_index", *PATIENT.columns),
                (
                    (p.id, self._blind_name(p.person.name.last, bits), *self._groups(p))
                    for p in changed
                ),
            )
        return ids

    def _add(self, patients: Sequence[Patient], index_of: dict[str, bytes], bits: int) -> None:
        self._context.insert(
            "patient",
            ("id", "number_index", "name_index", *PATIENT.columns),
            (
                (
                    p.id,
                    index_of[p.number],
                    self._blind_name(p.person.name.last, bits),
                    *self._groups(p),
                )
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
            groups = SUBSCRIBER.seal(context.sealer, row_id, new.subscriber)
            first, last = new.window.first, new.window.last
            rows.append(
                (row_id, new.patient_id, new.rank, new.payer_ref, first, last, member, *groups)
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
                *SUBSCRIBER.columns,
            ),
            rows,
            skip_existing=True,
        )

    def covered(self, patient_ids: Sequence[UUID]) -> dict[tuple[UUID, str], tuple[Window, ...]]:
        """The days of each patient's coverages, by patient and payer id; nothing is opened."""
        rows = self._context.rows(
            "SELECT DISTINCT c.patient_id, p.payer_id, c.first_day, c.last_day FROM coverage c"
            " JOIN payer p ON p.id = c.payer_ref WHERE c.patient_id = ANY(:ids)",
            ids=list(patient_ids),
        )
        found: dict[tuple[UUID, str], list[Window]] = {}
        for row in rows:
            window = Window(row.first_day, row.last_day)
            found.setdefault((row.patient_id, row.payer_id), []).append(window)
        return {key: tuple(windows) for key, windows in found.items()}

    def load(self, ids: Iterable[UUID]) -> dict[UUID, tuple[Patient, tuple[Coverage, ...]]]:
        """Patients with their coverages by rank. The caller records the read."""
        context = self._context
        wanted = list(set(ids))
        patients = context.rows(
            f"SELECT id, {_PATIENT_COLUMNS} FROM patient WHERE id = ANY(:ids)", ids=wanted
        )
        rows = context.rows(
            f"SELECT id, patient_id, rank, payer_ref, first_day, last_day, {_COVERAGE_COLUMNS}"
            " FROM coverage"
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
                PATIENT.open(context.sealer, row.id, row),
                tuple(coverages.get(row.id, ())),
            )
            for row in patients
        }

    def id_of(self, number: str) -> UUID | None:
        """The patient with exactly this number."""
        row = self._context.row(
            "SELECT id FROM patient WHERE number_index = :key", key=self._number_index(number)
        )
        return None if row is None else UUID(int=row.id.int)

    def _coverage(self, row: Any, payer: Any) -> Coverage:
        return Coverage(
            id=row.id,
            patient_id=row.patient_id,
            rank=row.rank,
            payer_ref=row.payer_ref,
            payer=payer,
            subscriber=SUBSCRIBER.open(self._context.sealer, row.id, row),
            window=Window(row.first_day, row.last_day),
        )

    def _groups(self, patient: Patient) -> tuple[bytes | None, ...]:
        return PATIENT.seal(self._context.sealer, patient.id, patient)

    def _number_index(self, number: str) -> bytes:
        return self._context.sealer.blind(
            "patient", "number", Normaliser.IDENTIFIER, exact(number), _NUMBER_BITS
        )

    def _blind_name(self, last: str, bits: int) -> bytes:
        return self._context.sealer.blind("patient", "name", Normaliser.NAME, last, bits)

    @cached_property
    def _name_bits(self) -> int:
        context = self._context
        return index_lengths.in_force(context.connection, context.tenant_id).bits

    def named(
        self, last: str, *, among: Sequence[UUID] | None = None
    ) -> tuple[tuple[UUID, Person], ...]:
        """The patients with this surname, whatever its case and accents. The caller records it.

        ``among``: only of these. The index only narrows the search; each candidate's demographics
        are opened and compared. Indexes of every length are looked at: a re-index may be under way.
        """
        wanted = normalise(Normaliser.NAME, last)
        rows = self._context.rows(
            "SELECT id, demographics FROM patient WHERE name_index = ANY(:keys)"
            " AND (CAST(:among AS uuid[]) IS NULL OR id = ANY(:among)) ORDER BY id",
            keys=[self._blind_name(last, bits) for bits in _NAME_LENGTHS],
            among=None if among is None else list(among),
        )
        found = [
            (row.id, person_of(self._context.sealer, row.id, row.demographics)) for row in rows
        ]
        return tuple(
            (patient_id, one)
            for patient_id, one in found
            if normalise(Normaliser.NAME, one.name.last) == wanted
        )

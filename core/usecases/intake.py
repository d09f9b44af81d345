"""Encounters come in: patients, coverage, encounters and charges are stored, or refused by place.

One file is one transaction: it is taken whole, refused records named, or not at all. What is here
already is counted as repeated and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

import msgspec

from core.claims.parties import Payer, PayerKind, Provider, Value
from core.intake.encounter import Encounter
from core.ports import (
    IntakeCounts,
    NewCoverage,
    NewEncounter,
    StoredPayer,
    StoredProvider,
    UnitOfWork,
)

_SLICE_ENCOUNTERS = 2_000


class Arrival(Value, frozen=True, kw_only=True):
    """An encounter as it arrives, with provisional ids, and where in the file it stands.

    ``records`` is how many records of the file it was made from (rows of a charge file; 1 claim).
    """

    position: int
    encounter: Encounter
    records: int = 1


class Refusal(Value, frozen=True, kw_only=True):
    """A record that cannot be taken: its place in the file (line or segment), and why."""

    position: int
    reason: str


class IntakeResult(Value, frozen=True, kw_only=True):
    """What became of a file. ``seen_before``: the very bytes were taken earlier."""

    counts: IntakeCounts
    refusals: tuple[Refusal, ...] = ()
    seen_before: bool = False
    new_payers: int = 0
    new_providers: int = 0


class _Tally:
    """Counts while a file streams through."""

    def __init__(self) -> None:
        self.records = self.taken = self.repeated = self.charges = 0
        self.new_payers = self.new_providers = 0
        self.refusals: list[Refusal] = []

    def result(self) -> IntakeResult:
        return IntakeResult(
            counts=IntakeCounts(
                records=self.records,
                taken=self.taken,
                repeated=self.repeated,
                refused=len(self.refusals),
                charges=self.charges,
            ),
            refusals=tuple(self.refusals),
            new_payers=self.new_payers,
            new_providers=self.new_providers,
        )


def take_encounters(
    uow: UnitOfWork,
    arrivals: Iterable[Arrival | Refusal],
    *,
    kind: str,
    sha256: bytes,
    confirm_new_providers: bool = False,
) -> IntakeResult:
    """Take a file's encounters; ``kind`` names the source, ``sha256`` its bytes.

    A billing provider the practice does not know yet is added: active when
    ``confirm_new_providers``, else unconfirmed, and its claims are held until somebody confirms it.
    An unknown payer is added unconfirmed as a commercial one. An error raised while reading
    ``arrivals`` leaves nothing behind.
    """
    uow.practice.refuse_new_work()
    # One file at a time in a practice: what two files have in common is taken once.
    uow.counters.take("intake", 1)
    before = uow.encounters.batch_of(sha256)
    if before is not None:
        counts = IntakeCounts(records=before.records, repeated=before.records)
        return IntakeResult(counts=counts, seen_before=True)
    batch_id = uow.new_ids(1)[0]
    uow.encounters.add_batch(batch_id, kind, sha256)
    tally = _Tally()
    for part in _slices(arrivals):
        tally.records += sum(one.records for one in part if isinstance(one, Arrival))
        refused = [one for one in part if isinstance(one, Refusal)]
        tally.records += len(refused)
        tally.refusals += refused
        _take(
            uow,
            [one for one in part if isinstance(one, Arrival)],
            batch_id=batch_id,
            tally=tally,
            confirm=confirm_new_providers,
        )
    result = tally.result()
    refusals = [(one.position, one.reason) for one in tally.refusals]
    uow.encounters.close_batch(batch_id, result.counts, refusals)
    counts = result.counts
    uow.record(
        "intake.received",
        rows=counts.records,
        charges=counts.charges,
        refused=counts.refused,
        repeated=counts.repeated,
    )
    return result


def _slices(arrivals: Iterable[Arrival | Refusal]) -> Iterator[list[Arrival | Refusal]]:
    source = iter(arrivals)
    while part := list(islice(source, _SLICE_ENCOUNTERS)):
        yield part


def _take(
    uow: UnitOfWork,
    arrivals: Sequence[Arrival],
    *,
    batch_id: UUID,
    tally: _Tally,
    confirm: bool,
) -> None:
    fresh = _new_ones(uow, arrivals, tally)
    if not fresh:
        return
    encounters = [one.encounter for one in fresh]
    payers = _payers(uow, encounters, tally)
    billing = _billing_providers(uow, encounters, tally, confirm=confirm)
    people = {one.patient.number: one.patient.person for one in encounters}
    patients = uow.patients.ensure(list(people.items()))
    uow.patients.ensure_coverages(
        [
            NewCoverage(
                patient_id=patients[one.patient.number],
                rank=coverage.rank,
                payer_ref=payers[coverage.payer.payer_id],
                subscriber=coverage.subscriber,
                window=coverage.window,
            )
            for one in encounters
            for coverage in one.coverages
        ]
    )
    stored = [
        NewEncounter(
            encounter=one,
            patient_id=patients[one.patient.number],
            billing_id=billing[one.billing.npi],
            charges=one.charges,
        )
        for one in encounters
    ]
    arrival = uow.counters.take("arrival", len(stored))
    uow.encounters.add(stored, batch_id=batch_id, arrival=arrival)
    tally.taken += sum(one.records for one in fresh)
    tally.charges += sum(len(one.charges) for one in stored)
    uow.record(
        "encounter.created",
        {
            "encounter": [one.encounter.id for one in stored],
            "patient": sorted(set(patients.values())),
        },
        encounters=len(stored),
    )


def _new_ones(uow: UnitOfWork, arrivals: Sequence[Arrival], tally: _Tally) -> list[Arrival]:
    """Without those that are stored already or stand twice in the same file."""
    known = uow.encounters.known([one.encounter.external_id for one in arrivals])
    fresh = []
    for one in arrivals:
        if one.encounter.external_id in known:
            tally.repeated += one.records
        else:
            known.add(one.encounter.external_id)
            fresh.append(one)
    return fresh


def _payers(uow: UnitOfWork, encounters: Sequence[Encounter], tally: _Tally) -> dict[str, UUID]:
    met: dict[str, Payer] = {}
    for one in encounters:
        for coverage in one.coverages:
            met.setdefault(coverage.payer.payer_id, coverage.payer)
    known = uow.masters.payers(met)
    missing = [payer for payer_id, payer in met.items() if payer_id not in known]
    if missing:
        stored = [
            StoredPayer(id=new, payer=_unconfirmed(payer), confirmed=False)
            for new, payer in zip(uow.new_ids(len(missing)), missing, strict=True)
        ]
        uow.masters.add_payers(stored)
        uow.record("payer.created", {"payer": [one.id for one in stored]}, payers=len(stored))
        tally.new_payers += len(stored)
        # Read back: another practice's intake may have added the same payer at this moment.
        known = uow.masters.payers(met)
    return {payer_id: one.id for payer_id, one in known.items()}


# SBR09 says what kind of payer it is where the code is that plain.
_KIND_BY_INDICATOR = {
    "MA": PayerKind.MEDICARE,
    "MB": PayerKind.MEDICARE,
    "MC": PayerKind.MEDICAID,
    "16": PayerKind.MEDICARE_ADVANTAGE,
    "CH": PayerKind.TRICARE,
    "WC": PayerKind.WORKERS_COMP,
    "AM": PayerKind.AUTO,
}


def _unconfirmed(payer: Payer) -> Payer:
    kind = _KIND_BY_INDICATOR.get(payer.filing_indicator, PayerKind.COMMERCIAL)
    return msgspec.structs.replace(payer, kind=kind)


def _billing_providers(
    uow: UnitOfWork, encounters: Sequence[Encounter], tally: _Tally, *, confirm: bool
) -> dict[str, UUID]:
    met: dict[str, Provider] = {}
    for one in encounters:
        met.setdefault(one.billing.npi, one.billing)
    known = uow.masters.providers("billing", met)
    missing = [provider for npi, provider in met.items() if npi not in known]
    stored = [
        StoredProvider(
            id=new,
            role="billing",
            provider=provider,
            status="active" if confirm else "unconfirmed",
        )
        for new, provider in zip(uow.new_ids(len(missing)), missing, strict=True)
    ]
    if stored:
        uow.masters.add_providers(stored)
        uow.record(
            "provider.created", {"provider": [one.id for one in stored]}, providers=len(stored)
        )
        tally.new_providers += len(stored)
    waiting = [one for one in known.values() if one.status == "unconfirmed"]
    if confirm and waiting:
        uow.masters.confirm_providers([one.id for one in waiting])
        uow.record("provider.confirmed", {"provider": [one.id for one in waiting]})
    ids = {npi: one.id for npi, one in known.items()}
    return ids | {one.provider.npi: one.id for one in stored}

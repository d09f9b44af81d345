"""Before a claim leaves: may it go to this plan at all, by consent and by what the patient asked.

Asked in the transaction that files it, whatever the scrub said before: a consent may have been
revoked, or a restriction entered, since. What is refused becomes findings that nobody overrides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from core.claims.lifecycle import move
from core.claims.position import Event
from core.consent import (
    Consent,
    ConsentKind,
    ConsentPurpose,
    covering,
    may_disclose_part_two,
    recorded_in_force,
)
from core.ports import ClaimRecord, Move, UnitOfWork
from core.scrub.finding import Finding, Severity
from core.submission.notice import with_notice

RESTRICTED = Finding(
    rule="CW-103",
    severity=Severity.REJECT,
    message="The patient paid in full and asked that no plan is told of this visit",
    suggestion="Send no bill to a plan; lift the restriction only when the patient says so",
    source="45 CFR 164.522(a)(1)(vi)",
    gate=True,
)
NO_CONSENT = Finding(
    rule="CW-104",
    severity=Severity.REJECT,
    message="A Part 2 program's record needs the patient's written consent in force for this payer",
    suggestion="Obtain the consent and enter it, then scrub again",
    source="42 CFR 2.31 and 2.33",
    gate=True,
)
NO_ROOM = Finding(
    rule="CW-105",
    severity=Severity.REJECT,
    message="The notice that must go with a Part 2 program's record finds no free note",
    suggestion="Take a note off the claim, or off one of its lines",
    source="42 CFR 2.32",
    place_837="2300 NTE",
)

RECORDED_WITH_VISIT = "came in with the visit"


def barriers(
    record: ClaimRecord, consents: Sequence[Consent], *, restricted: bool, on: date
) -> tuple[Finding, ...]:
    """What keeps the claim from leaving on a day."""
    found, claim = [RESTRICTED] if restricted else [], record.claim
    if record.is_part_two:
        if not may_disclose_part_two(claim, consents, claim.payer.payer_id, on):
            found.append(NO_CONSENT)
        elif with_notice(claim) is None:
            found.append(NO_ROOM)
    return tuple(found)


def barriers_of(uow: UnitOfWork, records: Sequence[ClaimRecord]) -> list[tuple[Finding, ...]]:
    """The same for claims of the store, as they are or are about to become, in order."""
    consents, restricted = _facts(uow, records)
    return [
        barriers(
            record,
            consents.get(record.patient_id, ()),
            restricted=record.encounter_id in restricted,
            on=uow.today,
        )
        for record in records
    ]


def disclosable(uow: UnitOfWork, ready: Sequence[ClaimRecord]) -> list[ClaimRecord]:
    """Those of ``ready`` that may leave, the notice on them where one is due; the rest is held."""
    consents, restricted = _facts(uow, ready)
    leaving: list[ClaimRecord] = []
    held: list[tuple[ClaimRecord, tuple[Finding, ...]]] = []
    under_consent: list[ClaimRecord] = []
    for record in ready:
        found = barriers(
            record,
            consents.get(record.patient_id, ()),
            restricted=record.encounter_id in restricted,
            on=uow.today,
        )
        if found:
            held.append((record, found))
        elif record.is_part_two:
            under_consent.append(record)
        else:
            leaving.append(record)
    _hold(uow, held)
    noted = [_noted(uow, record) for record in under_consent]
    if noted:
        _record_disclosures(uow, noted, consents)
        leaving = sorted([*leaving, *noted], key=lambda one: one.claim.claim_number)
    return leaving


def _facts(
    uow: UnitOfWork, records: Sequence[ClaimRecord]
) -> tuple[dict[UUID, tuple[Consent, ...]], frozenset[UUID]]:
    patients = sorted({one.patient_id for one in records if one.is_part_two})
    consents = uow.consents.of_patients(patients) if patients else {}
    return consents, uow.consents.restricted([one.encounter_id for one in records])


def _hold(uow: UnitOfWork, held: Sequence[tuple[ClaimRecord, tuple[Finding, ...]]]) -> None:
    if not held:
        return
    moves = []
    for record, findings in held:
        uow.claims.replace_findings({record.id: findings})
        moves.append(
            Move(
                claim_id=record.id,
                event=Event.HOLD_FOR_BILLER,
                before=record.position,
                after=move(record.position, Event.HOLD_FOR_BILLER, today=uow.today),
                note=" ".join(finding.rule for finding in findings),
            )
        )
    uow.claims.move(moves)
    uow.record("claim.held", {"claim": [one.claim_id for one in moves]}, claims=len(moves))


def _noted(uow: UnitOfWork, record: ClaimRecord) -> ClaimRecord:
    """The claim as it leaves is the claim as it is stored: the notice goes into both."""
    noted = with_notice(record.claim)
    assert noted is not None, "a claim without room for the notice is held"
    if noted == record.claim:
        return record
    after = replace(record, claim=noted)
    uow.claims.replace(after, expected_version=record.version)
    return replace(after, version=record.version + 1)


def _record_disclosures(
    uow: UnitOfWork,
    records: Sequence[ClaimRecord],
    consents: dict[UUID, tuple[Consent, ...]],
) -> None:
    """An event a consent; one that came in with a visit is entered first, so that it has an id."""
    under: dict[UUID, list[UUID]] = {}
    taken: dict[tuple[UUID, str], Consent] = {}
    for record in records:
        payer_id, stored = record.claim.payer.payer_id, consents.get(record.patient_id, ())
        found = covering(
            stored, ConsentKind.PART_TWO, payer_id, ConsentPurpose.PAYMENT, uow.today
        ) or taken.get((record.patient_id, payer_id))
        if found is None:
            signed_on = recorded_in_force(record.claim, stored, uow.today)
            assert signed_on is not None, "without a consent it would be held"
            found = Consent(
                id=uow.new_ids(1)[0],
                patient_id=record.patient_id,
                kind=ConsentKind.PART_TWO,
                signed_on=signed_on,
                purposes=(ConsentPurpose.PAYMENT,),
                recipients=(payer_id,),
                document=RECORDED_WITH_VISIT,
            )
            uow.consents.add(found)
            about = {"consent": [found.id], "patient": [record.patient_id]}
            uow.record("consent.entered", about, consents=1)
            taken[record.patient_id, payer_id] = found
        under.setdefault(found.id, []).append(record.id)
    for consent_id, claim_ids in under.items():
        about = {"consent": [consent_id], "claim": claim_ids}
        uow.record("consent.disclosed", about, claims=len(claim_ids))

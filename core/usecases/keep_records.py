"""Specialty records of a claim: entered, corrected, taken off; nothing that one said is ever lost.

The newest version stands on the claim, where rules read it; every version somebody made, and what
came in with the visit, stands beside it. Each change is an edit of the claim and scrubs it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.claims.claim import Claim, SpecialtyRecord
from core.claims.parties import Value
from core.confidentiality import Sensitivity
from core.errors import ConflictError, InputError, NotFoundError, StateError
from core.part_two import sensitivity_of
from core.ports import ClaimRecord, UnitOfWork
from core.rule_ports import RecordEvent, RecordVersion
from core.rules.records import Standing, reading_of, seal
from core.rules.rulebook import RuleBook
from core.usecases.work_claim import CHANGED_MEANWHILE, REASON_LENGTH_MIN, edit_claim

RECORDS_MAX = 50
"""Records of the visit, or of one service; more than any specialty documents."""

_PART_TWO_STAYS = (
    "this record is why the claim is kept as one of a substance use disorder program; correct it, "
    "it is not taken off"
)


class At(Value, frozen=True, kw_only=True):
    """Where a record stands: on the visit or on a line, and its place there from 1."""

    line_no: int | None
    place: int


def records_of(claim: Claim) -> tuple[tuple[At, SpecialtyRecord], ...]:
    """Every record of a claim with where it stands, the visit's first."""
    owners = [(None, claim.records), *((line.line_no, line.records) for line in claim.lines)]
    return tuple(
        (At(line_no=line_no, place=place), record)
        for line_no, records in owners
        for place, record in enumerate(records, 1)
    )


def record_at(claim: Claim, at: At) -> SpecialtyRecord:
    """The record that stands there, or ``NotFoundError``."""
    for where, record in records_of(claim):
        if where == at:
            return record
    raise NotFoundError("there is no such record on this claim")


def enter_record(
    uow: UnitOfWork,
    claim_id: UUID,
    *,
    line_no: int | None,
    kind: str,
    value: msgspec.Struct,
    expected_version: int,
    rule_book: RuleBook,
    why: str = "",
) -> ClaimRecord:
    """Put a further record on the visit or on a line."""
    record = _open(uow, claim_id, expected_version)
    made = replace(_sealed(kind, value, rule_book), id=uow.new_ids(1)[0])
    here = _of_owner(record.claim, line_no)
    if len(here) >= RECORDS_MAX:
        raise InputError(f"there are {RECORDS_MAX} records here already; correct one of them")
    after = _with(record.claim, line_no, (*here, made))
    return _keep(uow, record, after, made, line_no, RecordEvent.ENTERED, why.strip(), rule_book)


def correct_record(
    uow: UnitOfWork,
    claim_id: UUID,
    at: At,
    *,
    value: msgspec.Struct,
    expected_version: int,
    rule_book: RuleBook,
    why: str,
) -> ClaimRecord:
    """Say anew what a record says. ``InputError`` where it says so already."""
    record = _open(uow, claim_id, expected_version)
    before = record_at(record.claim, at)
    standing = reading_of(before, rule_book.records).standing
    if standing in (Standing.NO_PLUGIN, Standing.NEWER):
        raise StateError("this record is kept as it is; enable the version that wrote it first")
    made = _sealed(before.kind, value, rule_book)
    if before.sensitivity is not Sensitivity.NONE:
        made = replace(made, sensitivity=before.sensitivity)
    if (made.version, made.body) == (before.version, before.body):
        raise InputError("nothing was changed")
    made = replace(made, id=before.id or uow.new_ids(1)[0])
    here = list(_of_owner(record.claim, at.line_no))
    here[at.place - 1] = made
    after = _with(record.claim, at.line_no, tuple(here))
    said, event = _reason(why), RecordEvent.CORRECTED
    return _keep(uow, record, after, made, at.line_no, event, said, rule_book, before=before)


def remove_record(
    uow: UnitOfWork,
    claim_id: UUID,
    at: At,
    *,
    expected_version: int,
    rule_book: RuleBook,
    why: str,
) -> ClaimRecord:
    """Take a record off a claim; its versions stay to be read."""
    record = _open(uow, claim_id, expected_version)
    before = record_at(record.claim, at)
    if reading_of(before, rule_book.records).standing is Standing.NO_PLUGIN:
        raise StateError("this record is kept as it is; its plugin is not enabled")
    gone = replace(before, id=before.id or uow.new_ids(1)[0])
    here = list(_of_owner(record.claim, at.line_no))
    del here[at.place - 1]
    after = _with(record.claim, at.line_no, tuple(here))
    said, event = _reason(why), RecordEvent.REMOVED
    return _keep(uow, record, after, gone, at.line_no, event, said, rule_book, before=before)


def _open(uow: UnitOfWork, claim_id: UUID, expected_version: int) -> ClaimRecord:
    record = uow.claims.get(claim_id)
    if record.version != expected_version:
        raise ConflictError(CHANGED_MEANWHILE)
    return record


def _sealed(kind: str, value: msgspec.Struct, rule_book: RuleBook) -> SpecialtyRecord:
    record_type = rule_book.records.get(kind)
    if record_type is None:
        raise StateError("the plugin of this record is not enabled for the practice")
    return seal(record_type, value)


def _reason(why: str) -> str:
    said = why.strip()
    if len(said) < REASON_LENGTH_MIN:
        raise InputError(f"say why in at least {REASON_LENGTH_MIN} characters; it is kept")
    return said


def _of_owner(claim: Claim, line_no: int | None) -> tuple[SpecialtyRecord, ...]:
    if line_no is None:
        return claim.records
    for line in claim.lines:
        if line.line_no == line_no:
            return line.records
    raise NotFoundError("there is no such line on this claim")


def _with(claim: Claim, line_no: int | None, records: tuple[SpecialtyRecord, ...]) -> Claim:
    if line_no is None:
        return replace(claim, records=records)
    lines = tuple(
        replace(line, records=records) if line.line_no == line_no else line for line in claim.lines
    )
    return replace(claim, lines=lines)


def _keep(
    uow: UnitOfWork,
    record: ClaimRecord,
    after: Claim,
    made: SpecialtyRecord,
    line_no: int | None,
    event: RecordEvent,
    why: str,
    rule_book: RuleBook,
    *,
    before: SpecialtyRecord | None = None,
) -> ClaimRecord:
    """Edit the claim, and keep the version that this makes."""
    said_so = sensitivity_of(record.claim, record.claim.lines) is Sensitivity.SUBSTANCE_USE
    if said_so and sensitivity_of(after, after.lines) is Sensitivity.NONE:
        raise StateError(_PART_TWO_STAYS)
    assert made.id is not None, "a record that somebody touched is told from others"
    kept = [one for one in uow.record_versions.of_claim(record.id) if one.record_id == made.id]
    versions = _captured(record.id, made.id, line_no, before, kept)
    versions.append(
        RecordVersion(
            claim_id=record.id,
            record_id=made.id,
            version=len(kept) + len(versions) + 1,
            line_no=line_no,
            event=event,
            record=made,
            why=why,
            made_by=uow.actor_id,
            made_at=uow.now,
        )
    )
    found = edit_claim(
        uow,
        record.id,
        expected_version=record.version,
        edit=lambda _: after,
        rule_book=rule_book,
    )
    uow.record_versions.add(versions, found.sensitivity)
    uow.record(f"record.{event.value}", {"claim": [record.id], "record": [made.id]})
    return found


def _captured(
    claim_id: UUID,
    record_id: UUID,
    line_no: int | None,
    before: SpecialtyRecord | None,
    kept: Sequence[RecordVersion],
) -> list[RecordVersion]:
    """What came in with the visit, when this is the first time that somebody touches it."""
    if before is None or kept:
        return []
    return [
        RecordVersion(
            claim_id=claim_id,
            record_id=record_id,
            version=1,
            line_no=line_no,
            event=RecordEvent.CAPTURED,
            record=replace(before, id=record_id),
        )
    ]

"""What comes back on a filed claim before money does: TA1, 999 and 277CA move the claims."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.claims.lifecycle import allowed, move
from core.claims.parties import Value
from core.claims.position import Event
from core.ports import ClaimPlace, FilePlace, Move, UnitOfWork
from core.x12.acknowledgements import (
    Acknowledgement999,
    InterchangeAcknowledgement,
    TransactionVerdict,
)
from core.x12.claim_status import ClaimStatus, ClaimStatusReport


class Applied(Value, frozen=True, kw_only=True):
    """What an acknowledgement came to. ``unmatched`` answers nothing we sent."""

    accepted: int = 0
    rejected: int = 0
    unmatched: int = 0

    def plus(self, other: Applied) -> Applied:
        return Applied(
            accepted=self.accepted + other.accepted,
            rejected=self.rejected + other.rejected,
            unmatched=self.unmatched + other.unmatched,
        )


def apply_ta1(
    uow: UnitOfWork, answers: Sequence[InterchangeAcknowledgement], file_id: UUID
) -> Applied:
    """TA1: a rejected interchange takes every claim in it back to the biller."""
    applied = Applied()
    for answer in answers:
        file = _answered(uow, answer.interchange_control)
        if file is None:
            applied = applied.plus(Applied(unmatched=1))
        elif answer.code == "R":
            applied = applied.plus(_reject_file(uow, file, file_id, f"TA1 {answer.note}"))
    return _recorded(uow, applied, file_id)


def apply_999(uow: UnitOfWork, answers: Sequence[Acknowledgement999], file_id: UUID) -> Applied:
    """999: each transaction set is accepted or rejected with all its claims."""
    applied = Applied()
    for answer in answers:
        file = _answered(uow, answer.group_control)
        if file is None:
            applied = applied.plus(Applied(unmatched=1))
            continue
        verdicts = {verdict.control: verdict for verdict in answer.transactions}
        moves: list[Move] = []
        rejected = 0
        for control, place in uow.claims.places_in_file(file.id):
            verdict = verdicts.get(control)
            refused = answer.group.status == "R" if verdict is None else verdict.status == "R"
            event = Event.REJECT_999 if refused else Event.ACCEPT_999
            note = "999 " + _fault_note(verdict) if refused else ""
            moves += _moved(uow, place, event, file_id, note)
            rejected += refused
        uow.claims.move(moves)
        accepted = file.claims_count - rejected
        uow.files.set_status(file.id, _file_status(accepted, rejected))
        applied = applied.plus(Applied(accepted=accepted, rejected=rejected))
    return _recorded(uow, applied, file_id)


def apply_277ca(uow: UnitOfWork, reports: Sequence[ClaimStatusReport], file_id: UUID) -> Applied:
    """277CA: each claim is accepted for adjudication or rejected, with its status codes."""
    statuses = [status for report in reports for status in report.claims]
    places = uow.claims.places([status.claim_number for status in statuses])
    moves: list[Move] = []
    numbers: list[tuple[UUID, str]] = []
    accepted = rejected = unmatched = 0
    for status in statuses:
        place = places.get(status.claim_number)
        if place is None:
            unmatched += 1
            continue
        event = Event.ACCEPT_277CA if status.accepted else Event.REJECT_277CA
        moves += _moved(uow, place, event, file_id, "" if status.accepted else _codes(status))
        accepted += status.accepted
        rejected += not status.accepted
        if status.payer_claim_number:
            numbers.append((place.id, status.payer_claim_number))
    uow.claims.move(moves)
    uow.claims.set_payer_claim_numbers(numbers)
    return _recorded(
        uow, Applied(accepted=accepted, rejected=rejected, unmatched=unmatched), file_id
    )


def _answered(uow: UnitOfWork, control: str) -> FilePlace | None:
    """The file of ours an answer speaks of; group and interchange have the same number."""
    known = control.isascii() and control.isdigit()
    return uow.files.sent_with_control_number(int(control)) if known else None


def _moved(
    uow: UnitOfWork, place: ClaimPlace, event: Event, file_id: UUID, note: str
) -> list[Move]:
    """The move, or none where a later answer has overtaken this one."""
    if not allowed(place.position, event):
        return []
    after = move(place.position, event, today=uow.today)
    return [
        Move(
            claim_id=place.id,
            event=event,
            before=place.position,
            after=after,
            file_id=file_id,
            note=note,
        )
    ]


def _reject_file(uow: UnitOfWork, file: FilePlace, file_id: UUID, note: str) -> Applied:
    places = [place for _, place in uow.claims.places_in_file(file.id)]
    uow.claims.move(
        [step for place in places for step in _moved(uow, place, Event.REJECT_999, file_id, note)]
    )
    uow.files.set_status(file.id, "rejected", reason=note)
    return Applied(rejected=len(places))


def _fault_note(verdict: TransactionVerdict | None) -> str:
    """Segment ids and positions of the faults: what a biller looks for, no values."""
    faults = verdict.faults if verdict else ()
    return " ".join(f"{fault.segment_id}@{fault.position}" for fault in faults[:5])


def _codes(status: ClaimStatus) -> str:
    return "277CA " + " ".join(f"{code.category}:{code.status}" for code in status.codes)


def _file_status(accepted: int, rejected: int) -> str:
    if not rejected:
        return "accepted"
    return "partly_accepted" if accepted else "rejected"


def _recorded(uow: UnitOfWork, applied: Applied, file_id: UUID) -> Applied:
    uow.record(
        "acknowledgement.applied",
        {"file": [file_id]},
        accepted=applied.accepted,
        rejected=applied.rejected,
        unmatched=applied.unmatched,
    )
    return applied

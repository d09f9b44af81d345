"""Ready claims are filed: batched, frozen as sent, written as 837, and their charges posted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

import msgspec

from core.claims.claim import Form
from core.claims.lifecycle import move
from core.claims.parties import Value
from core.claims.position import Event, NextActor, Owes, Position, Stage
from core.ledger.entries import Entry, charge_entry
from core.ledger.transfers import Debtor, next_payer_entry
from core.ports import ClaimRecord, Move, NewFile, Outbox, Submission, UnitOfWork
from core.submission.unwritable import RULE, as_findings
from core.usecases.disclose import disclosable
from core.x12.claims_writer import (
    Receiver,
    Submitter,
    WrittenFile,
    unwritable,
    write_claims,
)
from core.x12.envelope import Envelope


class Sender(Value, frozen=True, kw_only=True):
    """Who the billing company is on the wire, and the clearinghouse it sends to.

    ``acknowledgement_requested`` is ISA14: a TA1 is asked for beside the 999.
    """

    name: str
    contact_name: str
    phone: str
    receiver_id: str
    receiver_name: str
    usage: str = "P"
    acknowledgement_requested: bool = False


class FiledFile(Value, frozen=True, kw_only=True):
    """One file made: its form, its name and how many claims it carries."""

    form: Form
    name: str
    claims: int


_FORMS = tuple(Form)

# Where every claim of a file that has not left yet is.
_IN_A_BATCH = Position(stage=Stage.BATCHED, owes=Owes.PAYER, next_actor=NextActor.SYSTEM)

# One series a sender: ISA13 and GS06 are unique together with ISA06, which each practice has.
_INTERCHANGE = "interchange"


def file_claims(
    uow: UnitOfWork, sender: Sender, *, limit: int = 5_000, claims_per_transaction: int = 500
) -> tuple[FiledFile, ...]:
    """File the next ``limit`` ready claims, one 837 a form; empty when none is ready.

    One transaction: the claims as sent, their bytes, their charges in the ledger and their new
    position are there together or not at all. The bytes leave with ``send_files``. ``InputError``
    when a claim cannot be written after all: ``hold_unwritable`` takes it out, in a transaction of
    its own, and the others are filed on the next call.
    """
    uow.practice.refuse_new_work()
    ready = _leaving(uow, limit)
    if not ready:
        return ()
    first_control = uow.counters.take(_INTERCHANGE, len(_FORMS))
    # What the database can do meanwhile is handed over before the files are written.
    uow.claims.move(_batched(ready, uow.today))
    _post_charges(uow, ready)
    files = _write(uow, sender, ready, first_control, claims_per_transaction)
    filed = [_store(uow, file) for file in files]
    uow.record(
        "claim.batched",
        {"claim": [record.id for record in ready], "batch": [file.id for file in files]},
        claims=len(ready),
        charge_cents=sum(record.claim.charge_cents for record in ready),
    )
    return tuple(filed)


def _leaving(uow: UnitOfWork, limit: int) -> list[ClaimRecord]:
    """The next ready claims that may leave. Those that may not are held, and others take their
    place: a batch is empty only when nothing is ready any more."""
    while ready := uow.claims.ready(limit):
        if leaving := disclosable(uow, ready):
            return leaving
    return []


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """One 837 written and not yet stored."""

    id: UUID
    form: Form
    control: int
    records: list[ClaimRecord]
    written: WrittenFile


def _write(
    uow: UnitOfWork,
    sender: Sender,
    ready: Sequence[ClaimRecord],
    first_control: int,
    claims_per_transaction: int,
) -> list[_File]:
    """One file a form; the control number of a form is its place after ``first_control``."""
    files = []
    for form, group in groupby(sorted(ready, key=_file_order), key=_form_of):
        records = list(group)
        control = first_control + _FORMS.index(form)
        written = _written(uow, sender, form, records, control, claims_per_transaction)
        files.append(
            _File(
                id=uow.new_ids(1)[0],
                form=form,
                control=control,
                records=records,
                written=written,
            )
        )
    return files


def hold_unwritable(uow: UnitOfWork, *, limit: int = 5_000) -> int:
    """Give the next ``limit`` ready claims that no 837 can carry back to a biller; how many.

    The scrub has asked this before; between then and now a person may have overridden something,
    and one claim must never keep the others of its batch from leaving.
    """
    moves: list[Move] = []
    for record in uow.claims.ready(limit):
        reasons = unwritable(record.claim)
        if not reasons:
            continue
        uow.claims.replace_findings({record.id: as_findings(reasons)})
        after = move(record.position, Event.HOLD_FOR_BILLER, today=uow.today)
        moves.append(
            Move(
                claim_id=record.id,
                event=Event.HOLD_FOR_BILLER,
                before=record.position,
                after=after,
                note=RULE,
            )
        )
    if moves:
        uow.claims.move(moves)
        uow.record("claim.held", {"claim": [one.claim_id for one in moves]}, claims=len(moves))
    return len(moves)


def _form_of(record: ClaimRecord) -> Form:
    return record.claim.form


def _file_order(record: ClaimRecord) -> tuple[int, str, str]:
    """By form, then by billing provider: the 837 hangs claims below their billing provider."""
    claim = record.claim
    return _FORMS.index(claim.form), claim.billing.npi, claim.claim_number


def _written(
    uow: UnitOfWork,
    sender: Sender,
    form: Form,
    records: Sequence[ClaimRecord],
    control: int,
    claims_per_transaction: int,
) -> WrittenFile:
    practice = uow.practice
    return write_claims(
        [record.claim for record in records],
        form=form,
        submitter=Submitter(
            name=sender.name,
            id=practice.submitter_id,
            contact_name=sender.contact_name,
            phone=sender.phone,
        ),
        receiver=Receiver(name=sender.receiver_name, id=sender.receiver_id),
        envelope=Envelope(
            sender_id=practice.submitter_id,
            receiver_id=sender.receiver_id,
            created=uow.now.replace(tzinfo=None),
            interchange_control=control,
            group_control=control,
            usage="T" if sender.usage == "T" else "P",
            acknowledgement_requested=sender.acknowledgement_requested,
        ),
        reference=f"{control:09d}",
        claims_per_transaction=claims_per_transaction,
        # No claim becomes ready unless it was asked: see prepare and work_claim.
        judged=True,
    )


def _store(uow: UnitOfWork, file: _File) -> FiledFile:
    written, records, file_id = file.written, file.records, file.id
    name = f"{file.form.value}-{file.control:09d}.x12"
    uow.files.add(
        NewFile(
            id=file_id,
            direction="out",
            kind=file.form.value,
            name=name,
            body=written.data,
            sha256=hashlib.sha256(written.data).digest(),
            status="waiting",
            control_number=file.control,
            claims_count=len(records),
        )
    )
    control_of = {
        number: transaction.control
        for transaction in written.transactions
        for number in transaction.claim_numbers
    }
    uow.claims.add_submissions(
        [
            Submission(
                claim_id=record.id,
                file_id=file_id,
                transaction_control=control_of[record.claim.claim_number],
            )
            for record in records
        ]
    )
    return FiledFile(form=file.form, name=name, claims=len(records))


def _batched(records: Sequence[ClaimRecord], today: date) -> list[Move]:
    return [
        Move(
            claim_id=record.id,
            event=Event.BATCH,
            before=record.position,
            after=move(record.position, Event.BATCH, today=today),
        )
        for record in records
    ]


def _post_charges(uow: UnitOfWork, records: Sequence[ClaimRecord]) -> None:
    """The visit's charges, once: with the first claim that is filed for it.

    A claim to the next payer posts no charge; it takes over what the earlier payer left.
    """
    new = [record for record in records if not record.filed]
    entries: list[Entry] = [
        charge_entry(
            record.claim,
            claim_id=record.id,
            patient_id=record.patient_id,
            payer_ref=record.payer_ref,
            effective_on=uow.today,
        )
        for record in new
        if record.parent_claim_id is None
    ]
    entries += _taken_over(uow, [one for one in new if one.parent_claim_id is not None])
    if entries:
        uow.ledger.post(entries)
        debit_cents = sum(
            posting.amount_cents
            for entry in entries
            for posting in entry.postings
            if posting.amount_cents > 0
        )
        uow.record(
            "ledger.posted",
            {"claim": [record.id for record in new]},
            entries=len(entries),
            debit_cents=debit_cents,
            credit_cents=debit_cents,
        )


def _taken_over(uow: UnitOfWork, records: Sequence[ClaimRecord]) -> list[Entry]:
    parents = [
        (record.parent_claim_id, record.payer_ref) for record in records if record.parent_claim_id
    ]
    left = uow.ledger.receivable_by_line(parents) if parents else {}
    entries = []
    for record in records:
        assert record.parent_claim_id is not None, "asked for claims that have one"
        amounts = left.get(record.parent_claim_id)
        if amounts:
            source = Debtor(
                claim_id=record.parent_claim_id,
                patient_id=record.patient_id,
                payer_ref=record.payer_ref,
            )
            target = Debtor(
                claim_id=record.id, patient_id=record.patient_id, payer_ref=record.payer_ref
            )
            entries.append(next_payer_entry(source, target, amounts, effective_on=uow.today))
    return entries


def send_files(uow: UnitOfWork, outbox: Outbox) -> tuple[str, ...]:
    """Put the files that wait into ``outbox`` and mark them, and their claims, as sent.

    A crash between the two sends the same bytes under the same name again, which changes nothing
    there.
    """
    names = []
    sent = move(_IN_A_BATCH, Event.SEND, today=uow.today)
    for file in uow.files.waiting():
        outbox.put(file.name, uow.files.body(file.id))
        uow.files.set_status(file.id, "sent")
        claim_ids = uow.claims.move_filed(file.id, Event.SEND, before=_IN_A_BATCH.stage, after=sent)
        uow.record("file.sent", {"file": [file.id]}, claims=len(claim_ids))
        uow.record("claim.sent", {"claim": claim_ids}, claims=len(claim_ids))
        names.append(file.name)
    return tuple(names)

"""Ready claims are filed: batched, frozen as sent, written as 837, and their charges posted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from core.claims.claim import Form
from core.claims.lifecycle import move
from core.claims.parties import Value
from core.claims.position import Event
from core.ledger.entries import Entry, charge_entry
from core.ports import ClaimRecord, Move, NewFile, Outbox, Submission, UnitOfWork
from core.submission.unwritable import RULE, as_findings
from core.x12.claims_limits import faults
from core.x12.claims_writer import Receiver, Submitter, WrittenFile, write_claims
from core.x12.envelope import Envelope


class Sender(Value, frozen=True, kw_only=True):
    """Who the billing company is on the wire, and the clearinghouse it sends to."""

    name: str
    contact_name: str
    phone: str
    receiver_id: str
    receiver_name: str
    usage: str = "P"


class FiledFile(Value, frozen=True, kw_only=True):
    """One file made: its form, its name and how many claims it carries."""

    form: Form
    name: str
    claims: int


_FORMS = tuple(Form)


def file_claims(
    uow: UnitOfWork, sender: Sender, *, limit: int = 5_000, claims_per_transaction: int = 500
) -> tuple[FiledFile, ...]:
    """File the next ``limit`` ready claims, one 837 a form; empty when none is ready.

    One transaction: the claims as sent, their bytes, their charges in the ledger and their new
    position are there together or not at all. The bytes leave with ``send_files``.
    """
    ready = _writable(uow, uow.claims.ready(limit))
    if not ready:
        return ()
    parts = [
        (form, list(records))
        for form, records in groupby(sorted(ready, key=_file_order), key=_form_of)
    ]
    first_control = uow.counters.take_interchange(len(parts))
    ids = uow.new_ids(len(parts))
    filed = []
    for place, (form, records) in enumerate(parts):
        control = first_control + place
        written = _written(uow, sender, form, records, control, claims_per_transaction)
        name = f"{form.value}-{control:09d}.x12"
        _store(uow, written, records, ids[place], form, name, control)
        filed.append(FiledFile(form=form, name=name, claims=len(records)))
    moved = _batched(ready, uow.today)
    uow.claims.move(moved)
    _post_charges(uow, ready)
    claim_ids = [record.id for record in ready]
    charge_cents = sum(record.claim.charge_cents for record in ready)
    uow.record(
        "claim.batched",
        {"claim": claim_ids, "batch": ids},
        claims=len(ready),
        charge_cents=charge_cents,
    )
    return tuple(filed)


def _writable(uow: UnitOfWork, ready: Sequence[ClaimRecord]) -> list[ClaimRecord]:
    """Without those that cannot be written after all: they go back to a biller with the reason.

    The scrub has asked this before; between then and now a person may have overridden something,
    and one claim must never keep the others of its batch from leaving.
    """
    kept: list[ClaimRecord] = []
    moves: list[Move] = []
    for record in ready:
        reasons = faults(record.claim)
        if not reasons:
            kept.append(record)
            continue
        uow.claims.replace_findings(record.id, as_findings(reasons))
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
    return kept


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
        ),
        reference=f"{control:09d}",
        claims_per_transaction=claims_per_transaction,
    )


def _store(
    uow: UnitOfWork,
    written: WrittenFile,
    records: Sequence[ClaimRecord],
    file_id: UUID,
    form: Form,
    name: str,
    control: int,
) -> None:
    uow.files.add(
        NewFile(
            id=file_id,
            direction="out",
            kind=form.value,
            name=name,
            body=written.data,
            sha256=hashlib.sha256(written.data).digest(),
            status="waiting",
            control_number=control,
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
                claim=record.claim,
            )
            for record in records
        ]
    )


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
    """The visit's charges, once: with the first claim that is filed for it."""
    first = [one for one in records if not one.filed and one.parent_claim_id is None]
    entries: list[Entry] = [
        charge_entry(
            record.claim,
            claim_id=record.id,
            patient_id=record.patient_id,
            payer_ref=record.payer_ref,
            effective_on=uow.today,
        )
        for record in first
    ]
    if entries:
        uow.ledger.post(entries)
        debit_cents = sum(record.claim.charge_cents for record in first)
        uow.record(
            "ledger.posted",
            {"claim": [record.id for record in first]},
            entries=len(entries),
            debit_cents=debit_cents,
            credit_cents=debit_cents,
        )
    uow.claims.mark_filed([record.id for record in records])


def send_files(uow: UnitOfWork, outbox: Outbox) -> tuple[str, ...]:
    """Put the files that wait into ``outbox`` and mark them, and their claims, as sent.

    A crash between the two sends the same bytes under the same name again, which changes nothing
    there.
    """
    names = []
    for file in uow.files.waiting():
        outbox.put(file.name, uow.files.body(file.id))
        uow.files.set_status(file.id, "sent")
        places = [place for _, place in uow.claims.places_in_file(file.id)]
        uow.claims.move(
            [
                Move(
                    claim_id=place.id,
                    event=Event.SEND,
                    before=place.position,
                    after=move(place.position, Event.SEND, today=uow.today),
                    file_id=file.id,
                )
                for place in places
            ]
        )
        uow.record(
            "file.sent",
            {"file": [file.id]},
            claims=len(places),
        )
        uow.record("claim.sent", {"claim": [place.id for place in places]}, claims=len(places))
        names.append(file.name)
    return tuple(names)

"""What payers say of the seeded claims: the line that one refuses, and a decision on any claim."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.claims.position import NextActor
from core.denials.causes import Cause
from core.denials.items import DenialItem
from core.ports import ClaimRecord, NewFile, NewRemittance, NewRemittanceClaim
from core.remittance.values import ClaimPayment, RemittanceHeader, ServicePayment


def denied_line(claim_id: UUID, payer_ref: UUID, today: date) -> DenialItem:
    """Line 2, refused yesterday as not necessary; the practice has nine days left."""
    return DenialItem(
        claim_id=claim_id,
        line_no=2,
        payer_ref=payer_ref,
        group="CO",
        carc="50",
        remark_codes=("N115",),
        amount_cents=4_250,
        cause=Cause.MEDICAL_NECESSITY,
        label="Not deemed a medical necessity",
        next_step="Ask the practice for the record and appeal with it",
        actor=NextActor.CLIENT,
        decided_on=today - timedelta(days=1),
        due_on=today + timedelta(days=9),
        due_basis="the practice needs a week to find a record",
        segment=24,
    )


def decide(uow: Any, record: ClaimRecord, paid_on: date) -> None:
    """What a payer said of a claim, which names the patient and the first service again."""
    claim, (check, file_id) = record.claim, uow.new_ids(2)
    number, digest = claim.claim_number, claim.claim_number.encode().rjust(32)
    header = RemittanceHeader(
        segment=3,
        control_number="1",
        payment_cents=100,
        paid_on=paid_on,
        trace_number=number,
        payer_identifier="19",
        payer_name="Payer",
    )
    file = NewFile(
        id=file_id,
        direction="in",
        kind="835",
        name=f"{number}.edi",
        body=digest,
        sha256=digest,
        status="applied",
    )
    uow.files.add(file)
    uow.remittances.add(
        NewRemittance(
            id=check,
            file_id=file_id,
            header=header,
            content_sha256=digest,
            claims_count=1,
            status="posted",
        )
    )
    line = ServicePayment(segment=5, code=claim.lines[0].code, charge_cents=100, paid_cents=100)
    payment = ClaimPayment(
        segment=4,
        claim_number=number,
        status="1",
        charge_cents=100,
        paid_cents=100,
        patient_responsibility_cents=0,
        patient=claim.patient.name,
        member_id=claim.subscriber.member_id,
        drg="DRG-896",
        lines=(line,),
    )
    decision = NewRemittanceClaim(
        remittance_id=check,
        place=1,
        payment=payment,
        claim_id=record.id,
        sensitivity=record.sensitivity,
    )
    uow.remittances.add_claims([decision])

"""The line the payer of the seeded claims refuses."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from core.claims.position import NextActor
from core.denials.causes import Cause
from core.denials.items import DenialItem


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

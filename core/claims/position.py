"""The four answers of a claim's position, and what can happen to a claim."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from core.claims.parties import Value


class Stage(StrEnum):
    """Where the claim is."""

    DRAFT = "draft"
    HELD = "held"
    READY = "ready"
    BATCHED = "batched"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    DENIED = "denied"
    REVERSED = "reversed"
    REPLACED = "replaced"
    VOID = "void"
    CLOSED = "closed"


class Owes(StrEnum):
    """Who owes what is open on the claim."""

    PAYER = "payer"
    NEXT_PAYER = "next_payer"
    PATIENT = "patient"
    NOBODY = "nobody"


class NextActor(StrEnum):
    """Who has to do something for the claim to go on."""

    SYSTEM = "system"
    BILLER = "biller"
    CODER = "coder"
    CLIENT = "client"
    PAYER = "payer"
    PATIENT = "patient"
    NOBODY = "nobody"


class Event(StrEnum):
    """What can happen to a claim."""

    RELEASE = "release"
    HOLD_FOR_BILLER = "hold_for_biller"
    HOLD_FOR_CODER = "hold_for_coder"
    HOLD_FOR_CLIENT = "hold_for_client"
    EDIT = "edit"
    OVERRIDE = "override"
    BATCH = "batch"
    UNBATCH = "unbatch"
    SEND = "send"
    ACCEPT_999 = "accept_999"
    REJECT_999 = "reject_999"
    ACCEPT_277CA = "accept_277ca"
    REJECT_277CA = "reject_277ca"
    RESUBMIT = "resubmit"
    GO_OVERDUE = "go_overdue"
    PAY = "pay"
    PAY_PATIENT_OWES = "pay_patient_owes"
    PAY_NEXT_PAYER_OWES = "pay_next_payer_owes"
    PAY_CROSSED_OVER = "pay_crossed_over"
    PAY_PART = "pay_part"
    DENY = "deny"
    REVERSE = "reverse"
    FORWARD = "forward"
    PREDETERMINE = "predetermine"
    APPEAL = "appeal"
    CORRECT = "correct"
    VOID_FILED = "void_filed"
    WITHDRAW = "withdraw"
    BILL_NEXT_PAYER = "bill_next_payer"
    TRANSFER_TO_PATIENT = "transfer_to_patient"
    BILL_PATIENT = "bill_patient"
    WRITE_OFF = "write_off"
    SETTLE = "settle"
    REOPEN = "reopen"


class Position(Value, frozen=True, kw_only=True):
    """The four answers. ``due_on`` None: nothing is waited for."""

    stage: Stage
    owes: Owes
    next_actor: NextActor
    due_on: date | None = None


class Move(Value, frozen=True, kw_only=True):
    """What an event makes of a position. ``owes`` None: whoever owed still does.

    ``days`` from today give the due date (calendar days; None: no date). ``owed_by`` restricts the
    move to positions in which one of these owes; empty: any.
    """

    stage: Stage
    owes: Owes | None
    next_actor: NextActor
    days: int | None
    reason: str
    owed_by: tuple[Owes, ...] = ()

"""What posting a remittance comes to: a plan of values, applied by the store as it stands."""

from __future__ import annotations

from uuid import UUID

import msgspec

from core.claims.parties import Value
from core.claims.position import Event
from core.denials.items import DenialItem
from core.ledger.entries import Entry
from core.remittance.matching import Match
from core.remittance.values import ClaimPayment


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one claim payment means for our claim: a lifecycle event and where the money went.

    A check may hold several for a claim (a reversal, then its correction): they apply in order.
    The amounts are signed as posted. ``unexplained_cents`` is what the payer's figures leave open
    against the earlier payers' decisions.
    """

    claim_id: UUID
    segment: int
    event: Event
    paid_cents: int = 0
    contractual_cents: int = 0
    other_cents: int = 0
    patient_cents: int = 0
    next_payer_cents: int = 0
    denied_cents: int = 0
    unexplained_cents: int = 0
    charge_differs: bool = False


class PatientShare(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An amount that became the patient's, and the CAS triplet that made it so."""

    claim_id: UUID
    patient_id: UUID
    line_no: int | None
    amount_cents: int
    group: str
    carc: str
    segment: int


class NextPayerBill(Value, frozen=True, kw_only=True):
    """A claim to bill to the next payer now, with the decision the new claim has to carry."""

    claim_id: UUID
    next_payer_ref: UUID | None
    amount_cents: int
    payment: ClaimPayment
    match: Match


class Unmatched(Value, frozen=True, kw_only=True):
    """Money that is posted without its place: a claim payment (``claim_id`` None), or a line.

    ``amount_cents`` is what was paid: on ``unapplied``, or on the claim as a whole.
    """

    segment: int
    reason: str
    amount_cents: int
    claim_id: UUID | None = None


class PostingPlan(Value, frozen=True, kw_only=True):
    """A slice of a check, or a whole one, ready to be stored in one transaction.

    ``cleared_cents`` is what the slice put on the clearing account: the sum of its payments.
    """

    entries: tuple[Entry, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    denials: tuple[DenialItem, ...] = ()
    secondary: tuple[NextPayerBill, ...] = ()
    patient_shares: tuple[PatientShare, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    cleared_cents: int = 0


UNMATCHED_LINE = "no service line of the claim fits; its money is posted to the claim as a whole"

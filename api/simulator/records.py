"""What the simulator writes down: one JSON object a line, each with its ``type``.

This is the truth that the product's posting is compared with; the product never reads it.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from api.simulator.script import Outcome
from core.claims.parties import Payer, Provider, Value
from core.remittance.values import ClaimPayment, ProviderAdjustment


class Due(StrEnum):
    """What the next run does with a payment."""

    NOTHING = ""
    CORRECT = "correct"
    RECOUP = "recoup"


class Began(Value, frozen=True, kw_only=True, tag="began"):
    """First record of a step: the run it belongs to."""

    run: int
    now: datetime


class Taken(Value, frozen=True, kw_only=True, tag="taken"):
    """A file taken from the product, by the SHA-256 of its bytes.

    ``problem`` says why it could not be read, when it could not.
    """

    name: str
    digest: str
    size: int
    kinds: tuple[str, ...] = ()
    problem: str = ""


class Account(Value, frozen=True, kw_only=True, tag="account"):
    """A payer and the provider it pays. ``key`` joins the records.

    ``sender_id`` and ``receiver_id`` are those of the claims (ISA06 and ISA08); answers go back.
    """

    key: str
    payer: Payer
    payee: Provider
    sender_id: str
    sender_qualifier: str
    receiver_id: str
    receiver_qualifier: str
    usage: str


class Decided(Value, frozen=True, kw_only=True, tag="claim"):
    """One decision on one claim, in the 835 of the same step when it has ``payments``.

    ``payments`` stand in the order of the 835: a reversal before what replaces it. ``replaces`` is
    the payer claim number whose payment is reversed. ``later`` is the payment that takes this
    one's place in the next run, ``later_cents`` what is taken back of it then.
    """

    claim_number: str
    payer_id: str
    sequence: str
    frequency: str
    digest: str
    outcome: Outcome
    account: str = ""
    payer_claim_number: str = ""
    payments: tuple[ClaimPayment, ...] = ()
    replaces: str = ""
    due: Due = Due.NOTHING
    later: ClaimPayment | None = None
    later_cents: int = 0
    interest_cents: int = 0


class Recouped(Value, frozen=True, kw_only=True, tag="recouped"):
    """Money taken back through a PLB of this step for an earlier payment."""

    account: str
    payer_claim_number: str
    amount_cents: int


class Check(Value, frozen=True, kw_only=True, tag="check"):
    """One ST of an 835. ``cents`` is BPR02, ``claims_cents`` the sum of CLP04.

    ``adjustments`` are the PLB pairs as written (positive takes money away), so that ``cents`` =
    ``claims_cents`` - their sum. ``carried_cents`` is what the next check has to take.
    """

    account: str
    trace: str
    paid_on: date
    cents: int
    claims_cents: int
    claims: int
    adjustments: tuple[ProviderAdjustment, ...] = ()
    carried_cents: int = 0


class Sent(Value, frozen=True, kw_only=True, tag="sent"):
    """A file written for the product."""

    name: str
    kind: str
    digest: str


Record = Began | Taken | Account | Decided | Recouped | Check | Sent


class DecidedBriefly(Value, frozen=True, kw_only=True, tag="claim"):
    """``Decided`` without the payments, for a quick read of a long history."""

    claim_number: str
    payer_id: str
    sequence: str
    digest: str
    outcome: Outcome
    account: str = ""
    payer_claim_number: str = ""
    replaces: str = ""
    due: Due = Due.NOTHING


Brief = Began | Taken | Account | DecidedBriefly | Recouped | Check | Sent

_encoder = msgspec.json.Encoder()
_whole = msgspec.json.Decoder(Record)
_brief = msgspec.json.Decoder(Brief)
encode = _encoder.encode
decode = _whole.decode
decode_briefly = _brief.decode

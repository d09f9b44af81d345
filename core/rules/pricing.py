"""Fee schedules and pricing steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import PayerKind, Value
from core.dates import ALWAYS, Window
from core.rules.policy import Policy
from core.rules.rule import ANYTHING, Rule, Touches


class FeeRank(StrEnum):
    """Whose word counts, lowest first."""

    DEFAULT = "default"
    SPECIALTY = "specialty"
    PAYER_CONTRACT = "payer_contract"
    CHARGE_MASTER = "charge_master"

    @property
    def weight(self) -> int:
        """0 for the default up to 3 for the practice's charge master."""
        return _WEIGHTS[self]


_WEIGHTS = {rank: weight for weight, rank in enumerate(FeeRank)}


class FeePurpose(StrEnum):
    """What the amounts are: what we charge, or what a payer is expected to allow."""

    CHARGE = "charge"
    ALLOWED = "allowed"


class Fee(Value, frozen=True, kw_only=True):
    """The amount of one unit of ``code``; with ``modifier``, only on lines that carry it.

    With ``place``, only for services at that place of service.
    """

    code: str
    amount_cents: int
    modifier: str = ""
    place: str = ""
    effective: Window = ALWAYS


class FeeSchedule(Rule, frozen=True, kw_only=True):
    """A table of fees from one source. Selectors empty = any payer.

    Two rows for the same code, day and payer at the same rank are refused when the book is built.
    """

    fees: tuple[Fee, ...]
    rank: FeeRank = FeeRank.SPECIALTY
    purpose: FeePurpose = FeePurpose.CHARGE
    payer_kinds: tuple[PayerKind, ...] = ()
    payer_ids: tuple[str, ...] = ()


def _no_other_price(line: ServiceLine) -> int | None:
    return None


class PricingCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a pricing step is given beside the line: its claim, day and the payer's knobs.

    ``priced_as`` answers what would be allowed if the line were another (at another place, without
    a modifier), in cents and before any step; None where the schedule or contract does not say.
    """

    claim: Claim
    day: date | None
    policy: Policy
    priced_as: Callable[[ServiceLine], int | None] = _no_other_price


Step = Callable[[PricingCase, ServiceLine, int], int]
"""Amount in cents in, amount in cents out; the same amount when it does not apply."""


class PricingStep(Rule, frozen=True, kw_only=True):
    """One change of the expected allowed amount. Steps run by ``order``, then by id.

    ``of_contracts``: it stands above a contract with the payer too, as a law does. Other steps
    change what fee schedules say and leave a contract's own terms alone.
    """

    apply: Step
    order: int = 100
    of_contracts: bool = False
    touches: Touches = ANYTHING

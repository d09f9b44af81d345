"""Coding rules and claim shapes: how an encounter becomes lines, and on which form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from core.claims.claim import Form, LineFacts
from core.claims.parties import Payer, Provider, Value
from core.intake.encounter import Encounter
from core.rules.policy import Policy
from core.rules.rule import ANYTHING, Rule, Touches


class CodingCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a coding rule is given: the visit, its payer and that payer's knobs on ``day``."""

    encounter: Encounter
    payer: Payer
    policy: Policy
    day: date | None
    rendering: Provider | None


class Proposal(Value, frozen=True, kw_only=True):
    """What the facts of one charge support. None or empty: no opinion.

    ``modifiers`` are those the line must carry, beside any it has.
    """

    code: str | None = None
    units: Decimal | None = None
    modifiers: tuple[str, ...] = ()
    place_of_service: str = ""
    revenue_code: str = ""
    reason: str = ""


Derive = Callable[[CodingCase, LineFacts], Proposal | None]
"""Pure; the same function tells an edit what the code should have been."""


class CodingRule(Rule, frozen=True, kw_only=True):
    """Facts of a charge -> what may be reported. A charge with a blank code is always shown."""

    derive: Derive
    touches: Touches = ANYTHING


class ClaimShape(Rule, frozen=True, kw_only=True):
    """Codes that travel on ``form``, and the loops and segments they bring there.

    ``loops`` are for people and for the writer's own check (``2400 TOO``). ``lines_maximum``: a
    claim with more service lines is split.
    """

    form: Form
    touches: Touches
    loops: tuple[str, ...] = ()
    lines_maximum: int | None = None

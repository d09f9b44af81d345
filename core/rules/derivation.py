"""What the facts support: derivations, beside the edits that compare the claim with them.

The edit calls the same function as its derivation, so that what is suggested and what is checked
are one thing. A derivation speaks the words of the result of the stateless scrub (scrub document
v1, section 8): numbers and codes as they stand there, money as text with two decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from core.claims.parties import Value
from core.rules.case import Case
from core.rules.rule import ANYTHING, Rule, Touches

Word = str | int | bool | Decimal | tuple[str, ...] | None


class ResultPart(StrEnum):
    """Which object of the result a derivation fills."""

    DERIVED = "derived"
    PRICING = "pricing"


class Derived(Value, frozen=True, kw_only=True):
    """``lines`` by line number, and values of the claim: keys of the result, and what stands there.

    A key that is not given does not apply.
    """

    lines: Mapping[int, Mapping[str, Word]] = {}
    claim: Mapping[str, Word] = {}


Derive = Callable[[Case], Derived | None]


class Derivation(Rule, frozen=True, kw_only=True):
    """Facts -> what they support. Asked once for a case it can touch; None: no opinion."""

    derive: Derive
    part: ResultPart = ResultPart.DERIVED
    touches: Touches = ANYTHING

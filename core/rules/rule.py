"""What every rule carries: a name, a source, the days it holds, and what it can touch."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.claims.claim import Form
from core.claims.parties import PayerKind, Value
from core.dates import ALWAYS, DateBasis, Window
from core.rules.needs import Needs

NO_NEEDS = Needs()


class Layer(StrEnum):
    """Who states a rule. Later layers may tighten what earlier ones say."""

    PLATFORM = "platform"
    SPECIALTY = "specialty"
    PAYER = "payer"
    STATE = "state"
    PRACTICE = "practice"

    @property
    def rank(self) -> int:
        """0 for the platform, 4 for the practice."""
        return _RANKS[self]


_RANKS = {layer: rank for rank, layer in enumerate(Layer)}


class Confidence(StrEnum):
    """How sure the source makes us (the H, M and L of the fact sheets)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Scope(StrEnum):
    """How far a rule looks."""

    LINE = "line"
    CLAIM = "claim"
    SAME_DAY = "same_day"
    MONTH = "month"
    ROLLING = "rolling"
    LIFETIME = "lifetime"


class Stops(StrEnum):
    """What a finding makes pointless: nothing, the rest of its line, the rest of its claim.

    Only findings of the same rule family (the same plugin) are dropped, never graver ones.
    """

    NOTHING = ""
    LINE = "line"
    CLAIM = "claim"


class Touches(Value, frozen=True, kw_only=True):
    """What a rule can touch; an empty field means any. The engine never calls it elsewhere.

    ``codes`` are whole procedure codes, ``prefixes`` their beginnings, ``payers`` payer ids.
    """

    codes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    payer_kinds: tuple[PayerKind, ...] = ()
    payers: tuple[str, ...] = ()

    @property
    def any_code(self) -> bool:
        """Whether it is not bound to codes."""
        return not self.codes and not self.prefixes

    def takes_code(self, code: str) -> bool:
        """Whether a line with ``code`` can be touched."""
        return self.any_code or code in self.codes or code.startswith(self.prefixes)

    def takes_claim(self, form: Form, kind: PayerKind, payer_id: str = "") -> bool:
        """Whether a claim of that form to that payer, of that kind, can be touched."""
        return (
            (not self.forms or form in self.forms)
            and (not self.payer_kinds or kind in self.payer_kinds)
            and (not self.payers or payer_id in self.payers)
        )


ANYTHING = Touches()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every kind of rule.

    ``id`` is unique in a rule book (``BH-002``); ``source`` the fact sheet, law or manual it rests
    on. ``effective`` holds by the day ``basis`` names. ``supersedes`` lists rules whose finding on
    the same line gives way to this one's, where this one's is at least as grave.
    """

    id: str
    title: str
    source: str
    version: str = "1"
    effective: Window = ALWAYS
    basis: DateBasis = DateBasis.SERVICE_FROM
    confidence: Confidence = Confidence.HIGH
    layer: Layer = Layer.SPECIALTY
    supersedes: tuple[str, ...] = ()
    needs: Needs = NO_NEEDS

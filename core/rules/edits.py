"""Edits and gates: the rules that look at a finished claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.rules.rule import ANYTHING, Rule, Scope, Stops, Touches
from core.scrub.finding import Flag, Severity

Check = Callable[[Case, Sequence[ServiceLine]], Iterable[Flag]]
"""``check(case, lines)``: ``lines`` are the claim's lines the rule touches on days it holds."""


class ClaimEdit(Rule, frozen=True, kw_only=True):
    """Claim -> flags. ``check`` is pure; it is not called for claims it cannot touch."""

    severity: Severity
    check: Check
    scope: Scope = Scope.LINE
    touches: Touches = ANYTHING
    stops: Stops = Stops.NOTHING
    carc: str = ""
    rarc: str = ""
    place_837: str = ""


class Gate(Rule, frozen=True, kw_only=True):
    """A privacy hold. Each flag becomes a ``reject`` that nobody can override."""

    check: Check
    touches: Touches = ANYTHING
    place_837: str = ""

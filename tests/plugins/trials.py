"""The form of a trial of a specialty rule, and short ways to write claims for one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from core.claims.claim import (
    Claim,
    ServiceLine,
    Tooth,
)
from core.claims.parties import PayerKind
from core.rules.facts import ClaimFacts
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook, RuleSet
from plugins.host import EnabledPlugin, build_rule_book
from plugins.testing import (
    dental_claim,
    line,
    payer,
    professional_claim,
)

NAMES = ("behavioral_health", "dental", "home_health", "telehealth")
MEDICARE = payer(PayerKind.MEDICARE)
replace = msgspec.structs.replace


class Trial(NamedTuple):
    """``rule`` must flag ``fires`` and stay silent on ``quiet``."""

    rule: str
    fires: Claim
    quiet: Claim
    knobs: Mapping[str, Any] = {}
    facts: ClaimFacts = ClaimFacts()


@cache
def plain_book() -> RuleBook:
    return build_rule_book([EnabledPlugin(name=name) for name in NAMES])


def book_with(knobs: Mapping[str, Any]) -> RuleBook:
    if not knobs:
        return plain_book()
    policy = PayerPolicy(
        id="PRACTICE-1", title="Test", source="test", layer=Layer.PRACTICE, knobs=knobs
    )
    practice = RuleSet(name="practice", version="1", payer_policies=(policy,))
    return build_rule_book([EnabledPlugin(name=name) for name in NAMES], practice=practice)


def p(*lines: ServiceLine, credential: str = "MD", **changes: Any) -> Claim:
    claim = professional_claim(*lines, **changes)
    assert claim.rendering is not None
    return replace(claim, rendering=replace(claim.rendering, credential=credential))


def timed(code: str, minutes: int | None, no: int = 1, **changes: Any) -> ServiceLine:
    return line(code, no, minutes=minutes, **changes)


def d(code: str, tooth: str = "", surfaces: str = "", no: int = 1, **changes: Any) -> ServiceLine:
    treated = (Tooth(number=tooth, surfaces=surfaces),) if tooth or surfaces else ()
    return line(code, no, code_qualifier="AD", pointers=(), teeth=treated, **changes)


def dental(*lines: ServiceLine, **changes: Any) -> Claim:
    return dental_claim(*lines, **changes)


def undated(code: str) -> ServiceLine:
    return replace(d(code), service_from=None)

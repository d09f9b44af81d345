"""A plugin that was stopped: its rules hold what they would have looked at, and are asked no more.

What it states as data stays (policies, fees, plays, records). A rule of a hook that fails open is
left out; every other one says that it did not look, so the claim waits as it does for a rule that
breaks. That ends when the plugin is rolled back, switched off, or switched on anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.rules.coding import CodingCase, CodingRule, Proposal
from core.rules.edits import Check
from core.rules.rulebook import RuleSet
from core.scrub.finding import RULE_FAILED, Flag


class StoppedError(Exception):
    """Raised in the place of a coding rule; the engine blames the rule, as for one that breaks."""


def stopped(stated: RuleSet, fails_open: Collection[str]) -> RuleSet:
    """``stated`` as it works while its plugin is stopped."""
    edits = () if "claim_edits" in fails_open else stated.claim_edits
    coding = () if "coding_rules" in fails_open else stated.coding_rules
    return replace(
        stated,
        fingerprint=f"{stated.fingerprint} stopped",
        coding_rules=tuple(map(_broken, coding)),
        claim_edits=tuple(
            replace(one, check=_unasked(stated.name, one.id), supersedes=()) for one in edits
        ),
        gates=tuple(
            replace(one, check=_unasked(stated.name, one.id), supersedes=()) for one in stated.gates
        ),
        pricing_steps=(),
        deadlines=(),
    )


def _unasked(plugin: str, rule: str) -> Check:
    flag = Flag(
        message=f"Rule {rule} did not look: the plugin {plugin} failed too often and was stopped",
        suggestion="A lead decides: the version before, another one, or none",
        reason=RULE_FAILED,
    )

    def check(case: Case, lines: Sequence[ServiceLine]) -> Iterable[Flag]:
        return (flag,)

    return check


def _broken(rule: CodingRule) -> CodingRule:
    def derive(case: CodingCase, charge: object) -> Proposal | None:
        raise StoppedError

    return replace(rule, derive=derive)

"""A plugin that is not asked: its rules hold what they would have looked at.

It was stopped because it failed too often, or it cannot be loaded at all. A rule of a hook that
fails open is left out; every other one says that it did not look, so the claim waits as it does for
a rule that breaks. That ends when the plugin is rolled back, switched off, or switched on anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from core.claims.claim import ServiceLine
from core.claims.parties import Value
from core.dates import ALWAYS, DateBasis, Window
from core.rules.case import Case
from core.rules.coding import CodingCase, CodingRule, Proposal
from core.rules.edits import Check, ClaimEdit, Gate
from core.rules.rule import ANYTHING, Touches
from core.rules.rulebook import RuleSet
from core.scrub.finding import RULE_FAILED, Flag, Severity
from plugins.checks import within

UNKNOWN_RULES = "CW-106"
"""Holds every claim for a plugin of which not even the rules are known."""

_STOPPED = "failed too often and was stopped"
_ABSENT = "cannot be loaded"


class Guard(Value, frozen=True, kw_only=True):
    """What is kept of a rule that fails closed, for the day its plugin cannot be loaded."""

    rule: str
    touches: Touches = ANYTHING
    effective: Window = ALWAYS
    basis: DateBasis = DateBasis.SERVICE_FROM
    gate: bool = False


class StoppedError(Exception):
    """Raised in the place of a coding rule; the engine blames the rule, as for one that breaks."""


def stopped(stated: RuleSet, fails_open: Collection[str]) -> RuleSet:
    """``stated`` as it works while its plugin is stopped.

    What it states as data stays: policies, fees, plays, records.
    """
    edits = () if "claim_edits" in fails_open else stated.claim_edits
    coding = () if "coding_rules" in fails_open else stated.coding_rules
    return replace(
        stated,
        fingerprint=f"{stated.fingerprint} stopped",
        coding_rules=tuple(map(_broken, coding)),
        claim_edits=tuple(
            replace(one, check=_unasked(stated.name, one.id, _STOPPED), supersedes=())
            for one in edits
        ),
        gates=tuple(
            replace(one, check=_unasked(stated.name, one.id, _STOPPED), supersedes=())
            for one in stated.gates
        ),
        pricing_steps=(),
        derivations=(),
        deadlines=(),
    )


def guards_of(stated: RuleSet, fails_open: Collection[str]) -> tuple[Guard, ...]:
    """The rules of ``stated`` that hold what they cannot look at."""
    edits = () if "claim_edits" in fails_open else stated.claim_edits
    looking: tuple[ClaimEdit | Gate, ...] = (*stated.gates, *edits)
    return tuple(
        Guard(
            rule=one.id,
            touches=one.touches,
            effective=one.effective,
            basis=one.basis,
            gate=isinstance(one, Gate),
        )
        for one in looking
    )


def absent(plugin: str, guards: Sequence[Guard] | None, window: Window) -> RuleSet:
    """What stands in for a plugin that cannot be loaded, on the days it is enabled.

    ``guards`` None: nothing is known of its rules, so every claim waits.
    """
    known = (Guard(rule=UNKNOWN_RULES, gate=True),) if guards is None else guards
    edits: list[ClaimEdit] = []
    gates: list[Gate] = []
    for one in known:
        check = _unasked(plugin, one.rule, _ABSENT)
        title, source = f"Rule {one.rule} of {plugin}", "Claimwright plugins"
        if one.gate:
            gates.append(
                Gate(
                    id=one.rule, title=title, source=source, check=check, touches=one.touches,
                    effective=one.effective, basis=one.basis,
                )
            )  # fmt: skip
        else:
            edits.append(
                ClaimEdit(
                    id=one.rule, title=title, source=source, check=check, touches=one.touches,
                    effective=one.effective, basis=one.basis, severity=Severity.DENY,
                )
            )  # fmt: skip
    return RuleSet(
        name=plugin,
        version="absent",
        fingerprint="absent",
        claim_edits=within(tuple(edits), window),
        gates=within(tuple(gates), window),
    )


def _unasked(plugin: str, rule: str, why: str) -> Check:
    flag = Flag(
        message=f"Rule {rule} did not look: the plugin {plugin} {why}",
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

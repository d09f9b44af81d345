"""Declared rules -> what the engine runs: an edit that finds, and a transform that changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.claims.position import NextActor
from core.errors import InputError
from core.rules.case import Case
from core.rules.declared import (
    Action,
    ActionKind,
    Clause,
    Condition,
    DeclaredRule,
    Match,
    Operator,
    Over,
)
from core.rules.declared_apply import Transform, written
from core.rules.declared_check import problems, suggestions
from core.rules.declared_conditions import Matcher, dealt_out
from core.rules.declared_fields import Setting, catalogue
from core.rules.edits import ClaimEdit
from core.rules.needs import Needs
from core.rules.rule import Scope, Touches
from core.rules.rulebook import RuleSet
from core.scrub.finding import Fix, Flag, Severity

_SEVERITIES = {
    ActionKind.HOLD: Severity.DENY,
    ActionKind.REJECT: Severity.REJECT,
    ActionKind.WARN: Severity.WARN,
}
_CHANGING = (ActionKind.SET, ActionKind.TAG, ActionKind.REPRICE)
_CODES_MAXIMUM = 2_000

Codes = tuple[frozenset[str], frozenset[str]]
"""Whole codes and beginnings of codes."""


class Compiled(msgspec.Struct, frozen=True):
    """What one rule becomes; either part may be absent."""

    edit: ClaimEdit | None
    transform: Transform | None


@lru_cache(maxsize=4_096)
def compiled(rule: DeclaredRule) -> Compiled:
    """``rule`` for the engine; ``InputError`` with the first thing that is wrong with it."""
    wrong = [one for one in problems(rule) if one.blocks]
    if wrong:
        raise InputError(f"rule {rule.id}: {wrong[0]}")
    matcher = Matcher(rule)
    touches = touched(rule)
    changes = any(one.kind in _CHANGING and _is_quiet(one) for one in rule.actions)
    return Compiled(
        _edit(rule, matcher, touches) if rule.judgement else None,
        Transform(
            **_head(rule), declared=rule, matches=matcher.matched, touches=touches
        ) if changes else None,
    )  # fmt: skip


def _is_quiet(action: Action) -> bool:
    if action.kind is not ActionKind.SET:
        return True
    return catalogue()[action.field].setting is Setting.QUIETLY


def _head(rule: DeclaredRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "source": rule.source,
        "version": str(rule.version),
        "effective": rule.effective,
        "basis": rule.basis,
        "layer": rule.layer,
        "supersedes": rule.supersedes,
        "needs": Needs(authorizations=needs_authorizations(rule)),
    }


def needs_authorizations(rule: DeclaredRule) -> bool:
    """Whether a condition asks for authorizations."""
    return any(
        catalogue()[condition.field].needs_authorizations
        for clause in rule.clauses
        for condition in clause.conditions
    )


def _edit(rule: DeclaredRule, matcher: Matcher, touches: Touches) -> ClaimEdit:
    action = rule.judgement
    assert action is not None, "the caller asked"
    confirmed = next(iter(suggestions(rule)), None)

    def check(case: Case, lines: Sequence[ServiceLine]) -> Iterator[Flag]:
        claim = case.claim
        for line_no in matcher.matched(claim, case.as_of, case.facts.authorizations or ()):
            fix = _fix(claim, confirmed, line_no) if confirmed else None
            yield Flag(
                message=action.message,
                line_no=line_no,
                suggestion=action.suggestion or (_in_words(fix) if fix else ""),
                fix=fix,
            )

    return ClaimEdit(
        **_head(rule),
        severity=_SEVERITIES[action.kind],
        check=check,
        scope=Scope.LINE if rule.is_of_lines else Scope.CLAIM,
        touches=touches,
        carc=action.carc,
        rarc=action.rarc,
    )


def _fix(claim: Claim, action: Action, line_no: int | None) -> Fix | None:
    """What a person confirms; None where it is so already."""
    if action.kind is ActionKind.ADD_LINE:
        return Fix(field="add_line", value=action.value, line_no=line_no)
    of_line = action.field.startswith("line.")
    before = written(claim, action.field, line_no)
    value = action.value
    if value.startswith("+"):
        there = before.split()
        value = before if value[1:] in there else " ".join([*there, value[1:]])
    if value == before:
        return None
    return Fix(
        field=action.field.removeprefix("line."), value=value, line_no=line_no if of_line else None
    )


def _in_words(fix: Fix) -> str:
    if fix.field == "add_line":
        return f"Add the line {fix.value}"
    return f"Set {fix.field.replace('_', ' ').replace('.', ' ')} to {fix.value}"


def touched(rule: DeclaredRule) -> Touches:
    """What the rule can touch, from its selectors and the codes its conditions demand."""
    codes = demanded_codes(rule)
    exact, prefixes = codes if codes is not None else (frozenset(), frozenset())
    return Touches(
        codes=tuple(sorted(exact)),
        prefixes=tuple(sorted(prefixes)),
        forms=rule.selectors.forms,
        payer_kinds=rule.selectors.payer_kinds,
        payers=rule.selectors.payers,
    )


def demanded_codes(rule: DeclaredRule) -> Codes | None:
    """The codes without one of which no claim meets the rule; None where any code may."""
    found = [_of_clause(clause) for clause in rule.clauses]
    if rule.match is Match.ALL:
        bound = [one for one in found if one is not None]
        # The lines handed over must be those the rule judges: a clause about this line comes first.
        mine = [
            one
            for one, clause in zip(found, rule.clauses, strict=True)
            if one is not None and clause.over is Over.THIS_LINE
        ]
        return _fewest(mine if rule.is_of_lines else bound)
    if not found or (
        rule.is_of_lines and any(clause.over is not Over.THIS_LINE for clause in rule.clauses)
    ):
        return None
    return _either(found)


def _of_clause(clause: Clause) -> Codes | None:
    if clause.over in (Over.CLAIM, Over.NO_LINE):
        return None
    asked = [_of_condition(one) for one in clause.conditions]
    if clause.match is Match.ALL:
        return _fewest([one for one in asked if one is not None])
    return _either(asked)


def _of_condition(condition: Condition) -> Codes | None:
    if condition.field != "line.code":
        return None
    if condition.operator in (Operator.IS, Operator.ONE_OF):
        return frozenset(condition.values), frozenset()
    if condition.operator is Operator.BEGINS_WITH:
        return _usable(frozenset(), frozenset(condition.values))
    if condition.operator is Operator.MATCHES:
        exact, prefixes, ranges = dealt_out(condition.values)
        return _usable(exact, frozenset({*prefixes, *(_shared(*one) for one in ranges)}))
    return None


def _usable(exact: frozenset[str], prefixes: frozenset[str]) -> Codes | None:
    return None if "" in prefixes else (exact, prefixes)


def _shared(low: str, high: str) -> str:
    """What every code of a range begins with."""
    length = next((at for at, (a, b) in enumerate(zip(low, high, strict=True)) if a != b), None)
    return low if length is None else low[:length]


def _fewest(asked: Sequence[Codes]) -> Codes | None:
    return min(asked, key=lambda one: (len(one[1]), len(one[0])), default=None)


def _either(asked: Sequence[Codes | None]) -> Codes | None:
    if not asked or any(one is None for one in asked):
        return None
    exact = frozenset().union(*(one[0] for one in asked if one is not None))
    prefixes = frozenset().union(*(one[1] for one in asked if one is not None))
    return None if len(exact) > _CODES_MAXIMUM else (exact, prefixes)


def rule_set(name: str, rules: Iterable[DeclaredRule], **more: object) -> RuleSet:
    """The rules of one contributor; ``fingerprint`` covers every word of them."""
    given = tuple(rules)
    made = [compiled(rule) for rule in given]
    return RuleSet(
        name=name,
        version="entered",
        fingerprint=sha256(msgspec.json.encode(given)).hexdigest(),
        claim_edits=tuple(one.edit for one in made if one.edit is not None),
        transforms=tuple(one.transform for one in made if one.transform is not None),
        routes=routes(given),
        **more,  # type: ignore[arg-type]
    )


def routes(rules: Iterable[DeclaredRule]) -> Mapping[str, NextActor]:
    """To whom a claim goes that a rule holds, by rule id and version."""
    return {
        f"{rule.id} {rule.version}": NextActor(action.value)
        for rule in rules
        for action in rule.does(ActionKind.ROUTE)
    }

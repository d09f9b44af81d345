"""What a rule about to be saved does to the rules that are there: conflicts, in sentences.

Two rules meet when nothing shows that no claim can match both. What shows it: selectors or days
that do not meet, and fields of one value of which the rules ask different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from core.errors import InputError
from core.rules.declared import (
    Action,
    ActionKind,
    Condition,
    DeclaredRule,
    Match,
    Operator,
    Over,
)
from core.rules.declared_check import Problem
from core.rules.declared_conditions import (
    dealt_out,
    field_of,
    read_value,
)
from core.rules.declared_fields import FieldType, Scalar

Effect = tuple[str, str]
"""A field, or an amount, and what it becomes."""


def conflicts(
    rule: DeclaredRule, others: Iterable[DeclaredRule], *, severities: Mapping[str, str] = {}
) -> tuple[Problem, ...]:
    """Conflicts of ``rule`` with ``others`` (versions in force, its own earlier ones left out).

    ``severities`` are those of the rules that are not declared, by id: a rule never supersedes one
    that rejects by something milder.
    """
    known = [one for one in others if one.id != rule.id]
    return (
        *_of_itself(rule),
        *_silenced(rule, known, severities),
        *(problem for other in known for problem in _between(rule, other)),
    )


def _of_itself(rule: DeclaredRule) -> Iterator[Problem]:
    if not may_meet(rule, rule):
        yield Problem(where="clauses", message="no claim can match: two conditions exclude another")


def _silenced(
    rule: DeclaredRule, known: Sequence[DeclaredRule], severities: Mapping[str, str]
) -> Iterator[Problem]:
    declared = {one.id: one.judgement.kind for one in known if one.judgement is not None}
    mine = rule.judgement.kind if rule.judgement else None
    for other in rule.supersedes:
        if (
            other not in declared
            and other not in severities
            and all(one.id != other for one in known)
        ):
            yield Problem(where="supersedes", message=f"there is no rule {other}")
        rejects = declared.get(other) is ActionKind.REJECT or severities.get(other) == "reject"
        if rejects and mine is not ActionKind.REJECT:
            yield Problem(
                where="supersedes",
                message=f"{other} rejects; a rule may tighten that, never silence it",
            )


def _between(rule: DeclaredRule, other: DeclaredRule) -> Iterator[Problem]:
    clashing = sorted(clashing_fields(rule, other))
    if not clashing or rule.id in other.supersedes or other.id in rule.supersedes:
        return
    fields = ", ".join(clashing)
    if rule.layer is other.layer:
        yield Problem(
            where="actions",
            message=f"{other.id} (from {other.document}) makes {fields} something else on claims "
            "that both match; narrow one of them, or say which one supersedes",
        )
        return
    winner, loser = (rule, other) if rule.layer.rank > other.layer.rank else (other, rule)
    if loser is rule and covers(winner, loser) and _only_does(loser, clashing):
        yield Problem(
            where="actions",
            message=f"the rule would never do anything: {winner.id} of the {winner.layer} layer "
            f"always says something else about {fields}",
        )
    else:
        yield Problem(
            where="actions",
            message=f"{loser.id} says something else about {fields}; {winner.id} wins, as the "
            f"{winner.layer} layer stands above the {loser.layer} layer",
            blocks=False,
        )


def effects(rule: DeclaredRule) -> dict[str, str]:
    """What the rule makes of which field or amount."""
    found: dict[str, str] = {}
    for action in rule.actions:
        effect = _effect(action)
        if effect is not None:
            found[effect[0]] = effect[1]
    return found


def _effect(action: Action) -> Effect | None:
    if action.kind is ActionKind.SET:
        return action.field, action.value
    if action.kind is ActionKind.REPRICE and action.reprice is not None:
        amount, _, _ = action.reprice.partition("_")
        return f"line.{amount}", f"{action.reprice.value} {action.value}"
    if action.kind is ActionKind.ROUTE:
        return "who the claim goes to", action.value
    return None


def clashing_fields(one: DeclaredRule, two: DeclaredRule) -> frozenset[str]:
    """The fields that two rules make different on a claim that both may match."""
    first, second = effects(one), effects(two)
    different = {name for name in first.keys() & second.keys() if first[name] != second[name]}
    return frozenset(
        name for name in different if may_meet(one, two, same_line=name.startswith("line."))
    )


def _only_does(rule: DeclaredRule, fields: Iterable[str]) -> bool:
    return effects(rule).keys() <= set(fields) and all(
        _effect(action) is not None for action in rule.actions
    )


def covers(wide: DeclaredRule, narrow: DeclaredRule) -> bool:
    """Whether every claim and line that ``narrow`` matches is surely matched by ``wide``."""
    a, b = wide.selectors, narrow.selectors
    selected = all(
        not mine or (theirs and set(theirs) <= set(mine))
        for mine, theirs in (
            (a.forms, b.forms), (a.payer_kinds, b.payer_kinds), (a.payers, b.payers),
            (a.plans, b.plans), (a.states, b.states),
        )
    )  # fmt: skip
    if not selected or wide.basis is not narrow.basis or not _window_covers(wide, narrow):
        return False
    if not wide.clauses:
        return not narrow.is_of_lines
    return (
        wide.match is Match.ALL
        and narrow.match is Match.ALL
        and set(wide.clauses) <= set(narrow.clauses)
        and wide.is_of_lines == narrow.is_of_lines
        # Lines in force differ with the window, and with them what every line is.
        and (wide.effective == narrow.effective or not _counts_lines(wide))
    )


def _counts_lines(rule: DeclaredRule) -> bool:
    return any(one.over in (Over.EVERY_LINE, Over.NO_LINE) for one in rule.clauses)


def _window_covers(wide: DeclaredRule, narrow: DeclaredRule) -> bool:
    a, b = wide.effective, narrow.effective
    return (a.first is None or (b.first is not None and a.first <= b.first)) and (
        a.last is None or (b.last is not None and b.last <= a.last)
    )


def may_meet(one: DeclaredRule, two: DeclaredRule, *, same_line: bool = True) -> bool:
    """Whether one claim might match both, and the same line of it; only False is certain.

    Rules that hold on different days of the same kind do not meet.
    """
    a, b = one.selectors, two.selectors
    pairs = (
        (a.forms, b.forms), (a.payer_kinds, b.payer_kinds), (a.payers, b.payers),
        (a.plans, b.plans), (a.states, b.states),
    )  # fmt: skip
    if any(mine and theirs and set(mine).isdisjoint(theirs) for mine, theirs in pairs):
        return False
    if one.basis is two.basis and not one.effective.overlaps(two.effective):
        return False
    by_field: dict[str, list[Condition]] = {}
    for condition in (*_demands(one, same_line), *_demands(two, same_line)):
        by_field.setdefault(condition.field, []).append(condition)
    return not any(_exclude(x, y) for asked in by_field.values() for x, y in product(asked, asked))


def _demands(rule: DeclaredRule, same_line: bool) -> list[Condition]:
    """The conditions that every match meets, of fields with one value.

    A claim may match one rule with one line and the other with another: what is asked of this
    line counts only where both speak of the same.
    """
    whole = rule.match is Match.ALL or len(rule.clauses) == 1
    return [
        condition
        for clause in (rule.clauses if whole else ())
        if (clause.over is Over.CLAIM or (same_line and clause.over is Over.THIS_LINE))
        and (clause.match is Match.ALL or len(clause.conditions) == 1)
        for condition in clause.conditions
        if not field_of(condition).many and (same_line or not field_of(condition).of_line)
    ]


def _exclude(one: Condition, two: Condition) -> bool:
    """Whether no single value meets both."""
    a, b = one.operator, two.operator
    if Operator.MISSING in (a, b):
        beside = b if a is Operator.MISSING else a
        return beside not in (Operator.MISSING, Operator.IS_NOT, Operator.NONE_OF)
    for named, other in ((one, two), (two, one)):
        if named.operator in (Operator.IS, Operator.ONE_OF):
            field = field_of(named)
            try:
                values = [read_value(field, text) for text in named.values]
                meets = _meets(other)
            except InputError:
                return False
            return not any(meets(value) for value in values)
    return _beginnings_exclude(one, two) or _ranges_exclude(one, two)


def _meets(condition: Condition) -> Callable[[Scalar], bool]:
    """The condition as a question about one value."""
    field, operator = field_of(condition), condition.operator
    if operator is Operator.PRESENT:
        return lambda value: True
    if operator is Operator.BEGINS_WITH:
        return lambda value: str(value).startswith(condition.values)
    if operator is Operator.MATCHES:
        exact, prefixes, ranges = dealt_out(condition.values)
        return lambda value: (
            str(value) in exact
            or str(value).startswith(prefixes)
            or any(len(str(value)) == len(low) and low <= str(value) <= high
                   for low, high in ranges)
        )  # fmt: skip
    values = [read_value(field, text) for text in condition.values]
    if operator in (Operator.IS, Operator.ONE_OF):
        return lambda value: value in values
    if operator in (Operator.IS_NOT, Operator.NONE_OF):
        return lambda value: value not in values
    low, high = _bounds(condition)
    return lambda value: (
        (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]
    )


def _beginnings_exclude(one: Condition, two: Condition) -> bool:
    if not one.operator is two.operator is Operator.BEGINS_WITH:
        return False
    return not any(x.startswith(y) or y.startswith(x) for x, y in product(one.values, two.values))


def _bounds(condition: Condition) -> tuple[Scalar | None, Scalar | None]:
    field = field_of(condition)
    values = [read_value(field, text) for text in condition.values]
    low = None if condition.operator is Operator.AT_MOST else values[0]
    high = None if condition.operator is Operator.AT_LEAST else values[-1]
    return low, high


_RANGED = (Operator.BETWEEN, Operator.AT_LEAST, Operator.AT_MOST)


def _ranges_exclude(one: Condition, two: Condition) -> bool:
    if one.operator not in _RANGED or two.operator not in _RANGED:
        return False
    if field_of(one).type is FieldType.TEXT:
        return False
    (low, high), (first, last) = _bounds(one), _bounds(two)
    return (high is not None and first is not None and high < first) or (  # type: ignore[operator]
        last is not None and low is not None and last < low  # type: ignore[operator]
    )

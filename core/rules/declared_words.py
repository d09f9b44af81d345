"""A declared rule in plain English, for pages, commands and the history of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from core.rules.declared import Action, Clause, Condition, DeclaredRule, Match, Operator, Over

_OVER = {
    Over.CLAIM: "",
    Over.THIS_LINE: "on a line: ",
    Over.ANY_LINE: "on any line: ",
    Over.EVERY_LINE: "on every line: ",
    Over.NO_LINE: "on no line: ",
}
_OPERATORS = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.ONE_OF: "is one of",
    Operator.NONE_OF: "is none of",
    Operator.BEGINS_WITH: "begins with",
    Operator.BETWEEN: "is between",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.MATCHES: "is among the codes",
    Operator.MISSING: "is missing",
    Operator.PRESENT: "is present",
}


def rule_in_words(rule: DeclaredRule) -> Iterator[str]:
    """The rule, a sentence a line."""
    yield f"{rule.id} version {rule.version}: {rule.title}"
    yield f"because of {rule.source}"
    window, selectors = rule.effective, rule.selectors
    if window.first or window.last:
        yield f"from {window.first or 'the beginning'} until {window.last or 'further notice'}"
    for name, chosen in (
        ("forms", selectors.forms),
        ("payers of kind", selectors.payer_kinds),
        ("payers", selectors.payers),
        ("plans", selectors.plans),
        ("states", selectors.states),
    ):
        if chosen:
            yield f"for {name} {', '.join(chosen)}"
    join = "and" if rule.match is Match.ALL else "or"
    for place, clause in enumerate(rule.clauses):
        yield f"{join if place else 'if'} {clause_in_words(clause)}"
    if not rule.clauses:
        yield "on every such claim"
    for action in rule.actions:
        yield f"then {action_in_words(action)}"
    if rule.supersedes:
        yield f"instead of {', '.join(rule.supersedes)}"


def clause_in_words(clause: Clause) -> str:
    """The conditions of a clause in one sentence."""
    join = " and " if clause.match is Match.ALL else " or "
    return _OVER[clause.over] + join.join(map(condition_in_words, clause.conditions))


def condition_in_words(condition: Condition) -> str:
    """One comparison."""
    field = condition.field.removeprefix("line.").replace("_", " ").replace(".", " ")
    join = " and " if condition.operator is Operator.BETWEEN else ", "
    return f"{field} {_OPERATORS[condition.operator]} {join.join(condition.values)}".rstrip()


def operator_in_words(operator: Operator) -> str:
    """How a comparison reads between a field and its values."""
    return _OPERATORS[operator]


def action_in_words(action: Action) -> str:
    """What a rule does."""
    kind = action.kind.replace("_", " ")
    what = {
        "hold": f"hold the claim: {action.message}",
        "reject": f"hold it until it is put right: {action.message}",
        "warn": f"warn: {action.message}",
        "set": f"set {action.field.replace('_', ' ').replace('.', ' ')} to {action.value}",
        "add line": f"suggest the line {action.value}",
        "route": f"send what is held to the {action.value}",
        "tag": f"tag the claim {action.value}",
        "reprice": f"make it {(action.reprice or '').replace('_', ' ')} {action.value}",
    }
    return what[kind]

"""The form in which somebody who does not program writes a rule: fields to a rule, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec.structs import replace

from api.http.forms import FieldError, Form
from core.claims.claim import Form as ClaimForm
from core.claims.parties import PayerKind
from core.dates import Window
from core.errors import InputError
from core.rules.declared import (
    JUDGING,
    LAYERS,
    OWNERS,
    Action,
    ActionKind,
    Clause,
    Condition,
    DeclaredRule,
    Match,
    Operator,
    Over,
    Reprice,
    Selectors,
)
from core.rules.declared_conditions import UNVALUED
from core.rules.declared_fields import catalogue
from core.rules.declared_words import operator_in_words

ROWS = 8
"""Conditions a form has room for; a rule with more is written as a file."""

BY_FIELD = "by_field"
"""The condition looks at what its field is of: the claim, or the line."""

OVERS = (
    (BY_FIELD, "claim or line"),
    (Over.THIS_LINE.value, "the line"),
    (Over.ANY_LINE.value, "any line"),
    (Over.EVERY_LINE.value, "every line"),
    (Over.NO_LINE.value, "no line"),
)
OPERATORS = tuple((one.value, operator_in_words(one)) for one in Operator)
REPRICES = (
    ("", "leave the amounts"),
    (Reprice.EXPECTED_PERCENT.value, "expect this percentage"),
    (Reprice.EXPECTED_AMOUNT.value, "expect this amount a unit"),
    (Reprice.CHARGE_PERCENT.value, "charge this percentage"),
    (Reprice.CHARGE_AMOUNT.value, "charge this amount a unit"),
)
JUDGEMENTS = (
    (ActionKind.HOLD.value, "hold it; a reason lets it go"),
    (ActionKind.REJECT.value, "hold it until it is put right"),
    (ActionKind.WARN.value, "warn, and let it go"),
    ("", "say nothing"),
)

_LISTED = frozenset({
    Operator.ONE_OF, Operator.NONE_OF, Operator.BEGINS_WITH, Operator.BETWEEN, Operator.MATCHES
})  # fmt: skip


def in_words(path: str) -> str:
    """A field as the form names it."""
    return path.replace(".", " ").replace("_", " ")


@cache
def field_names() -> Mapping[str, str]:
    """Paths by the words for them."""
    return {in_words(path): path for path in catalogue()}


def read_rule(form: Form) -> DeclaredRule:
    """The rule as typed; what is wrong with it as a rule is told by ``declared_check``."""
    layer = next(
        one for one in LAYERS
        if one.value == form.choice("layer", "whose rule it is", [each.value for each in LAYERS])
    )  # fmt: skip
    first, last = form.day("first_day", "first day"), form.day("last_day", "last day")
    if first and last and last < first:
        raise FieldError("last_day", "the last day lies before the first")
    match = Match(form.text("match") or Match.ALL.value)
    return DeclaredRule(
        id=form.text("id").upper(),
        title=form.text("title"),
        document=form.text("document"),
        page=form.text("page"),
        layer=layer,
        effective=Window(first, last),
        selectors=_selectors(form),
        match=match,
        clauses=_clauses(list(_conditions(form)), match),
        actions=tuple(_actions(form)),
        supersedes=tuple(form.text("supersedes").upper().split()),
    )


def _selectors(form: Form) -> Selectors:
    kinds, forms = form.every("payer_kinds"), form.every("forms")
    if set(kinds) - set(PayerKind) or set(forms) - set(ClaimForm):
        raise InputError("choose kinds of payers and forms from the list")
    return Selectors(
        forms=tuple(ClaimForm(one) for one in forms),
        payer_kinds=tuple(PayerKind(one) for one in kinds),
        payers=tuple(_listed(form.text("payers").upper())),
        plans=tuple(one.strip() for one in form.text("plans").split(",") if one.strip()),
        states=tuple(_listed(form.text("states").upper())),
    )


def _conditions(form: Form) -> Iterator[tuple[Over, Condition]]:
    for row in range(1, ROWS + 1):
        typed = form.text(f"field_{row}")
        if not typed:
            continue
        path = field_names().get(typed.lower(), typed)
        field = catalogue().get(path)
        if field is None:
            raise FieldError(f"field_{row}", f"condition {row}: there is no field of this name")
        operator = Operator(
            form.choice(f"operator_{row}", "how it is compared", [one.value for one in Operator])
        )
        said = form.choice(f"over_{row}", "what it looks at", [value for value, _ in OVERS])
        over = (Over.THIS_LINE if field.of_line else Over.CLAIM) if said == BY_FIELD else Over(said)
        values = form.text(f"values_{row}")
        yield over, Condition(field=path, operator=operator, values=_values(operator, values))


def _values(operator: Operator, typed: str) -> tuple[str, ...]:
    if operator in UNVALUED or not typed:
        return (typed,) if typed else ()
    return tuple(_listed(typed)) if operator in _LISTED else (typed,)


def _listed(typed: str) -> list[str]:
    """Separated by commas where there are any, else by space."""
    parts = typed.split(",") if "," in typed else re.split(r"\s+", typed)
    return [part.strip() for part in parts if part.strip()]


def _clauses(conditions: list[tuple[Over, Condition]], match: Match) -> tuple[Clause, ...]:
    if match is Match.ANY:
        return tuple(Clause(over=over, conditions=(one,)) for over, one in conditions)
    by_over: dict[Over, list[Condition]] = {}
    for over, one in conditions:
        by_over.setdefault(over, []).append(one)
    return tuple(Clause(over=over, conditions=tuple(each)) for over, each in by_over.items())


def _actions(form: Form) -> Iterator[Action]:
    judgement = form.choice("judgement", "what happens", [value for value, _ in JUDGEMENTS])
    if judgement:
        yield Action(
            kind=ActionKind(judgement),
            message=form.text("message"),
            suggestion=form.text("suggestion"),
            carc=form.text("carc").upper(),
            rarc=form.text("rarc").upper(),
        )
    if form.text("route"):
        yield Action(kind=ActionKind.ROUTE, value=form.choice("route", "whom", OWNERS))
    for tag in form.text("tags").split():
        yield Action(kind=ActionKind.TAG, value=tag)
    if form.text("set_field"):
        named = form.text("set_field")
        path = field_names().get(named.lower(), named)
        yield Action(kind=ActionKind.SET, field=path, value=form.text("set_value"))
    if form.text("add_line"):
        yield Action(kind=ActionKind.ADD_LINE, value=form.text("add_line"))
    if form.text("reprice"):
        how = form.choice("reprice", "the amount", [value for value, _ in REPRICES])
        yield Action(
            kind=ActionKind.REPRICE, reprice=Reprice(how), value=form.text("reprice_value")
        )


def typed_of(rule: DeclaredRule) -> dict[str, str]:
    """The fields that give ``rule``; those chosen several times are joined by spaces."""
    selectors = rule.selectors
    typed = {
        "id": rule.id,
        "title": rule.title,
        "document": rule.document,
        "page": rule.page,
        "layer": rule.layer.value,
        "first_day": str(rule.effective.first or ""),
        "last_day": str(rule.effective.last or ""),
        "match": rule.match.value,
        "payers": " ".join(selectors.payers),
        "plans": ", ".join(selectors.plans),
        "states": " ".join(selectors.states),
        "payer_kinds": " ".join(selectors.payer_kinds),
        "forms": " ".join(selectors.forms),
        "supersedes": " ".join(rule.supersedes),
        "judgement": "",
    }
    rows = [(clause.over, one) for clause in rule.clauses for one in clause.conditions]
    for row, (over, one) in enumerate(rows[:ROWS], 1):
        typed |= {
            f"over_{row}": BY_FIELD if over is Over.CLAIM else over.value,
            f"field_{row}": in_words(one.field),
            f"operator_{row}": one.operator.value,
            f"values_{row}": (
                ", ".join(one.values) if one.operator in _LISTED else " ".join(one.values)
            ),
        }
    for action in rule.actions:
        typed |= _typed_action(action, typed)
    return typed


def _typed_action(action: Action, typed: Mapping[str, str]) -> dict[str, str]:
    if action.kind in JUDGING:
        return {
            "judgement": action.kind.value,
            "message": action.message,
            "suggestion": action.suggestion,
            "carc": action.carc,
            "rarc": action.rarc,
        }
    if action.kind is ActionKind.TAG:
        return {"tags": f"{typed.get('tags', '')} {action.value}".strip()}
    if action.kind is ActionKind.SET:
        return {"set_field": in_words(action.field), "set_value": action.value}
    if action.kind is ActionKind.REPRICE:
        return {"reprice": (action.reprice or "").strip(), "reprice_value": action.value}
    return {action.kind.value: action.value}


class Typed:
    """The fields of ``typed_of`` as a browser would send them."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed

    def multi_items(self) -> list[tuple[str, str]]:
        found = []
        for name, value in self._typed.items():
            several = value.split() if name in ("payer_kinds", "forms") else [value]
            found += [(name, one) for one in several]
        return found


def fits_form(rule: DeclaredRule) -> bool:
    """Whether the form can show the rule and give it back unchanged."""
    try:
        again = read_rule(Form(Typed(typed_of(rule))))
    except InputError:
        return False
    return replace(again, version=rule.version, basis=rule.basis) == rule

"""What is wrong with a declared rule by itself, in sentences that say where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from core.claims.parties import Value
from core.errors import InputError
from core.money import cents
from core.rules.declared import (
    JUDGING,
    LAYERS,
    OWNERS,
    PREFIXES,
    Action,
    ActionKind,
    Clause,
    Condition,
    DeclaredRule,
    Operator,
    Over,
    Reprice,
)
from core.rules.declared_conditions import (
    UNVALUED,
    dealt_out,
    field_of,
    operators_of,
    read_value,
)
from core.rules.declared_fields import Field, FieldType, Setting, catalogue

CLAUSES_MAX = 12
CONDITIONS_MAX = 12
ACTIONS_MAX = 8
VALUES_MAX = 500
TEXT_CHARACTERS_MAX = 300

KnowsCode = Callable[[str, str], bool]
"""Whether a list (``procedure``, ``modifier``, ``place_of_service`` ...) may have a code."""


class Problem(Value, frozen=True, kw_only=True):
    """One thing that is wrong. ``where`` names the part; ``blocks``: it is not saved with it."""

    where: str
    message: str
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


_ID = re.compile(r"(PAYER|STATE|OWN)-[A-Z0-9]+(-[A-Z0-9]+)*\Z", re.ASCII)
_TAG = re.compile(r"[a-z][a-z0-9-]{1,30}\Z", re.ASCII)
_LINE = re.compile(r"([A-Z0-9]{4,5})((?: [A-Z0-9]{2}){0,4})(?: x([1-9]\d{0,2}))?\Z", re.ASCII)
_CARC = re.compile(r"[A-Z]?\d{1,3}\Z", re.ASCII)
_RARC = re.compile(r"(?:MA?|N)\d{1,3}\Z", re.ASCII)
_PERCENT_MAX = Decimal(1000)

# A number of social security, a telephone number, an e-mail address, a birth date in words.
_OF_A_PERSON = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b|[^@\s]+@[^@\s]+\.\w+"
    r"|\b(?:dob|born|birth ?date|ssn|mrn|member id)\b\W+\w*\d",
    re.IGNORECASE,
)

# Which list judges the values of a field, by the end of its path.
_LISTS = {
    "line.code": "procedure",
    "modifiers": "modifier",
    "place_of_service": "place_of_service",
    "line.place": "place_of_service",
    "revenue_code": "revenue",
    "taxonomy": "taxonomy",
    "diagnoses": "diagnosis",
    "admitting_diagnosis": "diagnosis",
    "reason_diagnoses": "diagnosis",
    "address.state": "state",
    "patient_status": "patient_status",
    "adjustments.code": "adjustment_reason",
}


def problems(rule: DeclaredRule, knows: KnowsCode | None = None) -> tuple[Problem, ...]:
    """Everything wrong with ``rule`` alone; codes are judged where ``knows`` is given."""
    return (
        *_of_head(rule),
        *_of_texts(rule),
        *(
            found
            for place, clause in enumerate(rule.clauses, 1)
            for found in _of_clause(place, clause, rule, knows)
        ),
        *_of_actions(rule, knows),
    )


def _of_head(rule: DeclaredRule) -> Iterator[Problem]:
    if not _ID.match(rule.id):
        yield Problem(
            where="id", message="an id looks like OWN-TELEHEALTH-1: capitals, digits and hyphens"
        )
    elif rule.layer in PREFIXES and not rule.id.startswith(f"{PREFIXES[rule.layer]}-"):
        yield Problem(
            where="id",
            message=f"a rule of the {rule.layer} layer has an id that begins with "
            f"{PREFIXES[rule.layer]}-",
        )
    if rule.layer not in LAYERS:
        yield Problem(where="layer", message="a rule stands in the payer, state or practice layer")
    if not rule.title.strip():
        yield Problem(where="title", message="say in a line what the rule is about")
    if not rule.document.strip():
        yield Problem(where="document", message="say which document, or whose word, it rests on")
    if len(rule.clauses) > CLAUSES_MAX:
        yield Problem(where="clauses", message=f"at most {CLAUSES_MAX} clauses")
    if rule.id in rule.supersedes:
        yield Problem(where="supersedes", message="a rule does not supersede itself")


def _of_texts(rule: DeclaredRule) -> Iterator[Problem]:
    texts = {"title": rule.title, "document": rule.document, "page": rule.page}
    for place, action in enumerate(rule.actions, 1):
        texts[f"action {place}"] = f"{action.message} {action.suggestion} {action.value}"
    for where, text in texts.items():
        if len(text) > TEXT_CHARACTERS_MAX:
            yield Problem(where=where, message=f"at most {TEXT_CHARACTERS_MAX} characters")
        if looks_like_a_person(text):
            yield Problem(
                where=where, message="this looks like something of a person; a rule holds none"
            )


def looks_like_a_person(text: str) -> bool:
    """Whether a text holds what identifies somebody: a number, an address, a birth date."""
    return _OF_A_PERSON.search(text) is not None


def _of_clause(
    place: int, clause: Clause, rule: DeclaredRule, knows: KnowsCode | None
) -> Iterator[Problem]:
    where = f"clause {place}"
    if not clause.conditions:
        yield Problem(where=where, message="a clause has a condition")
    if len(clause.conditions) > CONDITIONS_MAX:
        yield Problem(where=where, message=f"at most {CONDITIONS_MAX} conditions")
    for number, condition in enumerate(clause.conditions, 1):
        for message in _of_condition(condition, clause.over, knows):
            yield Problem(where=f"{where}, condition {number}", message=message)


def _of_condition(condition: Condition, over: Over, knows: KnowsCode | None) -> Iterator[str]:
    try:
        field = field_of(condition)
    except InputError as unknown:
        yield unknown.message
        return
    if field.of_line and over is Over.CLAIM:
        yield f"{field.path} is a field of lines; say this line, any line, every line or no line"
    if field.presence_only and condition.operator not in UNVALUED:
        yield f"{field.path} belongs to a person; it can be missing or present, nothing else"
        return
    if condition.operator not in operators_of(field):
        yield f"{field.path} cannot be compared by {condition.operator.replace('_', ' ')}"
        return
    yield from _of_values(field, condition, knows)


def _of_values(field: Field, condition: Condition, knows: KnowsCode | None) -> Iterator[str]:
    values, operator = condition.values, condition.operator
    if len(values) > VALUES_MAX:
        yield f"at most {VALUES_MAX} values"
    wrong = _wrong_count(operator, len(values))
    if wrong:
        yield wrong
        return
    if any(looks_like_a_person(value) for value in values):
        yield "a value looks like something of a person; a rule holds none"
        return
    try:
        read = [] if operator in UNVALUED else [read_value(field, one) for one in values]
        if operator is Operator.BETWEEN and not read[0] <= read[1]:  # type: ignore[operator]
            yield "the first value lies above the second"
        if operator is Operator.MATCHES:
            dealt_out(values)
    except InputError as refused:
        yield refused.message
        return
    if knows is not None and field.type is FieldType.TEXT:
        yield from _unknown_codes(field.path, condition, knows)


def _wrong_count(operator: Operator, count: int) -> str:
    if operator in UNVALUED:
        return "missing and present take no value" if count else ""
    if operator is Operator.BETWEEN:
        return "" if count == 2 else "between takes two values"
    if operator in (Operator.ONE_OF, Operator.NONE_OF, Operator.MATCHES, Operator.BEGINS_WITH):
        return "" if count else "a value is missing"
    return "" if count == 1 else f"{operator.replace('_', ' ')} takes one value"


def _unknown_codes(path: str, condition: Condition, knows: KnowsCode) -> Iterator[str]:
    name = next((code for end, code in _LISTS.items() if path.endswith(end)), None)
    if name is None or condition.operator is Operator.BEGINS_WITH:
        return
    codes = condition.values
    if condition.operator is Operator.MATCHES:
        codes = tuple(sorted(dealt_out(codes)[0]))
    for code in codes:
        if not knows(name, code):
            yield f"there is no {name.replace('_', ' ')} code {code}"


def _of_actions(rule: DeclaredRule, knows: KnowsCode | None) -> Iterator[Problem]:
    if not rule.actions:
        yield Problem(where="actions", message="say what the rule does")
    if len(rule.actions) > ACTIONS_MAX:
        yield Problem(where="actions", message=f"at most {ACTIONS_MAX} actions")
    if sum(one.kind in JUDGING for one in rule.actions) > 1:
        yield Problem(where="actions", message="a rule holds, rejects or warns: one of the three")
    if len(suggestions(rule)) > 1:
        yield Problem(where="actions", message="a rule makes one suggestion; write a second rule")
    seen: set[str] = set()
    for place, action in enumerate(rule.actions, 1):
        for message in _of_action(action, rule, knows):
            yield Problem(where=f"action {place}", message=message)
        if action.kind is ActionKind.SET and action.field in seen:
            yield Problem(where=f"action {place}", message=f"{action.field} is set twice")
        seen.add(action.field)


def suggestions(rule: DeclaredRule) -> tuple[Action, ...]:
    """The actions that a person confirms: what is billed is never changed silently."""
    return tuple(
        one
        for one in rule.actions
        if one.kind is ActionKind.ADD_LINE
        or (one.kind is ActionKind.SET and setting_of(one) is Setting.BY_PERSON)
    )


def setting_of(action: Action) -> Setting:
    """Whether what a ``set`` names may be set."""
    field = catalogue().get(action.field)
    return Setting.NEVER if field is None else field.setting


def _of_action(action: Action, rule: DeclaredRule, knows: KnowsCode | None) -> Iterator[str]:
    kind = action.kind
    if kind in JUDGING:
        if not action.message.strip():
            yield "say what a biller should read"
        if action.carc and not _CARC.match(action.carc):
            yield "a CARC looks like 97 or B7"
        elif action.carc and knows is not None and not knows("adjustment_reason", action.carc):
            yield f"there is no CARC {action.carc}"
        if action.rarc and not _RARC.match(action.rarc):
            yield "a RARC looks like N130 or MA04"
    elif kind is ActionKind.SET:
        yield from _of_setting(action, rule, knows)
    elif kind is ActionKind.ADD_LINE:
        found = _LINE.match(action.value)
        if not found:
            yield "a line to add is written G2211 25 x1: code, modifiers, units"
        elif knows is not None and not knows("procedure", found[1]):
            yield f"there is no procedure code {found[1]}"
        yield from _needs_hold(rule, "adding a line bills a service")
    elif kind is ActionKind.ROUTE:
        if action.value not in OWNERS:
            yield f"a held claim goes to one of {', '.join(OWNERS)}"
        if not rule.holds:
            yield "only a claim that is held goes to somebody; let the rule hold it too"
    elif kind is ActionKind.TAG:
        if not _TAG.match(action.value):
            yield "a tag has small letters, digits and hyphens, such as needs-note"
    else:
        if not rule.is_of_lines:
            yield "an amount belongs to a line; let a clause say this line"
        yield from _of_repricing(action)


def _needs_hold(rule: DeclaredRule, why: str) -> Iterator[str]:
    if not rule.holds:
        yield f"{why}; let the rule hold the claim, so that a person confirms it"


def _of_setting(action: Action, rule: DeclaredRule, knows: KnowsCode | None) -> Iterator[str]:
    field = catalogue().get(action.field)
    if field is None:
        yield f"there is no field {action.field or 'without a name'}"
        return
    if field.setting is Setting.NEVER:
        yield f"{field.path} is not set by a rule; docs/declared-rules.md lists what is"
        return
    if field.of_line and not rule.is_of_lines:
        yield f"{field.path} is a field of lines; let a clause say this line"
    if field.setting is Setting.BY_PERSON:
        yield from _needs_hold(rule, f"{field.path} says what was done or agreed to")
    if not action.value:
        yield "say the value"
        return
    adds = field.many and action.value.startswith("+")
    values = tuple(action.value.removeprefix("+").split()) if field.many else (action.value,)
    condition = Condition(field=field.path, operator=Operator.ONE_OF, values=values)
    if adds and len(values) != 1:
        yield "one value is added at a time, such as +25"
    try:
        for value in values:
            read_value(field, value)
    except InputError as refused:
        yield refused.message
        return
    if knows is not None:
        yield from _unknown_codes(field.path, condition, knows)


def _of_repricing(action: Action) -> Iterator[str]:
    if action.reprice is None:
        yield "say which amount, and whether by percentage or as an amount"
        return
    try:
        if action.reprice in (Reprice.CHARGE_PERCENT, Reprice.EXPECTED_PERCENT):
            percent = Decimal(action.value) if re.fullmatch(r"\d{1,4}(\.\d{1,4})?", action.value) \
                else Decimal(-1)  # fmt: skip
            if not 0 <= percent <= _PERCENT_MAX:
                yield "a percentage is a number from 0 to 1000, such as 85 or 112.5"
        elif cents(action.value) < 0:
            yield "an amount is not below zero"
    except InputError as refused:
        yield refused.message


def suggested_line(value: str) -> tuple[str, tuple[str, ...], int]:
    """Code, modifiers and units of an ``add_line`` that has been checked."""
    found = _LINE.match(value)
    assert found is not None, "the rule was checked"
    return found[1], tuple(found[2].split()), int(found[3] or 1)

"""Conditions of declared rules: read once into values, then asked of claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from core.claims.claim import Claim, ServiceLine
from core.dates import DateBasis, parse_day
from core.errors import InputError
from core.money import cents
from core.rules.declared import Clause, Condition, DeclaredRule, Match, Operator, Over
from core.rules.declared_fields import Field, FieldType, Scalar, View, catalogue
from core.rules.facts import Authorization

Asks = Callable[[View], bool]

_YES_NO = {"yes": True, "no": False}

ORDERED = frozenset({Operator.BETWEEN, Operator.AT_LEAST, Operator.AT_MOST})
UNVALUED = frozenset({Operator.MISSING, Operator.PRESENT})
_OF_TEXT = frozenset({Operator.BEGINS_WITH, Operator.MATCHES})
_RANGE = re.compile(r"([A-Z0-9]+)-([A-Z0-9]+)\Z", re.ASCII)
_NUMBERS_ONLY = frozenset({FieldType.MONEY, FieldType.NUMBER, FieldType.DAY})


class MatchingLines:
    """The lines a rule is in force on, asked for once a claim."""

    def __init__(self, rule: DeclaredRule) -> None:
        self._window, self._basis = rule.effective, rule.basis
        self._always = rule.effective.first is None and rule.effective.last is None

    def of(self, claim: Claim, as_of: date) -> tuple[ServiceLine, ...]:
        """As the engine decides it: by the line's day, or by today where the basis says so."""
        lines = claim.lines
        if self._always:
            return lines
        if self._basis in (DateBasis.RECEIVED, DateBasis.PAID):
            return lines if as_of in self._window else ()
        first = claim.service_from
        days = [line.service_from or first for line in lines]
        if self._basis is DateBasis.SERVICE_TO:
            days = [line.service_to or day for line, day in zip(lines, days, strict=True)]
        return tuple(
            line for line, day in zip(lines, days, strict=True) if day and day in self._window
        )


def field_of(condition: Condition) -> Field:
    """The field a condition asks for; ``InputError`` for one there is not."""
    found = catalogue().get(condition.field)
    if found is None:
        raise InputError(f"there is no field {condition.field}; docs/declared-rules.md lists them")
    return found


def operators_of(field: Field) -> tuple[Operator, ...]:
    """How a field can be compared."""
    if field.presence_only:
        return (Operator.MISSING, Operator.PRESENT)
    if field.type in _NUMBERS_ONLY:
        return tuple(one for one in Operator if one not in _OF_TEXT)
    if field.type is FieldType.TEXT:
        return tuple(one for one in Operator if one not in ORDERED)
    without = ORDERED | _OF_TEXT
    if field.type is FieldType.FLAG:
        return (Operator.IS, Operator.MISSING, Operator.PRESENT)
    return tuple(one for one in Operator if one not in without)


def read_value(field: Field, text: str) -> Scalar:
    """A value as a person wrote it; ``InputError`` with how the field is written."""
    if field.type is FieldType.MONEY:
        return cents(text.removeprefix("$").replace(",", ""))
    if field.type is FieldType.NUMBER:
        return _number(text)
    if field.type is FieldType.DAY:
        return parse_day(text)
    if field.type is FieldType.FLAG:
        if text not in _YES_NO:
            raise InputError("this field is answered yes or no")
        return _YES_NO[text]
    if field.type is FieldType.CHOICE and text not in field.choices:
        raise InputError(f"this field is one of {', '.join(field.choices)}")
    return text


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or len(text) > 12:
        raise InputError("this field is a number")
    return found


def compiled(condition: Condition) -> Asks:
    """The condition as a function; ``InputError`` where it cannot be asked."""
    field = field_of(condition)
    read, operator = field.read, condition.operator
    if operator is Operator.MISSING:
        return lambda view: not read(view)
    if operator is Operator.PRESENT:
        return lambda view: bool(read(view))
    if operator in (Operator.BEGINS_WITH, Operator.MATCHES):
        fits = _fitting(condition)
        return lambda view: any(fits(str(value)) for value in read(view))
    values = [read_value(field, text) for text in condition.values]
    if operator in ORDERED:
        return _ordered(field, operator, values)
    wanted = frozenset(values)
    if operator in (Operator.IS, Operator.ONE_OF):
        return lambda view: not wanted.isdisjoint(read(view))
    return lambda view: wanted.isdisjoint(read(view))


def _fitting(condition: Condition) -> Callable[[str], bool]:
    if condition.operator is Operator.BEGINS_WITH:
        beginnings = condition.values
        return lambda text: text.startswith(beginnings)
    exact, prefixes, ranges = dealt_out(condition.values)
    return lambda text: (
        text in exact
        or text.startswith(prefixes)
        or any(len(text) == len(low) and low <= text <= high for low, high in ranges)
    )


def dealt_out(
    patterns: Sequence[str],
) -> tuple[frozenset[str], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """A list of codes as whole codes, beginnings and ranges; ``InputError`` for a bad range."""
    exact, prefixes, ranges = set(), [], []
    for pattern in patterns:
        found = _RANGE.match(pattern)
        if found:
            low, high = found.groups()
            if len(low) != len(high) or low > high:
                raise InputError("a range of codes is written low to high, such as 90832-90838")
            ranges.append((low, high))
        elif pattern.endswith("*"):
            prefixes.append(pattern[:-1])
        else:
            exact.add(pattern)
    return frozenset(exact), tuple(prefixes), tuple(ranges)


def _ordered(field: Field, operator: Operator, values: Sequence[Scalar]) -> Asks:
    read = field.read
    low = None if operator is Operator.AT_MOST else values[0]
    high = None if operator is Operator.AT_LEAST else values[-1]

    def asks(view: View) -> bool:
        return any(
            (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]
            for value in read(view)
        )

    return asks


def compiled_clause(clause: Clause) -> Asks:
    """All or any of the conditions of a clause, of one view."""
    asked = [compiled(one) for one in clause.conditions]
    if len(asked) == 1:
        return asked[0]
    join = all if clause.match is Match.ALL else any
    return lambda view: join(ask(view) for ask in asked)


class Matcher:
    """Whether a claim meets a rule, and on which lines."""

    def __init__(self, rule: DeclaredRule) -> None:
        self._lines = MatchingLines(rule)
        self._clauses = [(one.over, compiled_clause(one)) for one in rule.clauses]
        self._all = rule.match is Match.ALL
        self._of_lines = rule.is_of_lines
        selectors = rule.selectors
        self._forms = frozenset(selectors.forms)
        self._kinds = frozenset(selectors.payer_kinds)
        self._payers = frozenset(selectors.payers)
        self._plans = frozenset(selectors.plans)
        self._states = frozenset(selectors.states)
        self._always = rule.effective.first is None and rule.effective.last is None

    def matched(
        self, claim: Claim, as_of: date, authorizations: tuple[Authorization, ...] = ()
    ) -> tuple[int | None, ...]:
        """Line numbers for a rule of lines, ``(None,)`` for one of claims, else nothing."""
        if not self._is_for(claim):
            return ()
        lines = self._lines.of(claim, as_of)
        if not lines and not self._always:
            return ()
        whole = View(claim, None, as_of, authorizations)
        views = [View(claim, line, as_of, authorizations) for line in lines]
        if not self._of_lines:
            return (None,) if self._holds(whole, None, views) else ()
        return tuple(
            line.line_no
            for line, view in zip(lines, views, strict=True)
            if self._holds(whole, view, views)
        )

    def _is_for(self, claim: Claim) -> bool:
        payer = claim.payer
        return (
            (not self._payers or payer.payer_id in self._payers)
            and (not self._forms or claim.form in self._forms)
            and (not self._kinds or payer.kind in self._kinds)
            and (not self._plans or payer.plan in self._plans)
            and (not self._states or payer.state in self._states)
        )

    def _holds(self, whole: View, this: View | None, views: Sequence[View]) -> bool:
        answers = (_answer(over, ask, whole, this, views) for over, ask in self._clauses)
        if not self._clauses:
            return True
        return all(answers) if self._all else any(answers)


def _answer(over: Over, ask: Asks, whole: View, this: View | None, views: Sequence[View]) -> bool:
    if over is Over.CLAIM:
        return ask(whole)
    if over is Over.THIS_LINE:
        return this is not None and ask(this)
    if over is Over.ANY_LINE:
        return any(ask(view) for view in views)
    if over is Over.EVERY_LINE:
        return bool(views) and all(ask(view) for view in views)
    return not any(ask(view) for view in views)

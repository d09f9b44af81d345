"""Rules as files, TOML or JSON: read whole or refused with the rule and the part that is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from core.bounded_json import read_json
from core.claims.claim import Form
from core.claims.parties import PayerKind, Value
from core.dates import DateBasis, Window, parse_day
from core.errors import InputError
from core.rules.declared import (
    Action,
    Clause,
    DeclaredRule,
    Match,
    Selectors,
)
from core.rules.rule import Layer

RULES_MAXIMUM = 1_000
BYTES_MAXIMUM = 4_000_000
_PLACES_MAXIMUM = 99


class _Written(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as it stands in a file: flat, so that it is easily typed."""

    id: str
    title: str
    document: str
    layer: Layer
    page: str = ""
    first_day: str = ""
    last_day: str = ""
    by: DateBasis = DateBasis.SERVICE_FROM
    forms: tuple[Form, ...] = ()
    payer_kinds: tuple[PayerKind, ...] = ()
    payers: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    match: Match = Match.ALL
    clauses: tuple[Clause, ...] = ()
    actions: tuple[Action, ...] = ()
    supersedes: tuple[str, ...] = ()


def read_rules(text: str, *, toml: bool) -> tuple[DeclaredRule, ...]:
    """The rules of a file; ``InputError`` names the first thing that cannot be taken."""
    whole = _toml(text) if toml else read_json(text.encode(), bytes_max=BYTES_MAXIMUM)
    listed = whole.get("rules") if isinstance(whole, Mapping) else whole
    if not isinstance(listed, list) or not listed:
        raise InputError("a file of rules has a list named rules with at least one of them")
    if len(listed) > RULES_MAXIMUM:
        raise InputError(f"a file of rules has at most {RULES_MAXIMUM} of them")
    rules = tuple(_rule(place, one) for place, one in enumerate(listed, 1))
    seen: dict[str, int] = {}
    for place, rule in enumerate(rules, 1):
        if seen.setdefault(rule.id, place) != place:
            raise InputError(f"rule {place}: rule {seen[rule.id]} has the id {rule.id} already")
    return rules


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(")[2].removesuffix(")")
        raise InputError(f"this is not TOML: look at {where}") from None
    except RecursionError:
        raise InputError("this is not TOML: it is nested too deep") from None


def _rule(place: int, given: Any) -> DeclaredRule:
    where = f"rule {place}"
    if isinstance(given, Mapping) and isinstance(given.get("id"), str):
        where = f"rule {place} ({given['id'][:40]})"
    try:
        written = msgspec.convert(_days_as_text(given), _Written, strict=True)
        window = Window(_day(written.first_day), _day(written.last_day))
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {_said(str(error))}") from None
    except InputError as error:
        raise InputError(f"{where}: {error.message}") from None
    return DeclaredRule(
        id=written.id,
        title=written.title,
        document=written.document,
        page=written.page,
        layer=written.layer,
        effective=window,
        basis=written.by,
        selectors=Selectors(
            forms=written.forms,
            payer_kinds=written.payer_kinds,
            payers=written.payers,
            plans=written.plans,
            states=written.states,
        ),
        match=written.match,
        clauses=written.clauses,
        actions=written.actions,
        supersedes=written.supersedes,
    )


def _days_as_text(given: Any) -> Any:
    """TOML has days of its own; JSON writes them as text."""
    if not isinstance(given, Mapping):
        return given
    return {
        name: value.isoformat() if type(value) is date else value for name, value in given.items()
    }


def _day(given: str) -> date | None:
    return parse_day(given) if given else None


def _said(message: str) -> str:
    """``Expected `str` - at `$.clauses[0].conditions[1].field``` in words, counted from 1."""
    what, _, where = message.partition(" - at ")
    place = where.strip("`").removeprefix("$").lstrip(".")
    for number in range(_PLACES_MAXIMUM, -1, -1):
        place = place.replace(f"[{number}]", f" {number + 1}")
    return f"{place}: {what}" if place else what

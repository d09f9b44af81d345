"""Versions of declared rules: each is kept for good, and each ends where the next begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import Value
from core.dates import Window
from core.rules.declared import DeclaredRule


class RuleVersion(Value, frozen=True, kw_only=True):
    """One saved version, or the word that the rule is off from a day on (``off_from``)."""

    rule: DeclaredRule
    saved_by: UUID
    saved_at: datetime
    off_from: date | None = None


def in_force(versions: Iterable[RuleVersion]) -> tuple[DeclaredRule, ...]:
    """Every rule with the days on which each of its versions holds, by id and version.

    A version holds until the day before the next begins; one that begins before all days takes
    the place of those before it whole. Nothing holds from the day a rule was switched off.
    """
    by_id: dict[str, list[RuleVersion]] = {}
    for one in sorted(versions, key=lambda one: (one.rule.id, one.rule.version)):
        by_id.setdefault(one.rule.id, []).append(one)
    return tuple(rule for own in by_id.values() for rule in _of_one(own))


def _of_one(versions: list[RuleVersion]) -> list[DeclaredRule]:
    held: list[DeclaredRule] = []
    for one in versions:
        if one.off_from is not None:
            held = _until(held, one.off_from)
            continue
        first = one.rule.effective.first
        held = [] if first is None else _until(held, first)
        held.append(one.rule)
    return held


def _until(held: list[DeclaredRule], day: date) -> list[DeclaredRule]:
    """``held`` with nothing from ``day`` on."""
    last = day - timedelta(days=1)
    return [
        replace(rule, effective=Window(rule.effective.first, _earlier(rule.effective.last, last)))
        for rule in held
        if rule.effective.first is None or rule.effective.first <= last
    ]


def _earlier(one: date | None, two: date) -> date:
    return two if one is None else min(one, two)

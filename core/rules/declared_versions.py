"""Versions of declared rules: each step is kept for good; a version ends where the next begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import Value
from core.dates import Window
from core.rules.declared import DeclaredRule


class Step(StrEnum):
    """What was done to a rule."""

    DRAFT = "draft"
    """Saved; nothing is judged by it."""
    ON = "on"
    OFF = "off"


class RuleVersion(Value, frozen=True, kw_only=True):
    """One step of a rule's life: who took it, as what and why. ``off_from``: off from that day."""

    rule: DeclaredRule
    saved_by: UUID
    saved_at: datetime
    step: Step = Step.ON
    off_from: date | None = None
    role: str = ""
    reason: str = ""


class RuleStanding(Value, frozen=True, kw_only=True):
    """A rule as it stands: the version that was switched on last, and a draft newer than that.

    ``state`` is ``draft``, ``in force``, ``to come``, ``over`` or ``off``.
    """

    id: str
    state: str
    on: DeclaredRule | None
    draft: DeclaredRule | None
    last: RuleVersion

    @property
    def shown(self) -> DeclaredRule:
        """What a list shows of it."""
        return self.on or self.draft or self.last.rule


def in_force(versions: Iterable[RuleVersion]) -> tuple[DeclaredRule, ...]:
    """Every rule with the days on which each of its versions holds, by id and version.

    A version holds until the day before the next begins; one that begins before all days takes
    the place of those before it whole. Nothing holds from the day a rule was switched off.
    """
    return tuple(rule for own in _by_id(versions).values() for rule in _of_one(own))


def standings(versions: Iterable[RuleVersion], today: date) -> tuple[RuleStanding, ...]:
    """Every rule as it stands on ``today``, by layer and id."""
    found = [_standing(own, today) for own in _by_id(versions).values()]
    return tuple(sorted(found, key=lambda one: (one.shown.layer.rank, one.id)))


def history(versions: Iterable[RuleVersion], rule_id: str) -> tuple[RuleVersion, ...]:
    """The steps of one rule, oldest first."""
    return tuple(_by_id(versions).get(rule_id, ()))


def _by_id(versions: Iterable[RuleVersion]) -> Mapping[str, list[RuleVersion]]:
    by_id: dict[str, list[RuleVersion]] = {}
    order = list(Step)
    for one in sorted(
        versions, key=lambda one: (one.rule.id, one.rule.version, order.index(one.step))
    ):
        by_id.setdefault(one.rule.id, []).append(one)
    return by_id


def _standing(own: list[RuleVersion], today: date) -> RuleStanding:
    last = own[-1]
    decided = next((one for one in reversed(own) if one.step is not Step.DRAFT), None)
    on = next((one.rule for one in reversed(own) if one.step is Step.ON), None)
    newer = last.step is Step.DRAFT
    return RuleStanding(
        id=last.rule.id,
        state=_state(decided, own, today),
        on=on,
        draft=last.rule if newer else None,
        last=last,
    )


def _state(decided: RuleVersion | None, own: list[RuleVersion], today: date) -> str:
    if decided is None:
        return "draft"
    held = _of_one(own)
    if any(today in rule.effective for rule in held):
        return "in force"
    if any(rule.effective.first is not None and rule.effective.first > today for rule in held):
        return "to come"
    return "off" if decided.step is Step.OFF else "over"


def _of_one(versions: list[RuleVersion]) -> list[DeclaredRule]:
    held: list[DeclaredRule] = []
    for one in versions:
        if one.step is Step.DRAFT:
            continue
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

"""Saving, switching on and switching off the rules people write.

A rule is kept on a shelf: the practice's own, or the house's for rules that every practice follows.
A draft judges nothing. Switching one on asks for its back-test where it touches many claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import Value
from core.dates import ALWAYS
from core.errors import ConflictError, InputError, NotFoundError, StateError
from core.ports import UnitOfWork
from core.rules.declared import DeclaredRule
from core.rules.declared_check import KnowsCode, Problem, looks_like_a_person, problems
from core.rules.declared_compile import rule_set
from core.rules.declared_conflicts import conflicts
from core.rules.declared_versions import RuleVersion, Step, history, in_force
from core.rules.rulebook import RuleBook
from core.usecases.backtest import Trial, require_backtest, trial_of_rules

REASON_LENGTH_MIN = 10
REASON_LENGTH_MAX = 300
NO_SUCH_RULE = "there is no such rule here; see: claimwright rules list"

BookWith = Callable[[DeclaredRule], RuleBook]
"""The practice's rule book with a rule in it, in place of what is in force under its id."""


class RuleShelf(Protocol):
    """Where rules of one owner are kept; both methods work in the caller's transaction."""

    def every(self) -> tuple[RuleVersion, ...]:
        """Every step of every rule that can be seen from here."""

    def add(self, version: RuleVersion, kind: str) -> bool:
        """Keep a step and record the event ``kind``; False when there is such a step already."""


class Author(Value, frozen=True, kw_only=True):
    """Who saves a rule, as what, and when."""

    id: UUID
    role: str
    at: datetime


def judged_rule(
    rule: DeclaredRule,
    versions: Sequence[RuleVersion],
    *,
    knows: KnowsCode | None = None,
    severities: Mapping[str, str] = {},
) -> tuple[Problem, ...]:
    """What is wrong with a rule by itself, then how it meets those in force."""
    alone = problems(rule, knows)
    if any(one.blocks for one in alone):
        return alone
    return (*alone, *conflicts(rule, in_force(versions), severities=severities))


def severities_of(rule_book: RuleBook) -> dict[str, str]:
    """How grave the rules of a book are, by id: what a rule may supersede goes by it."""
    return {looker.rule.id: looker.severity.value for looker in rule_book.lookers}


def save_rule(
    shelf: RuleShelf,
    rule: DeclaredRule,
    by: Author,
    *,
    reason: str,
    knows: KnowsCode | None = None,
    severities: Mapping[str, str] = {},
) -> DeclaredRule:
    """Save ``rule`` as the next version, a draft; the rule with its number.

    ``InputError`` with everything that blocks it, ``ConflictError`` when the newest version says
    exactly this already or somebody saved another meanwhile.
    """
    versions = shelf.every()
    blocking = [
        one for one in judged_rule(rule, versions, knows=knows, severities=severities) if one.blocks
    ]
    if blocking:
        raise InputError("; ".join(map(str, blocking)))
    known = history(versions, rule.id)
    if known and known[-1].step is not Step.OFF and _same(known[-1].rule, rule):
        raise ConflictError("the newest version of this rule says exactly this already")
    numbered = replace(rule, version=_next_number(known))
    _keep(shelf, numbered, Step.DRAFT, by, reason, "rule.saved")
    return numbered


def activate_rule(
    shelf: RuleShelf,
    rule_id: str,
    by: Author,
    *,
    reason: str,
    before: Callable[[DeclaredRule], None],
    knows: KnowsCode | None = None,
    severities: Mapping[str, str] = {},
) -> DeclaredRule:
    """Switch the draft of a rule on; ``before`` raises where it may not be yet (back-test)."""
    versions = shelf.every()
    known = history(versions, rule_id)
    if not known:
        raise NotFoundError(NO_SUCH_RULE)
    last = known[-1]
    if last.step is Step.ON:
        raise StateError("the newest version of this rule is switched on already")
    rule = last.rule
    if last.step is Step.OFF:
        # Switched on again: what it said last, from today on, as a version of its own.
        rule = replace(rule, version=_next_number(known))
    blocking = [
        one for one in judged_rule(rule, versions, knows=knows, severities=severities) if one.blocks
    ]
    if blocking:
        raise ConflictError("; ".join(map(str, blocking)))
    before(rule)
    _keep(shelf, rule, Step.ON, by, reason, "rule.activated")
    return rule


def end_rule(
    shelf: RuleShelf, rule_id: str, by: Author, *, reason: str, from_day: date
) -> DeclaredRule:
    """Switch a rule off from a day on; what happened before that day stays judged by it."""
    known = history(shelf.every(), rule_id)
    on = next((one.rule for one in reversed(known) if one.step is Step.ON), None)
    if not known or on is None or known[-1].step is Step.OFF:
        raise NotFoundError("no such rule is switched on here; see: claimwright rules list")
    ended = replace(on, version=_next_number(known))
    _keep(shelf, ended, Step.OFF, by, reason, "rule.ended", off_from=from_day)
    return ended


def trial_of(rule: DeclaredRule, book_with: BookWith) -> Trial:
    """A rule as a back-test tries it: as if it had held always, in the practice's own book."""
    always = replace(rule, effective=ALWAYS)
    return trial_of_rules(rule_set(trial_name(rule), [always]), book_with(always))


def trial_name(rule: DeclaredRule) -> str:
    """What a back-test calls one version of a rule."""
    return f"{rule.id} version {rule.version}"


def ask_for_backtest(uow: UnitOfWork, rule: DeclaredRule, book_with: BookWith) -> None:
    """``StateError`` where the practice asks for a back-test of ``rule`` and there is none.

    A rule that only sets, tags or reprices holds nothing: its dry run says what it changes.
    """
    if rule.judgement is not None:
        require_backtest(uow, trial_of(rule, book_with))


def _next_number(known: Sequence[RuleVersion]) -> int:
    return known[-1].rule.version + 1 if known else 1


def _same(one: DeclaredRule, two: DeclaredRule) -> bool:
    return replace(one, version=0) == replace(two, version=0)


def _keep(
    shelf: RuleShelf,
    rule: DeclaredRule,
    step: Step,
    by: Author,
    reason: str,
    kind: str,
    *,
    off_from: date | None = None,
) -> None:
    said = reason.strip()
    if not REASON_LENGTH_MIN <= len(said) <= REASON_LENGTH_MAX:
        raise InputError(
            f"say why in {REASON_LENGTH_MIN} to {REASON_LENGTH_MAX} characters; others will ask"
        )
    if looks_like_a_person(said):
        raise InputError("the reason looks like something of a person; a rule holds none")
    version = RuleVersion(
        rule=rule,
        step=step,
        saved_by=by.id,
        saved_at=by.at,
        role=by.role,
        reason=said,
        off_from=off_from,
    )
    if not shelf.add(version, kind):
        raise ConflictError("somebody changed this rule meanwhile; look at it again and repeat")

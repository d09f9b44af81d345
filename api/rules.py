"""Rules people write, for pages and commands alike: whose shelf, whose role, which back-test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from api import backtests
from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose
from audit.store import record
from core.codes.diagnoses import Diagnosis
from core.codes.lists import Standing
from core.errors import ForbiddenError, NotFoundError
from core.ports import Practice
from core.rules.declared import DeclaredRule
from core.rules.declared_check import Problem
from core.rules.declared_versions import RuleStanding, RuleVersion, history, standings
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook
from core.usecases import backtest, keep_rules, try_rules
from core.usecases.keep_rules import NO_SUCH_RULE, Author, RuleShelf
from tenants.code_tables import code_lists, diagnosis_table
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.staff import Role
from tenants.store import declared_rules
from tenants.uow import UnitOfWork

COMMAND_ROLE = "command"
"""As what somebody at the machine itself acts."""

_HOUSE_ROLES = frozenset({Role.ADMIN.value, COMMAND_ROLE})


class _Shelf(RuleShelf, Protocol):
    def ask_for_backtest(self, rule: DeclaredRule) -> None: ...


class RuleDesk:
    """The rules of one practice, as one person works on them."""

    def __init__(self, runtime: Runtime, practice: Practice, actor: Actor, role: str) -> None:
        self._runtime = runtime
        self._practice = practice
        self._actor = actor
        self._role = role

    def standings(self) -> tuple[RuleStanding, ...]:
        """Every rule the practice follows, drafts among them, as it stands today."""
        with self._work() as uow:
            return standings(uow.declared_rules.every(), uow.today)

    def history(self, rule_id: str) -> tuple[RuleVersion, ...]:
        """The steps of one rule, oldest first; ``NotFoundError`` for none."""
        with self._work() as uow:
            found = history(uow.declared_rules.every(), rule_id)
        if not found:
            raise NotFoundError(NO_SUCH_RULE)
        return found

    def newest(self, rule_id: str) -> DeclaredRule:
        """The newest version of a rule, draft or not."""
        return self.history(rule_id)[-1].rule

    def check(self, rule: DeclaredRule) -> tuple[Problem, ...]:
        """What is wrong with a rule, and how it meets those in force; nothing is saved."""
        graves = self._severities()
        with self._work() as uow:
            versions = uow.declared_rules.every()
        return keep_rules.judged_rule(rule, versions, knows=knows_code, severities=graves)

    def save(self, rule: DeclaredRule, reason: str) -> DeclaredRule:
        """Save a draft; the rule with its version."""
        graves = self._severities()
        with self._shelf(rule.layer) as shelf:
            return keep_rules.save_rule(
                shelf, rule, self._author(), reason=reason, knows=knows_code, severities=graves
            )

    def activate(self, rule_id: str, reason: str) -> DeclaredRule:
        """Switch the newest version on; ``StateError`` where a back-test is asked for first."""
        rule, graves = self.newest(rule_id), self._severities()
        self._house_rights(rule.layer)
        if declared_rules.is_of_house(rule.layer):
            for practice in self._runtime.practices():
                with self._runtime.unit_of_work(practice.tenant_id, self._actor) as uow:
                    self._ask_for_backtest(uow, rule)
        with self._shelf(rule.layer) as shelf:
            return keep_rules.activate_rule(
                shelf,
                rule_id,
                self._author(),
                reason=reason,
                before=shelf.ask_for_backtest,
                knows=knows_code,
                severities=graves,
            )

    def end(self, rule_id: str, reason: str, from_day: date | None) -> DeclaredRule:
        """Switch a rule off from a day on, today where none is given."""
        layer = self.newest(rule_id).layer
        with self._work() as uow:
            today = uow.today
        with self._shelf(layer) as shelf:
            return keep_rules.end_rule(
                shelf, rule_id, self._author(), reason=reason, from_day=from_day or today
            )

    def dry_run(self, rule: DeclaredRule, months: int) -> try_rules.DryRun:
        """What the rule would have done to recent claims."""
        with self._work() as uow:
            return try_rules.dry_run(uow, rule, months=months)

    def begin_back_test(self, rule_id: str, months: int) -> UUID:
        """Ask for a replay of the newest version on past claims; a worker goes on with it.

        Its result is what ``activate`` asks for.
        """
        asked = backtests.Asked(kind="rules", subject=keep_rules.trial_name(self.newest(rule_id)))
        with self._work() as uow:
            days = backtest.days_of(uow.today, months)
        return backtests.begin(self._runtime, self._practice.tenant_id, asked, days, self._actor)

    def needs_backtest(self, rule: DeclaredRule) -> bool:
        """Whether the practice asks for a back-test of the rule before it is switched on."""
        if rule.judgement is None:
            return False
        trial = keep_rules.trial_of(rule, self._book_with)
        with self._work() as uow:
            return backtest.activation_needs_backtest(uow, trial)

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return self._runtime.unit_of_work(self._practice.tenant_id, self._actor)

    def _severities(self) -> dict[str, str]:
        return keep_rules.severities_of(self._runtime.rule_book(self._practice.tenant_id))

    def _book_with(self, rule: DeclaredRule) -> RuleBook:
        return self._runtime.rule_book(self._practice.tenant_id, trying_rules=[rule])

    def _author(self) -> Author:
        return Author(id=self._actor.id, role=self._role, at=self._runtime.clock())

    def _ask_for_backtest(self, uow: UnitOfWork, rule: DeclaredRule) -> None:
        def book_with(one: DeclaredRule) -> RuleBook:
            return self._runtime.rule_book(uow.tenant_id, trying_rules=[one])

        keep_rules.ask_for_backtest(uow, rule, book_with)

    def _house_rights(self, layer: Layer) -> None:
        if declared_rules.is_of_house(layer) and self._role not in _HOUSE_ROLES:
            raise ForbiddenError(
                "a rule that every practice follows is changed by an administrator; "
                "write it as a rule of this practice"
            )

    @contextmanager
    def _shelf(self, layer: Layer) -> Iterator[_Shelf]:
        self._house_rights(layer)
        if declared_rules.is_of_house(layer):
            with deployment_transaction(self._runtime.engine) as connection:
                yield _HouseShelf(connection, self._actor, self._runtime)
            return
        with self._work() as uow:
            yield _PracticeShelf(uow, self)


class _PracticeShelf:
    """The practice's own rules, within one unit of work."""

    def __init__(self, uow: UnitOfWork, desk: RuleDesk) -> None:
        self._uow = uow
        self._desk = desk

    def every(self) -> tuple[RuleVersion, ...]:
        return self._uow.declared_rules.every()

    def add(self, version: RuleVersion, kind: str) -> bool:
        row_id = new_id()
        if not self._uow.declared_rules.add(row_id, version):
            return False
        self._uow.record(kind, {"rule": [row_id]})
        return True

    def ask_for_backtest(self, rule: DeclaredRule) -> None:
        self._desk._ask_for_backtest(self._uow, rule)


class _HouseShelf:
    """Rules that every practice follows, within one transaction of the deployment."""

    def __init__(self, connection: Any, actor: Actor, runtime: Runtime) -> None:
        self._connection = connection
        self._actor = actor
        self._runtime = runtime

    def every(self) -> tuple[RuleVersion, ...]:
        return declared_rules.every(self._connection)

    def add(self, version: RuleVersion, kind: str) -> bool:
        row_id = new_id()
        if not declared_rules.add_to_house(self._connection, row_id, version):
            return False
        event = Event.of(
            kind,
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=self._runtime.clock(),
            actor=self._actor,
            about={ObjectType.RULE: (row_id,)},
            purpose=Purpose.OPERATIONS,
        )
        record(self._connection, (event,))
        return True

    def ask_for_backtest(self, rule: DeclaredRule) -> None:
        """Every practice was asked before this transaction began."""


def knows_code(name: str, code: str) -> bool:
    """Whether a published list may have a code; what we have no list of is taken as it is."""
    if name == "diagnosis":
        table = diagnosis_table()
        return table is None or table.find(code.replace(".", "")) is not Diagnosis.ABSENT
    known = code_lists().get(name)
    return known is None or known.standing(code) is not Standing.UNKNOWN

"""Back-tests of an installation: what may be tried, and going on with those on their way."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec.structs import replace

from api.bootstrap import Runtime
from api.plugin_steps import consented, secret_of
from api.plugin_steps import known as known_manifest
from api.tables.reference import WithRelease, fills
from audit.event import Actor, Purpose, machine
from audit.logging import get_logger
from core.errors import CollisionError, InputError, NotFoundError, PluginError, UnavailableError
from core.rule_ports import BackTestRun, StoredBackTest
from core.rules.edits import ClaimEdit
from core.rules.rulebook import RuleBook, RuleSet
from core.usecases.backtest import (
    Days,
    Trial,
    advance_backtest,
    begin_backtest,
    fail_backtest,
    stop_backtest,
    trial_of_release,
    trial_of_rules,
)
from core.usecases.keep_rules import trial_name
from core.usecases.keep_rules import trial_of as trial_of_written
from plugins.host import EnabledPlugin
from plugins.settings import parted, whole
from plugins.standing import Standing, standings
from tenants.session import tenant_transaction
from tenants.store import declared_rules

_WORKER = machine("worker")
TURN_SECONDS = 4.0
"""How long a worker that is told to stop may be kept by back-tests."""

log = get_logger("backtests")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried: a ``plugin`` by name, one ``rule`` by its id, ``rules`` or ``codes``.

    ``rules`` is one version of a rule that people write, switched on or not, as
    ``keep_rules.trial_name`` has it.
    ``settings`` are those a plugin is tried with; empty: the practice's own. ``codes`` are named by
    kind and release, ``ncci-ptp-practitioner 2026Q1``, and so is a version: ``vision 1.1.0``.
    """

    kind: str
    subject: str
    settings: str = ""


def trial_of(runtime: Runtime, tenant_id: UUID, asked: Asked) -> Trial:
    """What ``asked`` names, with the practice's rule book around it; else an error."""
    if asked.kind == "plugin":
        return _plugin(runtime, tenant_id, asked)
    if asked.kind == "rules":
        return _written(runtime, tenant_id, asked.subject)
    book = runtime.rule_book(tenant_id)
    if asked.kind == "rule":
        return _rule(book, asked.subject)
    if asked.kind == "codes":
        return _release(runtime, book, asked.subject)
    raise InputError("a back-test tries a plugin, a rule, or codes")


def _plugin(runtime: Runtime, tenant_id: UUID, asked: Asked) -> Trial:
    name, _, version = asked.subject.partition(" ")
    if name not in runtime.plugins.names():
        raise NotFoundError("there is no plugin of this name here")
    # What looks at a practice's past claims was agreed to as what looks at its present ones.
    now = {one.plugin: one for one in standings(runtime.steps(tenant_id))}.get(name)
    known = {one.name: one for one in runtime.enabled_plugins(tenant_id)}.get(name)
    version = version or (known.version if known else "")
    settings = known.settings if known else b"{}"
    if asked.settings:
        secret = secret_of(runtime, name, version)
        plain, given = parted(name, asked.settings.encode(), secret)
        if given:
            raise InputError("leave the secret fields out: a trial has those of the practice")
        settings = whole(plain, parted(name, settings, secret)[1])
    manifest = known_manifest(runtime, name, version)
    consented(manifest, now or Standing(plugin=name, last_place=0), ())
    # Enabled for all days: what is replayed lies before the day it will be enabled from.
    trying = EnabledPlugin(name=name, version=version, settings=settings)
    return trial_of_plugin(runtime, tenant_id, trying)


def trial_of_plugin(runtime: Runtime, tenant_id: UUID, trying: EnabledPlugin) -> Trial:
    """A plugin as a back-test tries it, in the practice's own book."""
    book = runtime.rule_book(tenant_id, trying=trying)
    rules = runtime.plugins.rule_set(trying)
    subject = f"{trying.name} {trying.version}".strip()
    return replace(trial_of_rules(rules, book, kind="plugin"), subject=subject)


def _rule(book: RuleBook, rule: str) -> Trial:
    found = tuple(one.rule for one in book.lookers if one.rule.id == rule)
    if not found:
        raise NotFoundError("no rule of this practice that looks at claims has this name")
    alone = RuleSet(
        name=rule,
        version=found[-1].version,
        claim_edits=tuple(one for one in found if isinstance(one, ClaimEdit)),
        gates=tuple(one for one in found if not isinstance(one, ClaimEdit)),
    )
    return trial_of_rules(alone, book, kind="rule")


def _written(runtime: Runtime, tenant_id: UUID, subject: str) -> Trial:
    with tenant_transaction(runtime.engine, tenant_id) as connection:
        steps = declared_rules.every(connection)
    rule = next((one.rule for one in steps if trial_name(one.rule) == subject), None)
    if rule is None:
        raise NotFoundError("there is no such version of a rule here")
    return trial_of_written(rule, lambda tried: runtime.rule_book(tenant_id, trying_rules=[tried]))


def _release(runtime: Runtime, book: RuleBook, subject: str) -> Trial:
    kind, _, release = subject.partition(" ")
    tables = fills(kind)
    reference = WithRelease(runtime.reference, runtime.settings.home, kind, release)
    return trial_of_release(
        subject, reference.digest(tables), book, tables=tables, reference=reference
    )


def begin(runtime: Runtime, tenant_id: UUID, asked: Asked, days: Days, actor: Actor) -> UUID:
    """Begin a back-test; a worker goes on with it, or whoever calls ``advance``."""
    trial = trial_of(runtime, tenant_id, asked)
    with runtime.unit_of_work(tenant_id, actor, purpose=Purpose.OPERATIONS) as uow:
        return begin_backtest(uow, trial, days, settings=asked.settings)


def advance(
    runtime: Runtime, tenant_id: UUID, run_id: UUID, *, actor: Actor = _WORKER
) -> BackTestRun | None:
    """Replay one batch; None when it is not on its way any more."""
    with runtime.unit_of_work(tenant_id, actor, purpose=Purpose.OPERATIONS) as uow:
        run = uow.back_tests.lock_run(run_id)
        if run is None:
            return None
        asked = Asked(kind=run.kind, subject=run.subject, settings=run.settings)
        try:
            trial = trial_of(runtime, tenant_id, asked)
        except (InputError, NotFoundError, PluginError):
            # The plugin, rule or release it tries is gone.
            fail_backtest(uow, run)
            return replace(run, state="failed")
        return advance_backtest(uow, run, trial)


def run_to_its_end(
    runtime: Runtime, tenant_id: UUID, run_id: UUID, told: Callable[[BackTestRun], object]
) -> StoredBackTest | None:
    """Go on until it is done, however far a worker has brought it; None when it was stopped."""
    while True:
        run = advance(runtime, tenant_id, run_id, actor=machine("command"))
        if run is None:
            break
        told(run)
    with runtime.unit_of_work(tenant_id, machine("command")) as uow:
        return uow.back_tests.find(run_id)


def stop(runtime: Runtime, tenant_id: UUID, run_id: UUID, actor: Actor) -> None:
    """End one that is on its way."""
    with runtime.unit_of_work(tenant_id, actor, purpose=Purpose.OPERATIONS) as uow:
        stop_backtest(uow, run_id)


def work(runtime: Runtime, *, seconds: float = TURN_SECONDS) -> None:
    """Go on for some seconds with what is on its way: a batch for each practice in turn."""
    until = time.monotonic() + seconds
    going_on = [practice.tenant_id for practice in runtime.practices()]
    while going_on and time.monotonic() < until:
        going_on = [tenant_id for tenant_id in going_on if _goes_on(runtime, tenant_id)]


def _goes_on(runtime: Runtime, tenant_id: UUID) -> bool:
    with runtime.unit_of_work(tenant_id, _WORKER, purpose=Purpose.OPERATIONS) as uow:
        run_id = uow.back_tests.next_run()
    if run_id is None:
        return False
    try:
        return advance(runtime, tenant_id, run_id) is not None
    except (CollisionError, UnavailableError):
        return False
    except Exception as problem:
        # One that breaks would break again at each turn, and keep the next from its own.
        log.warning("backtest.failed", error=type(problem).__name__)
    with runtime.unit_of_work(tenant_id, _WORKER, purpose=Purpose.OPERATIONS) as uow:
        broken = uow.back_tests.lock_run(run_id)
        if broken is not None:
            fail_backtest(uow, broken)
    return False

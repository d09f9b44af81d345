"""How plugins stand: at one practice, with what failed, and one plugin over all practices."""

from __future__ import annotations

from datetime import timedelta

from api.bootstrap import Runtime
from api.plugin_faults import FAULTS_A_DAY_MAX
from core.claims.parties import Value
from core.errors import PluginError
from core.scrub.shadow import ShadowReport
from plugins.standing import PluginStep, State, standing, standings
from tenants.store.practice_plugins import FaultCount, SecretField
from tenants.uow import UnitOfWork

FAULT_DAYS = 30
"""How far back what failed is told."""


class PluginStatus(Value, frozen=True, kw_only=True):
    """One plugin at one practice.

    ``live`` counts, ``shadow`` is tried. ``secrets`` are the secret fields that are set.
    ``faults_today`` are those of the version that counts, ``faults_allowed`` a day end it.
    """

    plugin: str
    live: PluginStep | None
    shadow: PluginStep | None
    secrets: tuple[SecretField, ...]
    faults: tuple[FaultCount, ...]
    faults_today: int
    faults_allowed: int
    report: ShadowReport | None = None


class RunsWhat(Value, frozen=True, kw_only=True):
    """What one practice runs of a plugin; empty versions: the only one there is, or none."""

    practice: str
    state: str
    version: str
    shadow: str
    faults_today: int


def status_of(uow: UnitOfWork) -> tuple[PluginStatus, ...]:
    """Every plugin the practice has or had, by name."""
    found = standings(uow.plugins.every())
    secrets = uow.plugins.secret_fields()
    faults = uow.plugins.faults(uow.today - timedelta(days=FAULT_DAYS))
    today = uow.plugins.faults_of([one.live.id for one in found if one.live], uow.today)
    return tuple(
        PluginStatus(
            plugin=one.plugin,
            live=one.live,
            shadow=one.shadow,
            secrets=tuple(each for each in secrets if each.plugin == one.plugin),
            faults=tuple(each for each in faults if each.plugin == one.plugin),
            faults_today=today.get(one.live.id, 0) if one.live else 0,
            faults_allowed=FAULTS_A_DAY_MAX,
            report=uow.shadows.report(one.shadow.id, one.shadow.said_at) if one.shadow else None,
        )
        for one in found
    )


def rollout(runtime: Runtime, name: str) -> tuple[RunsWhat, ...]:
    """Which practice runs what of a plugin, by number of the practice."""
    found = []
    for practice in runtime.practices():
        with runtime.unit_of_work(practice.tenant_id) as uow:
            now = standing(uow.plugins.every(name), name)
            live = now.live
            faults = uow.plugins.faults_of([live.id], uow.today) if live else {}
            found.append(
                RunsWhat(
                    practice=practice.slug,
                    state=live.state.value if live else "off",
                    version=live.version if live else "",
                    shadow=now.shadow.version if now.shadow else "",
                    faults_today=sum(faults.values()),
                )
            )
    return tuple(found)


class Trouble(Value, frozen=True, kw_only=True):
    """A plugin that waits for a lead at a practice: it is stopped, or cannot be loaded."""

    practice: str
    plugin: str
    version: str
    sentence: str


def troubled(runtime: Runtime) -> tuple[Trouble, ...]:
    """What of partners' plugins waits for somebody, at every practice."""
    return tuple(
        Trouble(
            practice=practice.slug,
            plugin=step.plugin,
            version=step.version,
            sentence=sentence,
        )
        for practice in runtime.practices()
        for step in runtime.steps(practice.tenant_id)
        if (sentence := _trouble(runtime, step))
    )


def _trouble(runtime: Runtime, step: PluginStep) -> str:
    if step.state is State.STOPPED:
        return f"the plugin {step.plugin} {step.version} failed too often and was stopped"
    try:
        _ = runtime.plugins.plugin(step.plugin, step.version).manifest
    except PluginError as error:
        return error.message
    return ""


def practices_to_move(runtime: Runtime, name: str, version: str) -> list[str]:
    """The short names of practices where another version than ``version`` counts."""
    return [
        one.practice
        for one in rollout(runtime, name)
        if one.state != "off" and one.version != version
    ]

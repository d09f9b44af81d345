"""Plugins of one practice: switched on and off, tried in shadow, promoted, taken back.

Each act is a further step with all that holds from it on (``plugins.standing``), an audit event in
the same transaction, and the practice's rule book built with it first: what cannot be built is
refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from api.backtests import trial_of_plugin
from api.bootstrap import Runtime
from api.plugin_status import PluginStatus, status_of
from api.plugin_steps import (
    PluginChoice,
    chosen,
    enable_in,
    end_shadow_of,
    following,
    keep,
    keep_secrets,
    parted_settings,
    secret_of,
    secrets_with,
)
from audit.event import Actor, Purpose
from core.claims.parties import Value
from core.dates import ALWAYS, Window
from core.errors import ConflictError, InputError, NotFoundError, StateError
from core.ports import Practice
from core.scrub.shadow import ShadowReport
from core.usecases.backtest import activation_needs_backtest
from plugins.standing import Act, Mode, PluginStep, Standing, State, before, standing
from tenants.uow import UnitOfWork

_NOT_ON = "this plugin is not switched on for the practice; see: claimwright plugin status"


class ShownSettings(Value, frozen=True, kw_only=True):
    """Settings for showing: of a secret field its name alone, and whether it is set."""

    fields: dict[str, Any]
    secret: tuple[str, ...]
    secrets_set: tuple[str, ...]


class PluginDesk:
    """The plugins of one practice, as one person works on them."""

    def __init__(self, runtime: Runtime, practice: Practice, actor: Actor, role: str) -> None:
        self._runtime = runtime
        self._practice = practice
        self._actor = actor
        self._role = role

    def enable(self, choice: PluginChoice) -> PluginStep:
        """Switch a plugin on, or say anew for which days, in which version, with which settings.

        ``StateError`` where the practice asks for a proof first (``promote`` says which).
        """
        with self._work() as uow:
            now = _standing(uow, choice.name)
            step, secrets = chosen(
                uow,
                self._runtime,
                choice,
                now,
                act=Act.ENABLED,
                mode=Mode.LIVE,
                role=self._role,
            )
            if now.live is None or now.live.version != step.version:
                self._ask_for_proof(uow, step, now, secrets)
            self._check_builds(uow, step, secrets)
            return enable_in(uow, self._runtime, choice, role=self._role)

    def disable(self, name: str, from_day: date | None = None) -> PluginStep:
        """Switch a plugin off: at once and for all days, or for days of service from one on."""
        with self._work() as uow:
            now = _standing(uow, name)
            step = self._following(uow, now, _live(now), Act.DISABLED)
            if from_day is None:
                self._runtime.rule_book(uow.tenant_id, without=name)
                step = replace(step, state=State.OFF)
            else:
                step = replace(step, window=_until(step.window, from_day))
            keep(uow, self._runtime, step)
            return step

    def set_settings(self, name: str, settings: bytes) -> PluginStep:
        """Change the settings: JSON, strict. A secret field left out stays as it is.

        An empty one is taken away.
        """
        with self._work() as uow:
            now = _standing(uow, name)
            plain, secrets = parted_settings(self._runtime, name, _live(now).version, settings)
            step = self._following(uow, now, _live(now), Act.SETTINGS)
            step = replace(step, settings=plain)
            self._check_builds(uow, step, secrets)
            keep(uow, self._runtime, step, secrets)
            keep_secrets(uow, name, secrets)
            return step

    def settings(self, name: str) -> ShownSettings:
        """The settings as they may be shown."""
        with self._work() as uow:
            live = _live(_standing(uow, name))
            fields = {one.field for one in uow.plugins.secret_fields() if one.plugin == name}
            return ShownSettings(
                fields=msgspec.json.decode(live.settings),
                secret=tuple(sorted(secret_of(self._runtime, name, live.version))),
                secrets_set=tuple(sorted(fields)),
            )

    def status(self) -> tuple[PluginStatus, ...]:
        """Every plugin the practice has or had, what is tried, and what failed."""
        with self._work() as uow:
            return status_of(uow)

    def shadow(self, choice: PluginChoice) -> PluginStep:
        """Try a version beside what counts: its findings are recorded and never shown.

        Without settings it has those of the version that counts.
        """
        with self._work() as uow:
            now = _standing(uow, choice.name)
            if choice.settings == b"{}" and now.live is not None:
                choice = replace(choice, settings=now.live.settings)
            step, secrets = chosen(
                uow,
                self._runtime,
                choice,
                now,
                act=Act.SHADOWED,
                mode=Mode.SHADOW,
                role=self._role,
            )
            if secrets:
                raise InputError("a version in shadow has the secret fields of the practice")
            self._check_builds(uow, step, {})
            keep(uow, self._runtime, step)
            return step

    def end_shadow(self, name: str) -> PluginStep:
        """Try it no longer; what was found stays."""
        with self._work() as uow:
            now = _standing(uow, name)
            if now.shadow is None:
                raise NotFoundError("no version of this plugin is tried in shadow here")
            step = self._following(uow, now, now.shadow, Act.UNSHADOWED)
            step = replace(step, state=State.OFF)
            keep(uow, self._runtime, step)
            return step

    def shadow_report(self, name: str) -> ShadowReport:
        """What the version in shadow, or else the last that was, would have done."""
        with self._work() as uow:
            begun = [one for one in uow.plugins.every(name) if one.act is Act.SHADOWED]
            if not begun:
                raise NotFoundError("no version of this plugin was tried in shadow here")
            return uow.shadows.report(begun[-1].id, begun[-1].said_at)

    def tried(self, name: str, version: str) -> ShadowReport | None:
        """What a version would have done, as its last trial in shadow found it; None: no trial."""
        with self._work() as uow:
            begun = [
                one
                for one in uow.plugins.every(name)
                if one.act is Act.SHADOWED and one.version == version
            ]
            return uow.shadows.report(begun[-1].id, begun[-1].said_at) if begun else None

    def promote(self, name: str, version: str, *, grant: tuple[str, ...] = ()) -> PluginStep:
        """Let a version count in the place of the one that does, and end its shadow.

        Where its rules touch more claims a month than the practice's size, it must have been tried:
        by a back-test of exactly this version and settings, or in shadow on as many claims, without
        a fault. ``StateError`` says so.
        """
        with self._work() as uow:
            now = _standing(uow, name)
            if now.live is not None and now.live.version == version:
                raise ConflictError(f"{name} {version} counts already")
            tried = now.shadow if now.shadow and now.shadow.version == version else None
            base = tried or _live(now)
            choice = PluginChoice(
                name=name,
                version=version,
                settings=base.settings,
                window=(now.live or base).window,
                grant=grant,
            )
            step, _ = chosen(
                uow,
                self._runtime,
                choice,
                now,
                act=Act.PROMOTED,
                mode=Mode.LIVE,
                role=self._role,
            )
            self._ask_for_proof(uow, step, now, {})
            keep(uow, self._runtime, step)
            end_shadow_of(uow, self._runtime, step, now)
            return step

    def roll_back(self, name: str) -> PluginStep:
        """Let the version before count again, with the settings it had; asks for no proof."""
        with self._work() as uow:
            now, earlier = _standing(uow, name), before(uow.plugins.every(name), name)
            window = _live(now).window
            if earlier is None:
                raise StateError(f"no other version of {name} has worked for this practice before")
            step = replace(self._following(uow, now, earlier, Act.ROLLED_BACK), window=window)
            self._check_builds(uow, step, {})
            keep(uow, self._runtime, step)
            return step

    def _following(self, uow: UnitOfWork, now: Standing, like: PluginStep, act: Act) -> PluginStep:
        return following(uow, now, like, act, self._role)

    def _check_builds(self, uow: UnitOfWork, step: PluginStep, secrets: Mapping[str, str]) -> None:
        """Build the practice's rule book with the step in it; what is wrong with it is raised."""
        trying = self._runtime.enabled(step, secrets_with(uow, step.plugin, secrets))
        self._runtime.rule_book(uow.tenant_id, trying=trying)

    def _ask_for_proof(
        self, uow: UnitOfWork, step: PluginStep, now: Standing, secrets: Mapping[str, str]
    ) -> None:
        trying = self._runtime.enabled(step, secrets_with(uow, step.plugin, secrets))
        trial = trial_of_plugin(self._runtime, uow.tenant_id, replace(trying, window=ALWAYS))
        if not trial.rules or not activation_needs_backtest(uow, trial):
            return
        size = uow.back_tests.size()
        if now.shadow is not None and _was_tried(uow, step, now.shadow, size):
            return
        raise StateError(
            f"{trial.subject} touches more than {size} claims a month of this practice: run a "
            "back-test of exactly this version and settings, or try it in shadow on as many "
            "claims, and look at what it holds"
        )

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return self._runtime.unit_of_work(
            self._practice.tenant_id, self._actor, purpose=Purpose.OPERATIONS
        )


def _standing(uow: UnitOfWork, name: str) -> Standing:
    return standing(uow.plugins.every(name), name)


def _live(now: Standing) -> PluginStep:
    if now.live is None:
        raise NotFoundError(_NOT_ON)
    return now.live


def _until(window: Window, from_day: date) -> Window:
    """The days before ``from_day``."""
    last = from_day - timedelta(days=1)
    if window.first is not None and last < window.first:
        raise InputError("it is not on before that day; switch it off without a day")
    return Window(window.first, last if window.last is None else min(window.last, last))


def _was_tried(uow: UnitOfWork, step: PluginStep, shadow: PluginStep, size: int) -> bool:
    """Whether the shadow judged enough claims with exactly these settings, and without a fault."""
    return (
        (shadow.version, shadow.settings) == (step.version, step.settings)
        and uow.shadows.report(shadow.id, shadow.said_at).claims >= max(size, 1)
        and not _failed(uow, shadow.id)
    )


def _failed(uow: UnitOfWork, step_id: UUID) -> bool:
    return any(one.step_id == step_id for one in uow.plugins.faults(date.min))

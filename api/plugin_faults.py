"""What failed in plugins is counted; one that fails too often in a day is stopped for its practice.

Counted are kinds, rules and hooks, never a claim and never what an exception said. A stopped plugin
is asked no more: what it guards is held (``plugins.stopped``) until an administrator rolls it back,
switches it off or switches it on anew, which begins a new count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from api.bootstrap import Runtime
from api.plugin_steps import SYSTEM_ROLE, following, keep
from audit.event import plugin_object
from audit.logging import get_logger
from core.errors import ConflictError
from plugins.confined.faults import PluginFault
from plugins.standing import Act, PluginStep, State, standings
from tenants.uow import UnitOfWork

FAULTS_A_DAY_MAX = 20
"""So many faults of a version on one business day of a practice, and it is stopped there."""

log = get_logger("plugins")

Counted = Mapping[tuple[str, str, str], int]
"""By rule, hook and kind."""


def count_faults(uow: UnitOfWork, runtime: Runtime, faults: Sequence[PluginFault]) -> None:
    """Count faults of what counts at the practice; stop what has used up its day."""
    found: dict[tuple[str, str], Counter[tuple[str, str, str]]] = {}
    for one in faults:
        counts = found.setdefault((one.plugin, one.version), Counter())
        counts[one.rule, one.hook, one.kind.value] += 1
    for now in standings(uow.plugins.every()):
        live = now.live
        if live is None or live.state is not State.ON:
            continue
        counted = [one for key, one in found.items() if _is_of(live, *key)]
        if not counted:
            continue
        add_faults(uow, live, sum(counted, Counter()))
        if uow.plugins.faults_of([live.id], uow.today)[live.id] > FAULTS_A_DAY_MAX:
            stopped = following(uow, now, live, Act.STOPPED, SYSTEM_ROLE)
            # Somebody who took another step meanwhile has decided; that step has its own count.
            with suppress(ConflictError):
                keep(uow, runtime, replace(stopped, state=State.STOPPED))
            log.warning("plugin.stopped", plugin=live.plugin, version=live.version or "0")


def add_faults(uow: UnitOfWork, step: PluginStep, counts: Counted) -> None:
    """Keep counts under the step that put the plugin to work, with their event."""
    uow.plugins.add_faults(step, counts, day=uow.today, at=uow.now)
    uow.record(
        "plugin.failed", {"plugin": [plugin_object(step.plugin)]}, faults=sum(counts.values())
    )


def _is_of(step: PluginStep, plugin: str, version: str) -> bool:
    """Whether a fault is one of the version at work; a step without one means whichever it is."""
    return plugin == step.plugin and step.version in ("", version)

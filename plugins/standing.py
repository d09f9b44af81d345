"""How a plugin stands at a practice: told from its steps, of which each says the whole of it.

A step is never changed. What counts is the newest step of the live lane, and of the shadow lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from core.dates import ALWAYS, Window

_NEVER = datetime.min.replace(tzinfo=UTC)


class Mode(StrEnum):
    """Whose findings a version makes: those that count, or those nobody sees."""

    LIVE = "live"
    SHADOW = "shadow"


class State(StrEnum):
    """Whether a version works. ``stopped``: it failed too often, and what it guards is held."""

    ON = "on"
    OFF = "off"
    STOPPED = "stopped"


class Act(StrEnum):
    """What was done."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    SETTINGS = "settings"
    SHADOWED = "shadowed"
    UNSHADOWED = "unshadowed"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


class PluginStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step, with all that holds from it on.

    ``place`` counts the steps of the plugin from 1. ``version`` empty: the only one there is.
    ``window`` are the days of service its rules hold. ``settings`` are JSON without the fields that
    are secret. ``sees`` are the facts the practice agreed to give it.
    """

    id: UUID
    plugin: str
    place: int
    act: Act
    mode: Mode = Mode.LIVE
    state: State = State.ON
    version: str = ""
    window: Window = ALWAYS
    settings: bytes = b"{}"
    sees: tuple[str, ...] = ()
    said_by: UUID = UUID(int=0)
    role: str = "system"
    said_at: datetime = _NEVER


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The newest step of each lane; None where there is none, or where it was switched off."""

    plugin: str
    last_place: int
    live: PluginStep | None = None
    shadow: PluginStep | None = None


def standings(steps: Iterable[PluginStep]) -> tuple[Standing, ...]:
    """How each plugin stands, by name; ``steps`` in any order."""
    newest: dict[str, dict[Mode, PluginStep]] = {}
    for step in sorted(steps, key=lambda one: one.place):
        newest.setdefault(step.plugin, {})[step.mode] = step
    return tuple(
        Standing(
            plugin=plugin,
            last_place=max(one.place for one in lanes.values()),
            live=_unless_off(lanes.get(Mode.LIVE)),
            shadow=_unless_off(lanes.get(Mode.SHADOW)),
        )
        for plugin, lanes in sorted(newest.items())
    )


def standing(steps: Iterable[PluginStep], plugin: str) -> Standing:
    """How one plugin stands."""
    own = [one for one in steps if one.plugin == plugin]
    return standings(own)[0] if own else Standing(plugin=plugin, last_place=0)


def before(steps: Sequence[PluginStep], plugin: str) -> PluginStep | None:
    """The step with which the version before the present one worked last; None: there is none.

    A rollback takes its version off the pile, so that a second one goes further back.
    """
    pile: list[PluginStep] = []
    for step in sorted(steps, key=lambda one: one.place):
        if step.plugin != plugin or step.mode is not Mode.LIVE:
            continue
        if step.act is Act.ROLLED_BACK:
            _take_off(pile)
        elif step.state is State.ON:
            pile.append(step)
    _take_off(pile)
    return pile[-1] if pile else None


def _take_off(pile: list[PluginStep]) -> None:
    """Everything of the version that lies on top."""
    top = pile[-1].version if pile else ""
    while pile and pile[-1].version == top:
        pile.pop()


def _unless_off(step: PluginStep | None) -> PluginStep | None:
    return None if step is None or step.state is State.OFF else step

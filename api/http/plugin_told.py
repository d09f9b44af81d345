"""Plugins in the words of whoever answers for them: what one may see, how one stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from api.bootstrap import Runtime
from api.plugin_installs import Listed, listing
from api.plugin_status import PluginStatus, status_of
from api.plugin_steps import is_built_in
from api.typed_form.fields import Sheet, schema_of, sheet
from core.errors import InputError, PluginError
from core.rules.sees import Sees
from plugins.confined.faults import WORDS, FaultKind
from plugins.standing import Act, Mode, PluginStep, State, before
from tenants.store import claim_page

_SEES = {
    Sees.DEMOGRAPHICS: "who the patient is",
    Sees.CLINICAL: "diagnoses and notes",
    Sees.MONEY: "charges and payments",
    Sees.HISTORY: "other services and authorizations",
    Sees.SUBSTANCE_USE: "claims of substance use disorder programs",
}
_MORE = {
    Sees.DEMOGRAPHICS: "Names, addresses, birth dates, sex, member numbers",
    Sees.CLINICAL: "Diagnoses, dates of illness, notes, attachments, records of other plugins",
    Sees.MONEY: "Charges, what other payers paid, prices",
    Sees.HISTORY: "Services of other claims, authorizations, eligibility",
    Sees.SUBSTANCE_USE: "Claims of a Part 2 program; without it they are withheld",
}
_ACTS = {
    Act.ENABLED: "Switched on",
    Act.DISABLED: "Switched off",
    Act.SETTINGS: "Settings changed",
    Act.SHADOWED: "Tried in shadow",
    Act.UNSHADOWED: "No longer tried",
    Act.PROMOTED: "Promoted",
    Act.ROLLED_BACK: "Rolled back",
    Act.STOPPED: "Stopped: it failed too often",
}
_HISTORY_MAX = 50


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the history, in words."""

    words: str
    step: PluginStep
    who: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What failed, in words."""

    words: str
    count: Any


class AtPractice(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin for one practice. ``versions`` are those that may be chosen, the newest first."""

    name: str
    title: str
    versions: tuple[Listed, ...]
    live: PluginStep | None
    shadow: PluginStep | None
    status: PluginStatus | None
    built_in: bool

    @property
    def shown(self) -> Listed | None:
        """The version that counts, else the newest that is installed."""
        wanted = self.live.version if self.live else ""
        return next((one for one in self.versions if one.version == wanted), None) or next(
            iter(self.versions), None
        )

    @property
    def state(self) -> str:
        """on, off, stopped or shadow: one word for its tag."""
        if self.live is not None:
            return self.live.state.value
        return Mode.SHADOW.value if self.shadow else State.OFF.value

    @property
    def asks(self) -> tuple[tuple[str, str, str], ...]:
        """What any installed version asks to see and the practice has not agreed to yet."""
        agreed = {one for step in (self.live, self.shadow) if step for one in step.sees}
        asked = {one for each in self.versions for one in each.sees} - agreed
        return tuple(fact for fact in facts() if fact[0] in asked)


def facts() -> tuple[tuple[str, str, str], ...]:
    """Every kind of fact: its code, what it is, and more about it."""
    return tuple((one.value, _SEES[one], _MORE[one]) for one in Sees)


def may_see(sees: Iterable[str]) -> tuple[str, str]:
    """``diagnoses and notes`` and ``who the patient is; ...``: what it may see, and may not."""
    given = set(sees)
    may = [_SEES[one] for one in Sees if one.value in given]
    may_not = [_SEES[one] for one in Sees if one.value not in given]
    return "; ".join(may), "; ".join(may_not)


def at_practice(runtime: Runtime, uow: Any) -> tuple[AtPractice, ...]:
    """Every plugin that is installed, or that the practice has or had, by title."""
    statuses = {one.plugin: one for one in status_of(uow)}
    versions: dict[str, list[Listed]] = {}
    for one in listing(runtime):
        versions.setdefault(one.name, []).append(one)
    found = [
        _at_practice(name, versions.get(name, []), statuses.get(name))
        for name in {*versions, *statuses}
    ]
    return tuple(sorted(found, key=lambda one: (one.title, one.name)))


def _at_practice(name: str, versions: Sequence[Listed], status: PluginStatus | None) -> AtPractice:
    newest = tuple(reversed(versions))
    return AtPractice(
        name=name,
        title=newest[0].title if newest else name,
        versions=newest,
        live=status.live if status else None,
        shadow=status.shadow if status else None,
        status=status,
        built_in=is_built_in(name),
    )


def settings_form(runtime: Runtime, name: str, version: str) -> tuple[Sheet | None, str]:
    """The fields of a version's settings; None, and why, where no form can be drawn of them."""
    try:
        kind = runtime.plugins.plugin(name, version).settings_type
        return sheet(schema_of(kind), secrets=True), ""
    except (InputError, PluginError) as problem:
        return None, problem.message


def history(uow: Any, name: str) -> tuple[Step, ...]:
    """The steps of a plugin at the practice, the latest first."""
    steps = tuple(reversed(uow.plugins.every(name)))[:_HISTORY_MAX]
    names = claim_page.people(uow.connection, {one.said_by for one in steps}) if steps else {}
    return tuple(
        Step(words=_ACTS[one.act], step=one, who=names.get(one.said_by, one.role)) for one in steps
    )


def version_before(uow: Any, name: str) -> str | None:
    """The version that a rollback would let count again; None where there is none."""
    found = before(uow.plugins.every(name), name)
    return None if found is None else found.version


def faults(status: PluginStatus | None) -> tuple[Fault, ...]:
    """What failed of late, in words."""
    if status is None:
        return ()
    known = {one.value: words for one, words in WORDS.items()}
    return tuple(
        Fault(words=known.get(one.kind, "could not be built"), count=one) for one in status.faults
    )


assert set(WORDS) == set(FaultKind), "every kind of fault has words"

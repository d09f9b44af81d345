"""Finding plugins, checking them, and compiling what they state into a rule book.

Each plugin is asked in a manager of its own, so that an answer, a fault or a wrapper is its own
and nobody else's. What a plugin's exception says is never carried on: it might name a patient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib import import_module, metadata, resources
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any, Protocol

import msgspec
import pluggy

from core.errors import InputError, PluginError
from core.intake.encounter import Encounter
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.platform import PLATFORM
from plugins.checks import (
    COLLECTED,
    ask,
    check_manifest,
    check_rules,
    check_type,
    managed,
    read_settings,
    settings_type,
    within,
)
from plugins.confined.limits import LIMITS, Limits
from plugins.confined.plugin import ConfinedPlugin
from plugins.demo import DemoPractice
from plugins.source import EnabledPlugin, PluginSource
from plugins.spec import ENTRY_POINT_GROUP, Manifest
from plugins.stopped import stopped

__all__ = ["BUILT_IN", "EnabledPlugin", "LoadedPlugin", "PluginHost", "load"]

BUILT_IN = (
    "plugins.behavioral_health",
    "plugins.dental",
    "plugins.home_health",
    "plugins.telehealth",
)
"""The specialties that come with the product; they use nothing a partner could not."""

BOOKS_MAXIMUM = 256
"""Compiled rule books a host keeps."""


class Plugin(Protocol):
    """A plugin, whichever process it runs in."""

    @property
    def manifest(self) -> Manifest:
        """Who it is."""

    @property
    def fingerprint(self) -> str:
        """A digest over its source and data files."""

    @property
    def settings_type(self) -> type[msgspec.Struct]:
        """The type of a practice's settings for it."""

    def stated(self, settings: bytes) -> dict[str, tuple[Any, ...]]:
        """What each hook states with ``settings`` (JSON)."""

    def demo_encounters(self, seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
        """Its invented visits."""


class LoadedPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin of this process that passed its checks."""

    manifest: Manifest
    fingerprint: str
    manager: pluggy.PluginManager

    @property
    def settings_type(self) -> type[msgspec.Struct]:
        """See ``Plugin``."""
        return settings_type(self.manager, self.manifest.name)

    def stated(self, settings: bytes) -> dict[str, tuple[Any, ...]]:
        """See ``Plugin``."""
        name = self.manifest.name
        given = read_settings(self.settings_type, name, settings)
        return {
            hook: check_type(name, hook, ask(self.manager, name, hook, settings=given), kind)
            for hook, kind in COLLECTED.items()
        }

    def demo_encounters(self, seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
        """See ``Plugin``."""
        name, hook = self.manifest.name, "demo_encounters"
        answer = ask(self.manager, name, hook, seed=seed, practice=practice)
        return check_type(name, hook, answer, Encounter)


def load(module: ModuleType) -> LoadedPlugin:
    """``module`` as a plugin; ``PluginError`` naming it when it breaks the contract."""
    name = module.__name__.rpartition(".")[2]
    manifest = check_manifest(name, getattr(module, "MANIFEST", None))
    manager = managed(module, manifest.name)
    return LoadedPlugin(manifest=manifest, fingerprint=_fingerprint(module), manager=manager)


@cache
def _built_in(name: str) -> LoadedPlugin:
    """A specialty of ours; it does not change while the program runs, so it is checked once."""
    return load(import_module(name))


class PluginHost:
    """The plugins of one installation and the rule books built from them.

    The built-in specialties and ``modules`` (for tests and the partner kit) run in this process.
    Partners' plugins run confined, each version in a process of its own that is started when it is
    first needed: the installed packages whose entry points ``allowed`` names, and ``sources``, of
    which there may be several versions. ``unconfined`` names those that may run where not every
    fence holds.
    """

    def __init__(
        self,
        *,
        allowed: Collection[str] = (),
        modules: Iterable[ModuleType] = (),
        sources: Iterable[PluginSource] = (),
        unconfined: Collection[str] = (),
        limits: Limits = LIMITS,
    ) -> None:
        self._unconfined, self._limits = frozenset(unconfined), limits
        self._plugins: dict[str, dict[str, Plugin]] = {}
        self._books: dict[str, RuleBook] = {}
        for plugin in (*map(_built_in, BUILT_IN), *map(load, modules)):
            self._take(plugin.manifest.name, plugin.manifest.version, plugin)
        # Looked for only where some are allowed: it reads every package of the environment.
        for point in sorted(metadata.entry_points(group=ENTRY_POINT_GROUP)) if allowed else ():
            if point.name in allowed:
                self.take(_source_of(point))
        for source in sources:
            self.take(source)

    def take(self, source: PluginSource) -> None:
        """Know one more installed version of a partner's plugin; taking it again changes nothing.

        ``PluginError`` where the name is one of a built-in specialty or the version is another.
        """
        known = self._plugins.get(source.name, {}).get(source.version)
        if isinstance(known, ConfinedPlugin) and known.source == source:
            return
        plugin = ConfinedPlugin(
            source, limits=self._limits, unconfined=source.name in self._unconfined
        )
        self._take(source.name, source.version, plugin)

    def _take(self, name: str, version: str, plugin: Plugin) -> None:
        versions = self._plugins.setdefault(name, {})
        several = all(isinstance(one, ConfinedPlugin) for one in (plugin, *versions.values()))
        if version in versions or (versions and not several):
            raise PluginError(name, "is installed twice")
        versions[version] = plugin

    def close(self) -> None:
        """End the processes of partners' plugins; they are started again when needed."""
        for versions in self._plugins.values():
            for plugin in versions.values():
                if isinstance(plugin, ConfinedPlugin):
                    plugin.close()

    def names(self) -> tuple[str, ...]:
        """What may be switched on, by name; nothing is loaded for it."""
        return tuple(sorted(self._plugins))

    def is_ours(self, name: str) -> bool:
        """Whether a plugin runs in this process: it is trusted as the rest of the product is."""
        return any(isinstance(one, LoadedPlugin) for one in self._plugins.get(name, {}).values())

    def available(self) -> tuple[Manifest, ...]:
        """The manifests, by name and version; plugins that cannot be loaded are left out."""
        found, _ = self._looked_at()
        return tuple(found)

    def refused(self) -> tuple[PluginError, ...]:
        """Why each plugin that cannot be loaded is refused."""
        _, refused = self._looked_at()
        return tuple(refused)

    def _looked_at(self) -> tuple[list[Manifest], list[PluginError]]:
        found: list[Manifest] = []
        refused: list[PluginError] = []
        for name in sorted(self._plugins):
            for version in sorted(self._plugins[name]):
                try:
                    found.append(self._plugins[name][version].manifest)
                except PluginError as error:
                    refused.append(error)
        return found, refused

    def build_rule_book(
        self,
        enabled: Iterable[EnabledPlugin],
        *,
        platform: RuleSet | None = None,
        practice: RuleSet | None = None,
        prices: RuleSet | None = None,
    ) -> RuleBook:
        """The rule book of a practice with ``enabled`` plugins and its own layer ``practice``.

        ``prices`` are its charges and contracts, of which there may be many: they are known by
        their fingerprint alone. The order of ``enabled`` does not matter. The same input gives the
        book built before.
        Raises ``PluginError`` naming the plugin that is missing or breaks the contract, and
        ``InputError`` where rules of several contributors clash.
        """
        chosen = sorted(enabled, key=lambda one: one.name)
        base = platform or platform_rules()
        key = self._key(chosen, base, practice, prices)
        book = self._books.get(key)
        if book is None:
            book = self._build(chosen, base, *(one for one in (practice, prices) if one))
            if len(self._books) >= BOOKS_MAXIMUM:
                self._books.clear()
            self._books[key] = book
        return book

    def demo_encounters(
        self, name: str, seed: int, practice: DemoPractice
    ) -> tuple[Encounter, ...]:
        """The invented visits of the plugin ``name``."""
        return self._plugin(EnabledPlugin(name=name)).demo_encounters(seed, practice)

    def plugin(self, name: str, version: str = "") -> Plugin:
        """One version of a plugin; ``PluginError`` when it is not here, or is not to be told."""
        return self._plugin(EnabledPlugin(name=name, version=version))

    def settings_schema(self, name: str, version: str = "") -> dict[str, Any]:
        """The JSON Schema of a plugin's settings; ``writeOnly`` marks a secret field."""
        kind = self.plugin(name, version).settings_type
        try:
            return msgspec.json.schema(kind)
        except Exception:
            raise PluginError(name, "its settings have a type that JSON does not know") from None

    def rule_set(self, one: EnabledPlugin) -> RuleSet:
        """What one enabled plugin states, limited to the days it is enabled."""
        plugin = self._plugin(one)
        given: dict[str, Any] = {}
        for hook, rules in plugin.stated(one.settings).items():
            check_rules(plugin.manifest, rules)
            given[hook] = within(rules, one.window)
        stated = RuleSet(
            name=one.name,
            version=plugin.manifest.version,
            fingerprint=plugin.fingerprint,
            settings=one.settings,
            **given,
        )
        return stopped(stated, plugin.manifest.fails_open) if one.stopped else stated

    def _build(self, chosen: list[EnabledPlugin], base: RuleSet, *own: RuleSet) -> RuleBook:
        self._check_together(chosen)
        sets = [self.rule_set(one) for one in chosen]
        for one in sets:
            try:
                compile_rule_book([base, one])
            except InputError as error:
                raise PluginError(one.name, error.message) from None
        return compile_rule_book([base, *sets, *own])

    def _check_together(self, chosen: Sequence[EnabledPlugin]) -> None:
        owners: dict[str, str] = {}
        names = [one.name for one in chosen]
        for one in chosen:
            name, manifest = one.name, self._plugin(one).manifest
            unagreed = {each.value for each in manifest.sees} - set(one.sees or ())
            if one.sees is not None and unagreed:
                said = ", ".join(sorted(unagreed))
                raise PluginError(name, f"asks to see {said}, which the practice did not agree to")
            missing = [other for other in manifest.requires if other not in names]
            if missing:
                raise PluginError(name, f"needs the plugin {missing[0]} to be enabled too")
            for prefix in manifest.prefixes:
                if owners.setdefault(prefix, name) != name:
                    raise PluginError(name, f"uses the rule id prefix of {owners[prefix]}")
        if len(set(names)) < len(names):
            raise InputError("a plugin is enabled twice for one practice")

    def _plugin(self, one: EnabledPlugin) -> Plugin:
        versions = self._plugins.get(one.name)
        if not versions:
            raise PluginError(one.name, "is not installed or not on the allow-list")
        if one.version:
            if one.version not in versions:
                raise PluginError(one.name, f"version {one.version} is not installed")
            return versions[one.version]
        if len(versions) > 1:
            said = ", ".join(sorted(versions))
            raise PluginError(one.name, f"several versions are installed; name one of {said}")
        return next(iter(versions.values()))

    def _key(
        self,
        chosen: list[EnabledPlugin],
        base: RuleSet,
        practice: RuleSet | None,
        prices: RuleSet | None,
    ) -> str:
        own = compile_rule_book([practice]).digest if practice else ""
        listed = prices.fingerprint if prices else ""
        parts: list[object] = [base.name, base.version, base.fingerprint, own, listed]
        for one in chosen:
            plugin = self._plugin(one)
            parts += [one, plugin.manifest, plugin.fingerprint]
        return sha256(msgspec.json.encode(parts)).hexdigest()


@cache
def default_host() -> PluginHost:
    """The host with the built-in specialties alone."""
    return PluginHost()


def available() -> tuple[Manifest, ...]:
    """The manifests of the built-in specialties."""
    return default_host().available()


@cache
def rule_titles() -> dict[str, str]:
    """What each rule of the platform and of the built-in specialties is called, by id."""
    host = default_host()
    sets = [
        platform_rules(),
        *(host.rule_set(EnabledPlugin(name=manifest.name)) for manifest in host.available()),
    ]
    return {rule.id: rule.title for one in sets for rule in one.rules()}


def build_rule_book(
    enabled: Iterable[EnabledPlugin],
    *,
    platform: RuleSet | None = None,
    practice: RuleSet | None = None,
) -> RuleBook:
    """A rule book from the built-in specialties; see ``PluginHost.build_rule_book``."""
    return default_host().build_rule_book(enabled, platform=platform, practice=practice)


@cache
def platform_rules() -> RuleSet:
    """The platform's rules with the fingerprint of the code behind them."""
    parts = [_fingerprint(import_module(name)) for name in ("core.scrub", "core.rules")]
    return msgspec.structs.replace(PLATFORM, fingerprint="".join(parts))


def _source_of(point: metadata.EntryPoint) -> PluginSource:
    if point.attr or not point.module:
        raise PluginError(point.name, "its entry point must name a module")
    version = point.dist.version if point.dist else ""
    return PluginSource(name=point.name, module=point.module, version=version)


def _fingerprint(module: ModuleType) -> str:
    total = sha256()
    if hasattr(module, "__path__"):
        for path, data in sorted(_files(resources.files(module), "")):
            total.update(f"{path}:{len(data)}:".encode())
            total.update(data)
    elif module.__spec__ is not None and module.__spec__.loader is not None:
        source = getattr(module.__spec__.loader, "get_source", lambda _: "")(module.__name__)
        total.update((source or "").encode())
    return total.hexdigest()


def _files(folder: Traversable, above: str) -> Iterable[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry, f"{above}{entry.name}/")
        elif not entry.name.endswith((".pyc", ".pyo")):
            yield f"{above}{entry.name}", entry.read_bytes()

"""Finding plugins, checking them, and compiling what they state into a rule book.

Each plugin is asked in a manager of its own, so that an answer, a fault or a wrapper is its own
and nobody else's. What a plugin's exception says is never carried on: it might name a patient.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib import import_module, metadata, resources
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any

import msgspec
import pluggy

from core.dates import ALWAYS, Window
from core.errors import InputError, PluginError
from core.intake.encounter import Encounter
from core.rules.coding import ClaimShape, CodingRule
from core.rules.declared import PREFIXES
from core.rules.edits import ClaimEdit, Gate
from core.rules.plays import Deadline, DenialPlay
from core.rules.policy import PayerPolicy
from core.rules.pricing import FeeSchedule, PricingStep
from core.rules.records import RecordType
from core.rules.rule import Layer, Rule
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.platform import PLATFORM
from plugins import spec
from plugins.demo import DemoPractice
from plugins.settings import schema_of
from plugins.spec import CONTRACT, ENTRY_POINT_GROUP, Manifest, NoSettings

BUILT_IN = (
    "plugins.behavioral_health",
    "plugins.dental",
    "plugins.home_health",
    "plugins.telehealth",
)
"""The specialties that come with the product; they use nothing a partner could not."""

RESERVED_PREFIXES = frozenset({"PS", "INST", "CW", "PRACTICE", *PREFIXES.values()})
"""Rule id prefixes of the platform, and of rules and policies that people write."""

BOOKS_MAXIMUM = 256
"""Compiled rule books a host keeps."""

SETTINGS_BYTES_MAX = 100_000
"""What a practice may say of one plugin."""

_COLLECTED: Mapping[str, type[Rule]] = {
    "coding_rules": CodingRule,
    "claim_shapes": ClaimShape,
    "claim_edits": ClaimEdit,
    "payer_policies": PayerPolicy,
    "fee_schedules": FeeSchedule,
    "pricing_steps": PricingStep,
    "gates": Gate,
    "denial_plays": DenialPlay,
    "deadlines": Deadline,
    "records": RecordType,
}
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)


class EnabledPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin as a practice has switched it on: from when to when, and its settings as JSON.

    ``version`` is the one the practice runs where several are installed; empty: the only one.
    """

    name: str
    version: str = ""
    window: Window = ALWAYS
    settings: bytes = b"{}"


class LoadedPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that passed its checks. ``fingerprint`` covers its source and data files."""

    manifest: Manifest
    fingerprint: str
    manager: pluggy.PluginManager


def load(module: ModuleType) -> LoadedPlugin:
    """``module`` as a plugin; ``PluginError`` naming it when it breaks the contract."""
    name = module.__name__.rpartition(".")[2]
    manifest = getattr(module, "MANIFEST", None)
    if not isinstance(manifest, Manifest):
        raise PluginError(name, "has no MANIFEST made with plugins.Manifest")
    name = manifest.name
    if not _NAME.match(name):
        raise PluginError(module.__name__, "its name must be a lower-case Python name")
    if manifest.contract != CONTRACT:
        raise PluginError(name, f"is written for contract {manifest.contract}, not {CONTRACT}")
    if not manifest.prefixes or RESERVED_PREFIXES & set(manifest.prefixes):
        raise PluginError(name, "must name rule id prefixes of its own")
    manager = pluggy.PluginManager(spec.PROJECT)
    manager.add_hookspecs(spec)
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError:
        raise PluginError(
            name, "has a hook or a hook argument the contract does not know"
        ) from None
    except Exception as error:
        raise PluginError(name, f"cannot be registered ({type(error).__name__})") from None
    return LoadedPlugin(manifest=manifest, fingerprint=_fingerprint(module), manager=manager)


class PluginHost:
    """The plugins of one installation and the rule books built from them.

    ``allowed`` names the entry points that may be loaded beside the built-in specialties: an
    installed package that is not on the list is not imported.
    """

    def __init__(
        self, *, allowed: Collection[str] = (), modules: Iterable[ModuleType] = ()
    ) -> None:
        loaded = [load(import_module(name)) for name in BUILT_IN]
        points = sorted(metadata.entry_points(group=ENTRY_POINT_GROUP))
        loaded += [load(_imported(point)) for point in points if point.name in allowed]
        loaded += [load(module) for module in modules]
        self._plugins: dict[str, LoadedPlugin] = {}
        for plugin in loaded:
            if plugin.manifest.name in self._plugins:
                raise PluginError(plugin.manifest.name, "is installed twice")
            self._plugins[plugin.manifest.name] = plugin
        self._books: dict[str, RuleBook] = {}

    def available(self) -> tuple[Manifest, ...]:
        """The manifests, by name."""
        return tuple(self._plugins[name].manifest for name in sorted(self._plugins))

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
        answer = _ask(self._plugin(name), "demo_encounters", seed=seed, practice=practice)
        return _checked(name, "demo_encounters", answer, Encounter)

    def rule_set(self, one: EnabledPlugin) -> RuleSet:
        """What one enabled plugin states, limited to the days it is enabled."""
        plugin = self._plugin(one.name)
        settings = _settings(plugin, one.settings)
        given: dict[str, Any] = {}
        for hook, kind in _COLLECTED.items():
            answer = _ask(plugin, hook, settings=settings)
            rules = _checked(one.name, hook, answer, kind)
            _check_rules(plugin.manifest, rules)
            given[hook] = _within(rules, one.window)
        return RuleSet(
            name=one.name,
            version=plugin.manifest.version,
            fingerprint=plugin.fingerprint,
            settings=one.settings,
            **given,
        )

    def _build(self, chosen: list[EnabledPlugin], base: RuleSet, *own: RuleSet) -> RuleBook:
        self._check_together([one.name for one in chosen])
        sets = [self.rule_set(one) for one in chosen]
        for one in sets:
            try:
                compile_rule_book([base, one])
            except InputError as error:
                raise PluginError(one.name, error.message) from None
        return compile_rule_book([base, *sets, *own])

    def _check_together(self, names: list[str]) -> None:
        owners: dict[str, str] = {}
        for name in names:
            manifest = self._plugin(name).manifest
            missing = [other for other in manifest.requires if other not in names]
            if missing:
                raise PluginError(name, f"needs the plugin {missing[0]} to be enabled too")
            for prefix in manifest.prefixes:
                if owners.setdefault(prefix, name) != name:
                    raise PluginError(name, f"uses the rule id prefix of {owners[prefix]}")
        if len(set(names)) < len(names):
            raise InputError("a plugin is enabled twice for one practice")

    def plugin(self, name: str, version: str = "") -> LoadedPlugin:
        """One plugin as it was loaded; ``PluginError`` when there is none of that version."""
        found = self._plugin(name)
        if version not in ("", found.manifest.version):
            raise PluginError(name, f"version {version} is not installed")
        return found

    def settings_schema(self, name: str, version: str = "") -> dict[str, Any]:
        """The JSON Schema of a plugin's settings; ``writeOnly`` marks a secret field."""
        return schema_of(_settings_type(self.plugin(name, version)))

    def _plugin(self, name: str) -> LoadedPlugin:
        plugin = self._plugins.get(name)
        if plugin is None:
            raise PluginError(name, "is not installed or not on the allow-list")
        return plugin

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
            plugin = self._plugin(one.name)
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


def _imported(point: metadata.EntryPoint) -> ModuleType:
    try:
        module = point.load()
    except Exception as error:
        raise PluginError(point.name, f"cannot be imported ({type(error).__name__})") from None
    if not isinstance(module, ModuleType):
        raise PluginError(point.name, "its entry point must name a module")
    return module


def _ask(plugin: LoadedPlugin, hook: str, **arguments: Any) -> Any:
    try:
        answers = getattr(plugin.manager.hook, hook)(**arguments)
    except Exception as error:
        raise PluginError(
            plugin.manifest.name, f"hook {hook} raised {type(error).__name__}"
        ) from None
    if not isinstance(answers, list):
        raise PluginError(plugin.manifest.name, f"hook {hook} is wrapped into something else")
    return answers[0] if answers else ()


def _checked(name: str, hook: str, answer: Any, kind: type[Any]) -> tuple[Any, ...]:
    if not isinstance(answer, tuple) or not all(type(item) is kind for item in answer):
        raise PluginError(name, f"hook {hook} must return a tuple of {kind.__name__}")
    return answer


def _check_rules(manifest: Manifest, rules: Iterable[Rule]) -> None:
    own = tuple(f"{prefix}-" for prefix in manifest.prefixes)
    for rule in rules:
        begins = (f"{manifest.name}.",) if isinstance(rule, RecordType) else own
        if not rule.id.startswith(begins):
            raise PluginError(manifest.name, f"rule {rule.id} lies outside its own name space")
        if rule.layer in {Layer.PLATFORM, Layer.PRACTICE}:
            raise PluginError(manifest.name, f"rule {rule.id} claims a layer that is not its own")
        if not rule.source or not rule.title:
            raise PluginError(manifest.name, f"rule {rule.id} has no title or no source")


def _within(rules: tuple[Any, ...], window: Window) -> tuple[Any, ...]:
    if window == ALWAYS:
        return rules
    return tuple(
        msgspec.structs.replace(rule, effective=_both(rule.effective, window))
        for rule in rules
        if rule.effective.overlaps(window)
    )


def _both(one: Window, two: Window) -> Window:
    firsts = [day for day in (one.first, two.first) if day]
    lasts = [day for day in (one.last, two.last) if day]
    return Window(max(firsts, default=None), min(lasts, default=None))


def _settings_type(plugin: LoadedPlugin) -> type[msgspec.Struct]:
    answer = _ask(plugin, "settings_type")
    kind = NoSettings if answer == () else answer
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise PluginError(
            plugin.manifest.name, "hook settings_type must return a msgspec Struct type"
        )
    return kind


def _settings(plugin: LoadedPlugin, settings: bytes) -> msgspec.Struct:
    name = plugin.manifest.name
    kind = _settings_type(plugin)
    try:
        known = {field.encode_name for field in msgspec.structs.fields(kind)}
        if len(settings) > SETTINGS_BYTES_MAX:
            raise PluginError(name, "its settings are longer than settings are")
        given = msgspec.json.decode(settings, type=dict[str, Any])
        if not known.issuperset(given):
            raise PluginError(name, "its settings have a field it does not know")
        return msgspec.json.decode(settings, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise PluginError(name, "its settings do not fit their type") from None


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

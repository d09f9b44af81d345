"""What a plugin must keep to be taken, whichever process it runs in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pluggy

from core.dates import ALWAYS, Window
from core.errors import PluginError
from core.rules.coding import ClaimShape, CodingRule
from core.rules.declared import PREFIXES
from core.rules.derivation import Derivation
from core.rules.edits import ClaimEdit, Gate
from core.rules.plays import Deadline, DenialPlay
from core.rules.policy import PayerPolicy
from core.rules.pricing import FeeSchedule, PricingStep
from core.rules.records import RecordType
from core.rules.rule import Layer, Rule
from plugins import spec
from plugins.spec import CONTRACT, Manifest, NoSettings

RESERVED_PREFIXES = frozenset({"PS", "INST", "CW", "PRACTICE", *PREFIXES.values()})
"""Rule id prefixes of the platform, and of rules and policies that people write."""

SETTINGS_BYTES_MAX = 100_000
"""What a practice may say of one plugin."""

COLLECTED: Mapping[str, type[Rule]] = {
    "coding_rules": CodingRule,
    "claim_shapes": ClaimShape,
    "claim_edits": ClaimEdit,
    "derivations": Derivation,
    "payer_policies": PayerPolicy,
    "fee_schedules": FeeSchedule,
    "pricing_steps": PricingStep,
    "gates": Gate,
    "denial_plays": DenialPlay,
    "deadlines": Deadline,
    "records": RecordType,
}
"""The hooks that state rules, and the type of each."""

_MAY_FAIL_OPEN = COLLECTED.keys() - {"gates", "records"}
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)


def check_manifest(known_as: str, manifest: object) -> Manifest:
    """``manifest`` when it keeps the contract; ``PluginError`` names the plugin and the fault."""
    if not isinstance(manifest, Manifest):
        raise PluginError(known_as, "has no MANIFEST made with plugins.Manifest")
    if not _NAME.match(manifest.name):
        raise PluginError(known_as, "its name must be a lower-case Python name")
    if manifest.contract != CONTRACT:
        said = f"is written for contract {manifest.contract}, not {CONTRACT}"
        raise PluginError(manifest.name, said)
    strange = set(manifest.fails_open) - _MAY_FAIL_OPEN
    if strange:
        said = f"fails_open names {sorted(strange)[0]}, which is no hook that may fail open"
        raise PluginError(manifest.name, said)
    if not manifest.prefixes or RESERVED_PREFIXES & set(manifest.prefixes):
        raise PluginError(manifest.name, "must name rule id prefixes of its own")
    return manifest


def managed(module: object, name: str) -> pluggy.PluginManager:
    """A manager that knows the hooks of ``module`` alone; ``PluginError`` for a strange hook."""
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
    return manager


def ask(manager: pluggy.PluginManager, name: str, hook: str, **arguments: Any) -> Any:
    """What the hook answers; ``PluginError`` when it raises. Nothing of its words is kept."""
    try:
        answers = getattr(manager.hook, hook)(**arguments)
    except Exception as error:
        raise PluginError(name, f"hook {hook} raised {type(error).__name__}") from None
    if not isinstance(answers, list):
        raise PluginError(name, f"hook {hook} is wrapped into something else")
    return answers[0] if answers else ()


def check_type(name: str, hook: str, answer: Any, kind: type[Any]) -> tuple[Any, ...]:
    """``answer`` when it is a tuple of ``kind``."""
    if not isinstance(answer, tuple) or not all(type(item) is kind for item in answer):
        raise PluginError(name, f"hook {hook} must return a tuple of {kind.__name__}")
    return answer


def check_rules(manifest: Manifest, rules: Iterable[Rule]) -> None:
    """``PluginError`` for a rule outside the plugin's name space or layers, or without a source."""
    own = tuple(f"{prefix}-" for prefix in manifest.prefixes)
    for rule in rules:
        begins = (f"{manifest.name}.",) if isinstance(rule, RecordType) else own
        if not rule.id.startswith(begins):
            raise PluginError(manifest.name, f"rule {rule.id} lies outside its own name space")
        if rule.layer in {Layer.PLATFORM, Layer.PRACTICE}:
            raise PluginError(manifest.name, f"rule {rule.id} claims a layer that is not its own")
        if not rule.source or not rule.title:
            raise PluginError(manifest.name, f"rule {rule.id} has no title or no source")


def within(rules: tuple[Any, ...], window: Window) -> tuple[Any, ...]:
    """``rules`` limited to the days of ``window``."""
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


def settings_type(manager: pluggy.PluginManager, name: str) -> type[msgspec.Struct]:
    """The type of the plugin's settings."""
    answer = ask(manager, name, "settings_type")
    kind = NoSettings if answer == () else answer
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise PluginError(name, "hook settings_type must return a msgspec Struct type")
    return kind


def read_settings(kind: type[msgspec.Struct], name: str, settings: bytes) -> msgspec.Struct:
    """``settings`` (JSON) as the plugin reads them; ``PluginError`` when they do not fit."""
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

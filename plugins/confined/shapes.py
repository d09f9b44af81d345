"""Rules as data: what crosses from the plugin's process, and the rules made from it again.

The functions stay behind. In their place stands what calls them there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from core.errors import ClaimwrightError, PluginError
from core.rules.knobs import read_knob
from core.rules.policy import PayerPolicy
from core.rules.rule import Rule
from plugins.checks import COLLECTED
from plugins.confined import types

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "coding_rules": ("derive",),
    "claim_edits": ("check",),
    "gates": ("check",),
    "pricing_steps": ("apply",),
    "deadlines": ("due",),
    "records": ("upgrade", "sensitivity"),
}
"""The fields of each hook's rules that hold functions."""

Handle = Callable[[str, int, str, str], Any]
"""``handle(hook, place, field, rule id)`` calls that function in the plugin's process."""


def told(hook: str, rule: Rule) -> dict[str, Any]:
    """``rule`` without its functions; ``PluginError`` where it cannot be written down."""
    left_out = FUNCTIONS.get(hook, ())
    data = {name: getattr(rule, name) for name in rule.__struct_fields__ if name not in left_out}
    if hook == "records":
        try:
            data["type"] = types.described(data["type"])
        except types.UnsupportedTypeError:
            raise PluginError(
                str(rule.id), "its type holds something a form cannot show or JSON cannot hold"
            ) from None
    for name in left_out:
        data[name] = getattr(rule, name) is not None
    return data


def remade(plugin: str, hook: str, data: msgspec.Raw, handle: Handle) -> tuple[Any, ...]:
    """The rules that ``data`` tells of; ``PluginError`` where they are not of their type."""
    kind = COLLECTED[hook]
    try:
        found = msgspec.msgpack.decode(data, type=tuple[_told_type(hook), ...])
        return tuple(kind(**_given(hook, place, one, handle)) for place, one in enumerate(found))
    except ClaimwrightError as error:
        raise PluginError(plugin, error.message) from None
    except (msgspec.MsgspecError, ValueError, TypeError):
        raise PluginError(plugin, f"hook {hook} states a {kind.__name__} of wrong types") from None


def _given(hook: str, place: int, one: Any, handle: Handle) -> dict[str, Any]:
    given = {name: getattr(one, name) for name in one.__struct_fields__}
    for name in FUNCTIONS.get(hook, ()):
        given[name] = handle(hook, place, name, given["id"]) if given[name] else None
    if hook == "records":
        given["type"] = types.made(given["type"])
    if hook == "payer_policies":
        given["knobs"] = knobs(given["knobs"])
    return given


def knobs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs as they crossed -> as rules read them."""
    return {
        name: None if value is None else read_knob(name, value) for name, value in given.items()
    }


@cache
def _told_type(hook: str) -> Any:
    """The type of a rule of ``hook`` as it crosses."""
    kind = COLLECTED[hook]
    functions = FUNCTIONS.get(hook, ())
    fields: list[Any] = [(name, bool) for name in functions]
    # The annotations of a RecordType cannot be read: its field "type" stands before the builtin.
    if hook == "records":
        fields += [("type", dict[str, Any]), ("schema_version", int, 1)]
    for field in msgspec.structs.fields(Rule if hook == "records" else kind):
        if field.name in functions:
            continue
        of_knobs = kind is PayerPolicy and field.name == "knobs"
        crossing: Any = dict[str, Any] if of_knobs else field.type
        default = () if field.required else (_default(field),)
        fields.append((field.name, crossing, *default))
    return msgspec.defstruct(
        f"Told{kind.__name__}", fields, kw_only=True, forbid_unknown_fields=True
    )


def _default(field: Any) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return msgspec.field(default_factory=field.default_factory)

"""Rules as data: what crosses from the plugin's process, and the rules made from it again.

The functions stay behind. In their place stands what calls them there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints

import msgspec

from core.errors import ClaimwrightError, PluginError
from core.rules.knobs import read_knob
from core.rules.rule import Rule
from plugins.checks import COLLECTED
from plugins.confined import types

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "coding_rules": ("derive",),
    "claim_edits": ("check",),
    "derivations": ("derive",),
    "gates": ("check",),
    "pricing_steps": ("apply",),
    "deadlines": ("due",),
    "records": ("upgrade", "sensitivity"),
}
"""The fields of each hook's rules that hold functions."""

HOOK_BYTES_MAX = 2 * 1024 * 1024
"""What a hook may state, encoded; tables of fees may be longer."""

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
    if hook != "fee_schedules" and len(data) > HOOK_BYTES_MAX:
        raise PluginError(plugin, f"hook {hook} states more than a hook may")
    try:
        found: tuple[Any, ...] = msgspec.msgpack.decode(data, type=_told_type(hook))
        return tuple(kind(**_given(hook, place, one, handle)) for place, one in enumerate(found))
    except ClaimwrightError as error:
        raise PluginError(plugin, error.message) from None
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
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
    """The type of the rules of ``hook`` as they cross."""
    kind = COLLECTED[hook]
    # A RecordType has a field "type", which would stand before the builtin in its annotations.
    types_of = get_type_hints(kind, localns={})
    replaced: dict[str, Any] = dict.fromkeys(FUNCTIONS.get(hook, ()), bool)
    if hook == "records":
        replaced["type"] = dict[str, Any]
    if hook == "payer_policies":
        replaced["knobs"] = dict[str, Any]
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    optional = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    fields: list[Any] = []
    for name in names:
        default = optional.get(name, msgspec.NODEFAULT)
        if name in replaced or default is msgspec.NODEFAULT:
            fields.append((name, replaced.get(name, types_of[name])))
        else:
            fields.append((name, types_of[name], default))
    told_kind: Any = msgspec.defstruct(
        f"Told{kind.__name__}", fields, kw_only=True, forbid_unknown_fields=True
    )
    return tuple[told_kind, ...]

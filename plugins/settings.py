"""A plugin's settings as they are given and kept: JSON whose secret fields go apart.

The JSON Schema of the type says which they are: ``writeOnly`` marks a ``plugins.Secret``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import InputError, PluginError

SECRET_LENGTH_MAX = 4_000


def secret_fields(plugin: str, schema: Mapping[str, Any]) -> frozenset[str]:
    """The secret fields of a settings type, told by its JSON Schema.

    ``PluginError`` where one lies deeper or has a default: it would be kept or shown in the clear.
    """
    own = schema.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], schema)
    found = {name for name, one in own.get("properties", {}).items() if one.get("writeOnly")}
    if _marks(schema) > len(found) or any(own["properties"][name].get("default") for name in found):
        raise PluginError(
            plugin, "a secret field of its settings stands at the top, and its default is empty"
        )
    return frozenset(found)


def parted(plugin: str, settings: bytes, secret: frozenset[str]) -> tuple[bytes, dict[str, str]]:
    """Settings as JSON without secret fields, and those apart; an object, else ``InputError``."""
    try:
        given = msgspec.json.decode(settings, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        raise InputError(f"the settings of {plugin} are a JSON object") from None
    apart = {name: given.pop(name) for name in sorted(secret & given.keys())}
    for value in apart.values():
        if not isinstance(value, str) or len(value) > SECRET_LENGTH_MAX:
            raise InputError(f"a secret field of {plugin} is a text of at most 4,000 characters")
    return _written(given), apart


def whole(settings: bytes, secrets: Mapping[str, str]) -> bytes:
    """What ``parted`` took apart, for the plugin alone."""
    if not secrets:
        return settings
    return _written(msgspec.json.decode(settings, type=dict[str, Any]) | dict(secrets))


def canonical(settings: bytes) -> bytes:
    """The one way in which settings that say the same are written: digests are taken of it."""
    return _written(msgspec.json.decode(settings))


def _written(settings: object) -> bytes:
    return msgspec.json.encode(settings, order="sorted")


def _marks(node: object) -> int:
    if isinstance(node, dict):
        return int(node.get("writeOnly") is True) + sum(map(_marks, node.values()))
    return sum(map(_marks, node)) if isinstance(node, list) else 0

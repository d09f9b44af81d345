"""Knob values as entered (JSON) -> as rules read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import InputError
from core.rules.policy import KNOBS, NAMED_LISTS, FrequencyLimit, KnobValue

_TYPES: dict[str, Any] = {
    "text": str,
    "number": int,
    "flag": bool,
    "codes": tuple[str, ...],
    "map": dict[str, tuple[str, ...]],
    "limits": tuple[FrequencyLimit, ...],
}
_ASKED = {
    "text": "a word",
    "number": "a whole number",
    "flag": "true or false",
    "codes": "a list of codes",
    "map": "lists of codes by name",
    "limits": "a list of limits with codes, maximum and per",
}


def read_knob(name: str, value: object) -> KnobValue:
    """``value`` decoded from JSON as knob ``name`` takes it; ``InputError`` says what it takes.

    ``all`` stands for every code, ``none`` for no code. A plugin's own knob (``<plugin>.<name>``)
    is taken as it is.
    """
    kind = KNOBS.get(name) or _kind_of_own(name, value)
    if kind == "codes" and isinstance(value, str) and value in NAMED_LISTS:
        return (value,)
    try:
        converted: KnobValue = msgspec.convert(value, _TYPES[kind])
    except msgspec.ValidationError:
        raise InputError(f"this knob takes {_ASKED[kind]}") from None
    return converted


def _kind_of_own(name: str, value: object) -> str:
    """A plugin declares its knobs by reading them: the shape of the value says what it is."""
    if "." not in name:
        raise InputError("there is no such knob; docs/knobs.md lists those there are")
    if isinstance(value, list):
        return "limits" if value and isinstance(value[0], dict) else "codes"
    shapes = {bool: "flag", int: "number", dict: "map"}
    return shapes.get(type(value), "text")


def said_knob(value: object) -> str:
    """A value decoded from JSON, as a person types it; rows are separated by semicolons."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {said_knob(codes)}" for name, codes in value.items())
    if isinstance(value, (list, tuple)):
        if any(isinstance(one, Mapping) for one in value):
            return "; ".join(map(_said_limit, value))
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _said_limit(limit: Any) -> str:
    months = f" of {limit['months']}" if limit.get("months") else ""
    return f"{' '.join(limit['codes'])}: {limit['maximum']} per {limit['per']}{months}"

"""A plugin's settings: what is written comes back, the unknown is refused, secrets stay secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from core.errors import ClaimwrightError, PluginError
from plugins.checks import read_settings
from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault
from plugins.conformance.invented import samples_of
from plugins.settings import secret_fields

_SECRET = re.compile(r"password|passphrase|secret|api_?key|private_?key|token|credentials?\Z", re.I)
_DRAWN = 4


def variants(kind: type[msgspec.Struct], words: tuple[str, ...]) -> tuple[bytes, ...]:
    """Settings to build with: left out where they can be, each switch turned, and some drawn."""
    found: list[bytes] = []
    try:
        default = kind()
    except TypeError:
        default = None
    if default is not None:
        found.append(b"{}")
        switches = {
            field.encode_name: not field.default
            for field in msgspec.structs.fields(kind)
            if field.type is bool and isinstance(field.default, bool)
        }
        found += [msgspec.json.encode({name: turned}) for name, turned in switches.items()]
        if len(switches) > 1:
            found.append(msgspec.json.encode(switches))
    found += [msgspec.json.encode(one) for one in samples_of(kind, _DRAWN, words)]
    return tuple(dict.fromkeys(found))


def settings_faults(
    name: str, kind: type[msgspec.Struct], code: PluginCode, given: tuple[bytes, ...]
) -> Iterator[Fault]:
    """Every fault of the type itself, and of what is decoded into it."""
    where = code.place_of_class(kind.__name__)

    def fault(message: str, *, is_warning: bool = False) -> Fault:
        return Fault(check="settings", where=where, message=message, is_warning=is_warning)

    if not given:
        yield fault("no value of its settings could be made; give every field a type and a default")
    for one in given:
        value = read_settings(kind, name, one)
        try:
            again = read_settings(kind, name, msgspec.json.encode(value))
        except ClaimwrightError:
            yield fault("its settings cannot be read back as they were written")
            break
        if again != value:
            yield fault("its settings come back otherwise than they were written")
            break
    try:
        read_settings(kind, name, b'{"no_such_field":1}')
        yield fault("a field the settings do not know is taken")
    except PluginError:
        pass
    yield from (fault(message) for message in _loose(kind))
    yield from _secrets(name, kind, fault)


def _loose(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Types inside the settings that take fields they do not know, or can be changed."""
    seen: set[type] = set()
    waiting: list[Any] = [kind]
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if not (isinstance(one, type) and issubclass(one, msgspec.Struct)) or one in seen:
            continue
        seen.add(one)
        if not one.__struct_config__.frozen:
            yield f"{one.__name__} of its settings can be changed; declare it frozen=True"
        if one is not kind and not one.__struct_config__.forbid_unknown_fields:
            yield (
                f"{one.__name__} inside its settings takes fields it does not know; declare it "
                "forbid_unknown_fields=True"
            )
        waiting += get_type_hints(one).values()


def _secrets(name: str, kind: type[msgspec.Struct], fault: Any) -> Iterator[Fault]:
    try:
        secret = secret_fields(name, msgspec.json.schema(kind))
    except PluginError as error:
        yield fault(error.message.partition(": ")[2])
        return
    for field in msgspec.structs.fields(kind):
        if _SECRET.search(field.name) and field.encode_name not in secret:
            yield fault(
                f"the setting {field.name} looks like a secret and would be shown; declare it "
                "plugins.Secret, or give it another name"
            )

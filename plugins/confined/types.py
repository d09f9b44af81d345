"""Types of a plugin (its settings, its records) written down as data, and made again from it.

The process that asks never imports a partner's module, and yet draws forms from these types and
decodes records by them. Made again is what a form or a stored record can hold: numbers, words,
days, choices, lists and structs of those, with their constraints and defaults. A pattern stays
behind: it would be run here, and can be made to run for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import msgspec
from msgspec import inspect as seen

_PLAIN: tuple[tuple[str, type, Any], ...] = (
    ("any", seen.AnyType, Any),
    ("none", seen.NoneType, None),
    ("flag", seen.BoolType, bool),
    ("int", seen.IntType, int),
    ("float", seen.FloatType, float),
    ("text", seen.StrType, str),
    ("bytes", seen.BytesType, bytes),
    ("datetime", seen.DateTimeType, datetime),
    ("time", seen.TimeType, time),
    ("date", seen.DateType, date),
    ("timedelta", seen.TimeDeltaType, timedelta),
    ("uuid", seen.UUIDType, UUID),
    ("decimal", seen.DecimalType, Decimal),
)
_OF: dict[str, Any] = {word: kind for word, _, kind in _PLAIN}
_SEQUENCES: tuple[tuple[str, Any, Any], ...] = (
    ("list", seen.ListType, list),
    ("set", seen.SetType, set),
    ("frozenset", seen.FrozenSetType, frozenset),
)
_CONSTRAINTS = (
    "gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "tz",
)  # fmt: skip
_WORDS = ("extra_json_schema", "extra")


class UnsupportedTypeError(Exception):
    """A type that cannot be written down; the text names its kind."""


def described(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """``kind`` as data that JSON can hold; ``UnsupportedTypeError`` where it cannot."""
    try:
        return _described(seen.type_info(kind), ())
    except (TypeError, ValueError, msgspec.MsgspecError):
        raise UnsupportedTypeError("a type that JSON does not know") from None


def made(told: dict[str, Any]) -> type[msgspec.Struct]:
    """The type that ``told`` describes; ``ValueError`` when it describes none."""
    try:
        kind = _made(told)
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError, msgspec.MsgspecError):
        raise ValueError("no type") from None
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise ValueError("no type")
    return kind


def _described(info: Any, above: tuple[type, ...]) -> dict[str, Any]:
    if isinstance(info, seen.Metadata):
        return {**_described(info.type, above), **_words(info)}
    for word, one, _ in _PLAIN:
        if isinstance(info, one):
            return {"kind": word, **_constraints(info)}
    for word, one, _ in _SEQUENCES:
        if isinstance(info, one):
            return {"kind": word, "of": _described(info.item_type, above), **_constraints(info)}
    if isinstance(info, seen.VarTupleType):
        return {"kind": "row", "of": _described(info.item_type, above), **_constraints(info)}
    if isinstance(info, seen.TupleType):
        return {"kind": "tuple", "each": [_described(one, above) for one in info.item_types]}
    if isinstance(info, seen.DictType):
        return {
            "kind": "map",
            "key": _described(info.key_type, above),
            "of": _described(info.value_type, above),
            **_constraints(info),
        }
    if isinstance(info, seen.UnionType):
        return {"kind": "union", "each": [_described(one, above) for one in info.types]}
    if isinstance(info, seen.LiteralType):
        return {"kind": "literal", "values": list(info.values)}
    if isinstance(info, seen.EnumType):
        members = {one.name: one.value for one in info.cls}
        return {"kind": "enum", "name": info.cls.__qualname__, "module": info.cls.__module__,
                "doc": _doc(info.cls), "members": members}  # fmt: skip
    if isinstance(info, seen.StructType):
        return _struct(info, above)
    raise UnsupportedTypeError(type(info).__name__)


def _struct(info: seen.StructType, above: tuple[type, ...]) -> dict[str, Any]:
    kind = info.cls
    if kind in above:
        raise UnsupportedTypeError("a struct inside itself")
    fields = []
    for field in info.fields:
        one = {
            "name": field.name,
            "encode_name": field.encode_name,
            "type": _described(field.type, (*above, kind)),
        }
        if not field.required:
            one["default"] = _default(field)
        fields.append(one)
    return {
        "kind": "struct",
        "name": kind.__qualname__,
        "module": kind.__module__,
        "doc": _doc(kind),
        "forbid_unknown_fields": info.forbid_unknown_fields,
        "array_like": info.array_like,
        "tag": info.tag,
        "tag_field": info.tag_field,
        "fields": fields,
    }


def _doc(kind: type) -> str:
    return (kind.__dict__.get("__doc__") or "")[:2000]


def _default(field: Any) -> Any:
    given = field.default
    if given is msgspec.NODEFAULT:
        given = field.default_factory()
    return msgspec.to_builtins(given)


def _constraints(info: Any) -> dict[str, Any]:
    given = {name: getattr(info, name, None) for name in _CONSTRAINTS}
    return {name: value for name, value in given.items() if value is not None}


def _words(info: seen.Metadata) -> dict[str, Any]:
    given = {name: getattr(info, name) for name in _WORDS}
    return {name: value for name, value in given.items() if value is not None}


def _made(told: dict[str, Any]) -> Any:
    word = told["kind"]
    found: Any
    if word in _OF:
        found = _OF[word]
    elif word == "row":
        found = tuple[_made(told["of"]), ...]  # type: ignore[misc]
    elif word == "tuple":
        found = tuple.__class_getitem__(tuple(_made(one) for one in told["each"]))
    elif word == "map":
        found = dict[_made(told["key"]), _made(told["of"])]  # type: ignore[misc]
    elif word == "union":
        found = Union.__getitem__(tuple(_made(one) for one in told["each"]))
    elif word == "literal":
        found = Literal.__getitem__(tuple(told["values"]))
    elif word == "enum":
        found = _made_enum(told)
    elif word == "struct":
        found = _made_struct(told)
    else:
        kinds = {name: kind for name, _, kind in _SEQUENCES}
        found = kinds[word][_made(told["of"])]
    meta = {name: told[name] for name in (*_CONSTRAINTS, *_WORDS) if name in told}
    return Annotated[found, msgspec.Meta(**meta)] if meta else found


def _made_enum(told: dict[str, Any]) -> Any:
    members = told["members"]
    for name in members:
        _plain_name(name)
    values = list(members.values())
    base: Any = StrEnum if all(isinstance(one, str) for one in values) else Enum
    if all(isinstance(one, int) for one in values):
        base = IntEnum
    found = base(told["name"], members, module=told["module"], qualname=told["name"])
    found.__doc__ = told["doc"]
    return found


def _made_struct(told: dict[str, Any]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for one in told["fields"]:
        _plain_name(one["name"])
        kind = _made(one["type"])
        if "default" in one:
            fields.append((one["name"], kind, _default_made(one["default"], kind)))
        else:
            fields.append((one["name"], kind))
    renamed = {one["name"]: one["encode_name"] for one in told["fields"]}
    return msgspec.defstruct(
        told["name"].rpartition(".")[2],
        fields,
        module=told["module"],
        namespace={"__doc__": told["doc"], "__qualname__": told["name"]},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=bool(told["forbid_unknown_fields"]),
        array_like=bool(told["array_like"]),
        tag=told["tag"],
        tag_field=told["tag_field"],
        rename=renamed,
    )


def _plain_name(name: str) -> None:
    """A name with a meaning of its own to Python would change what the type does."""
    if not name.isidentifier() or name.startswith("_"):
        raise ValueError("no name of a field")


def _default_made(given: Any, kind: Any) -> Any:
    value = msgspec.convert(given, kind)
    if isinstance(value, (list, dict, set)) and value:
        factory: Callable[[], Any] = lambda: msgspec.convert(given, kind)  # noqa: E731
        return msgspec.field(default_factory=factory)
    return value

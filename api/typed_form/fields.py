"""What can be asked of somebody: the fields of a form, found in a JSON schema.

A partner's plugin runs in a process of its own and hands its types across as JSON schema; a type at
hand becomes the same schema (``schema_of``), so there is one way to a form. A schema is a partner's
word: it is read within limits, and what a form has no field for is asked as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec

from core.errors import InputError

FIELDS_MAX = 400
"""Fields of one type, those of its groups included; no form a person fills in has more."""

DEPTH_MAX = 6
"""Groups and lists within each other; what lies deeper is asked as JSON."""

OPTIONS_MAX = 200
LABEL_CHARACTERS_MAX = 80
HELP_CHARACTERS_MAX = 400
PROSE_CHARACTERS_MAX = 4_000

Schema = Mapping[str, Any]


class Kind(StrEnum):
    """How a field is asked."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    DECIMAL = "decimal"
    MONEY = "money"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    TICKS = "ticks"
    """Any of some choices."""
    LINES = "lines"
    """A list of simple values, one a line."""
    GROUP = "group"
    ROWS = "rows"
    """A list of groups."""
    JSON = "json"
    """What has no field of its own."""
    SECRET = "secret"  # noqa: S105
    """Entered, replaced or taken away; never shown, and never part of the value."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A choice: its value, the ``code`` it is sent under, and its words."""

    value: Any
    code: str
    words: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field.

    ``key`` is its key in the JSON object and ``name`` the same as a form can send it. ``required``:
    the key must be there; ``optional``: null is a value. ``default`` is what a missing key means,
    UNSET where the schema does not say. ``least`` and ``most`` are inclusive but where
    ``above_least`` says otherwise; they, ``step`` and the lengths are None where anything goes.
    ``item`` is what a list holds, ``fields`` what a group holds.
    """

    key: str
    name: str
    label: str
    kind: Kind
    help: str = ""
    required: bool = False
    optional: bool = False
    default: Any = msgspec.UNSET
    least: Any = None
    most: Any = None
    above_least: bool = False
    below_most: bool = False
    step: Any = None
    length_min: int | None = None
    length_max: int | None = None
    options: tuple[Option, ...] = ()
    item: Field | None = None
    fields: tuple[Field, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All fields of a type, and what it says of itself."""

    fields: tuple[Field, ...]
    help: str = ""


def schema_of(kind: type[msgspec.Struct]) -> Schema:
    """The JSON schema of a type at hand, in which its secrets are marked as the standard does."""
    try:
        schema = msgspec.json.schema(kind)
        infos = list(_structs(msgspec.inspect.type_info(kind)))
    except (TypeError, KeyError):
        raise InputError("this type has a value that JSON has no word for") from None
    top, _ = _Reader(schema).top()
    for info in infos:
        for field in info.fields:
            if not _is_marked_secret(field.type):
                continue
            if info.cls is not kind:
                raise InputError(_BELOW_THE_TOP)
            top["properties"][field.encode_name]["writeOnly"] = True
    _put_in_order(schema, [order for info in infos for order in _orders(info.cls)])
    return schema


def sheet(schema: Schema, *, secrets: bool = False) -> Sheet:
    """The fields of an object's schema; ``InputError`` when it is none, or beyond any form.

    ``secrets``: whether its fields may be secrets, which are kept apart from the value. A secret
    within a group or a list, or where there may be none, is refused: it would be shown.
    """
    reader = _Reader(schema)
    top, name = reader.top()
    if not _is_object(top):
        raise InputError("this type is no group of named fields; no form can be drawn of it")
    own = [one for one in top["properties"].values() if isinstance(one, dict)]
    marked = sum(_is_secret(one) for one in own)
    if _marks(schema) > marked:
        raise InputError(_BELOW_THE_TOP)
    if marked and not secrets:
        raise InputError("a record has no secrets; they belong to the settings")
    fields = tuple(reader.fields(top, depth=0, above=(name,)))
    return Sheet(fields=fields, help=_prose(_described(top), fields))


_BELOW_THE_TOP = "a secret stands among the settings themselves, not within a group or a list"


def _is_secret(schema: Schema) -> bool:
    return any(one.get("writeOnly") is True for one in (schema, _without_null(schema)[0]))


def _marks(schema: Any) -> int:
    """How often anything in the schema is marked as a secret."""
    return sum(one.get("writeOnly") is True for one in _nodes(schema))


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _orders(kind: type[msgspec.Struct]) -> Iterator[tuple[Any, ...]]:
    """The choices of a struct's fields as their author wrote them; a schema has them sorted."""
    try:
        waiting = list(get_type_hints(kind, include_extras=True).values())
    except (NameError, TypeError):
        return
    while waiting:
        one = waiting.pop()
        if get_origin(one) is Literal:
            yield get_args(one)
        elif isinstance(one, type) and issubclass(one, Enum):
            yield tuple(each.value for each in one)
        else:
            waiting += get_args(one)


def _put_in_order(schema: Any, orders: Sequence[tuple[Any, ...]]) -> None:
    known = {frozenset(map(repr, order)): list(order) for order in orders}
    for one in _nodes(schema):
        values = one.get("enum")
        if isinstance(values, list):
            one["enum"] = known.get(frozenset(map(repr, values)), values)


def label_of(key: str) -> str:
    """``audio_minutes`` -> ``Audio minutes``."""
    words = re.sub(r"[_\-\s]+", " ", key).strip() or key
    return (words[:1].upper() + words[1:])[:LABEL_CHARACTERS_MAX]


def _structs(info: Any) -> Iterator[msgspec.inspect.StructType]:
    """Every struct a type is made of, itself included."""
    waiting, seen = [info], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, msgspec.inspect.StructType):
            if one.cls in seen:
                continue
            seen.add(one.cls)
            yield one
            waiting += [field.type for field in one.fields]
        waiting += [getattr(one, name) for name in ("type", "item_type") if hasattr(one, name)]
        for name in ("types", "item_types"):
            waiting += getattr(one, name, ())


def _is_marked_secret(info: Any) -> bool:
    if isinstance(info, msgspec.inspect.UnionType):
        return any(map(_is_marked_secret, info.types))
    return isinstance(info, msgspec.inspect.Metadata) and bool((info.extra or {}).get("secret"))


def _dictionary(given: Any, key: str) -> dict[str, Any]:
    found = given.get(key) if isinstance(given, dict) else None
    return found if isinstance(found, dict) else {}


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" and isinstance(schema.get("properties"), dict)


class _Reader:
    """Reads one schema; counts what it has found."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._definitions = _dictionary(schema, "$defs")
        self._count = 0

    def top(self) -> tuple[dict[str, Any], str]:
        """The object the whole schema is about, and the name it has there."""
        reference = self._schema.get("$ref")
        if not isinstance(reference, str):
            return dict(self._schema), ""
        name = reference.removeprefix("#/$defs/")
        return _dictionary(self._definitions, name), name

    def resolved(self, schema: Schema) -> tuple[Schema, str]:
        """The schema a reference leads to, its own words kept, and the name it has there."""
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema, ""
        name = reference.removeprefix("#/$defs/")
        own = {key: value for key, value in schema.items() if key not in ("$ref", "$defs")}
        found = _dictionary(self._definitions, name)
        # The title of a definition is the name of its type, which says nothing to a reader.
        return {**{k: v for k, v in found.items() if k != "title"}, **own}, name

    def fields(self, schema: Schema, *, depth: int, above: tuple[str, ...]) -> Iterator[Field]:
        """The fields of an object, in its order. ``above`` are the types it lies within."""
        required = schema.get("required")
        asked = set(required) if isinstance(required, list) else set()
        about = _described(schema)
        for key, one in schema["properties"].items():
            self._count += 1
            if self._count > FIELDS_MAX:
                raise InputError(f"this type has more than {FIELDS_MAX} fields; no form is so long")
            yield self.field(
                key,
                one if isinstance(one, dict) else {},
                required=key in asked,
                help=_said_of(key, about),
                depth=depth,
                above=above,
            )

    def field(
        self,
        key: str,
        schema: Schema,
        *,
        required: bool,
        help: str,
        depth: int,
        above: tuple[str, ...],
    ) -> Field:
        """One field of an object."""
        inner, optional = _without_null(schema)
        inner, name = self.resolved(inner)
        words = {**inner, **{k: schema[k] for k in ("title", "description") if k in schema}}
        title = words.get("title")
        own_help = "" if _is_object(inner) and "description" not in schema else _described(words)
        asked = _Asked(key=key, schema=inner, name=name, depth=depth, above=above)
        how = {"kind": Kind.SECRET} if _is_secret(schema) else self.asked(asked)
        return Field(
            key=key,
            name=quote(key, safe="").replace(".", "%2E"),
            label=str(title)[:LABEL_CHARACTERS_MAX] if title else label_of(_unit_aside(key, how)),
            **{"help": own_help or help, **how},
            required=required,
            optional=optional or _has_null(inner.get("enum")),
            default=schema.get("default", msgspec.UNSET),
        )

    def asked(self, asked: _Asked) -> dict[str, Any]:
        """How a value of this schema is asked: its kind and the limits of it."""
        schema = asked.schema
        if "enum" in schema or "const" in schema:
            return _choice(schema)
        kind = schema.get("type")
        if kind == "boolean":
            return {"kind": Kind.FLAG}
        if kind in ("integer", "number"):
            return _number(asked.key, schema)
        if kind == "string" and "contentEncoding" not in schema:
            return _text(schema)
        if _is_object(schema):
            return self._group(asked)
        if kind == "array" and isinstance(schema.get("items"), dict) and asked.depth < DEPTH_MAX:
            return self._list(asked)
        return {"kind": Kind.JSON}

    def _group(self, asked: _Asked) -> dict[str, Any]:
        if asked.name in asked.above or asked.depth >= DEPTH_MAX:
            return {"kind": Kind.JSON}
        below = (*asked.above, asked.name) if asked.name else asked.above
        fields = tuple(self.fields(asked.schema, depth=asked.depth + 1, above=below))
        return {
            "kind": Kind.GROUP,
            "fields": fields,
            "help": _prose(_described(asked.schema), fields),
        }

    def _list(self, asked: _Asked) -> dict[str, Any]:
        lengths = {
            "length_min": _count(asked.schema.get("minItems")),
            "length_max": _count(asked.schema.get("maxItems")),
        }
        item = self.field(
            asked.key,
            asked.schema["items"],
            required=True,
            help="",
            depth=asked.depth + 1,
            above=asked.above,
        )
        if item.optional or asked.schema.get("uniqueItems"):
            return {"kind": Kind.JSON}
        if item.kind is Kind.GROUP:
            return {"kind": Kind.ROWS, "item": item, **lengths}
        if item.kind is Kind.CHOICE:
            return {"kind": Kind.TICKS, "item": item, "options": item.options, **lengths}
        if item.kind in (Kind.TEXT, Kind.WHOLE, Kind.NUMBER, Kind.DECIMAL, Kind.MONEY, Kind.DAY):
            return {"kind": Kind.LINES, "item": item, **lengths}
        return {"kind": Kind.JSON}


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    schema: Schema
    name: str
    depth: int
    above: tuple[str, ...]


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    """``anyOf`` of one schema and null as that schema, and whether null was there."""
    several = schema.get("anyOf")
    if not isinstance(several, list):
        return schema, False
    others = [one for one in several if isinstance(one, dict) and one.get("type") != "null"]
    if len(others) == 1 and len(several) == 2:
        return others[0], True
    return {}, False


def _has_null(values: Any) -> bool:
    return isinstance(values, list) and None in values


def _choice(schema: Schema) -> dict[str, Any]:
    values = [schema["const"]] if "const" in schema else schema["enum"]
    if not isinstance(values, list) or len(values) > OPTIONS_MAX:
        return {"kind": Kind.JSON}
    options = tuple(
        Option(value=value, code=_code(value), words=_option_words(value))
        for value in values
        if value is not None
    )
    codes = {one.code for one in options}
    simple = all(type(one.value) in (str, int) for one in options)
    # Nothing chosen is sent as nothing: a choice of that code could not be told from it.
    if not options or not simple or len(codes) < len(options) or ("" in codes and None in values):
        return {"kind": Kind.JSON}
    return {"kind": Kind.CHOICE, "options": options}


def _code(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _option_words(value: Any) -> str:
    words = str(value).replace("_", " ").strip()
    return words[:LABEL_CHARACTERS_MAX] or "not given"


def _number(key: str, schema: Schema) -> dict[str, Any]:
    whole = schema["type"] == "integer"
    least, above = _limit(schema, "minimum", "exclusiveMinimum")
    most, below = _limit(schema, "maximum", "exclusiveMaximum")
    step: Any = schema.get("multipleOf")
    if whole:
        least, above = (least + 1 if above else least), False
        most, below = (most - 1 if below else most), False
    kind = Kind.NUMBER
    if whole:
        kind = Kind.MONEY if key.endswith("_cents") else Kind.WHOLE
    return {
        "kind": kind,
        "least": least,
        "most": most,
        "above_least": above,
        "below_most": below,
        "step": step if _is_number(step) and step > 0 else None,
    }


def _limit(schema: Schema, inclusive: str, exclusive: str) -> tuple[Any, bool]:
    given, beyond = schema.get(inclusive), schema.get(exclusive)
    if _is_number(beyond):
        return beyond, True
    return (given if _is_number(given) else None), False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(schema: Schema) -> dict[str, Any]:
    form = schema.get("format")
    if form in ("date", "decimal"):
        return {"kind": Kind.DAY if form == "date" else Kind.DECIMAL}
    return {
        "kind": Kind.TEXT,
        "length_min": _count(schema.get("minLength")),
        "length_max": _count(schema.get("maxLength")),
    }


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None


def _unit_aside(key: str, how: Mapping[str, Any]) -> str:
    return key.removesuffix("_cents") if how.get("kind") is Kind.MONEY else key


def _described(schema: Schema) -> str:
    found = schema.get("description")
    return " ".join(found[:PROSE_CHARACTERS_MAX].split()) if isinstance(found, str) else ""


_OF_A_FIELD = r"``{key}``:\s+([^.]{{1,300}}?)\s*(?:\.(?=\s|\Z)|\Z)"


def _said_of(key: str, about: str) -> str:
    """What a docstring says of one field: ````audio_minutes``: the time documented.````"""
    found = re.search(_OF_A_FIELD.format(key=re.escape(key)), about)
    return _capital(found[1])[:HELP_CHARACTERS_MAX] if found else ""


def _prose(about: str, fields: tuple[Field, ...]) -> str:
    """What a docstring says of the whole: without what stands at the fields already."""
    for field in fields:
        about = re.sub(_OF_A_FIELD.format(key=re.escape(field.key)), "", about)
    for field in fields:
        about = about.replace(f"``{field.key}``", field.label.lower())
    return _capital(" ".join(about.replace("``", "").split()))[:HELP_CHARACTERS_MAX]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

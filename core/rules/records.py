"""Typed records of a specialty: stored by the core as sealed JSON, read by the plugin as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

import msgspec

from core.claims.claim import SpecialtyRecord
from core.confidentiality import Sensitivity
from core.errors import InputError
from core.rules.rule import Rule

T = TypeVar("T")


class RecordType(Rule, frozen=True, kw_only=True):
    """A kind of record a plugin may attach to an encounter or a line.

    ``id`` is the kind (``telehealth.visit``), beginning with the plugin's name. ``type`` is a
    msgspec Struct; ``schema_version`` counts its shapes and ``upgrade`` turns the JSON object of an
    earlier version into the present one. ``sensitivity`` says of a value whether it makes the whole
    visit one of a substance use disorder program; without it no value does.

    ``context`` is the key of a scrub document's context where such a record is stated; empty: its
    fields stand in the context itself, under their own names. None: documents do not state it.
    """

    type: type[msgspec.Struct]
    schema_version: int = 1
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None
    sensitivity: Callable[[Any], Sensitivity] | None = None
    context: str | None = None


_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}


def seal(record_type: RecordType, value: msgspec.Struct) -> SpecialtyRecord:
    """``value`` as a record of ``record_type``, ready to store."""
    label = Sensitivity.NONE if record_type.sensitivity is None else record_type.sensitivity(value)
    return SpecialtyRecord(
        kind=record_type.id,
        version=record_type.schema_version,
        body=msgspec.json.encode(value),
        sensitivity=label,
    )


def read(records: Iterable[SpecialtyRecord], kind: str, of: type[T]) -> T | None:
    """The first record of ``kind``, or None; ``InputError`` when it has another shape."""
    for record in records:
        if record.kind == kind:
            try:
                decoder = _DECODERS.get(of) or _DECODERS.setdefault(of, msgspec.json.Decoder(of))
                value: T = decoder.decode(record.body)
            except msgspec.MsgspecError:
                raise InputError(f"a record of kind {kind} does not have its shape") from None
            return value
    return None


def upgraded(record_type: RecordType, record: SpecialtyRecord) -> SpecialtyRecord:
    """``record`` in the present shape; ``InputError`` when the plugin cannot read its version."""
    if record.version == record_type.schema_version:
        return record
    if record_type.upgrade is None or record.version > record_type.schema_version:
        raise InputError(f"no way to read version {record.version} of record {record_type.id}")
    body = record_type.upgrade(record.version, msgspec.json.decode(record.body))
    return seal(record_type, msgspec.convert(body, record_type.type))


def stated(record_type: RecordType, context: Mapping[str, Any]) -> SpecialtyRecord | None:
    """The record a scrub document's ``context`` states; None when it states none.

    Keys the type does not know are ignored, and null is the same as absent. ``InputError`` names
    the place that has another shape.
    """
    if record_type.context is None:
        return None
    found = context.get(record_type.context) if record_type.context else context
    place = ".".join(filter(None, ("context", record_type.context)))
    if found is None:
        return None
    known = _known(found, record_type.type)
    if not record_type.context and not known:
        return None
    try:
        value = msgspec.convert(known, record_type.type)
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$")[2].rstrip("`")
        raise InputError(f"{place}{where} does not have the shape of its fact") from None
    return seal(record_type, value)


def _known(value: Any, of: Any) -> Any:
    """``value`` without the keys that the struct ``of`` does not have, and without nulls."""
    if not isinstance(value, Mapping):
        return value
    struct = next((one for one in (of, *get_args(of)) if _is_struct(one)), None)
    if struct is None:
        return value
    types = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    return {
        key: _known(given, types[key])
        for key, given in value.items()
        if key in types and given is not None
    }


def _is_struct(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, msgspec.Struct)

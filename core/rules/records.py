"""Typed records of a specialty: stored by the core as sealed JSON, read by the plugin as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

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

    ``context`` names the object of a scrub document's ``context`` that is such a record, field by
    field; empty: ``context`` itself has its fields. None: no document states one.
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

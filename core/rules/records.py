"""Typed records of a specialty: stored by the core as sealed JSON, read by the plugin as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from core.claims.claim import Claim, SpecialtyRecord
from core.confidentiality import Sensitivity
from core.errors import InputError
from core.intake.encounter import Encounter
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
    found = seal(record_type, msgspec.convert(body, record_type.type))
    # A label once given is not lost by another shape.
    label = found.sensitivity if record.sensitivity is Sensitivity.NONE else record.sensitivity
    return replace(found, sensitivity=label, id=record.id)


class Standing(StrEnum):
    """How a stored record stands to the plugins a practice runs now."""

    PRESENT = "present"
    UPGRADED = "upgraded"
    """Stored in an earlier shape, and read through the plugin's upgrade."""
    NO_PLUGIN = "no_plugin"
    """Kept sealed; the plugin it belongs to is not enabled."""
    NEWER = "newer"
    """Kept sealed; a newer version of the plugin wrote it."""
    BROKEN = "broken"
    """Kept sealed; the plugin cannot read it, or fails at it."""

    @property
    def is_readable(self) -> bool:
        """Whether there is a value to show."""
        return self in (Standing.PRESENT, Standing.UPGRADED)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it is read today; ``shaped`` is its present shape, None where it is not read."""

    record: SpecialtyRecord
    standing: Standing
    record_type: RecordType | None = None
    shaped: SpecialtyRecord | None = None


def reading_of(record: SpecialtyRecord, types: Mapping[str, RecordType]) -> Reading:
    """``record`` by the types of a rule book. Never raises: whatever a plugin does, it is kept."""
    record_type = types.get(record.kind)
    if record_type is None:
        return Reading(record=record, standing=Standing.NO_PLUGIN)
    if record.version > record_type.schema_version:
        return Reading(record=record, standing=Standing.NEWER, record_type=record_type)
    try:
        shaped = upgraded(record_type, record)
        msgspec.json.decode(shaped.body, type=record_type.type)
    except (Exception, SystemExit):  # an upgrade is a partner's code, and its words could name one
        return Reading(record=record, standing=Standing.BROKEN, record_type=record_type)
    standing = Standing.PRESENT if shaped is record else Standing.UPGRADED
    return Reading(record=record, standing=standing, record_type=record_type, shaped=shaped)


def readable(claim: Claim, types: Mapping[str, RecordType]) -> tuple[Claim, tuple[str, ...]]:
    """``claim`` as rules are given it: every record in its present shape, without those that their
    plugin cannot read; and the kinds of those. What is stored stays as it is.
    """
    if not types or not _any_other_shape(claim, types):
        return claim, ()
    left_out: list[str] = []
    lines = tuple(
        replace(line, records=_shaped(line.records, types, left_out)) for line in claim.lines
    )
    shaped = replace(claim, records=_shaped(claim.records, types, left_out), lines=lines)
    return shaped, tuple(sorted(set(left_out)))


def readable_visit(visit: Encounter, types: Mapping[str, RecordType]) -> Encounter:
    """The same for a visit that is being coded; what cannot be read stays with it."""
    if not types or not _any_other_shape(visit, types):
        return visit
    charges = tuple(
        replace(charge, records=_shaped(charge.records, types, None)) for charge in visit.charges
    )
    return replace(visit, records=_shaped(visit.records, types, None), charges=charges)


def _any_other_shape(whole: Claim | Encounter, types: Mapping[str, RecordType]) -> bool:
    parts = whole.lines if isinstance(whole, Claim) else whole.charges
    for part in (whole, *parts):
        for record in part.records:
            found = types.get(record.kind)
            if found is not None and found.schema_version != record.version:
                return True
    return False


def _shaped(
    records: tuple[SpecialtyRecord, ...],
    types: Mapping[str, RecordType],
    left_out: list[str] | None,
) -> tuple[SpecialtyRecord, ...]:
    found = []
    for record in records:
        record_type = types.get(record.kind)
        if record_type is None or record_type.schema_version == record.version:
            found.append(record)
            continue
        reading = reading_of(record, types)
        if reading.shaped is not None:
            found.append(reading.shaped)
        elif left_out is None:
            found.append(record)
        else:
            left_out.append(record.kind)
    return tuple(found)

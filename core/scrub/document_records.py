"""The records of specialties that a scrub document states in its ``context`` (v1, s. 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from core.claims.claim import SpecialtyRecord
from core.errors import InputError
from core.rules.records import RecordType, seal
from core.scrub.document_parts import Part

_PLACE = re.compile(r"at `\$(\S*)`")


def read_records(context: Part, types: Iterable[RecordType]) -> tuple[SpecialtyRecord, ...]:
    """A record of each type of which ``context`` states anything; see ``RecordType.context``.

    Names the type does not know are ignored, null is absent. ``InputError`` names the place that
    does not fit.
    """
    found = (_record(context, one) for one in types if one.context is not None)
    return tuple(record for record in found if record is not None)


def _record(context: Part, record_type: RecordType) -> SpecialtyRecord | None:
    part = context.part(record_type.context) if record_type.context else context
    if part is None:
        return None
    known = _names(record_type.type)
    stated = {name: _stated(value) for name, value in part.each() if name in known}
    if not stated:
        return None
    try:
        value = msgspec.convert(stated, record_type.type)
    except msgspec.ValidationError as error:
        # The decoder's own sentence may quote what stands there.
        place = _PLACE.search(str(error))
        raise InputError(
            f"{part.place}{place[1] if place else ''} must be as {record_type.id} has it"
        ) from None
    return seal(record_type, value)


@cache
def _names(struct: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(struct))


def _stated(value: Any) -> Any:
    """``value`` without what is null in it."""
    if isinstance(value, Mapping):
        return {name: _stated(below) for name, below in value.items() if below is not None}
    if isinstance(value, list):
        return [_stated(one) for one in value]
    return value

"""Audit events as rows of ``audit_event`` and back; the columns, not the SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from audit.event import Actor, ActorKind, Event, Objects, ObjectType, Purpose, encode_line
from core.errors import AuditLogError


class StoredLine(msgspec.Struct, frozen=True, kw_only=True):
    """An event as stored: the line it hashes as (None when its columns make no event), and the
    place and leaf hash the tree has for it, if any."""

    event_id: str | None
    line: bytes | None
    index: int | None = None
    leaf: bytes | None = None


def event_row(event: Event) -> dict[str, object]:
    """The columns of an event, by name."""
    return {
        "tenant_id": event.tenant_id,
        "id": event.id,
        "at": event.at,
        "actor_kind": event.actor.kind.value,
        "actor_id": event.actor.id,
        "kind": event.kind,
        "object_groups": _groups_text(event.objects),
        "object_ids": _ids_text(event.objects),
        "counts": _json_text(dict(event.counts)),
        "digests": _json_text({name: digest.hex() for name, digest in event.digests}),
        "purpose": event.purpose.value,
        "request_id": event.request_id,
    }


def _json_text(value: Mapping[str, int] | Mapping[str, str]) -> str:
    return msgspec.json.encode(value).decode() if value else "{}"


def _groups_text(objects: tuple[Objects, ...]) -> str:
    """The types of an event's objects with how many there are of each: ``claim:3,file:1``."""
    return ",".join(f"{group.type.value}:{len(group.ids)}" for group in objects)


def _ids_text(objects: tuple[Objects, ...]) -> str:
    """All object ids as one array literal, in the order of the groups."""
    return "{" + ",".join([id_.hex for group in objects for id_ in group.ids]) + "}"


# How a statement that reads events names their columns for ``event_of``; JSON as text, which is
# decoded here at a fifth of the driver's cost.
EVENT_COLUMNS = (
    "event.id, event.tenant_id, event.at, event.actor_kind, event.actor_id, event.kind,"
    " event.object_groups, event.object_ids, event.counts::text AS counts,"
    " event.digests::text AS digests, event.purpose, event.request_id"
)

# The same for ``stored_line``, which takes them in this order: as the words that stand in a line.
# To make values of them first, and words again, was half of what the sequencer did here. (A colon
# before a letter would be a parameter to SQLAlchemy.)
LINE_COLUMNS = (
    "event.id::text, event.tenant_id::text,"
    " to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\\:MI\\:SS.US\"Z\"'),"
    " event.actor_kind, event.actor_id::text, event.kind, event.object_groups,"
    " event.object_ids::text, event.counts::text, event.digests::text, event.purpose,"
    " event.request_id::text"
)

_COUNTS = msgspec.json.Decoder(dict[str, int])
_DIGESTS = msgspec.json.Decoder(dict[str, str])
_NONE: dict[str, Any] = {}
_Id = TypeVar("_Id", UUID, str)


def _groups(object_groups: str, object_ids: Sequence[_Id]) -> list[tuple[str, Sequence[_Id]]]:
    """The objects of a row as (type, ids); ``ValueError`` when the columns do not fit together."""
    name, _, count = object_groups.partition(":")
    if count.isdecimal() and int(count) == len(object_ids):
        return [(name, object_ids)]  # nearly every event
    groups: list[tuple[str, Sequence[_Id]]] = []
    at = 0
    for part in object_groups.split(",") if object_groups else ():
        name, _, count = part.partition(":")
        groups.append((name, object_ids[at : at + int(count)]))
        at += int(count)
    if at != len(object_ids):
        raise ValueError("object groups and ids differ")
    return groups


def stored_line(row: Any) -> StoredLine:
    """A row of an event joined with its leaf: place and hash of the leaf, then ``LINE_COLUMNS``.

    Every event passes here three times on its way (signed, checked, verified), so the row is
    taken by position.
    """
    index, leaf, id_, tenant_id, at, actor_kind, actor_id, kind, groups, ids, *rest = row
    counts, digests, purpose, request_id = rest
    line = None
    try:
        if id_ is not None:
            line = encode_line(
                id=id_,
                tenant_id=tenant_id,
                at=at,
                actor=(actor_kind, actor_id),
                kind=kind,
                objects=_groups(groups, ids[1:-1].split(",") if ids != "{}" else ()),
                counts=_NONE if counts == "{}" else _COUNTS.decode(counts),
                digests=_NONE if digests == "{}" else _DIGESTS.decode(digests),
                purpose=purpose,
                request_id=request_id,
            )
    except (ValueError, TypeError, AttributeError):
        line = None
    return StoredLine(event_id=id_, line=line, index=index, leaf=leaf)


def event_of(row: Any) -> Event:
    """The event of a row; ``AuditLogError`` when its columns make none."""
    try:
        digests = _DIGESTS.decode(row.digests)
        return Event(
            id=row.id,
            tenant_id=row.tenant_id,
            at=row.at.astimezone(UTC),
            actor=Actor(kind=ActorKind(row.actor_kind), id=row.actor_id),
            kind=row.kind,
            objects=tuple(
                Objects(type=ObjectType(name), ids=tuple(ids))
                for name, ids in _groups(row.object_groups, row.object_ids)
            ),
            counts=tuple(sorted(_COUNTS.decode(row.counts).items())),
            digests=tuple(sorted((n, bytes.fromhex(d)) for n, d in digests.items())),
            purpose=Purpose(row.purpose),
            request_id=row.request_id,
        )
    except ValueError:
        raise AuditLogError("an audit event is stored in a form that is not ours") from None

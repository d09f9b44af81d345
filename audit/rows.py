"""Audit events as rows of ``audit_event`` and back; the columns, not the SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec

from audit.event import Actor, ActorKind, Event, Objects, ObjectType, Purpose, encode_line
from core.errors import AuditLogError


class StoredLine(msgspec.Struct, frozen=True, kw_only=True):
    """An event as stored: the line it hashes as (None when its columns make no event), and the
    place and leaf hash the tree has for it, if any."""

    event_id: UUID | None
    line: bytes | None
    index: int | None = None
    leaf: bytes | None = None


def json_text(value: Mapping[str, int] | Mapping[str, str]) -> str:
    """Counts or digests as JSON."""
    return msgspec.json.encode(value).decode() if value else "{}"


def groups_text(objects: tuple[Objects, ...]) -> str:
    """The types of an event's objects with how many there are of each: ``claim:3,file:1``."""
    return ",".join(f"{group.type.value}:{len(group.ids)}" for group in objects)


def ids_text(objects: tuple[Objects, ...]) -> str:
    """All object ids as one array literal, in the order of the groups."""
    return "{" + ",".join([id_.hex for group in objects for id_ in group.ids]) + "}"


def _groups(row: Any) -> list[tuple[str, list[UUID]]]:
    """The objects of a row as (type, ids); ``ValueError`` when the columns do not fit together."""
    groups: list[tuple[str, list[UUID]]] = []
    at = 0
    for part in row.object_groups.split(",") if row.object_groups else ():
        name, _, count = part.partition(":")
        groups.append((name, row.object_ids[at : at + int(count)]))
        at += int(count)
    if at != len(row.object_ids):
        raise ValueError("object groups and ids differ")
    return groups


def stored_line(row: Any) -> StoredLine:
    """A row of an event joined with its leaf."""
    try:
        line = None if row.id is None else _line(row)
    except (ValueError, TypeError, AttributeError):
        line = None
    return StoredLine(event_id=row.id, line=line, index=row.leaf_index, leaf=row.leaf_hash)


def _line(row: Any) -> bytes:
    return encode_line(
        id=row.id,
        tenant_id=row.tenant_id,
        at=row.at.astimezone(UTC),
        actor=(row.actor_kind, row.actor_id),
        kind=row.kind,
        objects=_groups(row),
        counts=row.counts,
        digests=row.digests,
        purpose=row.purpose,
        request_id=row.request_id,
    )


def event_of(row: Any) -> Event:
    """The event of a row; ``AuditLogError`` when its columns make none."""
    try:
        return Event(
            id=row.id,
            tenant_id=row.tenant_id,
            at=row.at.astimezone(UTC),
            actor=Actor(kind=ActorKind(row.actor_kind), id=row.actor_id),
            kind=row.kind,
            objects=tuple(
                Objects(type=ObjectType(name), ids=tuple(ids)) for name, ids in _groups(row)
            ),
            counts=tuple(sorted(row.counts.items())),
            digests=tuple(sorted((n, bytes.fromhex(d)) for n, d in row.digests.items())),
            purpose=Purpose(row.purpose),
            request_id=row.request_id,
        )
    except ValueError:
        raise AuditLogError("an audit event is stored in a form that is not ours") from None

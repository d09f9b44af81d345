"""What was done, by whom, to what: the audit event and the one line of bytes it hashes to.

An event holds identifiers, whole numbers, digests and words from closed lists. There is no field
that takes text, so no content of a record can enter the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from audit import correlation
from audit.catalogue import KINDS, Category, Kind, ObjectType, catalogue_markdown
from core.errors import AuditLogError

__all__ = [
    "DEPLOYMENT",
    "KINDS",
    "Actor",
    "ActorKind",
    "Category",
    "Event",
    "Kind",
    "ObjectType",
    "Objects",
    "Purpose",
    "catalogue_markdown",
    "encode_line",
    "event_line",
    "machine",
    "plugin_object",
]

DEPLOYMENT = UUID(int=0)
"""The owner of events that belong to no practice: sign-ins, staff, the installation itself."""

_MACHINES = UUID("6f4a9f6e-0d0c-5b57-9a0b-6d2f2d9c4c11")
_PLUGINS = UUID("0b1f5f1d-3a4e-5f0f-8f27-94a1c1a7a9e2")
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,63}\Z", re.ASCII)

_DIGEST_BYTES = 32
_COUNT_MAX = 1 << 63
_UTC_OFFSET = timedelta(0)


class ActorKind(StrEnum):
    """Who acts."""

    PERSON = "person"
    SYSTEM = "system"
    PLUGIN = "plugin"
    CLIENT = "client"
    """A program of a partner or of the practice, with a token of its own."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it: a kind, and the identifier of the account, program or token."""

    kind: ActorKind
    id: UUID


def machine(name: str) -> Actor:
    """The actor for a part of this system, such as ``worker``; the same name, the same id.

    ``name`` is a code: lower-case letters, digits, ``_``, ``-`` and ``.``.
    """
    return Actor(kind=ActorKind.SYSTEM, id=uuid5(_MACHINES, _checked_code(name)))


def plugin_object(name: str) -> UUID:
    """The identifier under which a plugin appears in events, made from its name."""
    return uuid5(_PLUGINS, _checked_code(name))


class Purpose(StrEnum):
    """Why, in the words of 45 CFR 164.506 and 164.512, and two of our own."""

    TREATMENT = "treatment"
    PAYMENT = "payment"
    OPERATIONS = "operations"
    INDIVIDUAL = "individual"
    """The patient, or who acts for them, asked (164.524)."""
    REQUIRED_BY_LAW = "required_by_law"
    SECURITY = "security"
    """Sign-ins, keys, refusals, the log itself."""
    UNSTATED = "unstated"


class Objects(msgspec.Struct, frozen=True, kw_only=True):
    """Objects of one type an event is about, in the order they were worked on."""

    type: ObjectType
    ids: tuple[UUID, ...]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One act.

    ``at`` is in UTC. ``counts`` and ``digests`` hold what the kind declares, by name; a digest is
    32 bytes (SHA-256). One event may cover a whole batch: then ``objects`` lists every member,
    which is cheaper than an event for each and answers "who touched this claim" all the same.
    """

    id: UUID
    tenant_id: UUID
    at: datetime
    actor: Actor
    kind: str
    objects: tuple[Objects, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    digests: tuple[tuple[str, bytes], ...] = ()
    purpose: Purpose = Purpose.UNSTATED
    request_id: UUID | None = None

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None:
            raise AuditLogError("an audit event has a kind that is not in the catalogue")
        if self.at.utcoffset() != _UTC_OFFSET:
            raise AuditLogError(f"the time of a {kind.code} event is not in UTC")
        _check_objects(kind, self.objects)
        _check_counts(kind, self.counts)
        _check_digests(kind, self.digests)

    @property
    def object_count(self) -> int:
        """How many objects the event names."""
        return sum(len(group.ids) for group in self.objects)

    @classmethod
    def of(
        cls,
        kind: str,
        *,
        id: UUID,
        tenant_id: UUID,
        at: datetime,
        actor: Actor,
        about: Mapping[ObjectType, Iterable[UUID]] | None = None,
        counts: Mapping[str, int] | None = None,
        digests: Mapping[str, bytes] | None = None,
        purpose: Purpose = Purpose.UNSTATED,
        request_id: UUID | None = None,
    ) -> Event:
        """An event from mappings, of the work at hand; empty groups of objects are left out."""
        # Without loops and sorting over nothing: nearly every event has one object and no more.
        groups = [
            Objects(type=type_, ids=members)
            for type_, ids in (about.items() if about else ())
            if (members := tuple(ids))
        ]
        return cls(
            id=id,
            tenant_id=tenant_id,
            at=at,
            actor=actor,
            kind=kind,
            objects=tuple(groups),
            counts=tuple(sorted(counts.items())) if counts else (),
            digests=tuple(sorted(digests.items())) if digests else (),
            purpose=purpose,
            request_id=request_id or correlation.number(),
        )


def event_line(event: Event) -> bytes:
    """The bytes an event is hashed as: one JSON object in ASCII, keys in this order, no spaces.

    It is also the line an exported log shows, so a client reads exactly what was hashed. ``v`` is
    the version of the form; a new form gets a new number and leaves old lines as they are.
    """
    return encode_line(
        id=event.id,
        tenant_id=event.tenant_id,
        at=event.at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        actor=(event.actor.kind, event.actor.id),
        kind=event.kind,
        objects=[(group.type, group.ids) for group in event.objects],
        counts=dict(event.counts),
        digests={name: digest.hex() for name, digest in event.digests},
        purpose=event.purpose,
        request_id=event.request_id,
    )


def encode_line(
    *,
    id: UUID | str,
    tenant_id: UUID | str,
    at: str,
    actor: tuple[str, UUID | str],
    kind: str,
    objects: Sequence[tuple[str, Sequence[UUID | str]]],
    counts: Mapping[str, int],
    digests: Mapping[str, str],
    purpose: str,
    request_id: UUID | str | None,
) -> bytes:
    """The line of an event from its parts, whether or not the parts make a valid event.

    What is stored is hashed as it is stored: a row somebody altered must give a line too, so that
    the difference shows. ``at`` is in UTC, with six digits of a second and a Z; an identifier is
    written alike as a value and as the 36 characters by which the database says it.
    """
    return _ENCODER.encode(
        {
            "v": 1,
            "id": id,
            "tenant": tenant_id,
            "at": at,
            "actor": actor,
            "kind": kind,
            "objects": objects,
            "counts": dict(sorted(counts.items())) if len(counts) > 1 else counts,
            "digests": dict(sorted(digests.items())) if len(digests) > 1 else digests,
            "purpose": purpose,
            "request": request_id,
        }
    )


_ENCODER = msgspec.json.Encoder()


def _check_objects(kind: Kind, objects: tuple[Objects, ...]) -> None:
    for group in objects:
        if group.type not in kind.objects or not group.ids:
            raise AuditLogError(f"a {kind.code} event cannot be about objects of that type")


def _check_counts(kind: Kind, counts: tuple[tuple[str, int], ...]) -> None:
    for name, value in counts:
        if name not in kind.counts or type(value) is not int or abs(value) >= _COUNT_MAX:
            raise AuditLogError(f"a {kind.code} event carries a count its kind does not declare")


def _check_digests(kind: Kind, digests: tuple[tuple[str, bytes], ...]) -> None:
    for name, value in digests:
        if name not in kind.digests or len(value) != _DIGEST_BYTES:
            raise AuditLogError(f"a {kind.code} event carries a digest its kind does not declare")


def _checked_code(name: str) -> str:
    if not _CODE.match(name):
        raise AuditLogError("an actor or plugin in the audit log is named by a code, not by text")
    return name

"""Checkpoints of a log that came back from a backup, beside those that were kept elsewhere.

A backup is always older than the last checkpoint outside. How much is missing stands in the signed
size of that checkpoint, which the restored database cannot know.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec

from audit import outside, store
from audit.checkpoint import CheckpointVerifier
from audit.store import Connection


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a practice that were signed outside and are not here: ``first`` to ``last``."""

    tenant_id: UUID
    first: int
    last: int

    @property
    def events(self) -> int:
        """How many are missing."""
        return self.last - self.first + 1


def gather(
    connection: Connection, verifier: CheckpointVerifier, kept: Path | None, folder: Path
) -> tuple[Gap, ...]:
    """Write the checkpoints of the restored database, and those of ``kept`` that it reaches up to,
    into ``folder``; the gaps that ``kept`` proves.

    ``AuditLogError`` when a kept checkpoint was not signed for this log. Whether the two tell the
    same history is for ``audit.log.verify_all`` to say, over ``folder``.
    """
    with connection.begin():
        inner = {
            tenant_id: store.notes(connection, tenant_id)
            for tenant_id in store.logged_tenants(connection)
        }
    gaps = []
    for tenant_id in sorted({*inner, *_kept_tenants(kept)}):
        known = {(verifier.open(n, tenant_id).size, n) for n in inner.get(tenant_id, ())}
        reached = max((size for size, _ in known), default=0)
        older = set[tuple[int, str]]()
        for note in outside.published(kept, tenant_id) if kept else ():
            older.add((verifier.open(note, tenant_id).size, note))
        furthest = max((size for size, _ in older), default=0)
        if furthest > reached:
            gaps.append(Gap(tenant_id=tenant_id, first=reached, last=furthest - 1))
        notes = sorted(known | {one for one in older if one[0] <= reached})
        if notes:
            outside.append(folder, tenant_id, [note for _, note in notes])
    return tuple(gaps)


def _kept_tenants(kept: Path | None) -> set[UUID]:
    found = set()
    for path in kept.glob("*.checkpoints") if kept else ():
        try:
            found.add(UUID(path.stem))
        except ValueError:
            continue
    return found

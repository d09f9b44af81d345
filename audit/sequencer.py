"""The sequencer: puts waiting events into the tree of their practice, and signs it.

Writers never wait for one another: an event is only queued in its own transaction. Here, one
transaction a practice takes them off the queue, gives each the next index and signs the new root,
so a sequencer killed at any statement leaves either all of that or nothing. A second sequencer
waits at a lock of the database.

What is signed is not what was computed but what was stored: the rows are read again and hashed by
``audit.verify``, the code that a client runs. A bit that flipped on the way would otherwise be
signed and could never be repaired.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from audit import outside, store, verify
from audit.checkpoint import Checkpoint, CheckpointSigner, CheckpointVerifier
from audit.store import Connection
from audit.tree import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash
from core.errors import AuditLogError

BATCH_EVENTS = 5_000
_PUBLISH_LOCK = "publish"


def sequence(
    connection: Connection,
    signer: CheckpointSigner,
    now: datetime,
    checkpoint_folder: Path,
    *,
    batch_events: int = BATCH_EVENTS,
) -> tuple[Checkpoint, ...]:
    """Sequence everything that waits; the new checkpoints, which are on disk outside as well.

    ``connection`` is the sequencer's, outside any transaction (this function commits several) and
    at READ COMMITTED. A practice whose log does not fit what was signed before is left as it is
    and does not hold up the others; ``AuditLogError`` is raised for it at the end.
    """
    with connection.begin():
        waiting = store.tenants_waiting(connection)
    made: list[Checkpoint] = []
    broken: list[AuditLogError] = []
    for tenant_id in waiting:
        try:
            taken = batch_events
            while taken == batch_events:
                with connection.begin():
                    new, taken = _sequence_batch(
                        connection, signer, now, checkpoint_folder, tenant_id, batch_events
                    )
                made += [new] if new else []
        except AuditLogError as error:
            broken.append(error)
    publish(connection, signer.verifier, checkpoint_folder)
    if broken:
        raise AuditLogError(f"{len(broken)} audit logs were not signed: {broken[0].message}")
    return tuple(made)


def publish(connection: Connection, verifier: CheckpointVerifier, checkpoint_folder: Path) -> int:
    """Write checkpoints that have yet to leave the database to their files; how many there were.

    Done after the commit that made them, and in the next round for one that was killed in
    between: a file never holds a checkpoint that the database does not.
    """
    with connection.begin():
        if not store.unpublished(connection):
            return 0
        store.lock(connection, _PUBLISH_LOCK)
        rows = store.unpublished(connection)
        by_tenant: dict[UUID, list[tuple[int, str]]] = {}
        for tenant_id, size, note in rows:
            by_tenant.setdefault(tenant_id, []).append((size, note))
        for tenant_id, notes in by_tenant.items():
            outer = _outer_size(verifier, checkpoint_folder, tenant_id)
            fresh = [note for size, note in notes if size > outer]
            if fresh:
                outside.append(checkpoint_folder, tenant_id, fresh)
            store.mark_published(connection, tenant_id, notes[-1][0])
    return len(rows)


def _sequence_batch(
    connection: Connection,
    signer: CheckpointSigner,
    now: datetime,
    checkpoint_folder: Path,
    tenant_id: UUID,
    batch_events: int,
) -> tuple[Checkpoint | None, int]:
    """The new checkpoint and how many events it added; a batch that is not full was the last."""
    store.lock(connection, str(tenant_id))
    taken = store.take_waiting(connection, tenant_id, batch_events)
    if not taken:
        return None, 0
    old = _trusted_frontier(connection, signer.verifier, checkpoint_folder, tenant_id)
    leaves: list[tuple[str, bytes]] = []
    for stored in taken:
        if stored.event_id is None or stored.line is None:
            raise AuditLogError("an audit event was damaged before it entered the log")
        leaves.append((stored.event_id, leaf_hash(stored.line)))
    store.add_leaves(connection, tenant_id, old.size, leaves)
    hashes = [leaf for _, leaf in leaves]
    grown = old.extended(hashes)
    _check_stored(connection, tenant_id, old, grown, consistency_proof(old, hashes))
    checkpoint = signer.sign(tenant_id, grown.size, grown.root())
    store.add_checkpoint(connection, checkpoint, grown, now)
    return checkpoint, len(taken)


def _trusted_frontier(
    connection: Connection,
    verifier: CheckpointVerifier,
    checkpoint_folder: Path,
    tenant_id: UUID,
) -> Frontier:
    """The edge of the last signed tree, checked against its signature and the file outside."""
    stored = store.last_checkpoint(connection, tenant_id)
    outer_note = outside.last_published(checkpoint_folder, tenant_id)
    outer = verifier.open(outer_note, tenant_id) if outer_note else None
    if stored is None:
        if outer is not None:
            raise AuditLogError("the database is older than a checkpoint outside it")
        return Frontier()
    signed = verifier.open(stored.note, tenant_id)
    if (signed.size, signed.root) != (stored.frontier.size, stored.frontier.root()):
        raise AuditLogError("the stored edge of an audit tree is not the one that was signed")
    if outer is not None and outer.size > signed.size:
        raise AuditLogError("the database is older than a checkpoint outside it")
    if outer is not None and outer.size == signed.size and outer.root != signed.root:
        raise AuditLogError("the database and a checkpoint outside it tell two histories")
    return stored.frontier


def _check_stored(
    connection: Connection,
    tenant_id: UUID,
    old: Frontier,
    grown: Frontier,
    proof: tuple[bytes, ...],
) -> None:
    """Read back what was stored and recompute it with the verifier's own code."""
    edge = verify.Edge(old.size, old.hashes)
    for stored in store.stored_lines(connection, tenant_id, first=old.size):
        if stored.index != edge.size or stored.line is None:
            raise AuditLogError("the audit log has a gap; nothing was signed")
        leaf = verify.leaf_of(stored.line)
        if leaf != stored.leaf:
            raise AuditLogError("a stored audit event does not match its leaf; nothing was signed")
        edge.add(leaf)
    new = verify.Signed(edge.size, edge.root())
    before = verify.Signed(old.size, old.root() if old.size else EMPTY_ROOT)
    if new != verify.Signed(grown.size, grown.root()) or not verify.consistent(before, new, proof):
        raise AuditLogError("the audit tree does not continue the signed one; nothing was signed")


def _outer_size(verifier: CheckpointVerifier, folder: Path, tenant_id: UUID) -> int:
    note = outside.last_published(folder, tenant_id)
    return verifier.open(note, tenant_id).size if note else 0

"""A practice's audit log as files, and proofs from it; ``audit/verify.py`` checks both alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from audit import store
from audit.checkpoint import CheckpointVerifier
from audit.store import Connection
from audit.tree import Frontier, consistency_proof, inclusion_proof
from core.errors import AuditLogError, NotFoundError, UnavailableError


def export(
    connection: Connection, tenant_id: UUID, out_folder: Path, verifier: CheckpointVerifier
) -> int:
    """Write the log of a practice to ``out_folder`` (made if absent); how many entries it has.

    Runs in the transaction of ``connection``, which may be the practice's own. What waits for the
    sequencer is not in it yet. Memory stays bounded: entries pass through a page at a time.
    """
    notes = store.notes(connection, tenant_id)
    covered = verifier.open(notes[-1], tenant_id).size if notes else 0
    count = 0
    try:
        out_folder.mkdir(parents=True, exist_ok=True)
        with (
            (out_folder / "entries.jsonl").open("wb") as entries,
            (out_folder / "leaves.txt").open("w", encoding="ascii") as leaves,
        ):
            for stored in store.stored_lines(connection, tenant_id):
                if count == covered:
                    break
                if stored.line is None or stored.leaf is None or stored.index != count:
                    raise AuditLogError(
                        f"entry {count} of the audit log is missing; nothing is exported"
                    )
                entries.write(stored.line + b"\n")
                leaves.write(stored.leaf.hex() + "\n")
                count += 1
        (out_folder / "checkpoints.jsonl").write_text(
            "".join(json.dumps(note) + "\n" for note in notes), encoding="ascii"
        )
        log = {
            "format": "claimwright audit log 1",
            "origin": verifier.origin(tenant_id),
            "key": verifier.key,
            "entries": count,
        }
        (out_folder / "log.json").write_text(json.dumps(log, indent=1) + "\n", encoding="ascii")
    except OSError:
        raise UnavailableError(
            "the audit log cannot be written to that folder; check the disk and its permissions"
        ) from None
    return count


def entry_proof(
    connection: Connection, tenant_id: UUID, event_id: UUID, verifier: CheckpointVerifier
) -> str:
    """That an event is in the log under the newest checkpoint, in the C2SP ``tlog-proof`` form.

    The event's line is its extra data. ``NotFoundError`` when the event is not the practice's or
    is not under a checkpoint yet. Holds the leaf hashes of the whole log in memory.
    """
    found = store.leaf_of(connection, tenant_id, event_id)
    if found is None or found.index is None or found.line is None:
        raise NotFoundError("there is no such event in the signed log of this practice")
    note, leaves = _newest(connection, tenant_id, verifier)
    steps = inclusion_proof(leaves, found.index)
    lines = [
        "c2sp.org/tlog-proof@v1",
        f"extra {base64.b64encode(found.line).decode()}",
        f"index {found.index}",
        *_texts(steps),
        "",
    ]
    return "\n".join(lines) + "\n" + note


def growth_proof(
    connection: Connection, tenant_id: UUID, kept_note: str, verifier: CheckpointVerifier
) -> str:
    """That the log under the newest checkpoint continues the one under ``kept_note``, as JSON.

    ``AuditLogError`` when it does not: then there are two histories, and the kept one is evidence.
    """
    kept = verifier.open(kept_note, tenant_id)
    note, leaves = _newest(connection, tenant_id, verifier)
    if kept.size > len(leaves):
        raise AuditLogError("the log is shorter than the checkpoint you kept: it was rolled back")
    old = Frontier().extended(leaves[: kept.size])
    if old.root() != kept.root:
        raise AuditLogError("the log does not continue the checkpoint you kept: it was rewritten")
    steps = consistency_proof(old, leaves[kept.size :])
    proof = {
        "format": "claimwright consistency proof 1",
        "old": kept_note,
        "new": note,
        "proof": _texts(steps),
    }
    return json.dumps(proof, indent=1) + "\n"


def _newest(
    connection: Connection, tenant_id: UUID, verifier: CheckpointVerifier
) -> tuple[str, list[bytes]]:
    """The newest note, and the leaf hashes it signs."""
    newest = store.last_checkpoint(connection, tenant_id)
    if newest is None:
        raise NotFoundError("this practice has no signed checkpoint yet")
    signed = verifier.open(newest.note, tenant_id)
    leaves = store.leaf_hashes(connection, tenant_id, signed.size)
    if Frontier().extended(leaves).root() != signed.root:
        raise AuditLogError("the audit log is not what was signed; run: claimwright audit verify")
    return newest.note, leaves


def _texts(steps: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in steps]

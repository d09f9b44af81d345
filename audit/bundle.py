"""Export a practice's audit log as files that ``audit/verify.py`` checks with nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from audit import store
from audit.checkpoint import CheckpointVerifier
from audit.store import Connection
from core.errors import AuditLogError, UnavailableError


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
                if stored.line is None or stored.leaf is None:
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

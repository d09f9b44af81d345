"""Checkpoints outside the database: one append-only file a practice.

A checkpoint that only the database holds proves nothing against who can change the database. Each
line of ``<tenant>.checkpoints`` is a JSON string holding one signed note. A line is complete when
its newline is there; a torn last line, left by a crash, was never complete and is overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from core.errors import AuditLogError, UnavailableError

# Room for the longest note a line can hold: origin 200, size 19, root 44, signature 250 signs.
_LINE_BYTES_MAX = 1_024


def checkpoint_path(folder: Path, tenant_id: UUID) -> Path:
    """The file of a practice; its name is the practice's identifier, never its name."""
    return folder / f"{tenant_id}.checkpoints"


def append(folder: Path, tenant_id: UUID, new_notes: Sequence[str]) -> None:
    """Append notes and wait until the disk has them."""
    path = checkpoint_path(folder, tenant_id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not path.exists()
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            file.truncate(_complete_bytes(path))
            file.seek(0, os.SEEK_END)
            file.write(b"".join(msgspec.json.encode(note) + b"\n" for note in new_notes))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(folder)
    except OSError:
        raise UnavailableError(
            "checkpoints of the audit log cannot be written; check the disk and their folder"
        ) from None


def published(folder: Path, tenant_id: UUID) -> Iterator[str]:
    """The notes of a practice, oldest first; none when there is no file."""
    path = checkpoint_path(folder, tenant_id)
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _note(line)


def last_published(folder: Path, tenant_id: UUID) -> str | None:
    """The newest complete note, read from the end of the file."""
    path = checkpoint_path(folder, tenant_id)
    if not path.exists():
        return None
    end = _complete_bytes(path)
    if end == 0:
        return None
    with path.open("rb") as file:
        file.seek(max(0, end - _LINE_BYTES_MAX))
        tail = file.read(end - file.tell())
    return _note(tail.rstrip(b"\n").rpartition(b"\n")[2])


def _complete_bytes(path: Path) -> int:
    """How many bytes of the file belong to complete lines."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - 2 * _LINE_BYTES_MAX)
        file.seek(start)
        tail = file.read()
    return start + tail.rfind(b"\n") + 1


def _note(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=str)
    except msgspec.DecodeError:
        raise AuditLogError("a checkpoint outside the database is damaged") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

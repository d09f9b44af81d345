"""The folder transport: ``<exchange>/<practice>/outbound`` for us, ``.../inbound`` for answers.

A file appears whole or not at all: it is written under another name, flushed to disk, and renamed.
Files are health information in plain here: folders and files are for their owner alone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core.errors import UnavailableError

_FULL = "the file could not be written ({}); free space or correct the folder, then run it again"


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


class FolderOutbox:
    """Implements ``core.ports.Outbox`` for one practice."""

    def __init__(self, exchange: Path, slug: str) -> None:
        self._folder = exchange / slug / "outbound"

    def put(self, name: str, body: bytes) -> None:
        """Put a file; the same name and bytes again change nothing."""
        write_whole(self._folder, name, body)


def write_whole(folder: Path, name: str, body: bytes) -> Path:
    """Write ``body`` to ``folder/name`` so that nobody ever reads half of it."""
    path = folder / name
    temporary = folder / f".{name}.part"
    try:
        _make_private(folder)
        with os.fdopen(os.open(temporary, _WRITE, 0o600), "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
        _sync(folder)
    except OSError as problem:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UnavailableError(_FULL.format(problem.strerror)) from None
    return path


def _make_private(folder: Path) -> None:
    """Make ``folder`` and what is missing above it for its owner alone; what is there stays."""
    for one in (*reversed(folder.parents), folder):
        if not one.is_dir():
            one.mkdir(mode=0o700, exist_ok=True)


def open_folders(exchange: Path) -> tuple[Path, ...]:
    """The folders of the exchange that others than their owner may look into."""
    if not exchange.is_dir():
        return ()
    folders = [exchange, *(path for path in sorted(exchange.rglob("*")) if path.is_dir())]
    return tuple(path for path in folders if path.stat().st_mode & 0o077)


def _sync(folder: Path) -> None:
    """See the new name to the disk: what the database calls sent must be there after a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def inbound_files(exchange: Path, slug: str) -> list[Path]:
    """The files that wait to be taken in, by name."""
    folder = exchange / slug / "inbound"
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _is_ready(path))


def _is_ready(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def set_aside(path: Path) -> None:
    """Move a file that is stored into ``inbound/taken``; it keeps its name."""
    taken = path.parent / "taken"
    taken.mkdir(mode=0o700, exist_ok=True)
    # Whoever else stored the same file may have moved it already.
    with suppress(FileNotFoundError):
        path.replace(taken / path.name)

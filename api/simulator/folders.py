"""Where things lie, and how they get there without ever being seen half done.

``DIR/<practice>/outbound/*.x12`` is what the product sends; what was taken moves to
``outbound/taken/``. ``DIR/<practice>/inbound/`` gets the answers. ``DIR/.simulator/`` is ours.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from core.errors import ConflictError, InputError

STATE = ".simulator"
JOURNAL = "journal.jsonl"
OUTGOING = "outgoing"
_UNFINISHED = ".unfinished"


def practices(directory: Path) -> tuple[str, ...]:
    """Names of the practice folders, sorted."""
    _must_be_there(directory)
    return tuple(
        sorted(one.name for one in directory.iterdir() if one.is_dir() and one.name[0] != ".")
    )


def outbound(directory: Path, practice: str) -> tuple[Path, ...]:
    """Files that wait to be taken, by name. A reader's temporary names do not end in .x12."""
    return tuple(sorted((directory / practice / "outbound").glob("*.x12")))


def steps_folder(directory: Path, practice: str) -> Path:
    """Where the committed steps of ``practice`` lie, one folder each."""
    return directory / STATE / "practices" / practice


def steps(directory: Path, practice: str) -> tuple[Path, ...]:
    """Committed steps of ``practice``, oldest first."""
    found = steps_folder(directory, practice)
    if not found.is_dir():
        return ()
    return tuple(sorted(one for one in found.iterdir() if one.suffix != _UNFINISHED))


def new_step(directory: Path, practice: str, number: int) -> Path:
    """An empty folder for the next step, not yet committed; leftovers of a killed run go."""
    folder = steps_folder(directory, practice) / f"{number:06d}{_UNFINISHED}"
    if folder.exists():
        shutil.rmtree(folder)
    (folder / OUTGOING).mkdir(parents=True)
    return folder


def commit(step: Path) -> Path:
    """Makes a step true, whole, by one rename. Everything in it is on disk before."""
    for folder in (step / OUTGOING, step):
        _sync(folder)
    committed = step.replace(step.with_suffix(""))
    _sync(committed.parent)
    return committed


def deliver(directory: Path, practice: str, step: Path) -> tuple[Path, ...]:
    """Moves what a committed step still has to hand over; each file appears whole, once."""
    outgoing = step / OUTGOING
    if not outgoing.is_dir():
        return ()
    inbound = directory / practice / "inbound"
    inbound.mkdir(parents=True, exist_ok=True)
    arrived = tuple(one.replace(inbound / one.name) for one in sorted(outgoing.iterdir()))
    _sync(inbound)
    outgoing.rmdir()
    return arrived


def put_away(path: Path, digest: str) -> None:
    """Moves a taken file out of the way of the next run."""
    taken = path.parent / "taken"
    taken.mkdir(exist_ok=True)
    target = taken / path.name
    if target.exists() and sha256(target.read_bytes()).hexdigest() != digest:
        target = taken / f"{digest[:12]}-{path.name}"
    path.replace(target)


def write(path: Path, data: bytes) -> None:
    """Writes a new file and sees it to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Writes ``path`` so that a reader sees the old file or the new one."""
    temporary = path.with_suffix(".new")
    write(temporary, data)
    temporary.replace(path)
    _sync(path.parent)


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keeps a second simulator out of ``directory``; the system lets go when we die."""
    _must_be_there(directory)
    state = directory / STATE
    state.mkdir(exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError("another simulator works in this folder; let it finish") from None
        yield


def _must_be_there(directory: Path) -> None:
    if not directory.is_dir():
        raise InputError("there is no such folder; give the one that holds the practices' folders")


def sync_file(handle: int) -> None:
    """Sees an open file to the disk."""
    os.fsync(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The releases of published tables on disk, below ``CLAIMWRIGHT_HOME/tables``; no database.

A folder a kind: one immutable file a release, and ``manifest.json``, which says what is loaded,
what is in force, and how that came to be. The manifest is replaced whole, after everything it
names has reached the disk, so whoever reads sees the state before or the state after.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from core.codes.published import Loaded
from core.errors import IntegrityError, NotFoundError, StateError

_MANIFEST = "manifest.json"
_LOCK = "lock"
_UNFINISHED = ".part"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One loaded release. ``source`` is the SHA-256 of what was loaded, ``table`` that of ours."""

    release: str
    first: date
    last: date
    since: date
    rows: int
    source: str
    table: str
    file: str
    loaded_at: datetime
    notes: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done: ``load``, ``activate`` or ``rollback``; in force before and after.

    A load without activation leaves what is in force as it was.
    """

    act: str
    release: str
    at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kind. ``active`` are the releases in force, the oldest first."""

    kind: str
    releases: tuple[Release, ...] = ()
    active: tuple[str, ...] = ()
    history: tuple[Step, ...] = ()

    def find(self, release: str) -> Release:
        """The release with this stamp; ``NotFoundError`` when it is not loaded."""
        for one in self.releases:
            if one.release == release:
                return one
        raise NotFoundError(f"{self.kind} {release} is not loaded; load its file first")

    @property
    def current(self) -> Release | None:
        """The newest release in force."""
        return self.find(self.active[-1]) if self.active else None


class TableStore:
    """The releases below one folder; nothing is made there until something is loaded."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "tables"

    def manifest(self, kind: str) -> Manifest:
        """What is loaded of ``kind``; an empty one where nothing is."""
        try:
            data = (self._folder / kind / _MANIFEST).read_bytes()
        except FileNotFoundError:
            return Manifest(kind=kind)
        try:
            return msgspec.json.decode(data, type=Manifest)
        except msgspec.DecodeError:
            raise IntegrityError(
                f"the list of loaded releases of {kind} is damaged; put the folder tables back "
                "from a backup, or remove the kind's folder and load its files again"
            ) from None

    def stamp(self, kind: str) -> tuple[int, int, int]:
        """Changes whenever the manifest does: cheap to ask before each batch."""
        try:
            found = (self._folder / kind / _MANIFEST).stat()
        except FileNotFoundError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def open(self, kind: str, release: Release) -> Loaded:
        """A release, mapped into memory and proven to be what was written."""
        path = self._folder / kind / release.file
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (FileNotFoundError, ValueError):
            data = None
        if data is None or sha256(data).hexdigest() != release.table:
            raise IntegrityError(
                f"{kind} {release.release} is not as it was loaded; remove it from the folder "
                "tables and load its file again"
            )
        return Loaded(
            release=release.release,
            first=release.first,
            last=release.last,
            since=release.since,
            data=memoryview(data),
        )

    def active(self, kind: str) -> list[Loaded]:
        """The releases of ``kind`` in force, the oldest first."""
        manifest = self.manifest(kind)
        return [self.open(kind, manifest.find(release)) for release in manifest.active]

    @contextmanager
    def changing(self, kind: str) -> Iterator[Change]:
        """One change at a time of a kind; what an earlier, killed one left behind goes."""
        folder = self._folder / kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in folder.glob(f"*{_UNFINISHED}"):
                left.unlink()
            yield Change(folder, self.manifest(kind))


class Change:
    """What is done to the releases of one kind while nobody else does; see ``TableStore``."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.manifest = manifest

    def add(self, release: Release, data: bytes, *, activate: bool, at: datetime) -> None:
        """Write a new release; it is loaded when this returns, and in force if so asked."""
        known = self.manifest
        name = release.file
        _write(self._folder / name, data)
        active = _with(known, release) if activate else known.active
        self._store(
            msgspec.structs.replace(
                known,
                releases=tuple(sorted((*known.releases, release), key=lambda one: one.first)),
            ),
            Step(act="load", release=release.release, at=at, before=known.active, after=active),
        )

    def activate(self, release: str, at: datetime) -> None:
        """Put a loaded release in force for its days."""
        known = self.manifest
        active = _with(known, known.find(release))
        self._store(
            known,
            Step(act="activate", release=release, at=at, before=known.active, after=active),
        )

    def roll_back(self, at: datetime) -> Step:
        """Undo the last change of what is in force; what was loaded stays loaded."""
        known = self.manifest
        undone: list[Step] = []
        for step in known.history:
            if step.act == "rollback":
                undone.pop()
            elif step.before != step.after:
                undone.append(step)
        if not undone:
            raise StateError(f"nothing was activated for {known.kind} that could be undone")
        last = undone[-1]
        self._store(
            known,
            Step(
                act="rollback", release=last.release, at=at, before=known.active, after=last.before
            ),
        )
        return last

    def _store(self, manifest: Manifest, step: Step) -> None:
        changed = msgspec.structs.replace(
            manifest, active=step.after, history=(*manifest.history, step)
        )
        _write(
            self._folder / _MANIFEST,
            msgspec.json.format(msgspec.json.encode(changed), indent=1),
        )
        self.manifest = changed


def _with(manifest: Manifest, release: Release) -> tuple[str, ...]:
    """What is in force with one more: each for its own days, by first day."""
    first = {one.release: one.first for one in manifest.releases} | {release.release: release.first}
    return tuple(sorted({*manifest.active, release.release}, key=first.__getitem__))


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, on the disk, or not at all."""
    temporary = path.with_name(path.name + _UNFINISHED)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

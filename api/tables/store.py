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
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from core.codes.published import Loaded
from core.errors import IntegrityError, NotFoundError, StateError, UnavailableError

_MANIFEST = "manifest.json"
_LOCK = "lock"
_UNFINISHED = ".part"
_TABLE = ".table"


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

    A load without activation leaves what is in force as it was. ``replaced`` is the release of the
    same stamp that a corrected file took the place of.
    """

    act: str
    release: str
    at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]
    replaced: Release | None = None


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

    def files(self) -> set[str]:
        """Every file that is still asked for: those of all releases, and of what was replaced."""
        replaced = {step.replaced.file for step in self.history if step.replaced is not None}
        return {one.file for one in self.releases} | replaced

    def last_change(self) -> Step:
        """The last step that changed what is in force and is not undone; else ``StateError``."""
        steps: list[Step] = []
        for step in self.history:
            if step.act == "rollback":
                steps.pop()
            elif step.before != step.after or step.replaced is not None:
                steps.append(step)
        if not steps:
            raise StateError(f"nothing was put in force for {self.kind} that could be undone")
        return steps[-1]

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
        with _writing(), ExitStack() as stack:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context((folder / _LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = self.manifest(kind)
            kept = manifest.files()
            for left in (*folder.glob(f"*{_UNFINISHED}"), *folder.glob(f"*{_TABLE}")):
                if left.name not in kept:
                    left.unlink()
            yield Change(folder, manifest)


class Change:
    """What is done to the releases of one kind while nobody else does; see ``TableStore``."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.manifest = manifest

    def add(self, release: Release, data: bytes, *, activate: bool, at: datetime) -> None:
        """Write a release; it is loaded when this returns, and in force if so asked.

        One of the same stamp gives way to it.
        """
        known = self.manifest
        _write(self._folder / release.file, data)
        active = _with(known, release) if activate else known.active
        replaced = next((one for one in known.releases if one.release == release.release), None)
        self._store(
            _holding(known, release),
            Step(
                act="load",
                release=release.release,
                at=at,
                before=known.active,
                after=active,
                replaced=replaced,
            ),
        )

    def activate(self, release: str, at: datetime) -> None:
        """Put a loaded release in force for its days."""
        known = self.manifest
        active = _with(known, known.find(release))
        self._store(
            known,
            Step(act="activate", release=release, at=at, before=known.active, after=active),
        )

    def roll_back(self, at: datetime) -> None:
        """Undo the last change of what is in force; what was loaded stays loaded.

        A corrected file that replaced its release gives way to that again.
        """
        known = self.manifest
        last = known.last_change()
        self._store(
            known if last.replaced is None else _holding(known, last.replaced),
            Step(
                act="rollback", release=last.release, at=at, before=known.active, after=last.before
            ),
        )

    def _store(self, manifest: Manifest, step: Step) -> None:
        changed = msgspec.structs.replace(
            manifest, active=step.after, history=(*manifest.history, step)
        )
        _write(
            self._folder / _MANIFEST,
            msgspec.json.format(msgspec.json.encode(changed), indent=1),
        )
        self.manifest = changed


def _holding(manifest: Manifest, release: Release) -> Manifest:
    """The manifest with ``release``, in the place of one of the same stamp."""
    others = (one for one in manifest.releases if one.release != release.release)
    return msgspec.structs.replace(
        manifest, releases=tuple(sorted((*others, release), key=lambda one: one.first))
    )


def _with(manifest: Manifest, release: Release) -> tuple[str, ...]:
    """What is in force with one more: each for its own days, by first day."""
    first = {one.release: one.first for one in manifest.releases} | {release.release: release.first}
    return tuple(sorted({*manifest.active, release.release}, key=first.__getitem__))


@contextmanager
def _writing() -> Iterator[None]:
    """What the disk refuses, as one sentence; whatever was begun is not there."""
    try:
        yield
    except OSError as fault:
        raise UnavailableError(
            f"the folder tables cannot be written ({fault.strerror}); nothing was changed"
        ) from None


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

"""Loading a published file: read whole, compared with what is in force, then stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from api.tables.store import Manifest, Release, TableStore
from api.tables.unpack import Told, parts_of
from core.codes.difference import Counts, counted
from core.codes.published import Kind, Loaded, Part
from core.errors import ConflictError


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a load did. ``is_new`` false: this release was loaded before, and nothing changed.

    ``against`` is the release the counts were taken against: the one in force before; None for
    the first.
    """

    kind: str
    release: Release
    is_new: bool
    is_active: bool
    is_current: bool
    against: str | None
    counts: Counts


def load(
    store: TableStore,
    kind: Kind,
    paths: Sequence[Path],
    *,
    release: str,
    stage: bool,
    at: datetime,
    replace: bool = False,
    told: Told = lambda _: None,
) -> Outcome:
    """Load one release of ``kind`` from its files; all of it, or nothing.

    ``release`` is the stamp where the files do not say it, else empty. Staged, it is loaded but
    not put in force. With ``replace`` a corrected file takes the place of a release that is loaded.
    """
    with store.changing(kind.name) as change:
        parts, source = parts_of(paths, kind, told)
        known = change.manifest
        for one in known.releases:
            if one.source == source:
                if release not in ("", one.release):
                    raise ConflictError(
                        f"these files are loaded already, as {kind.name} {one.release}; "
                        f"load those of {release}"
                    )
                return _outcome(known, one, against=None, counts=Counts(), is_new=False)
        loaded, data = read_release(kind, parts, source, release, at)
        same = next((one for one in known.releases if one.release == loaded.release), None)
        if same is not None and same.table == loaded.table:
            return _outcome(known, same, against=None, counts=Counts(), is_new=False)
        if same is not None and (stage or not replace):
            raise ConflictError(
                f"{kind.name} {loaded.release} is loaded already, from other files; "
                "name all files of the release in one command, or put corrected files in its "
                "place with --replace"
            )
        before = same or previous(known, loaded)
        counts = counted(
            kind,
            None if before is None else store.open(kind.name, before),
            as_loaded(loaded, data),
        )
        change.add(loaded, data, activate=not stage, at=at)
        return _outcome(
            change.manifest,
            loaded,
            against=before.release if before else None,
            counts=counts,
            is_new=True,
        )


def read_release(
    kind: Kind, parts: Sequence[Part], source: str, release: str, at: datetime
) -> tuple[Release, bytes]:
    """What the parts say, and its compact form; nothing is stored."""
    reading = kind.read(parts, release)
    digest = sha256(reading.data).hexdigest()
    loaded = Release(
        release=reading.release,
        first=reading.first,
        last=reading.last,
        since=reading.since,
        rows=reading.rows,
        source=source,
        table=digest,
        file=f"{reading.release}-{digest[:12]}.table",
        loaded_at=at,
        notes=reading.notes,
    )
    return loaded, reading.data


def as_loaded(release: Release, data: bytes) -> Loaded:
    """A release whose bytes are at hand."""
    return Loaded(
        release=release.release,
        first=release.first,
        last=release.last,
        since=release.since,
        data=data,
    )


def previous(manifest: Manifest, release: Release) -> Release | None:
    """The release in force a new one is compared with: the newest that begins before it."""
    older = [
        one
        for one in manifest.releases
        if one.release in manifest.active and one.first < release.first
    ]
    return older[-1] if older else None


def _outcome(
    manifest: Manifest, release: Release, *, against: str | None, counts: Counts, is_new: bool
) -> Outcome:
    current = manifest.current
    return Outcome(
        kind=manifest.kind,
        release=release,
        is_new=is_new,
        is_active=release.release in manifest.active,
        is_current=current is not None and current.release == release.release,
        against=against,
        counts=counts,
    )

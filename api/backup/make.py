"""Making a backup: one snapshot of the database, sealed, with a manifest read in that snapshot."""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from pathlib import Path

import msgspec

from api.backup.manifest import (
    DATABASE,
    FORMAT,
    KEYS,
    MANIFEST,
    Manifest,
    read_keys,
    read_manifest,
    write_keys,
    write_manifest,
)
from api.bootstrap import Runtime
from api.deployment import record_for_deployment
from core.errors import UnavailableError
from tenants.postgres.upkeep import Upkeep, dump
from tenants.sealed_file import digest_of, write_sealed
from tenants.session import make_engine
from tenants.store import whole

#: Folders of backups begin so; the time of the snapshot follows.
PREFIX = "claimwright-"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that is on the disk: its folder, what it holds, and the digest of its manifest."""

    folder: Path
    manifest: Manifest
    sha256: str


def make(running: Runtime, target: Path) -> Made:
    """A backup in a new folder below ``target``: there whole, under its name, or not at all.

    Work goes on meanwhile; the backup is what was committed at one moment. The event is recorded
    when the files are on the disk.
    """
    running.sequence_audit()
    work = _new_folder(target)
    try:
        manifest = _write_parts(running, work)
        digest = write_manifest(work, manifest, running.keys.provider).sha256
        folder = target / f"{PREFIX}{manifest.at:%Y%m%dT%H%M%SZ}"
        _publish(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    record_for_deployment(
        running,
        "backup.made",
        counts={
            "practices": manifest.practices,
            "rows": manifest.rows,
            "size_bytes": manifest.bytes_count,
        },
        digests={"manifest": bytes.fromhex(digest)},
    )
    return Made(folder=folder, manifest=manifest, sha256=digest)


def _write_parts(running: Runtime, work: Path) -> Manifest:
    settings = running.settings
    upkeep = Upkeep(settings.home, settings.database_url, durable=settings.durable)
    with upkeep.reader(running.urls.migrator) as url:
        engine = make_engine(url, pool_size=1)
        try:
            with engine.connect() as connection, connection.begin():
                snapshot, at = whole.begin_snapshot(connection)
                database = write_sealed(
                    work / DATABASE,
                    DATABASE,
                    dump(url, snapshot=snapshot, without_rows_of=whole.NOT_CARRIED),
                    running.keys.provider,
                )
                keys = write_keys(work, whole.wrapped_keys(connection), running.keys.provider)
                return Manifest(
                    format=FORMAT,
                    at=at,
                    installation=running.keyring.installation,
                    program=metadata.version("claimwright"),
                    server=whole.server_version(connection),
                    revision=whole.revision(connection),
                    parts={DATABASE: database, KEYS: keys},
                    schema=whole.schema_facts(connection),
                    contents=whole.contents(connection),
                    balances=whole.balances(connection),
                    trees=whole.signed_trees(connection),
                )
        finally:
            engine.dispose()


def forget_destroyed_keys(running: Runtime, target: Path) -> int:
    """Take the keys that were destroyed since out of every backup below ``target``; how many.

    The rows stay where they are and cannot be opened any more, not even by a restore. Each backup
    is changed whole or not at all.
    """
    with running.reading_everything() as connection:
        destroyed = {
            (key.tenant_id, key.name): key
            for key in whole.wrapped_keys(connection)
            if key.destroyed
        }
    taken = 0
    for folder in sorted(path for path in target.glob(f"{PREFIX}*") if path.is_dir()):
        keys = read_keys(folder, running.keys.provider)
        kept = tuple(destroyed.get((key.tenant_id, key.name), key) for key in keys)
        if kept != keys:
            _replace_keys(running, folder, kept)
            taken += sum(old != new for old, new in zip(keys, kept, strict=True))
    if taken:
        record_for_deployment(running, "backup.keys_forgotten", counts={"keys": taken})
    return taken


def _replace_keys(running: Runtime, folder: Path, kept: tuple[whole.WrappedRow, ...]) -> None:
    manifest = read_manifest(folder, running.keys.provider)
    work = _new_folder(folder)
    try:
        parts = {**manifest.parts, KEYS: write_keys(work, kept, running.keys.provider)}
        write_manifest(work, msgspec.structs.replace(manifest, parts=parts), running.keys.provider)
        # Killed between the two, the old keys are still there, and the next run does both anew.
        for part in (MANIFEST, KEYS):
            (work / part).replace(folder / part)
        _sync(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def newest_below(target: Path) -> Path | None:
    """The newest backup below a folder, by the time in its name."""
    found = sorted(path for path in target.glob(f"{PREFIX}*") if (path / MANIFEST).is_file())
    return found[-1] if found else None


def damage(folder: Path, manifest: Manifest) -> str | None:
    """The first part of a backup that is not the one its manifest was written with; else None."""
    for part, written in manifest.parts.items():
        if digest_of(folder / part) != written:
            return part
    return None


def _new_folder(target: Path) -> Path:
    work = target / f".backup-{os.urandom(6).hex()}"
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        work.mkdir(mode=0o700)
    except OSError as problem:
        raise UnavailableError(
            f"a backup cannot be written there ({problem.strerror}); name another folder"
        ) from None
    return work


def _publish(work: Path, folder: Path) -> None:
    _sync(work)
    try:
        work.rename(folder)
    except OSError:
        raise UnavailableError(
            "a backup of this very second is there already; wait a second and run it again"
        ) from None
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

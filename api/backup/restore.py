"""Putting a backup back into an empty installation, and proving it before anybody sees it.

The rows go into a database under another name. Only when everything was compared with the manifest
does it get the installation's name, in one statement; a restore that is killed before leaves
nothing that counts, and the next one begins anew.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from api import settings as settings_module
from api.backup.make import damage
from api.backup.manifest import DATABASE, Manifest, read_keys, read_manifest
from api.backup.prove import AuditProof, Proof, prove_audit, prove_rows
from api.bootstrap import migrate, newest_revision, runtime
from api.deployment import record_for_deployment
from api.settings import Settings
from audit.restored import Gap
from core.errors import ConflictError, IntegrityError, SetupError, UnavailableError
from tenants.key_provider import KeyProvider, open_provider
from tenants.keyring import KEYRING_FILE, LocalKeyring
from tenants.keys import TenantKeys
from tenants.postgres import DatabaseUrls, open_database
from tenants.postgres.upkeep import Archive, Upkeep
from tenants.practice_secrets import PracticeSecrets
from tenants.sealed_file import read_sealed
from tenants.session import make_engine
from tenants.store import whole
from tenants.uow import Clock, utc_now

NAME = "claimwright"
_ARRIVING = "claimwright_restoring"
_WORK = "restoring"
_CHECKPOINTS_BEFORE = "checkpoints.before-restore"

_NO_KEYRING = (
    "this backup is sealed, and keyring.json is not in the home folder: put it there from its own "
    "backup (claimwright restore --keyring FILE); without it nothing in this backup can be read"
)
_NOT_EMPTY = (
    "there are practices in this installation already, and a restore replaces nothing; restore "
    "into an empty home folder (CLAIMWRIGHT_HOME) or server"
)

T = TypeVar("T")
Say = Callable[[str], None]


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back and how it was proven; seconds for each part of the work."""

    manifest: Manifest
    proofs: tuple[Proof, ...]
    gaps: tuple[Gap, ...]
    seconds: dict[str, float]

    @property
    def missing_events(self) -> int:
        """Audit events that were signed after the backup and are lost with the old machine."""
        return sum(gap.events for gap in self.gaps)


def restore(
    settings: Settings,
    folder: Path,
    *,
    checkpoints: Path | None = None,
    clock: Clock = utc_now,
    say: Say = lambda _: None,
) -> Restored:
    """Restore the backup in ``folder``; what was proven.

    ``checkpoints`` is a folder of checkpoints kept outside the lost machine; without it those that
    are still in the home folder are taken. Raises ``IntegrityError`` when a proof fails: then
    nothing is left.
    """
    settings_module.make_home(settings)
    keyring = _keyring(settings)
    keys = TenantKeys(open_provider(settings.keys, keyring), PracticeSecrets(settings.home))
    manifest = read_manifest(folder, keys.provider)
    if manifest.revision > newest_revision():
        raise SetupError("the backup is of a newer Claimwright; upgrade this program, then restore")
    broken = damage(folder, manifest)
    if broken is not None:
        raise IntegrityError(f"the {broken} of this backup was altered or cut short; use another")
    upkeep = _empty_server(settings)
    kept = checkpoints or _kept_at_home(settings)
    work = settings.home / _WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        seconds = _Seconds()
        urls = _load(settings, folder, keys.provider, upkeep, work, seconds, say)
        say("comparing with the manifest")
        proofs, audit = seconds.of(
            "verify",
            lambda: _proofs(
                upkeep, urls, manifest, keyring, keys, kept, work / "checkpoints", clock
            ),
        )
        _refuse_unproven(upkeep, proofs)
        seconds.of("restart", upkeep.end_loading)
        seconds.of("publish", lambda: _publish(settings, upkeep, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    done = Restored(
        manifest=manifest, proofs=tuple(proofs), gaps=audit.gaps, seconds=seconds.by_step
    )
    _record(settings, done, clock)
    return done


class _Seconds:
    """Seconds by step, in the order of the steps."""

    def __init__(self) -> None:
        self.by_step: dict[str, float] = {}

    def of(self, step: str, act: Callable[[], T]) -> T:
        began = time.monotonic()
        try:
            return act()
        finally:
            self.by_step[step] = round(time.monotonic() - began, 3)


def _keyring(settings: Settings) -> LocalKeyring:
    if not (settings.home / KEYRING_FILE).exists():
        raise SetupError(_NO_KEYRING)
    return LocalKeyring.open(settings.home, database_has_keys=True)


def _empty_server(settings: Settings) -> Upkeep:
    """The server, started, when nobody works on it yet; what an earlier try left is removed."""
    upkeep = Upkeep(settings.home, settings.database_url, durable=settings.durable)
    upkeep.begin_loading()
    urls = open_database(
        settings.home, database_url=settings.database_url, name=_ARRIVING, durable=settings.durable
    )
    if NAME in upkeep.databases() and upkeep.has_practices(NAME, urls.migrator):
        upkeep.drop(_ARRIVING)
        raise ConflictError(_NOT_EMPTY)
    upkeep.drop(_ARRIVING)
    upkeep.ensure_reader()
    return upkeep


def _load(
    settings: Settings,
    folder: Path,
    provider: KeyProvider,
    upkeep: Upkeep,
    work: Path,
    seconds: _Seconds,
    say: Say,
) -> DatabaseUrls:
    say("opening the backup")
    path = work / DATABASE
    seconds.of("open", lambda: _unseal(folder / DATABASE, path, provider))
    keys = read_keys(folder, provider)
    urls = open_database(
        settings.home, database_url=settings.database_url, name=_ARRIVING, durable=settings.durable
    )
    archive = Archive(path, urls.migrator)
    say("putting the rows back")
    seconds.of("rows", archive.load_rows)
    owner = make_engine(urls.migrator, pool_size=1)
    try:
        with owner.begin() as connection:
            whole.put_wrapped_keys(connection, keys)
        say("building indexes, keys and policies")
        seconds.of("indexes", archive.load_guards)
    finally:
        owner.dispose()
    path.unlink()
    return urls


def _unseal(sealed: Path, path: Path, provider: KeyProvider) -> None:
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            for block in read_sealed(sealed, DATABASE, provider):
                file.write(block)
    except OSError as problem:
        raise UnavailableError(
            f"there is no room to open the backup ({problem.strerror}); free some space"
        ) from None


def _proofs(
    upkeep: Upkeep,
    urls: DatabaseUrls,
    manifest: Manifest,
    keyring: LocalKeyring,
    keys: TenantKeys,
    kept: Path | None,
    checkpoints: Path,
    clock: Clock,
) -> tuple[list[Proof], AuditProof]:
    """Rows on one core, the audit log and the planner's statistics on the other."""

    def beside() -> AuditProof:
        _analyze(urls)
        return prove_audit(
            urls.sequencer, manifest, keyring, kept=kept, folder=checkpoints, clock=clock
        )

    with upkeep.reader(urls.migrator) as url, ThreadPoolExecutor(1) as pool:
        engine = make_engine(url, pool_size=1)
        try:
            with engine.connect() as connection, connection.begin():
                # The snapshot first: gathering the audit log adds what waited for its tree.
                whole.begin_snapshot(connection)
                other = pool.submit(beside)
                proofs = prove_rows(connection, manifest, keys)
                audit = other.result()
        finally:
            engine.dispose()
    return [*proofs, audit.proof], audit


def _analyze(urls: DatabaseUrls) -> None:
    owner = make_engine(urls.migrator, pool_size=1)
    try:
        with owner.begin() as connection:
            whole.analyze(connection)
    finally:
        owner.dispose()


def _refuse_unproven(upkeep: Upkeep, proofs: list[Proof]) -> None:
    failed = [proof for proof in proofs if not proof.ok]
    if failed:
        upkeep.drop(_ARRIVING)
        raise IntegrityError(
            f"the backup was not restored, because it does not verify: {failed[0].name}: "
            f"{failed[0].sentence}"
        )


def _kept_at_home(settings: Settings) -> Path | None:
    """Checkpoints from before the loss; those that a killed restore put aside come first."""
    for folder in (settings.home / _CHECKPOINTS_BEFORE, settings.checkpoints):
        if folder.is_dir():
            return folder
    return None


def _publish(settings: Settings, upkeep: Upkeep, work: Path) -> None:
    """The checkpoints first: with a database and older ones, the sequencer would refuse to sign."""
    before = settings.home / _CHECKPOINTS_BEFORE
    if settings.checkpoints.is_dir():
        if before.exists():
            # A restore was killed right here, and these are what it had put in their place.
            shutil.rmtree(settings.checkpoints)
        else:
            settings.checkpoints.rename(before)
    if (work / "checkpoints").is_dir():
        (work / "checkpoints").rename(settings.checkpoints)
    if NAME in upkeep.databases():
        upkeep.drop(NAME)
    upkeep.rename(_ARRIVING, NAME)
    if before.is_dir():
        # Evidence of what was lost, and from now on of another history than the one that goes on.
        before.rename(settings.home / f"checkpoints.abandoned-{os.urandom(4).hex()}")


def _record(settings: Settings, done: Restored, clock: Clock) -> None:
    """Bring an older schema up to date, and open the installation as any command does."""
    if done.manifest.revision != newest_revision():
        migrate(settings)
    with runtime(settings, clock=clock) as running:
        record_for_deployment(
            running,
            "backup.restored",
            counts={
                "practices": done.manifest.practices,
                "rows": done.manifest.rows,
                "missing_events": done.missing_events,
            },
        )
        running.sequence_audit()

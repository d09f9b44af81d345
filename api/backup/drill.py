"""The rehearsal: a backup is made, restored elsewhere, proven, and that put on record."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from api.backup.make import Made, make
from api.backup.restore import Restored, Say, restore
from api.bootstrap import Runtime
from api.deployment import last_time, record_for_deployment
from api.evidence import write_evidence
from api.settings import Settings
from tenants.keyring import KEYRING_FILE
from tenants.postgres import EmbeddedServer
from tenants.practice_secrets import PracticeSecrets

#: A regulator will ask for the first (proposed 45 CFR 164.308(a)(13)); ours is far below it.
RESTORE_HOURS_MAX = 72
BACKUP_AGE_HOURS_MAX = 48
DRILL_AGE_DAYS_MAX = 30

_SCRATCH = "drill"


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """``restore_seconds``: from the backup's files to a proven installation (RTO).
    ``backup_age_hours``: what would have been lost had the drill been an accident (RPO); None when
    there had been no backup before."""

    at: datetime
    restored: Restored
    restore_seconds: float
    backup_seconds: float
    backup_age_hours: float | None
    evidence: Path


def drill(running: Runtime, *, say: Say = lambda _: None) -> Drill:
    """Rehearse a restore on a server of its own below the home folder, which is removed after."""
    settings = running.settings
    previous = last_time(running, "backup.made", "backup.drilled")
    began = running.clock()
    scratch = settings.home / _SCRATCH
    _remove(scratch)
    home = scratch / "home"
    home.mkdir(mode=0o700, parents=True)
    try:
        shutil.copy2(settings.home / KEYRING_FILE, home / KEYRING_FILE)
        PracticeSecrets(home).put_back(running.keys.secrets.files())
        # Before the backup: what is signed while it is made is newer than it, rightly.
        running.sequence_audit()
        kept = scratch / "checkpoints"
        if settings.checkpoints.is_dir():
            shutil.copytree(settings.checkpoints, kept)
        say("making a backup")
        made = make(running, scratch / "backup")
        ready = running.clock()
        restored = restore(
            Settings(home=home, durable=settings.durable, keys=settings.keys),
            made.folder,
            checkpoints=kept if kept.is_dir() else None,
            clock=running.clock,
            say=say,
        )
    finally:
        _remove(scratch)
    ended = running.clock()
    age = None if previous is None else round((began - previous).total_seconds() / 3600, 2)
    return _put_on_record(
        running,
        made,
        restored,
        restore_seconds=round((ended - ready).total_seconds(), 3),
        backup_seconds=round((ready - began).total_seconds(), 3),
        backup_age_hours=age,
        at=ended,
    )


def _put_on_record(
    running: Runtime,
    made: Made,
    restored: Restored,
    *,
    restore_seconds: float,
    backup_seconds: float,
    backup_age_hours: float | None,
    at: datetime,
) -> Drill:
    evidence = write_evidence(
        running,
        "backup-drill",
        at,
        {
            "what": "a backup was made, restored on a server of its own, and verified",
            "backup of": made.manifest.at,
            "manifest sha256": made.sha256,
            "schema": made.manifest.revision,
            "practices": made.manifest.practices,
            "rows": made.manifest.rows,
            "sealed bytes": made.manifest.bytes_count,
            "seconds to make": backup_seconds,
            "seconds to restore and verify": restore_seconds,
            "hours since the backup before": backup_age_hours,
            "seconds by step": restored.seconds,
            "proofs": restored.proofs,
            "gaps": restored.gaps,
        },
    )
    record_for_deployment(
        running,
        "backup.drilled",
        counts={
            "proofs": len(restored.proofs),
            "problems": sum(not proof.ok for proof in restored.proofs) + len(restored.gaps),
            "seconds": round(restore_seconds),
            "backup_age_hours": -1 if backup_age_hours is None else int(backup_age_hours),
        },
        digests={"manifest": bytes.fromhex(made.sha256)},
    )
    return Drill(
        at=at,
        restored=restored,
        restore_seconds=restore_seconds,
        backup_seconds=backup_seconds,
        backup_age_hours=backup_age_hours,
        evidence=evidence,
    )


def _remove(scratch: Path) -> None:
    """Also what a killed drill left: its server first, then everything."""
    if (scratch / "home").is_dir():
        EmbeddedServer(scratch / "home").destroy()
    shutil.rmtree(scratch, ignore_errors=True)

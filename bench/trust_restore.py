"""Backup, restore and the proof of it, over half a gigabyte in the real tables.

    python bench/trust_restore.py [--quick]

The server has everything a power cut asks for switched on. ``pg_basebackup`` of the same cluster is
the bare yardstick: a copy of files, without a manifest, without sealing and without a proof.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.backup.make import make
from api.backup.restore import restore
from api.bootstrap import runtime
from api.settings import Settings
from bench.figures import Figure
from bench.invented_office import VISIT_BYTES, fill
from tenants.keyring import KEYRING_FILE
from tenants.postgres import EmbeddedServer
from tenants.postgres.installation import installed_programs
from tenants.practice_secrets import SECRETS_FOLDER

DATABASE_MB = 500
RESTORE_SECONDS_MAX = 60


def measure(quick: bool = False) -> list[Figure]:
    """The figures; ``quick``: a fiftieth of the volume, whose figures say nothing of the floor."""
    folder = Path(tempfile.mkdtemp(prefix="claimwright-bench-"))
    homes = folder / "home", folder / "back"
    try:
        return _measure(folder, *homes, visits=DATABASE_MB * 1_000_000 // VISIT_BYTES, quick=quick)
    finally:
        for home in homes:
            EmbeddedServer(home).destroy()
        shutil.rmtree(folder)


def _measure(folder: Path, home: Path, back: Path, *, visits: int, quick: bool) -> list[Figure]:
    visits = visits // 50 if quick else visits
    with runtime(Settings(home=home)) as running:
        fill(running, "maple", visits * 2 // 3)
        fill(running, "river", visits - visits * 2 // 3)
        with running.reading_everything() as connection:
            size = connection.exec_driver_sql(
                "SELECT pg_database_size(current_database())"
            ).scalar()
        yard = _seconds(lambda: _copy_files(home, folder / "copy"))
        began = time.perf_counter()
        made = make(running, folder / "backups")
        backup_seconds = time.perf_counter() - began
    back.mkdir(mode=0o700)
    shutil.copy2(home / KEYRING_FILE, back)
    shutil.copytree(home / SECRETS_FOLDER, back / SECRETS_FOLDER)
    began = time.perf_counter()
    done = restore(Settings(home=back), made.folder, checkpoints=home / "checkpoints")
    restore_seconds = time.perf_counter() - began
    assert all(proof.ok for proof in done.proofs)
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in done.seconds.items())
    return [
        Figure(name="database", seen=int(size or 0) / 1e6, unit="MB",
               note=f"{made.manifest.rows:,} rows"),
        Figure(name="yardstick: pg_basebackup", seen=yard, unit="s"),
        Figure(name="backup, sealed, with manifest", seen=backup_seconds, unit="s",
               note=f"{made.manifest.bytes_count / 1e6:,.0f} MB"),
        Figure(name="restore, everything verified", seen=restore_seconds, unit="s",
               floor=RESTORE_SECONDS_MAX, at_most=True, note=steps),
    ]  # fmt: skip


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _copy_files(home: Path, target: Path) -> None:
    admin = EmbeddedServer(home).administrator()
    subprocess.run(
        [installed_programs() / "pg_basebackup", "--pgdata", target, "--checkpoint=fast"],
        env={
            "PGHOST": admin.option("host"),
            "PGPORT": admin.option("port"),
            "PGUSER": admin.user,
            "PGPASSWORD": admin.password,
        },
        check=True,
        capture_output=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    for figure in measure(quick=parser.parse_args().quick):
        print(figure.line())


if __name__ == "__main__":
    main()

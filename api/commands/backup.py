"""``backup`` and ``restore``: making a backup, rehearsing, and putting one back."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import settings as settings_module
from api.commands.output import DONE, PROBLEMS, json_line, line, progress
from core.errors import InputError

if TYPE_CHECKING:
    from api.backup.restore import Restored


def add(commands: Any) -> None:
    """``claimwright backup ...`` and ``claimwright restore``."""
    backup = commands.add_parser("backup", help="backups of the installation").add_subparsers(
        required=True, metavar="ACTION"
    )
    make = backup.add_parser("make", help="back up the database, sealed, while work goes on")
    make.add_argument("folder", type=Path, metavar="DIR", help="where backups are kept")
    make.add_argument("--json", action="store_true", help="one JSON object")
    make.set_defaults(run=run_make)
    keyring = backup.add_parser(
        "keyring", help="back up the keyring under a passphrase, which is asked or piped in"
    )
    keyring.add_argument("file", type=Path, metavar="FILE", help="a new file; keep it apart")
    keyring.set_defaults(run=run_keyring)
    drill = backup.add_parser("drill", help="make a backup, restore it apart, verify everything")
    drill.add_argument("--json", action="store_true", help="one JSON object")
    drill.set_defaults(run=run_drill)
    forget = backup.add_parser(
        "forget-keys", help="take keys that were destroyed out of the backups in a folder"
    )
    forget.add_argument("folder", type=Path, metavar="DIR", help="where backups are kept")
    forget.set_defaults(run=run_forget)
    restore = commands.add_parser("restore", help="put a backup back into an empty installation")
    restore.add_argument(
        "backup", type=Path, metavar="BACKUP", nargs="?", help="the folder of one backup"
    )
    restore.add_argument(
        "--keyring",
        type=Path,
        metavar="FILE",
        help="first put this backup of the keyring back; its passphrase is asked or piped in",
    )
    restore.add_argument(
        "--checkpoints",
        type=Path,
        metavar="DIR",
        help="audit checkpoints kept elsewhere: shows what happened after the backup",
    )
    restore.add_argument("--json", action="store_true", help="one JSON object")
    restore.set_defaults(run=run_restore)


def run_make(given: argparse.Namespace) -> int:
    from api.backup.make import make
    from api.bootstrap import runtime

    with runtime() as running:
        made = make(running, given.folder.absolute())
    manifest = made.manifest
    if given.json:
        json_line(
            {
                "folder": str(made.folder),
                "at": manifest.at,
                "practices": manifest.practices,
                "rows": manifest.rows,
                "size_bytes": manifest.bytes_count,
                "manifest_sha256": made.sha256,
            }
        )
    else:
        line(f"{made.folder}: {manifest.practices} practices, {manifest.rows:,} rows, sealed.")
        line("It opens with this installation's keyring only: claimwright backup keyring FILE")
    return DONE


def run_keyring(given: argparse.Namespace) -> int:
    from api.backup.keyring_copy import write_keyring_copy

    write_keyring_copy(settings_module.read(), given.file.absolute(), _passphrase(twice=True))
    line("Done. Keep this file and its passphrase apart from each other, and from the backups.")
    return DONE


def run_drill(given: argparse.Namespace) -> int:
    from api.backup.drill import drill
    from api.bootstrap import runtime

    with runtime() as running:
        done = drill(running, say=progress)
    well = all(proof.ok for proof in done.restored.proofs) and not done.restored.gaps
    if given.json:
        json_line({"well": well, **{name: _plain(done, name) for name in done.__struct_fields__}})
        return DONE if well else PROBLEMS
    _say_proofs(done.restored)
    line(f"made in {done.backup_seconds:.1f} s, restored and verified in "
         f"{done.restore_seconds:.1f} s (RTO)")  # fmt: skip
    if done.backup_age_hours is None:
        line("there was no backup before this one (RPO): an accident would have lost everything")
    else:
        line(f"the backup before this one is {done.backup_age_hours:.1f} hours old (RPO)")
    line(f"on record: {done.evidence}")
    return DONE if well else PROBLEMS


def _plain(done: Any, name: str) -> object:
    if name == "restored":
        return _facts(done.restored)
    value = getattr(done, name)
    return str(value) if isinstance(value, Path) else value


def run_forget(given: argparse.Namespace) -> int:
    from api.backup.make import forget_destroyed_keys
    from api.bootstrap import runtime

    with runtime() as running:
        taken = forget_destroyed_keys(running, given.folder.absolute())
    line(f"{taken} keys were taken out of the backups there.")
    return DONE


def run_restore(given: argparse.Namespace) -> int:
    from api.backup.keyring_copy import put_keyring_back
    from api.backup.restore import restore

    if given.backup is None and given.keyring is None:
        raise InputError("name the folder of a backup, or --keyring FILE, or both")
    settings = settings_module.read()
    if given.keyring is not None:
        put_keyring_back(settings, given.keyring, _passphrase(twice=False))
        if given.backup is None:
            line("The keyring is in the home folder.")
            return DONE
    if given.checkpoints is not None and not given.checkpoints.is_dir():
        raise InputError("--checkpoints is not a folder")
    done = restore(settings, given.backup, checkpoints=given.checkpoints, say=progress)
    if given.json:
        json_line(_facts(done))
    else:
        _say_proofs(done)
        line(f"Restored as of {done.manifest.at:%Y-%m-%d %H:%M:%S} UTC in "
             f"{sum(done.seconds.values()):.1f} s.")  # fmt: skip
        for gap in done.gaps:
            line(f"MISSING  practice {gap.tenant_id}: audit events {gap.first} to {gap.last} "
                 f"({gap.events}) were signed after this backup")  # fmt: skip
        if not done.gaps and given.checkpoints is None:
            line("With --checkpoints it would also say what happened after the backup.")
    return PROBLEMS if done.gaps else DONE


def _facts(done: Restored) -> dict[str, object]:
    return {
        "at": done.manifest.at,
        "practices": done.manifest.practices,
        "rows": done.manifest.rows,
        "proofs": done.proofs,
        "missing_events": done.missing_events,
        "gaps": done.gaps,
        "seconds": done.seconds,
    }


def _say_proofs(done: Restored) -> None:
    for proof in done.proofs:
        line(f"{'proven' if proof.ok else 'WRONG '}  {proof.name}: {proof.sentence}")


def _passphrase(*, twice: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("Once more: ") != first:
        raise InputError("the two passphrases differ; nothing was written")
    return first

"""The files of the embedded server's cluster: made, handed to the server's user, replaced."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from core.errors import SetupError, UnavailableError
from tenants.postgres.account import ServerAccount
from tenants.postgres.configuration import ACCESS_RULES, ADMINISTRATOR
from tenants.postgres.home import sync_folder
from tenants.postgres.installation import programs_for
from tenants.postgres.processes import has_proc

# initdb writes 40 MB and, for a durable cluster, waits for the disk.
_INITDB_SECONDS = 600.0


def seen_folder(folder: Path, account: ServerAccount) -> str:
    """``folder`` as a program that ``account.run`` starts inside it must name it.

    The user root switches to may be unable to walk there. The program is put inside before
    privileges are dropped and reaches the folder through ``/proc/self/cwd``.
    """
    return "/proc/self/cwd" if account.switch and has_proc() else str(folder)


def create_cluster(data: Path, account: ServerAccount, password: str, *, durable: bool) -> None:
    """Make the cluster ``data``: complete under its final name or not there at all.

    Its superuser has ``password`` from the first moment; there is no time of trust. Without
    ``durable`` nothing waits for the disk. Raises ``UnavailableError`` when the disk is full and
    ``SetupError`` with the reason when ``initdb`` fails otherwise.
    """
    work = data.with_name(f"{data.name}.new")
    if work.exists():
        shutil.rmtree(work)
    fresh = work / "data"
    for folder in (work, fresh):
        folder.mkdir(mode=0o700)
        account.give(folder)
    replace_file(work / "password", password + "\n", account, durable=False)
    _initdb(fresh, account, durable=durable)
    replace_file(fresh / "pg_hba.conf", ACCESS_RULES, account, durable=durable)
    make_log_folder(fresh, account)
    if durable:
        sync_folder(fresh)
    fresh.rename(data)
    sync_folder(data.parent)
    shutil.rmtree(work)


def _initdb(fresh: Path, account: ServerAccount, *, durable: bool) -> None:
    here = seen_folder(fresh, account)
    command: list[str | Path] = [
        programs_for(account) / "initdb",
        f"--pgdata={here}",
        f"--pwfile={here}/../password",
        f"--username={ADMINISTRATOR}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--data-checksums",
    ]
    if not durable:
        command.append("--no-sync")
    done = account.run(command, folder=fresh, seconds=_INITDB_SECONDS)
    if done.returncode == 0:
        return
    home = fresh.parents[1]
    if "No space left" in done.stderr or "Disk quota" in done.stderr:
        raise UnavailableError(f"The disk that holds {home} is full; free some space.")
    said = (line.partition("error:")[2].strip() for line in done.stderr.splitlines())
    reason = next(filter(None, said), "initdb gave no reason")
    raise SetupError(f"The database in {home} could not be created: {reason}.")


def adopt(data: Path, account: ServerAccount) -> None:
    """Give the cluster to the server's user when root put it there, as from a backup."""
    if account.switch and data.stat().st_uid != account.uid:
        for path in (*data.rglob("*"), data):
            account.give(path)


def make_log_folder(data: Path, account: ServerAccount) -> None:
    """The folder of the server's log; a base backup may lack it."""
    folder = data / "log"
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        account.give(folder)


def replace_file(path: Path, text: str, account: ServerAccount, *, durable: bool) -> None:
    """Replace a file of the cluster as a whole; a full disk leaves the old one."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(handle)
        account.give(fresh)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise

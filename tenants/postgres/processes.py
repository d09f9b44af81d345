"""Which processes serve a data folder.

A pid alone says nothing: it may be a zombie's, or another process's that got the number after a
restart. A PostgreSQL process stays in its data folder for life, so the folder identifies it.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from core.errors import UnavailableError
from tenants.postgres.account import ServerAccount

# Asked as the server's user, because root without CAP_SYS_PTRACE (any default container) may not
# look at another user's process. A zombie has no folder, so it is never listed. The first line
# proves that this shell can tell: an empty answer must never mean that it could not.
_SERVERS_OF_THIS_FOLDER = """
[ "/proc/$$/cwd" -ef . ] || exit 3
for process in /proc/[0-9]*; do
  [ "$process/cwd" -ef . ] && read -r name <"$process/comm" && [ "$name" = postgres ] &&
    echo "${process#/proc/}"
done 2>/dev/null
true
"""


def has_proc() -> bool:
    """Whether this system shows its processes as files (Linux does)."""
    return Path("/proc/self/cwd").exists()


def serving(data: Path, account: ServerAccount) -> frozenset[int]:
    """The pids of all living PostgreSQL processes of ``data``: server, sessions, helpers.

    Raises ``UnavailableError`` when this machine does not let us see.
    """
    done = account.run(["/bin/sh", "-c", _SERVERS_OF_THIS_FOLDER], folder=data)
    if done.returncode != 0:
        raise UnavailableError(
            "This machine does not show the processes of its own user, so whether the embedded "
            "database runs cannot be told; mount /proc, or set DATABASE_URL."
        )
    return frozenset(int(pid) for pid in done.stdout.split())


def recorded_pid(data: Path) -> int | None:
    """The pid in ``postmaster.pid``; None without the file or when it holds none."""
    try:
        first = (data / "postmaster.pid").read_text(errors="replace").split("\n", 1)[0]
        return int(first)
    except (FileNotFoundError, ValueError):
        return None


def postmaster(data: Path, account: ServerAccount) -> int | None:
    """The pid of the living server process of ``data``, or None."""
    pid = recorded_pid(data)
    if pid is None:
        return None
    if has_proc():
        return pid if pid in serving(data, account) else None
    return pid if is_running(pid) else None


def is_running(pid: int) -> bool:
    """Whether ``pid`` is a process that still does something; a zombie does not."""
    if has_proc():
        try:
            state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state[0] not in ("Z", "X")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until_gone(pids: frozenset[int], seconds: float) -> bool:
    """Whether all ``pids`` ended within ``seconds``."""
    deadline = time.monotonic() + seconds
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end(pids: frozenset[int], *, signals: tuple[tuple[signal.Signals, float], ...]) -> bool:
    """Send each signal in turn and wait its seconds, until all ``pids`` are gone."""
    for number, seconds in signals:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if wait_until_gone(pids, seconds):
            return True
    return False


def clear_leftovers(data: Path, account: ServerAccount) -> None:
    """After the server process died: end what it left at work, and remove its stale files.

    Call it under the lock, when ``postmaster`` is None. Sessions that outlive their server still
    hold the old shared memory; a second server beside them would damage the data. Their work is
    lost either way: an uncommitted transaction is rolled back by recovery.
    """
    if not has_proc():
        # Without /proc a pid cannot be told from a re-used one: PostgreSQL's own check decides.
        return
    left = serving(data, account)
    if left and not end(left, signals=((signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0))):
        raise UnavailableError(
            "Processes of an earlier database server do not end; restart this machine."
        )
    (data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in data.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)

"""The fences around a plugin's process: put up before its code is read, and tried from inside.

What is told to whoever asks is not that a fence was put up but that it held: each is tried.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import site
import socket
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from plugins.confined import landlock, seccomp
from plugins.confined.limits import Limits
from plugins.confined.prctl import prctl


class Fence(StrEnum):
    """What is kept from a plugin."""

    NETWORK = "network"
    """It opens no socket of any kind."""
    WRITES = "writes"
    """It opens no file for writing, and changes none."""
    READS = "reads"
    """It reads its own folder, the interpreter and its packages, and no other file."""
    PROCESSES = "processes"
    """It starts no process and no program."""
    SIGNALS = "signals"
    """It sends no signal, and looks into no other process."""
    MEMORY = "memory"
    """It is given no more memory than its budget."""


WORDS = {
    Fence.NETWORK: "the network",
    Fence.WRITES: "writing files",
    Fence.READS: "reading files that are not its own",
    Fence.PROCESSES: "starting processes",
    Fence.SIGNALS: "other processes",
    Fence.MEMORY: "more memory than its budget",
}
"""What a fence keeps a plugin from."""

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_CPU_SECONDS_SPARE = 600
_HANDLES_MAX = 64
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_DATA = ("/usr/share/zoneinfo", "/dev/null", "/dev/urandom")


def leave_with(parent: int) -> None:
    """End with the process that started this one."""
    prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def put_up(root: Path, folder: str, limits: Limits) -> None:
    """Put up every fence this system has; ``tried`` tells which of them hold."""
    os.environ.clear()
    prctl(_SET_DUMPABLE, 0)
    _limit(limits)
    prctl(_SET_NO_NEW_PRIVILEGES, 1)
    landlock.restrict(readable(root, folder))
    seccomp.install()


def readable(root: Path, folder: str) -> tuple[str, ...]:
    """What the process may read: code, and what code needs to run."""
    ours = [str(root / name) for name in ("core", "plugins")]
    standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # Packages that are being worked on stand on the path by a file in the environment's own.
    elsewhere = [one for one in sys.path if one and Path(one).is_dir() and Path(one) != root]
    libraries = [str(Path(sys.base_prefix) / "lib"), *_LIBRARIES]
    own = [folder] if folder else site.getsitepackages()
    return tuple(dict.fromkeys([*own, *ours, *standard, *elsewhere, *libraries, *_DATA]))


def _limit(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _HANDLES_MAX),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, int(limits.worked_seconds) + _CPU_SECONDS_SPARE),
    ):
        _, hard = resource.getrlimit(kind)
        given = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (given, given))


def tried(parent: int, limits: Limits) -> tuple[str, ...]:
    """The fences that hold: for each, what it forbids is tried, and was refused.

    Each attempt does no harm where it succeeds, and fails in another way where it is not refused.
    """
    attempts: dict[Fence, tuple[Callable[[], object], ...]] = {
        Fence.NETWORK: (
            lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
            lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).close(),
        ),
        Fence.WRITES: (
            lambda: os.close(os.open(os.devnull, os.O_WRONLY)),
            lambda: Path("/").mkdir(),
        ),
        Fence.READS: (lambda: os.close(os.open("/", os.O_RDONLY)),),
        Fence.PROCESSES: (_fork, lambda: os.execv("/no such program", ["none"])),  # noqa: S606
        Fence.SIGNALS: (lambda: os.kill(parent, 0), lambda: os.kill(os.getpid(), 0)),
        Fence.MEMORY: (lambda: bytearray(limits.memory_bytes),),
    }
    return tuple(
        fence.value for fence, each in attempts.items() if all(_is_refused(one) for one in each)
    )


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except MemoryError:
        return True
    except OSError as error:
        return error.errno in (errno.EPERM, errno.EACCES)
    return False


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

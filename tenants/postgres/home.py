"""The folder all state lives in: its lock, and the file of database passwords."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.errors import ClaimwrightError, SetupError, UnavailableError

#: Holder of passwords by server, then by role; readable by its owner only.
PASSWORD_FILE = "database.json"  # noqa: S105
#: Beside the passwords: the key that signs whom a transaction speaks for.
CONTEXT_KEY = "context_key"
_LOCK_FILE = "database.lock"


@contextlib.contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses below ``folder`` into one sentence."""
    try:
        yield
    except OSError as problem:
        raise _sentence(folder, problem) from problem


def _sentence(folder: Path, problem: OSError) -> ClaimwrightError:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return UnavailableError(f"The disk that holds {folder} is full; free some space.")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"The folder {folder} cannot be used by this user; give the user the right to read "
            "and write it, or set CLAIMWRIGHT_HOME to another folder."
        )
    if problem.errno in (errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG):
        return SetupError(
            f"{folder} cannot be a folder (a file stands in its place, or the name is too long); "
            "set CLAIMWRIGHT_HOME to another folder."
        )
    reason = problem.strerror or "unknown reason"
    return UnavailableError(f"The folder {folder} cannot be used ({reason}); check the disk.")


def make_home(home: Path) -> None:
    """Create ``home`` for its owner only; parents and an existing folder keep their permissions."""
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def locked(home: Path, *, seconds: float) -> Iterator[None]:
    """Hold the one lock of ``home``; the lock ends with the process, however that ends.

    Raises ``UnavailableError`` when another process holds it longer than ``seconds``.
    """
    with plain_errors(home):
        make_home(home)
        handle = os.open(home / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        _same_owner(home, handle)
    try:
        _acquire(home, handle, seconds)
        yield
    finally:
        os.close(handle)


def _acquire(home: Path, handle: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"Another Claimwright process has been starting or stopping the database in "
                    f"{home} for too long; wait, or end that process."
                ) from None
            time.sleep(0.02)
        else:
            return


def _same_owner(home: Path, handle: int) -> None:
    """Root at work in another user's home leaves files that this user can still read."""
    if os.geteuid() == 0:
        owner = home.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def new_password() -> str:
    """192 random bits, of characters that need no quoting anywhere."""
    return secrets.token_hex(24)


def read_passwords(home: Path, server: str) -> dict[str, str]:
    """Passwords by role for ``server``; empty when there are none yet.

    Raises ``SetupError`` when others can read the file, or it is damaged.
    """
    return _read(home).get(server, {})


def write_passwords(home: Path, server: str, passwords: dict[str, str]) -> None:
    """Replace the passwords of ``server`` as a whole; call it under the lock of ``home``."""
    everything = _read(home)
    everything[server] = passwords
    _replace(home, everything)


def forget_passwords(home: Path, server: str) -> None:
    """Remove the passwords of ``server``; call it under the lock of ``home``."""
    everything = _read(home)
    if everything.pop(server, None) is not None:
        _replace(home, everything)


def _read(home: Path) -> dict[str, dict[str, str]]:
    path = home / PASSWORD_FILE
    with plain_errors(home):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            content = file.read()
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SetupError(
            f"The file {path} holds passwords and other users may open it; run: chmod 600 {path}"
        )
    try:
        return msgspec.json.decode(content, type=dict[str, dict[str, str]])
    except msgspec.DecodeError:
        raise SetupError(
            f"The file {path} is damaged; put it back from the backup of this folder."
        ) from None


def _replace(home: Path, everything: dict[str, dict[str, str]]) -> None:
    path = home / PASSWORD_FILE
    fresh = home / f".{PASSWORD_FILE}.{secrets.token_hex(4)}"
    with plain_errors(home):
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                _same_owner(home, handle)
                file.write(msgspec.json.format(msgspec.json.encode(everything)) + b"\n")
                file.flush()
                os.fsync(handle)
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(home)


def sync_folder(folder: Path) -> None:
    """Make names created or renamed in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

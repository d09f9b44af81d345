"""The operating system user the embedded server runs as.

PostgreSQL refuses to run as root. Root therefore starts it as somebody else; nobody is created.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.errors import SetupError, UnavailableError

# An account of this name, if the administrator made one, is better than `nobody`, which other
# services may share.
_DEDICATED = "claimwright"
_FALLBACK = "nobody"

# The server sees nothing of our environment: no keys, no PG* variables, no locale.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class ServerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """User and group of the server; ``switch`` when we are root and it is not us."""

    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str | Path], *, folder: Path, seconds: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user, in a session of its own, inside ``folder``.

        The folder is entered before root is given up, so the user need not be able to walk there.
        Raises ``UnavailableError`` when the program takes longer than ``seconds``.
        """
        try:
            return subprocess.run(
                [str(part) for part in command],
                cwd=folder,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
                umask=0o077,
            )
        except subprocess.TimeoutExpired:
            raise UnavailableError(
                f"The database program {Path(command[0]).name} did not end within {seconds:.0f} "
                "seconds; see whether the disk or the machine is overloaded, then try again."
            ) from None

    def give(self, path: Path) -> None:
        """Make the server's user the owner of a file or folder of ours."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(home: Path, data: Path) -> ServerAccount:
    """Who runs the server whose data lies in ``data`` (which may not be there yet).

    An ordinary user runs it himself. Root runs it as the owner of the data; for a new cluster as
    the owner of ``home`` if that is not root, else as ``claimwright`` if there is such a user, else
    as ``nobody``. Raises ``SetupError`` when the data belongs to another user, or there is nobody.
    """
    owner = data.stat().st_uid if data.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner not in (None, me):
            raise SetupError(
                f"The database folder {data} belongs to another user; run this command as that "
                "user, or choose another CLAIMWRIGHT_HOME."
            )
        return ServerAccount(uid=me, gid=os.getegid(), switch=False)
    if owner is None:
        owner = home.stat().st_uid
    return _known(owner) if owner else _unprivileged()


def _known(uid: int) -> ServerAccount:
    try:
        return ServerAccount(uid=uid, gid=pwd.getpwuid(uid).pw_gid, switch=True)
    except KeyError:
        raise SetupError(
            f"The database folder belongs to user number {uid}, who has no name on this machine; "
            "give the folder to a user of this machine."
        ) from None


def _unprivileged() -> ServerAccount:
    for name in (_DEDICATED, _FALLBACK):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return ServerAccount(uid=found.pw_uid, gid=found.pw_gid, switch=True)
    raise SetupError(
        "The database must not run as root, and this machine has no user named claimwright or "
        "nobody; run Claimwright as an ordinary user, or set DATABASE_URL."
    )

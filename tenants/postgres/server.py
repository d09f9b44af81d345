"""The embedded PostgreSQL 18: created, started, attached to, stopped.

The server is shared by every command, worker and web process of one ``CLAIMWRIGHT_HOME`` and
outlives the process that started it; only ``stop`` ends it. It never counts as started before a
connection has answered ``SELECT 1``. Why it is done this way: docs/decisions/0002.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import msgspec
import psycopg

from core.errors import SetupError, UnavailableError
from tenants.postgres.account import ServerAccount, server_account
from tenants.postgres.address import Address, embedded_address
from tenants.postgres.cluster import (
    adopt,
    create_cluster,
    make_log_folder,
    replace_file,
    seen_folder,
)
from tenants.postgres.configuration import (
    ADMINISTRATOR,
    PORT,
    check_access_rules,
    server_settings,
)
from tenants.postgres.home import (
    forget_passwords,
    locked,
    new_password,
    plain_errors,
    read_passwords,
    write_passwords,
)
from tenants.postgres.installation import programs_for
from tenants.postgres.processes import (
    clear_leftovers,
    end,
    is_running,
    postmaster,
)

#: The name under which the password file keeps the embedded server's passwords.
EMBEDDED = "embedded"

# A crash during heavy writing replays up to max_wal_size; minutes on a slow disk.
_RECOVERY_SECONDS = 900.0
# A server that neither answers nor says that it is recovering.
_SILENCE_SECONDS = 60.0
_POLL_SECONDS = 0.01

# sockaddr_un holds 107 bytes on Linux, 103 on macOS, the file name of the socket included.
_SOCKET_PATH_BYTES = 103

# Detached for good: no terminal, no parent of ours, no core files that would hold health data.
_LAUNCH = 'ulimit -c 0; { exec "$0" -D "$1" </dev/null >log/start.log 2>&1; } & echo $!'


class _Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt to connect; ``said`` is the refusal, by the server or by libpq."""

    ready: bool
    durable: bool = False
    said: str = ""


class EmbeddedServer:
    """The PostgreSQL server below ``home``, with its data in ``home/postgres``.

    ``durable=False`` turns off what protects data from a power cut; it is for tests and nothing
    else. ``loading=True`` starts it for a restore, with nobody at work. The server is left running
    until ``stop``: other processes may be using it.
    """

    def __init__(self, home: Path, *, durable: bool = True, loading: bool = False) -> None:
        self.home = home.absolute()
        self.data = self.home / "postgres"
        self.durable = durable
        self.loading = loading

    def start(self) -> None:
        """Create the cluster when there is none, start it when it is stopped, else attach.

        Returns when a connection answers. Raises ``SetupError`` for what a person must change
        (folder rights, access rules, missing programs, lost passwords) and ``UnavailableError``
        for what may pass (full disk, recovery that takes too long).
        """
        with plain_errors(self.home):
            probe = self._probe()
            if not probe.ready:
                with locked(self.home, seconds=_RECOVERY_SECONDS):
                    probe = self._start()
            self._check_running(probe)

    def stop(self) -> None:
        """End the server: sessions are cut, work is written out. A no-op when it is stopped."""
        if self.data.is_dir():
            with plain_errors(self.home), locked(self.home, seconds=_RECOVERY_SECONDS):
                self._stop()

    def destroy(self) -> None:
        """End the server and delete its data and passwords, for good."""
        if not self.home.is_dir():
            return
        with plain_errors(self.home), locked(self.home, seconds=_RECOVERY_SECONDS):
            if self.data.is_dir():
                self._stop()
                shutil.rmtree(self.data)
            forget_passwords(self.home, EMBEDDED)

    def is_ready(self) -> bool:
        """Whether a connection answers ``SELECT 1`` now."""
        with plain_errors(self.home):
            return self._probe().ready

    def administrator(self) -> Address:
        """The superuser's address, for the bootstrap and backups; never for the application.

        Raises ``SetupError`` when the password file does not hold its password.
        """
        password = read_passwords(self.home, EMBEDDED).get(ADMINISTRATOR)
        if password is None:
            raise SetupError(
                f"The passwords of the database in {self.data} are missing; put database.json "
                f"back into {self.home} from the backup."
            )
        return embedded_address(self._socket_folder(), PORT, ADMINISTRATOR, password)

    def run_program(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``pg_ctl``, ``pg_controldata``, ``pg_checksums`` and their like on this cluster.

        As the server's user, inside the data folder; give the folder as ``-D`` with ``seen_data``.
        """
        account = self._account()
        return account.run([programs_for(account) / name, *arguments], folder=self.data)

    @property
    def seen_data(self) -> str:
        """The data folder as the server names it; see ``seen_folder``."""
        return seen_folder(self.data, self._account())

    def _account(self) -> ServerAccount:
        return server_account(self.home, self.data)

    # -- answering ---------------------------------------------------------------------------

    def _probe(self) -> _Probe:
        """Connect as the superuser and ask; the question is part of the answer."""
        if not (self.data / f".s.PGSQL.{PORT}").exists():
            return _Probe(ready=False)
        try:
            with self.administrator().connect(seconds=3) as connection:
                row = connection.execute("SELECT current_setting('fsync')").fetchone()
        except psycopg.OperationalError as problem:
            return _Probe(ready=False, said=str(problem))
        return _Probe(ready=True, durable=row == ("on",))

    def _check_running(self, probe: _Probe) -> None:
        check_access_rules((self.data / "pg_hba.conf").read_text(errors="replace"))
        if self.durable and not probe.durable:
            raise SetupError(
                f"The database in {self.home} runs without protection against a power cut, as for "
                "tests; stop it, then start again."
            )

    def _socket_folder(self) -> str:
        """The folder of the socket under a name short enough for an address.

        The socket is in the data folder, which only the server's user and root may enter. When
        that path is too long, a link in the temporary folder stands for it, and only we can have
        made it: a stranger's link of that name is refused.
        """
        if _fits(self.data):
            return str(self.data)
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        name = f"claimwright-{os.geteuid()}-{digest}"
        for folder in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
            if _fits(folder / name):
                _link(folder / name, self.data)
                return str(folder / name)
        raise SetupError("The path of the temporary folder is too long; set TMPDIR to a short one.")

    # -- starting, under the lock ------------------------------------------------------------

    def _start(self) -> _Probe:
        if not self.data.exists():
            self._create()
        check_access_rules((self.data / "pg_hba.conf").read_text(errors="replace"))
        account = self._account()
        adopt(self.data, account)
        began = heard = time.monotonic()
        launched: int | None = None
        while not (probe := self._probe()).ready:
            now = time.monotonic()
            if launched is None:
                alive = postmaster(self.data, account) is not None
            else:
                alive = is_running(launched)
            if not alive:
                if launched is not None:
                    raise self._not_started()
                clear_leftovers(self.data, account)
                launched = self._launch(account)
            elif "password authentication failed" in probe.said:
                raise SetupError(
                    f"The database in {self.home} does not accept the password in database.json; "
                    "put that file back from the backup."
                )
            elif "FATAL" in probe.said:
                # It speaks: starting, recovering, stopping, or full. Each passes.
                heard = now
            if now - began > _RECOVERY_SECONDS or now - heard > _SILENCE_SECONDS:
                raise UnavailableError(
                    f"The embedded database in {self.home} is there but does not answer yet; wait, "
                    "then try again, and look at the files in postgres/log."
                )
            time.sleep(_POLL_SECONDS)
        return probe

    def _create(self) -> None:
        passwords = read_passwords(self.home, EMBEDDED)
        password = passwords.setdefault(ADMINISTRATOR, new_password())
        # Before the cluster, so that there is never a cluster whose password nobody knows.
        write_passwords(self.home, EMBEDDED, passwords)
        create_cluster(self.data, self._account(), password, durable=self.durable)

    def _launch(self, account: ServerAccount) -> int:
        """Start the server process, let go of it, and return its pid."""
        make_log_folder(self.data, account)
        settings = server_settings(data=self.seen_data, durable=self.durable, loading=self.loading)
        replace_file(self.data / "postgresql.conf", settings, account, durable=self.durable)
        done = account.run(
            ["/bin/sh", "-c", _LAUNCH, programs_for(account) / "postgres", self.seen_data],
            folder=self.data,
        )
        if not done.stdout.strip().isdigit():
            raise self._not_started()
        return int(done.stdout)

    def _not_started(self) -> UnavailableError:
        logs = sorted((self.data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        said = "".join(path.read_text(errors="replace")[-4000:] for path in logs[-2:])
        if "No space left on device" in said or shutil.disk_usage(self.data).free == 0:
            return UnavailableError(f"The disk that holds {self.home} is full; free some space.")
        return UnavailableError(
            f"The embedded database in {self.home} did not start; what it said is in "
            f"{self.data / 'log'}."
        )

    # -- stopping, under the lock ------------------------------------------------------------

    def _stop(self) -> None:
        account = self._account()
        pid = postmaster(self.data, account)
        if pid is not None and not end(
            frozenset({pid}),
            # Fast shutdown; then immediate, which costs a recovery at the next start.
            signals=((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)),
        ):
            raise UnavailableError(f"The embedded database in {self.home} does not stop.")
        clear_leftovers(self.data, account)
        if not _fits(self.data):
            Path(self._socket_folder()).unlink(missing_ok=True)


def _fits(folder: Path) -> bool:
    # A comma would be read as a list of hosts.
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(path) <= _SOCKET_PATH_BYTES and b"," not in path


def _link(link: Path, data: Path) -> None:
    """Make ``link`` lead to ``data``, or see that it does and is ours."""
    try:
        link.symlink_to(data)
    except FileExistsError:
        found = link.lstat()
        ours = stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid()
        if not ours or link.readlink() != data:
            raise SetupError(
                f"{link} is not the link Claimwright makes there; somebody else may have put it. "
                "Remove it, or set TMPDIR to a folder of your own."
            ) from None

"""What is done to a whole database by its administrator: copied out, put back, given its name.

``pg_dump`` and ``pg_restore`` of the wheel do the work, for the embedded server and for one's own.
Everything is read as ``claimwright_backup``, which sees every practice's rows, may change none, and
can log in only while a backup or a verification runs: its password is made for that run and
removed after it, so no stored secret opens every practice at once.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from core.errors import SetupError, UnavailableError
from tenants.postgres.address import Address, Connection, address_of_url
from tenants.postgres.bootstrap import OWNER, check_name
from tenants.postgres.home import new_password
from tenants.postgres.installation import installed_programs
from tenants.postgres.server import EmbeddedServer

#: Reads every practice's rows, which are ciphertext where it matters; can log in only meanwhile.
BACKUP = "claimwright_backup"

_LOCK = 7_241_993_806_116
_BLOCK_BYTES = 1 << 20
_POLICIES = re.compile(r"\d+; \d+ \d+ (POLICY|ROW SECURITY) ")
_NOT_OURS = re.compile(r"\d+; \d+ \d+ (ACL pg_catalog |SCHEMA - |COMMENT - )")
# Nothing that is restored counts before the database is renamed, and that commit waits for the
# disk and with it for everything before.
_LOADING = "-c synchronous_commit=off -c maintenance_work_mem=256MB"

_POWERS = sql.SQL(
    "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT BYPASSRLS CONNECTION LIMIT 8"
)
_MAY_READ = sql.SQL(
    "GRANT CONNECT ON DATABASE {name} TO {role};"
    "GRANT USAGE ON SCHEMA public TO {role};"
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
)


class Upkeep:
    """The administrator's work on the databases of one server."""

    def __init__(self, home: Path, database_url: str | None, *, durable: bool = True) -> None:
        self._server = EmbeddedServer(home, durable=durable) if database_url is None else None
        self._url = database_url

    @property
    def _admin(self) -> Address:
        if self._server is not None:
            return self._server.administrator()
        assert self._url is not None
        return address_of_url(self._url)

    def begin_loading(self) -> None:
        """Start the embedded server for a restore; one that runs is used as it is."""
        if self._server is not None:
            server = self._server
            EmbeddedServer(server.home, durable=server.durable, loading=True).start()

    def end_loading(self) -> None:
        """Start the embedded server anew, as it runs for work."""
        if self._server is not None:
            self._server.stop()
            self._server.start()

    @contextmanager
    def reader(self, migrator_url: str) -> Iterator[str]:
        """The URL of ``claimwright_backup`` in the migrator's database, good until the end.

        One at a time on a server; another backup waits here. Raises ``SetupError`` when the
        administrator may not make a role that reads past row-level security.
        """
        password = new_password()
        # Only the owner gives rights, and an administrator who is no superuser may not enter.
        admin, owner = self._admin, address_of_url(migrator_url)
        name = owner.dbname
        with admin.connect() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            try:
                _open_login(connection, password)
                with owner.connect() as inside, inside.transaction():
                    inside.execute(
                        _MAY_READ.format(name=sql.Identifier(name), role=sql.Identifier(BACKUP))
                    )
                yield admin.login(BACKUP, password, dbname=name).url()
            finally:
                with suppress(psycopg.Error):
                    connection.execute(
                        sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(
                            sql.Identifier(BACKUP)
                        )
                    )

    def ensure_reader(self) -> None:
        """Make the role where it is not: what is restored grants it rights."""
        with self._admin.connect() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            _ensure_role(connection)

    def databases(self) -> frozenset[str]:
        """The names of the databases of the server."""
        with self._admin.connect() as connection:
            rows = connection.execute("SELECT datname FROM pg_database").fetchall()
        return frozenset(row[0] for row in rows)

    def has_practices(self, name: str, migrator_url: str) -> bool:
        """Whether anybody works in the database ``name`` of the migrator's server already."""
        with address_of_url(migrator_url).database(name).connect() as connection:
            row = connection.execute("SELECT to_regclass('public.practice') IS NOT NULL").fetchone()
            if row != (True,):
                return False
            return connection.execute("SELECT EXISTS (SELECT FROM practice)").fetchone() == (True,)

    def drop(self, name: str) -> None:
        """Remove the database ``name`` with everything in it; nothing when it is not there."""
        check_name(name)
        with self._admin.connect() as connection, _owning(connection):
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def rename(self, name: str, new_name: str) -> None:
        """Give the database ``name`` its final name: from this commit on it is there."""
        check_name(new_name)
        with self._admin.connect() as connection, _owning(connection):
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(new_name)
                )
            )


def dump(reader_url: str, *, snapshot: str, without_rows_of: Sequence[str]) -> Iterator[bytes]:
    """The database as ``pg_dump``'s custom format, in blocks, as ``snapshot`` sees it.

    The tables in ``without_rows_of`` come without their rows. Raises ``UnavailableError`` when the
    program did not end well: then what was given out before is no backup.
    """
    address = address_of_url(reader_url)
    command = [
        installed_programs() / "pg_dump",
        f"--dbname={_without_password(address)}",
        f"--snapshot={snapshot}",
        "--format=custom",
        "--compress=gzip:1",
        "--encoding=UTF8",
        "--lock-wait-timeout=60s",
        "--no-password",
        *(f"--exclude-table-data=public.{table}" for table in without_rows_of),
    ]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [str(part) for part in command],
            env=_environment(address),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as program,
    ):
        assert program.stdout is not None
        try:
            while block := program.stdout.read(_BLOCK_BYTES):
                yield block
        finally:
            program.stdout.close()
            status = program.wait()
        if status:
            errors.seek(0)
            raise _failed(errors.read())


class Archive:
    """A dump in a file, put back part by part: first tables, then rows, then what guards them.

    ``migrator_url`` is the owner's in the empty database it goes to.
    """

    def __init__(self, path: Path, migrator_url: str, *, jobs: int = 2) -> None:
        self._path = path
        self._address = address_of_url(migrator_url)
        self._jobs = jobs
        self._contents = [
            line
            for line in self._run("--list", connects=False).splitlines()
            if line and not line.startswith(";") and not _NOT_OURS.match(line)
        ]

    def load_rows(self) -> None:
        """Types, functions and tables, and the rows of the tables."""
        # In one run: pg_restore then fills each table in the transaction that empties it.
        self._load(self._contents, "--section=pre-data", "--section=data", f"--jobs={self._jobs}")

    def load_guards(self) -> None:
        """Indexes, keys, triggers; the policies last, when every foreign key has been checked."""
        others = [line for line in self._contents if not _POLICIES.match(line)]
        policies = [line for line in self._contents if _POLICIES.match(line)]
        self._load(others, "--section=post-data", f"--jobs={self._jobs}")
        self._load(policies, "--section=post-data")

    def _load(self, contents: Sequence[str], *options: str) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, suffix=".list") as file:
            file.write("\n".join(contents) + "\n")
            file.flush()
            self._run(
                f"--use-list={file.name}",
                "--no-owner",
                "--exit-on-error",
                "--no-password",
                *options,
            )

    def _run(self, *options: str, connects: bool = True) -> str:
        target = [f"--dbname={_without_password(self._address)}"] if connects else []
        done = subprocess.run(
            [str(installed_programs() / "pg_restore"), *target, *options, str(self._path)],
            env=_environment(self._address, PGOPTIONS=_LOADING),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise _failed(done.stderr)
        return done.stdout.decode()


@contextmanager
def _owning(connection: Connection) -> Iterator[None]:
    """With the owner's rights over its databases, for an administrator who is no superuser."""
    if connection.info.parameter_status("is_superuser") == "on":
        yield
        return
    grant = "GRANT {} TO CURRENT_USER WITH INHERIT {}"
    owner = sql.Identifier(OWNER)
    connection.execute(sql.SQL(grant).format(owner, sql.SQL("TRUE")))
    try:
        yield
    finally:
        connection.execute(sql.SQL(grant).format(owner, sql.SQL("FALSE")))


def _open_login(connection: Connection, password: str) -> None:
    _ensure_role(connection)
    verifier = connection.pgconn.encrypt_password(
        password.encode(), BACKUP.encode(), b"scram-sha-256"
    ).decode()
    # The limit ends what a killed backup left open.
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {} VALID UNTIL {}").format(
            sql.Identifier(BACKUP), sql.Literal(verifier), sql.Literal(_tomorrow(connection))
        )
    )


def _tomorrow(connection: Connection) -> str:
    row = connection.execute("SELECT (now() + interval '1 day')::text").fetchone()
    assert row is not None
    return str(row[0])


def _ensure_role(connection: Connection) -> None:
    role = sql.Identifier(BACKUP)
    found = connection.execute(
        "SELECT rolsuper OR rolcreaterole OR rolreplication, rolbypassrls FROM pg_roles"
        " WHERE rolname = %s",
        (BACKUP,),
    ).fetchone()
    if found is not None and found != (False, True):
        raise SetupError(
            f"The database role {BACKUP} does not have the rights it must have; run: ALTER ROLE "
            f"{BACKUP} NOSUPERUSER NOCREATEROLE NOREPLICATION BYPASSRLS"
        )
    try:
        if found is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN {}").format(role, _POWERS))
        connection.execute(
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role)
        )
    except psycopg.errors.InsufficientPrivilege:
        raise SetupError(
            f"The user in DATABASE_URL may not make a role that reads every practice; let an "
            f"administrator run: CREATE ROLE {BACKUP} NOLOGIN NOINHERIT BYPASSRLS; GRANT {BACKUP} "
            "TO that user WITH ADMIN OPTION"
        ) from None


def _without_password(address: Address) -> str:
    return make_conninfo("", user=address.user, dbname=address.dbname, **dict(address.options))


def _environment(address: Address, **more: str) -> dict[str, str]:
    # Not on the command line, which every user of the machine may read.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGPASSWORD": address.password, **more}


def _failed(said: bytes) -> SetupError | UnavailableError:
    """A sentence for what the program said; its own words may hold values of rows."""
    if b"server version mismatch" in said:
        return SetupError(
            "The PostgreSQL server is newer than the programs this Claimwright brings; upgrade "
            "Claimwright, or back up with the server's own tools."
        )
    if b"No space left on device" in said or b"could not extend file" in said:
        return UnavailableError("The disk is full; free some space, then run it again.")
    return UnavailableError(
        "The database's own program for copying it out or in did not end well; run claimwright "
        "doctor, then try again."
    )

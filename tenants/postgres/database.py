"""Open the database: embedded when no URL is given, else a PostgreSQL server of one's own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from core.errors import ClaimwrightError, SetupError, UnavailableError
from tenants.postgres.address import Address, Connection, address_of_url, redacted
from tenants.postgres.bootstrap import (
    APP,
    LOGIN_ROLES,
    MIGRATOR,
    OWNER,
    SEQUENCER,
    check_name,
    check_roles,
    database_grants,
    ensure_database,
    ensure_roles,
    existing_roles,
)
from tenants.postgres.home import (
    PASSWORD_FILE,
    locked,
    new_password,
    read_passwords,
    write_passwords,
)
from tenants.postgres.server import EMBEDDED, EmbeddedServer

#: The oldest PostgreSQL we run on.
OLDEST_RELEASE = 16

_BOOTSTRAP_SECONDS = 120.0

_OFF = "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name"
_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
# On a server of one's own the storage below may do this; doctor tells, but it does not refuse.
_EMBEDDED_DURABILITY = (*_DURABILITY, "data_checksums")


class DatabaseUrls(msgspec.Struct, frozen=True, kw_only=True):
    """SQLAlchemy URLs (``postgresql+psycopg://``) by role; they hold passwords, the repr does not.

    ``migrator`` acts as the owner of everything, ``app`` and ``sequencer`` own nothing.
    """

    migrator: str
    app: str
    sequencer: str

    def __repr__(self) -> str:
        return f"DatabaseUrls{self.redacted()!r}"

    def redacted(self) -> tuple[str, str, str]:
        """The three URLs with ``***`` for each password, safe to show."""
        return redacted(self.migrator), redacted(self.app), redacted(self.sequencer)


def open_database(
    home: Path, *, database_url: str | None, name: str = "claimwright", durable: bool = True
) -> DatabaseUrls:
    """Make the database ``name`` usable and return how each role reaches it.

    Without ``database_url`` the embedded server of ``home`` is started or attached to. With it, the
    URL is an administrator's (CREATEROLE and CREATEDB) of PostgreSQL 16 or newer. Missing roles
    and a missing database are created; passwords are kept in ``home/database.json``.
    ``durable=False`` is for tests: data may be lost, and the owner may create databases.

    Raises ``UnavailableError`` when nothing answers, ``SetupError`` when what answers must not be
    used: too old, unprotected against a power cut, or roles with too many rights.
    """
    check_name(name)
    if database_url is None:
        server = EmbeddedServer(home, durable=durable)
        server.start()
        admin, label = server.administrator(), EMBEDDED
    else:
        admin = address_of_url(database_url)
        label = f"{admin.option('host') or admin.option('hostaddr')}:{admin.option('port')}"
        _check_transport(admin)
    try:
        if not _is_ready(home, label, admin, name, durable=durable):
            _bootstrap(home, label, admin, name, durable=durable)
    except psycopg.OperationalError as problem:
        # Not chained: libpq's words may hold the address and the user's name.
        raise _refused(problem) from None
    except psycopg.errors.InsufficientPrivilege:
        raise SetupError(
            "The user in DATABASE_URL may not create databases and roles; use one with CREATEDB "
            "and CREATEROLE."
        ) from None
    passwords = read_passwords(home, label)
    migrator, app, sequencer = (
        admin.login(role, passwords[role], dbname=name).url() for role in (MIGRATOR, APP, SEQUENCER)
    )
    return DatabaseUrls(migrator=migrator, app=app, sequencer=sequencer)


def create_from_template(urls: DatabaseUrls, template: str, name: str) -> DatabaseUrls:
    """Copy the database ``template`` to a new one, ``name``, and return its URLs.

    For tests, on a database opened with ``durable=False``; nobody may be connected to ``template``.
    """
    check_name(name)
    with _as_owner(urls, "postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        connection.execute(database_grants(name))
    return _renamed(urls, name)


def drop_database(urls: DatabaseUrls, name: str) -> None:
    """Drop ``name``, cutting its sessions; a no-op when it is not there. For tests, as above."""
    check_name(name)
    with _as_owner(urls, "postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _is_ready(home: Path, label: str, admin: Address, name: str, *, durable: bool) -> bool:
    """Whether roles, passwords and database are there; refuses a server that must not be used."""
    with admin.connect() as connection:
        _check_server(connection, _needed(label) if durable else ())
        check_roles(connection)
        if existing_roles(connection) != {OWNER, *LOGIN_ROLES}:
            return False
        row = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s AND datdba::regrole::text = %s"
            " AND NOT has_database_privilege('public', oid, 'CONNECT')",
            (name, OWNER),
        ).fetchone()
    return row is not None and read_passwords(home, label).keys() >= set(LOGIN_ROLES)


def _needed(label: str) -> tuple[str, ...]:
    return _EMBEDDED_DURABILITY if label == EMBEDDED else _DURABILITY


def _check_server(connection: Connection, needed: tuple[str, ...]) -> None:
    if connection.info.server_version < OLDEST_RELEASE * 10_000:
        raise SetupError(
            f"The PostgreSQL server is older than {OLDEST_RELEASE}; Claimwright needs "
            f"{OLDEST_RELEASE} or newer."
        )
    off = [row[0] for row in connection.execute(_OFF, (list(needed),))]
    if off:
        raise SetupError(
            f"The PostgreSQL server may lose or damage data ({', '.join(off)} off); turn that "
            "on, then start again."
        )


def _bootstrap(home: Path, label: str, admin: Address, name: str, *, durable: bool) -> None:
    with locked(home, seconds=_BOOTSTRAP_SECONDS):
        passwords = read_passwords(home, label)
        missing = set(LOGIN_ROLES) - passwords.keys()
        if missing and label != EMBEDDED and durable:
            _refuse_to_reset(home, admin, missing)
        # Written before they are set: a crash in between leaves passwords that the next try sets.
        passwords |= {role: new_password() for role in sorted(missing)}
        if missing:
            write_passwords(home, label, passwords)
        roles = {role: passwords[role] for role in LOGIN_ROLES}
        ensure_roles(admin, roles, for_tests=not durable)
        ensure_database(admin, name)


def _refuse_to_reset(home: Path, admin: Address, missing: set[str]) -> None:
    """New passwords would lock out the other machines that work on this server."""
    with admin.connect() as connection:
        known = sorted(existing_roles(connection) & missing)
    if known:
        raise SetupError(
            f"The server already has the role {known[0]}, but its password is not in "
            f"{home / PASSWORD_FILE}; copy that file from the machine that made the role, or drop "
            "the role."
        )


def _check_transport(admin: Address) -> None:
    """Over a network the operator must have said how the connection is protected."""
    host = admin.option("host") or admin.option("hostaddr")
    if is_local(host) or admin.option("sslmode"):
        return
    raise SetupError(
        "DATABASE_URL reaches over the network and does not say how it is protected; add "
        "sslmode=verify-full (or sslmode=disable where the network itself is protected)."
    )


def is_local(host: str) -> bool:
    """Whether every host in a libpq ``host`` is a socket folder or this machine."""
    return all(
        one.startswith(("/", "@", "127.")) or one in ("localhost", "::1") for one in host.split(",")
    )


def _refused(problem: psycopg.OperationalError) -> ClaimwrightError:
    said = str(problem)
    if problem.sqlstate == "53100":
        return UnavailableError("The disk of the database server is full; free some space.")
    if "authentication failed" in said or "no pg_hba.conf entry" in said:
        return SetupError("The database does not accept the user or password in DATABASE_URL.")
    if "does not exist" in said and "database" in said:
        return SetupError(
            "The database named in DATABASE_URL does not exist; name an existing one."
        )
    return UnavailableError(
        "The database does not answer; check that it runs and that DATABASE_URL is right."
    )


def _as_owner(urls: DatabaseUrls, dbname: str) -> Connection:
    return address_of_url(urls.migrator).database(dbname).connect()


def _renamed(urls: DatabaseUrls, name: str) -> DatabaseUrls:
    migrator, app, sequencer = (
        address_of_url(url).database(name).url()
        for url in (urls.migrator, urls.app, urls.sequencer)
    )
    return DatabaseUrls(migrator=migrator, app=app, sequencer=sequencer)

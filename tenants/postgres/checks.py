"""What ``claimwright doctor`` tells about the database: values, one a question."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import psycopg

from tenants.postgres.address import Address, Connection, address_of_url
from tenants.postgres.bootstrap import APP, OWNER
from tenants.postgres.configuration import SAFE_METHODS
from tenants.postgres.database import (
    OLDEST_RELEASE,
    DatabaseUrls,
    is_local,
    reaches_every_node,
)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One question about the database: its name, whether all is well, and a sentence either way."""

    name: str
    ok: bool
    sentence: str


def check_database(urls: DatabaseUrls) -> tuple[Check, ...]:
    """Ask the database everything that must be so. Raises nothing: what fails is an answer."""
    app, owner = address_of_url(urls.app), address_of_url(urls.migrator)
    answers = [_reachable(app), _transport(app)]
    if not answers[0].ok:
        return tuple(answers)
    try:
        with owner.connect() as connection:
            answers += [
                question(connection)
                for question in (_release, _durability, _checksums, _access_rules)
            ]
        with app.connect() as connection:
            answers += [_unprivileged(connection), _whole(connection)]
    except psycopg.Error:
        answers.append(
            Check(
                name="roles",
                ok=False,
                sentence="A role of Claimwright cannot log in or look; restore database.json.",
            )
        )
    return tuple(answers)


def _answer(name: str, ok: bool, good: str, bad: str) -> Check:
    return Check(name=name, ok=ok, sentence=good if ok else bad)


def _reachable(app: Address) -> Check:
    try:
        with app.connect() as connection:
            ok = connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        ok = False
    return _answer("answers", ok, "The database answers.", "The database does not answer.")


def _transport(app: Address) -> Check:
    """Socket: only its owner enters the folder. Network: the server's certificate is verified."""
    host = app.option("host") or app.option("hostaddr")
    if host.startswith("/"):
        return _socket(Path(host) / f".s.PGSQL.{app.option('port')}")
    return _answer(
        "connection",
        is_local(host) or app.option("sslmode") == "verify-full",
        "The connection to the database is protected.",
        "The connection to the database is not verified; set sslmode=verify-full.",
    )


def _socket(socket: Path) -> Check:
    bad = "Other users of this machine can reach the database's socket; they need its password."
    try:
        folder, mode = socket.parent.stat(), socket.stat().st_mode
    except OSError:
        return Check(name="connection", ok=False, sentence="The database's socket is not there.")
    closed = not stat.S_IMODE(folder.st_mode) & 0o077 or not stat.S_IMODE(mode) & 0o077
    trusted = folder.st_uid == os.geteuid() or os.geteuid() == 0
    return _answer(
        "connection", closed and trusted, "Only the database's own user can reach its socket.", bad
    )


def _release(connection: Connection) -> Check:
    return _answer(
        "release",
        connection.info.server_version >= OLDEST_RELEASE * 10_000,
        f"PostgreSQL {connection.info.server_version // 10_000}.",
        f"PostgreSQL is older than {OLDEST_RELEASE}.",
    )


def _setting(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""


def _durability(connection: Connection) -> Check:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if _setting(connection, name) == "off"]
    return _answer(
        "durability",
        not off,
        "A commit survives a power cut.",
        f"Committed data may be lost: {', '.join(off)} off.",
    )


def _checksums(connection: Connection) -> Check:
    return _answer(
        "checksums",
        _setting(connection, "data_checksums") == "on",
        "Damaged pages are noticed.",
        "Damaged pages go unnoticed: data checksums are off (pg_checksums --enable).",
    )


def _access_rules(connection: Connection) -> Check:
    name = "access rules"
    try:
        rows = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return Check(name=name, ok=True, sentence="The server's access rules are not ours to see.")
    return _answer(
        name,
        bool(rows) and all(method in SAFE_METHODS | {"cert"} for (method,) in rows),
        "Nobody gets in without a password or certificate.",
        "pg_hba.conf lets somebody in without a password.",
    )


def _unprivileged(connection: Connection) -> Check:
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        " OR pg_has_role(current_user, %s, 'MEMBER')"
        " OR has_schema_privilege(current_user, 'public', 'CREATE')"
        " FROM pg_roles WHERE rolname = current_user AND rolname = %s",
        (OWNER, APP),
    ).fetchone()
    return _answer(
        "application role",
        row == (False,),
        "The application cannot get around row-level security.",
        "The application's role has rights it must not have.",
    )


def _whole(connection: Connection) -> Check:
    return _answer(
        "every node",
        reaches_every_node(connection),
        "Every node of the database knows for which practice a transaction is.",
        "Workers of the database are not told for which practice a transaction is; set "
        "citus.propagate_set_commands = 'local'.",
    )

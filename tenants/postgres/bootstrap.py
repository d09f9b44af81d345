"""Roles and databases: who owns, who migrates, who may only work.

Everything here is done by an administrator's connection, may run twice and in two processes at
once, and reaches the same end. Passwords are sent as SCRAM verifiers, so no server log can hold
one; those of a throwaway server apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg
from psycopg import sql

from core.errors import SetupError
from tenants.postgres.address import Address, Connection

#: Owns the schema and everything in it; cannot log in.
OWNER = "claimwright_owner"
#: Logs in to migrate, and acts as the owner from its first statement.
MIGRATOR = "claimwright_migrator"
#: The application: no ownership, no bypass of row-level security, no DDL.
APP = "claimwright_app"
#: Builds the audit log from what the application recorded.
SEQUENCER = "claimwright_sequencer"

LOGIN_ROLES = (MIGRATOR, APP, SEQUENCER)

# Any number, the same in every version: one bootstrap at a time on a server.
_LOCK = 7_241_993_806_115

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)

_NO_POWERS = sql.SQL("NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT")

_ROLE_ATTRIBUTES = """
SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication, rolcanlogin, rolinherit
  FROM pg_roles WHERE rolname = ANY(%s)
"""

# From this release on it can be said how many rounds of a hash a login costs.
_ROUNDS_CAN_BE_SET = 160_000

_MEMBERSHIPS = """
SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members
 WHERE member::regrole::text = ANY(%s)
"""


def ensure_roles(admin: Address, passwords: Mapping[str, str], *, for_tests: bool = False) -> None:
    """Create the roles that are missing and set the ``passwords`` given (role to password).

    ``for_tests`` lets the owner create and drop databases, which ``create_from_template`` needs,
    and makes a login cheap. Raises ``SetupError`` when a role of that name exists with powers it
    must not have.
    """
    with admin.connect() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        found = existing_roles(connection)
        for role in (OWNER, *LOGIN_ROLES):
            if role not in found:
                _create_role(connection, role, login=role != OWNER)
        for role, password in passwords.items():
            _set_password(connection, role, password)
        _allow_acting_as_owner(connection)
        if for_tests:
            _make_logins_cheap(connection, passwords)
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
            connection.execute(
                sql.SQL("GRANT pg_signal_backend TO {} WITH INHERIT TRUE").format(
                    sql.Identifier(OWNER)
                )
            )
        check_roles(connection)


def existing_roles(connection: Connection) -> frozenset[str]:
    """Which of our roles the server has."""
    rows = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", ([OWNER, *LOGIN_ROLES],)
    )
    return frozenset(row[0] for row in rows)


def check_roles(connection: Connection) -> None:
    """Raise ``SetupError`` when one of our roles could get around row-level security."""
    rows = connection.execute(_ROLE_ATTRIBUTES, ([OWNER, *LOGIN_ROLES],)).fetchall()
    for role, powerful, can_login, inherits in rows:
        if powerful or can_login == (role == OWNER) or (can_login and inherits):
            raise SetupError(
                f"The database role {role} has rights it must not have; run: ALTER ROLE {role} "
                f"NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOINHERIT "
                f"{'NOLOGIN' if role == OWNER else 'LOGIN'}"
            )
    for member, role in connection.execute(_MEMBERSHIPS, ([APP, SEQUENCER],)):
        raise SetupError(
            f"The database role {member} is a member of {role} and must not be; run: REVOKE {role} "
            f"FROM {member}"
        )


def ensure_database(admin: Address, name: str) -> None:
    """Create the database ``name``, owned by our owner, closed to everybody but our roles.

    The roles must be there (``ensure_roles``). Raises ``SetupError`` for a name or an existing
    database that cannot serve.
    """
    check_name(name)
    with admin.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        row = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) "
            "FROM pg_database WHERE datname = %s",
            (name,),
        ).fetchone()
        if row is None:
            _create_database(connection, name)
        elif row != (OWNER, "UTF8"):
            raise SetupError(
                f"The database {name} exists, but is not in UTF8 or not owned by {OWNER}; choose "
                f"another name, or run: ALTER DATABASE {name} OWNER TO {OWNER}"
            )
        with admin.database(name).connect() as inside:
            _close_to_the_public(inside, name)


def check_name(name: str) -> None:
    """Raise ``SetupError`` unless ``name`` can name a database without quoting."""
    if not _NAME.fullmatch(name):
        raise SetupError(
            "A database name has lower-case letters, digits and underscores only, begins with a "
            "letter and is at most 63 long; choose such a name."
        )


def _create_role(connection: Connection, role: str, *, login: bool) -> None:
    connection.execute(
        sql.SQL("CREATE ROLE {} {} {}").format(
            sql.Identifier(role), sql.SQL("LOGIN" if login else "NOLOGIN"), _NO_POWERS
        )
    )


def _set_password(connection: Connection, role: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
    )


def _make_logins_cheap(connection: Connection, passwords: Mapping[str, str]) -> None:
    """A suite logs in thousands of times, and each costs the client 4096 rounds of a hash.

    The server makes such a verifier itself and is given the password: of a throwaway server alone.
    """
    if connection.info.server_version < _ROUNDS_CAN_BE_SET:
        return
    connection.execute("SET LOCAL scram_iterations = 1")
    for role, password in passwords.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )


def _allow_acting_as_owner(connection: Connection) -> None:
    """The migrator becomes the owner at login; an administrator who is no superuser may too."""
    owner = sql.Identifier(OWNER)
    members = [sql.Identifier(MIGRATOR)]
    row = connection.execute(
        "SELECT rolsuper, current_user FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is not None and not row[0]:
        members.append(sql.Identifier(row[1]))
    for member in members:
        connection.execute(
            sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(owner, member)
        )
    connection.execute(
        sql.SQL("ALTER ROLE {} SET role = {}").format(sql.Identifier(MIGRATOR), sql.Literal(OWNER))
    )


def _create_database(connection: Connection, name: str) -> None:
    # Text sorts by code point everywhere; the application sorts for people.
    locale = (
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
        if connection.info.server_version >= 170_000
        else "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    )
    try:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.SQL(locale)
            )
        )
    except psycopg.errors.InsufficientPrivilege:
        raise SetupError(
            "The user in DATABASE_URL may not create databases and roles; use one with CREATEDB "
            "and CREATEROLE."
        ) from None


def _close_to_the_public(connection: Connection, name: str) -> None:
    """Only our roles may enter ``name``, and only the owner may make anything in it."""
    superuser = connection.info.parameter_status("is_superuser") == "on"
    with connection.transaction():
        if superuser:
            # Lets `claimwright doctor` see, through the owner, that nobody gets in unasked.
            connection.execute(
                sql.SQL(
                    "GRANT SELECT ON pg_hba_file_rules TO {0};"
                    "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO {0}"
                ).format(sql.Identifier(OWNER))
            )
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
        connection.execute(database_grants(name))
        connection.execute(_schema_grants())


def database_grants(name: str) -> sql.Composed:
    """The statements by which the owner closes the database ``name``; a copy needs them anew."""
    return sql.SQL(
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        "GRANT CONNECT ON DATABASE {name} TO {migrator}, {sequencer};"
        # Volume goes by COPY into a temporary table, then INSERT under row-level security.
        "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}"
    ).format(
        name=sql.Identifier(name),
        migrator=sql.Identifier(MIGRATOR),
        sequencer=sql.Identifier(SEQUENCER),
        app=sql.Identifier(APP),
    )


def _schema_grants() -> sql.Composed:
    return sql.SQL(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;GRANT USAGE ON SCHEMA public TO {app}, {sequencer}"
    ).format(app=sql.Identifier(APP), sequencer=sql.Identifier(SEQUENCER))

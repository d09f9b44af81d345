"""The settings of the embedded server and the check of its access rules."""

from __future__ import annotations

from core.errors import SetupError

#: The superuser of the embedded server; only the bootstrap connects as it.
ADMINISTRATOR = "postgres"

#: Part of the socket's file name only; nothing listens on a network port.
PORT = 5432

#: Methods that ask for a password without ever sending it, or let nobody in.
SAFE_METHODS = frozenset({"scram-sha-256", "reject"})
_OPEN_METHODS = frozenset({"trust", "peer", "ident", "password"})

# The replication line lets the administrator take a base backup; `all` does not cover it.
ACCESS_RULES = f"""\
# Written by Claimwright. Every connection needs a password; there is no other way in.
local  all          all              scram-sha-256
local  replication  {ADMINISTRATOR}  scram-sha-256
"""

_SETTINGS = """\
# Written by Claimwright at every start. To tune, write to local.conf beside this file: it is read
# where it is included, so what follows it cannot be changed there.
max_connections = 100
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = pglz
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.simple'
# What is thrown away soon need not be tidied up.
autovacuum = {durable}
include_if_exists 'local.conf'

# The only way in is the socket in the data folder, which only the server's user may enter.
listen_addresses = ''
port = {port}
unix_socket_directories = '.'
unix_socket_permissions = 0700
password_encryption = scram-sha-256
hba_file = '{data}/pg_hba.conf'
allow_alter_system = off

# No statement, parameter or row value may reach the log: an error names values even in its first
# line, so errors of statements go to the client and nowhere else.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_duration = off
log_min_duration_statement = -1
log_min_duration_sample = -1
log_transaction_sample_rate = 0
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_autovacuum_min_duration = -1
log_checkpoints = off
log_connections = ''
log_disconnections = off
lc_messages = C
# Seven files, one a weekday, each emptied when its day comes again.
logging_collector = on
log_destination = stderr
log_directory = 'log'
log_filename = 'server-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on

fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""


# While a database is restored, and nobody works: tables made and filled in one transaction need no
# log of their own, and nothing tidies up beside. What is committed is on the disk as ever.
_LOADING = """
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8GB
autovacuum = off
"""


def server_settings(*, data: str, durable: bool, loading: bool = False) -> str:
    """The text of ``postgresql.conf``; ``data`` is the data folder as the server names it."""
    quoted = data.replace("'", "''")
    settings = _SETTINGS.format(port=PORT, data=quoted, durable="on" if durable else "off")
    return settings + _LOADING if loading else settings


def check_access_rules(text: str) -> None:
    """Refuse a ``pg_hba.conf`` that lets anybody in without a password.

    Raises ``SetupError`` naming the line. A file that includes others is refused as well: what it
    allows cannot be seen here.
    """
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        # `host` rules carry an address, and perhaps a mask, before the method.
        rest = words[3:]
        safe = SAFE_METHODS.intersection(rest[:3]) and not _OPEN_METHODS.intersection(rest)
        if words[0].startswith("include") or not safe:
            raise SetupError(
                f"pg_hba.conf of the embedded database, line {number}, lets somebody in without a "
                "password; put scram-sha-256 there, then start again."
            )

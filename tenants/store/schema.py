"""Bringing the schema to the newest migration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from core.errors import UnavailableError
from tenants.postgres import DatabaseUrls
from tenants.store import context_keys

_MIGRATIONS = Path(__file__).parent / "migrations"

# Two processes may start on an empty database at once; the second waits for the first.
_MIGRATION_LOCK = 0x636C6D77


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """The revision this program needs."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None
    return head


def migrate(urls: DatabaseUrls, *, believe_only: Sequence[str] = ()) -> str:
    """Bring the database to the newest revision, whole or not at all; its context key is in it.

    ``believe_only``: the context keys that stay good, where one was renewed.
    """
    engine = create_engine(urls.migrator, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            command.upgrade(_config(connection), "head")
            context_keys.install(connection, urls.context_key)
            if believe_only:
                context_keys.keep_only(connection, believe_only)
    except OperationalError:
        raise UnavailableError(
            "the database does not answer; start it, or check DATABASE_URL"
        ) from None
    finally:
        engine.dispose()
    return newest_revision()

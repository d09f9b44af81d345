"""What a practice had switched on before steps were kept is the first step of its plugin."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import psycopg
from alembic import command
from sqlalchemy import create_engine

from tenants.postgres import DatabaseUrls, drop_database, open_database
from tenants.store.schema import _config, migrate
from tests.speaking import MIGRATOR, speaks_for

TENANT = UUID("00000000-0000-4000-8000-00000000000e")


def test_a_plugin_that_was_on_stays_on_with_its_days_and_settings(
    server: DatabaseUrls, run_folder: Path
) -> None:
    name = f"steps_{os.getpid()}"
    urls = open_database(run_folder / "server", database_url=None, name=name, durable=False)
    owner = create_engine(urls.migrator)
    try:
        with owner.begin() as connection:
            command.upgrade(_config(connection), "0016")
        with psycopg.connect(urls.migrator.replace("+psycopg", "")) as connection:
            # The owner for once: by which keys a practice is spoken for comes with the last step.
            connection.execute("ALTER TABLE practice_plugin NO FORCE ROW LEVEL SECURITY")
            connection.execute(
                "INSERT INTO practice (tenant_id, number, slug, name, submitter_id)"
                " VALUES (%s, 1, 'elm', 'Elm', 'ELM1')",
                (TENANT,),
            )
            connection.execute(
                "INSERT INTO practice_plugin (tenant_id, id, plugin, enabled_from, settings)"
                " VALUES (%s, %s, 'dental', '2026-01-05', '{\"demonstration_fees\": true}')",
                (TENANT, TENANT),
            )
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            connection.execute("ALTER TABLE practice_plugin FORCE ROW LEVEL SECURITY")
        migrate(urls)
        with psycopg.connect(urls.migrator.replace("+psycopg", "")) as connection:
            connection.execute(speaks_for(urls, TENANT, role=MIGRATOR))
            [row] = connection.execute(
                "SELECT place, act, mode, state, version, sees, guards, role, enabled_from::text,"
                " settings FROM practice_plugin"
            ).fetchall()
        assert row == (
            1, "enabled", "live", "on", "", "", None, "system", "2026-01-05",
            {"demonstration_fees": True},
        )  # fmt: skip
    finally:
        owner.dispose()
        drop_database(urls, name)

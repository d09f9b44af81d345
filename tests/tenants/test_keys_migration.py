"""The migration to keys by class leaves alone what was sealed in the form before it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from core.errors import SetupError
from tenants.postgres import DatabaseUrls, drop_database, open_database
from tenants.store.schema import _config, migrate


def test_a_database_sealed_in_the_old_form_is_refused_whole_in_one_sentence(
    server: DatabaseUrls, run_folder: Path
) -> None:
    name = f"old_form_{os.getpid()}"
    urls = open_database(run_folder / "server", database_url=None, name=name, durable=False)
    owner = create_engine(urls.migrator)
    try:
        with owner.begin() as connection:
            command.upgrade(_config(connection), "0004")
        tenant_id = uuid4()
        with owner.begin() as connection:
            connection.execute(text(f"SET LOCAL app.tenant = '{tenant_id}'"))
            connection.execute(
                text(
                    "INSERT INTO tenant_key (tenant_id, purpose, version, wrapped, root_version)"
                    " VALUES (:tenant, 'data', 1, :wrapped, 1)"
                ),
                {"tenant": tenant_id, "wrapped": bytes(66)},
            )
        with pytest.raises(SetupError, match="sealed by a test version"):
            migrate(urls)
        with owner.begin() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            forced = connection.execute(
                text("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'tenant_key'")
            ).scalar()
        assert (revision, forced) == ("0004", True)
    finally:
        owner.dispose()
        drop_database(urls, name)

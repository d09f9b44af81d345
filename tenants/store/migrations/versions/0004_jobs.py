"""The job queue's own tables, as the installed library defines them.

A newer library brings its own migrations; apply each in a migration of ours that names it.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    # Many statements at once, without parameters: the library's file as it is.
    driver.execute(SchemaManager.get_schema())
    for table in ("jobs", "workers", "events", "periodic_defers"):
        op.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_{table} TO claimwright_app"
        )
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO claimwright_app")
    op.execute("GRANT SELECT ON alembic_version TO claimwright_app")

"""PostgreSQL for Claimwright: the embedded server, and the roles and database on any server."""

from tenants.postgres.checks import Check, check_database
from tenants.postgres.database import (
    DatabaseUrls,
    create_from_template,
    drop_database,
    open_database,
    renew_context_key,
)
from tenants.postgres.server import EmbeddedServer

__all__ = [
    "Check",
    "DatabaseUrls",
    "EmbeddedServer",
    "check_database",
    "create_from_template",
    "drop_database",
    "open_database",
    "renew_context_key",
]

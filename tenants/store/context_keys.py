"""The keys by which the database knows who speaks; written by the owner, read by nobody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from tenants.context import key_blocks, key_id


def install(connection: Connection, key: str) -> None:
    """Let tokens under ``key`` be believed; beside those that are there already."""
    inner_block, outer_block = key_blocks(key)
    connection.execute(
        text(
            "INSERT INTO context_key (id, inner_block, outer_block)"
            " VALUES (:id, :inner, :outer) ON CONFLICT DO NOTHING"
        ),
        {"id": key_id(key), "inner": inner_block, "outer": outer_block},
    )
    # Else the planner, knowing nothing of the table, goes by its index for the one or two rows.
    connection.execute(text("ANALYZE context_key"))


def keep_only(connection: Connection, keys: Sequence[str]) -> None:
    """Believe tokens under ``keys`` and no others."""
    for key in keys:
        install(connection, key)
    connection.execute(
        text("DELETE FROM context_key WHERE NOT id = ANY(:ids)"),
        {"ids": [key_id(key) for key in keys]},
    )

"""What a migration says of a new table: who reads and changes it, and that changes are caught."""

from __future__ import annotations

DEPLOYMENT = "(SELECT current_tenant()) = '00000000-0000-0000-0000-000000000000'"
"""In a transaction of the deployment: it speaks for the nil UUID (decision 0014)."""

ANYBODY = "true"


def policies(table: str, *, read: str = DEPLOYMENT, write: str = DEPLOYMENT) -> tuple[str, ...]:
    """The statements for one table. ``read`` and ``write`` are conditions of ours, never input.

    Not forced: the owner migrates and restores these tables, and has no practice.
    """
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY read ON {table} FOR SELECT USING ({read})",
        f"CREATE POLICY write ON {table} FOR INSERT WITH CHECK ({write})",
        f"CREATE POLICY change ON {table} FOR UPDATE USING ({write}) WITH CHECK ({write})",
        f"CREATE POLICY remove ON {table} FOR DELETE USING ({write})",
    )


def watched(*tables: str) -> tuple[str, ...]:
    """The statements that put tables under the audit log's safety net (decision 0019)."""
    return tuple(f"SELECT capture_changes_of('{table}')" for table in tables)

"""How a practice leaves: its state, legal holds, and what two persons must agree to.

Revision ID: 0012
Revises: 0010
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import watched

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE practice
      ADD COLUMN state text NOT NULL DEFAULT 'working'
        CHECK (state IN ('working', 'leaving', 'destroyed')),
      ADD COLUMN leaving_since timestamptz,
      ADD CHECK (active = (state <> 'destroyed'))
    """,
)

TENANT_TABLES = {
    "legal_hold": """
      reason bytea NOT NULL,
      placed_by uuid NOT NULL REFERENCES staff,
      placed_at timestamptz NOT NULL DEFAULT now(),
      lifted_by uuid REFERENCES staff,
      lifted_at timestamptz,
      CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
    """,
    # The reason stands in the clear: the key that would open it is among those destroyed.
    "destruction_request": """
      requested_by uuid NOT NULL REFERENCES staff,
      requested_at timestamptz NOT NULL DEFAULT now(),
      before_retention_ends boolean NOT NULL,
      without_export boolean NOT NULL,
      reason text NOT NULL DEFAULT '',
      approved_by uuid REFERENCES staff,
      approved_at timestamptz,
      withdrawn_at timestamptz,
      CHECK (approved_by <> requested_by),
      CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
      CHECK (reason <> '' OR NOT (before_retention_ends OR without_export))
    """,
}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for name, columns in TENANT_TABLES.items():
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL REFERENCES practice, id uuid NOT NULL,"
            f" {columns.strip()}, PRIMARY KEY (tenant_id, id))"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {name} TO claimwright_app")
    op.execute(
        "CREATE UNIQUE INDEX ON destruction_request (tenant_id)"
        " WHERE approved_at IS NULL AND withdrawn_at IS NULL"
    )
    for statement in watched(*TENANT_TABLES):
        op.execute(statement)

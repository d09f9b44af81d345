"""A practice's own prices: editions of its charge master, and its contracts with payers.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import watched

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# An edition is loaded whole and never changed: what replaces it is another one.
TENANT_TABLES = {
    "charge_list": """
      first_day date NOT NULL,
      row_count integer NOT NULL CHECK (row_count > 0),
      digest text NOT NULL,
      body jsonb NOT NULL,
      loaded_at timestamptz NOT NULL,
      withdrawn_at timestamptz
    """,
    "payer_contract": """
      name text NOT NULL,
      first_day date NOT NULL,
      row_count integer NOT NULL CHECK (row_count > 0),
      digest text NOT NULL,
      body jsonb NOT NULL,
      loaded_at timestamptz NOT NULL,
      withdrawn_at timestamptz
    """,
}

INDEXES = (
    "CREATE UNIQUE INDEX ON charge_list (tenant_id, first_day) WHERE withdrawn_at IS NULL",
    "CREATE UNIQUE INDEX ON payer_contract (tenant_id, name, first_day) WHERE withdrawn_at IS NULL",
)


def upgrade() -> None:
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
    for statement in INDEXES:
        op.execute(statement)
    for statement in watched(*TENANT_TABLES):
        op.execute(statement)

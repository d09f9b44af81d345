"""What became of a claim's specialty records: every version of a record that somebody touched.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import watched

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# The record as it came in with the visit is version 1, kept here when the first correction is made;
# the newest version stands on the claim. Which kind it is, is sealed with it: the kind alone may
# say what the patient is treated for.
_TABLE = """
    CREATE TABLE record_version (
      tenant_id uuid NOT NULL,
      id uuid NOT NULL,
      claim_id uuid NOT NULL,
      record_id uuid NOT NULL,
      version integer NOT NULL CHECK (version > 0),
      line_no smallint,
      event text NOT NULL CHECK (event IN ('captured', 'entered', 'corrected', 'removed')),
      clinical bytea,
      substance_use bytea,
      made_by uuid,
      made_at timestamptz,
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, claim_id, record_id, version),
      CHECK ((clinical IS NULL) <> (substance_use IS NULL)),
      CHECK ((event = 'captured') = (made_by IS NULL) AND (event = 'captured') = (made_at IS NULL)),
      CHECK (event NOT IN ('captured', 'entered') OR version = 1),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    )
"""

STATEMENTS = (
    _TABLE,
    "ALTER TABLE record_version ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE record_version FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY tenant ON record_version USING (tenant_id = (SELECT current_tenant()))"
        " WITH CHECK (tenant_id = (SELECT current_tenant()))"
    ),
    "GRANT SELECT, INSERT ON record_version TO claimwright_app",
    (
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_version"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    "ALTER TABLE record_version ENABLE ALWAYS TRIGGER append_only",
    *watched("record_version"),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

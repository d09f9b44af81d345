"""Rules that people write, what they changed on claims, the policy library, authorizations.

Revision ID: 0014
Revises: 0012
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import ANYBODY, policies, watched

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Each step of a rule's life is a row of its own: drafted, switched on, off from a day. The body and
# the reason hold nothing of any person (core/rules/declared_check.py).
_STEP = """
  rule text NOT NULL CHECK (rule ~ '^[A-Z0-9-]{{3,80}}$'),
  version integer NOT NULL CHECK (version > 0),
  step text NOT NULL CHECK (step IN ('draft', 'on', 'off')),
  layer text NOT NULL CHECK (layer IN ({layers})),
  body jsonb NOT NULL,
  off_from date,
  reason text NOT NULL DEFAULT '',
  said_by uuid NOT NULL,
  role text NOT NULL,
  said_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((step = 'off') = (off_from IS NOT NULL))
"""

DEPLOYMENT_STATEMENTS = (
    "CREATE TABLE house_rule (id uuid PRIMARY KEY,"
    + _STEP.format(layers="'payer', 'state'")
    + ", UNIQUE (rule, version, step))",
    *policies("house_rule", read=ANYBODY),
    "GRANT SELECT, INSERT ON house_rule TO claimwright_app",
    (
        "ALTER TABLE payer_policy ADD COLUMN review_by date,"
        " ADD COLUMN supersedes uuid REFERENCES payer_policy"
    ),
    "CREATE UNIQUE INDEX ON payer_policy (supersedes) WHERE supersedes IS NOT NULL",
    # What rules say of a claim stands in the queue beside why it waits.
    "ALTER TABLE work_item ADD COLUMN tags text NOT NULL DEFAULT ''",
)

TENANT_TABLES = {
    "practice_rule": """
      {step},
      UNIQUE (tenant_id, rule, version, step)
    """,
    # What rules changed on a claim, version by version of it: administrative fields, amounts, tags.
    "rule_run": """
      claim_id uuid NOT NULL,
      claim_version integer NOT NULL,
      place smallint NOT NULL,
      rule text NOT NULL,
      rule_version text NOT NULL,
      layer text NOT NULL,
      action text NOT NULL CHECK (action IN ('set', 'tag', 'reprice')),
      field text NOT NULL,
      before text NOT NULL,
      after text NOT NULL,
      line_no smallint,
      at timestamptz NOT NULL DEFAULT now(),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "practice_policy": """
      payer_kind text NOT NULL DEFAULT '',
      payer_ref uuid REFERENCES payer,
      plan_ref uuid REFERENCES payer_plan,
      state text NOT NULL DEFAULT '',
      knob text NOT NULL,
      value jsonb NOT NULL,
      document text NOT NULL,
      page text NOT NULL DEFAULT '',
      first_day date,
      last_day date,
      review_by date,
      supersedes uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, id),
      CHECK (last_day IS NULL OR first_day IS NULL OR first_day <= last_day),
      FOREIGN KEY (tenant_id, supersedes) REFERENCES practice_policy
    """,
    # Codes, days and units are in the clear, as they are on a claim; the number is sealed.
    "prior_authorization": """
      patient_id uuid NOT NULL,
      payer_ref uuid NOT NULL REFERENCES payer,
      provider_npi text NOT NULL DEFAULT '',
      codes text NOT NULL DEFAULT '',
      first_day date NOT NULL,
      last_day date NOT NULL CHECK (last_day >= first_day),
      counts text NOT NULL CHECK (counts IN ('units', 'visits')),
      approved numeric CHECK (approved > 0),
      identifiers bytea NOT NULL,
      entered_by uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      ended_on date,
      ended_by uuid,
      CHECK ((ended_on IS NULL) = (ended_by IS NULL)),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
}

APPEND_ONLY = ("house_rule", "practice_rule", "rule_run", "payer_policy", "practice_policy")

INDEXES = (
    "CREATE INDEX ON rule_run (tenant_id, claim_id, claim_version, place)",
    "CREATE INDEX ON rule_run (tenant_id, rule, at)",
    ("CREATE UNIQUE INDEX ON practice_policy (tenant_id, supersedes) WHERE supersedes IS NOT NULL"),
    "CREATE INDEX ON prior_authorization (tenant_id, patient_id, last_day)",
    "CREATE INDEX ON prior_authorization (tenant_id, last_day)",
    "CREATE INDEX ON claim (tenant_id, created_at)",
)


def upgrade() -> None:
    for statement in DEPLOYMENT_STATEMENTS:
        op.execute(statement)
    for name, given in TENANT_TABLES.items():
        columns = given.replace("{step}", _STEP.format(layers="'practice'").strip())
        tie = "" if "FOREIGN KEY" in columns else " REFERENCES practice"
        key = "" if "PRIMARY KEY" in columns else ", PRIMARY KEY (tenant_id, id)"
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL{tie}, id uuid NOT NULL,"
            f" {columns.strip()}{key})"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
        op.execute(f"GRANT SELECT, INSERT ON {name} TO claimwright_app")
    op.execute("GRANT UPDATE ON prior_authorization TO claimwright_app")
    for statement in INDEXES:
        op.execute(statement)
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER append_only")
    op.execute("REVOKE UPDATE ON payer_policy FROM claimwright_app")
    for statement in watched("house_rule", *TENANT_TABLES):
        op.execute(statement)

"""Findings kept whole, answers to findings, waivers, back-tests, and what rules ask of history.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import watched

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    # A row of a published table and a corrected code, number of units or place say no more of a
    # patient than the service line beside them does, which is in the clear for the same reasons.
    """
    ALTER TABLE finding
      ADD COLUMN table_row text NOT NULL DEFAULT '',
      ADD COLUMN fix_field text NOT NULL DEFAULT ''
        CHECK (fix_field IN ('', 'code', 'units', 'modifiers', 'place_of_service', 'line',
                             'add_line')),
      ADD COLUMN fix_value text NOT NULL DEFAULT '',
      ADD COLUMN fix_line_no smallint,
      ADD COLUMN effective_from date,
      ADD COLUMN waived_severity text NOT NULL DEFAULT ''
        CHECK (waived_severity IN ('', 'deny', 'warn')),
      ADD COLUMN waiver_id uuid,
      ADD CHECK ((waived_severity = '') = (waiver_id IS NULL))
    """,
    "ALTER TABLE claim ADD COLUMN billing_npi text NOT NULL DEFAULT ''",
    "ALTER TABLE claim ADD COLUMN tables_digest text NOT NULL DEFAULT ''",
    # What rules ask of earlier services, so that a batch's history is read without opening claims.
    """
    ALTER TABLE service_line
      ADD COLUMN place_of_service text NOT NULL DEFAULT '',
      ADD COLUMN rendering_npi text NOT NULL DEFAULT '',
      ADD COLUMN rendering_taxonomy text NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE practice ADD COLUMN backtest_above_claims integer NOT NULL DEFAULT 25
      CHECK (backtest_above_claims BETWEEN 0 AND 1000000)
    """,
)

TENANT_TABLES = {
    "finding_answer": """
      claim_id uuid NOT NULL,
      claim_version integer NOT NULL,
      kind text NOT NULL CHECK (kind IN ('override', 'fix')),
      rule text NOT NULL,
      rule_version text NOT NULL,
      layer text NOT NULL,
      severity text NOT NULL CHECK (severity IN ('deny', 'reject', 'warn', 'info')),
      line_no smallint,
      answered_by uuid NOT NULL,
      role text NOT NULL,
      reason bytea,
      at timestamptz NOT NULL DEFAULT now(),
      CHECK (kind = 'fix' OR (severity = 'deny' AND reason IS NOT NULL)),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "waiver": """
      rule text NOT NULL,
      payer_ref uuid REFERENCES payer,
      code text NOT NULL DEFAULT '',
      first_day date NOT NULL,
      last_day date NOT NULL,
      body bytea NOT NULL,
      requested_by uuid NOT NULL REFERENCES staff,
      requested_role text NOT NULL,
      requested_at timestamptz NOT NULL DEFAULT now(),
      approved_by uuid REFERENCES staff,
      approved_role text,
      approved_at timestamptz,
      ended_by uuid REFERENCES staff,
      ended_at timestamptz,
      CHECK (last_day >= first_day AND last_day <= first_day + 365),
      CHECK (approved_by <> requested_by),
      CHECK ((approved_by IS NULL) = (approved_at IS NULL)
             AND (approved_by IS NULL) = (approved_role IS NULL)),
      CHECK ((ended_by IS NULL) = (ended_at IS NULL))
    """,
    "back_test": """
      kind text NOT NULL CHECK (kind IN ('plugin', 'rule', 'rules', 'codes')),
      subject text NOT NULL,
      digest text NOT NULL,
      first_day date NOT NULL,
      last_day date NOT NULL,
      claims bigint NOT NULL,
      held bigint NOT NULL,
      prevented bigint NOT NULL,
      false_holds bigint NOT NULL,
      undecided bigint NOT NULL,
      result text NOT NULL,
      run_by uuid NOT NULL,
      at timestamptz NOT NULL DEFAULT now(),
      CHECK (held = prevented + false_holds + undecided AND held <= claims)
    """,
    # A back-test on its way: where it stands after each batch, so that whoever lives goes on.
    "back_test_run": """
      kind text NOT NULL CHECK (kind IN ('plugin', 'rule', 'rules', 'codes')),
      subject text NOT NULL,
      settings text NOT NULL,
      first_day date,
      last_day date NOT NULL,
      digest text NOT NULL,
      rule_book_digest text NOT NULL,
      of_claims bigint NOT NULL,
      done_claims bigint NOT NULL DEFAULT 0,
      after_claim uuid,
      so_far text NOT NULL,
      state text NOT NULL DEFAULT 'on its way'
        CHECK (state IN ('on its way', 'done', 'stopped', 'outdated', 'failed')),
      asked_by uuid NOT NULL,
      asked_at timestamptz NOT NULL DEFAULT now(),
      changed_at timestamptz NOT NULL DEFAULT now()
    """,
}

APPEND_ONLY = ("finding_answer", "back_test")

INDEXES = (
    "CREATE INDEX ON finding_answer (tenant_id, claim_id)",
    "CREATE INDEX ON waiver (tenant_id, last_day)",
    "CREATE INDEX ON back_test (tenant_id, digest, at)",
    "CREATE INDEX ON back_test (tenant_id, at)",
    "CREATE INDEX ON back_test_run (tenant_id, asked_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for name, columns in TENANT_TABLES.items():
        tie = "" if "FOREIGN KEY" in columns else " REFERENCES practice"
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL{tie}, id uuid NOT NULL,"
            f" {columns.strip()}, PRIMARY KEY (tenant_id, id))"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
        op.execute(f"GRANT SELECT, INSERT ON {name} TO claimwright_app")
    op.execute("GRANT UPDATE ON waiver, back_test_run TO claimwright_app")
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER append_only")
    for statement in INDEXES:
        op.execute(statement)
    for statement in watched(*TENANT_TABLES):
        op.execute(statement)

"""The house: masters, the way of a claim, the ledger, and the staff queue.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Every policy calls this one function. nullif is needed: after a transaction that set it, the
# setting is '' on that connection, not absent.
FUNCTIONS = (
    """
    CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant', true), '')::uuid
    """,
    """
    CREATE FUNCTION current_staff() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.staff', true), '')::uuid
    """,
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM added GROUP BY tenant_id, entry_id HAVING sum(amount_cents) <> 0) THEN
        RAISE EXCEPTION 'a ledger entry does not sum to zero' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$
    """,
)

# Tables of the deployment: no patient stands in them, every practice may be named to staff.
DEPLOYMENT_TABLES = (
    """
    CREATE TABLE practice (
      tenant_id uuid PRIMARY KEY,
      number integer NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 9999),
      slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,39}$'),
      name text NOT NULL,
      submitter_id text NOT NULL,
      time_zone text NOT NULL DEFAULT 'America/New_York',
      active boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE staff (
      id uuid PRIMARY KEY,
      email text NOT NULL UNIQUE CHECK (email = lower(email)),
      name text NOT NULL,
      role text NOT NULL CHECK (role IN ('admin', 'lead', 'biller', 'coder', 'poster', 'auditor',
                                         'director', 'viewer')),
      password_hash text,
      active boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE staff_assignment (
      staff_id uuid NOT NULL REFERENCES staff,
      tenant_id uuid NOT NULL REFERENCES practice,
      PRIMARY KEY (staff_id, tenant_id)
    )
    """,
    "CREATE INDEX ON staff_assignment (tenant_id, staff_id)",
    """
    CREATE TABLE payer (
      id uuid PRIMARY KEY,
      payer_id text NOT NULL UNIQUE,
      name text NOT NULL,
      kind text NOT NULL CHECK (kind IN ('medicare', 'medicare_advantage', 'medicaid', 'commercial',
                                         'tricare', 'workers_comp', 'auto', 'self_pay')),
      filing_indicator text NOT NULL,
      state text NOT NULL DEFAULT '',
      confirmed boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE payer_plan (
      id uuid PRIMARY KEY,
      payer_ref uuid NOT NULL REFERENCES payer,
      name text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (payer_ref, name)
    )
    """,
    """
    CREATE TABLE payer_policy (
      id uuid PRIMARY KEY,
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
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK (last_day IS NULL OR first_day IS NULL OR first_day <= last_day)
    )
    """,
)

TENANT_TABLES = {
    "provider": """
      role text NOT NULL CHECK (role IN ('billing', 'rendering', 'facility')),
      npi text NOT NULL,
      entity text NOT NULL CHECK (entity IN ('person', 'organization')),
      last_name text NOT NULL,
      first_name text NOT NULL DEFAULT '',
      taxonomy text NOT NULL DEFAULT '',
      credential text NOT NULL DEFAULT '',
      clia text NOT NULL DEFAULT '',
      status text NOT NULL CHECK (status IN ('active', 'unconfirmed', 'inactive')),
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, role, npi)
    """,
    "enrolment": """
      payer_ref uuid NOT NULL REFERENCES payer,
      provider_id uuid NOT NULL,
      transaction_kind text NOT NULL CHECK (transaction_kind IN ('837P', '837I', '837D', '835')),
      status text NOT NULL CHECK (status IN ('requested', 'active', 'ended')),
      first_day date,
      last_day date,
      UNIQUE (tenant_id, payer_ref, provider_id, transaction_kind),
      FOREIGN KEY (tenant_id, provider_id) REFERENCES provider
    """,
    "practice_plugin": """
      plugin text NOT NULL,
      enabled_from date,
      enabled_until date,
      settings jsonb NOT NULL DEFAULT '{}',
      UNIQUE (tenant_id, plugin)
    """,
    "patient": """
      number_index bytea NOT NULL,
      name_index bytea NOT NULL,
      body bytea NOT NULL,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, number_index)
    """,
    "coverage": """
      patient_id uuid NOT NULL,
      rank smallint NOT NULL CHECK (rank BETWEEN 1 AND 9),
      payer_ref uuid NOT NULL REFERENCES payer,
      first_day date,
      last_day date,
      member_index bytea NOT NULL,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, patient_id, rank, payer_ref, member_index),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
    "exchange_file": """
      direction text NOT NULL CHECK (direction IN ('in', 'out')),
      kind text NOT NULL,
      name text NOT NULL,
      control_number bigint,
      sha256 bytea NOT NULL,
      bytes_count bigint NOT NULL,
      status text NOT NULL CHECK (status IN ('waiting', 'sent', 'accepted', 'partly_accepted',
                                             'rejected', 'received', 'applied', 'held',
                                             'quarantined')),
      reason text NOT NULL DEFAULT '',
      segment integer,
      claims_count integer NOT NULL DEFAULT 0,
      answers_file_id uuid,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, direction, sha256),
      UNIQUE (tenant_id, direction, control_number)
    """,
    "intake_batch": """
      kind text NOT NULL,
      sha256 bytea NOT NULL,
      records_count integer NOT NULL,
      taken_count integer NOT NULL,
      repeated_count integer NOT NULL,
      refused_count integer NOT NULL,
      charges_count integer NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, sha256)
    """,
    "intake_refusal": """
      batch_id uuid NOT NULL,
      position integer NOT NULL,
      reason text NOT NULL,
      FOREIGN KEY (tenant_id, batch_id) REFERENCES intake_batch
    """,
    "encounter": """
      patient_id uuid NOT NULL,
      external_index bytea NOT NULL,
      form text NOT NULL CHECK (form IN ('837P', '837I', '837D')),
      status text NOT NULL CHECK (status IN ('new', 'claimed', 'failed')),
      reason text NOT NULL DEFAULT '',
      service_from date,
      billing_id uuid NOT NULL,
      batch_id uuid,
      charge_cents bigint NOT NULL DEFAULT 0,
      arrival integer NOT NULL,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, external_index),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient,
      FOREIGN KEY (tenant_id, billing_id) REFERENCES provider,
      FOREIGN KEY (tenant_id, batch_id) REFERENCES intake_batch
    """,
    "charge": """
      encounter_id uuid NOT NULL,
      line_no smallint NOT NULL,
      code text NOT NULL,
      charge_cents bigint,
      service_from date,
      UNIQUE (tenant_id, encounter_id, line_no),
      FOREIGN KEY (tenant_id, encounter_id) REFERENCES encounter
    """,
    "claim": """
      claim_number text NOT NULL,
      encounter_id uuid NOT NULL,
      part smallint NOT NULL DEFAULT 1,
      patient_id uuid NOT NULL,
      payer_ref uuid NOT NULL REFERENCES payer,
      sequence text NOT NULL CHECK (sequence IN ('P', 'S', 'T')),
      form text NOT NULL CHECK (form IN ('837P', '837I', '837D')),
      frequency text NOT NULL DEFAULT '1',
      stage text NOT NULL,
      owes text NOT NULL,
      next_actor text NOT NULL,
      due_on date,
      charge_cents bigint NOT NULL,
      expected_cents bigint,
      service_from date,
      service_to date,
      parent_claim_id uuid,
      next_payer_ref uuid REFERENCES payer,
      payer_claim_number text NOT NULL DEFAULT '',
      rendering_npi text NOT NULL DEFAULT '',
      rule_book_digest text NOT NULL DEFAULT '',
      body bytea NOT NULL,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, claim_number),
      UNIQUE (tenant_id, encounter_id, part, sequence),
      FOREIGN KEY (tenant_id, encounter_id) REFERENCES encounter,
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient,
      FOREIGN KEY (tenant_id, parent_claim_id) REFERENCES claim
    """,
    "service_line": """
      claim_id uuid NOT NULL,
      line_no smallint NOT NULL,
      control_number text NOT NULL,
      charge_id uuid,
      code text NOT NULL,
      modifiers text NOT NULL DEFAULT '',
      units numeric NOT NULL DEFAULT 1,
      revenue_code text NOT NULL DEFAULT '',
      charge_cents bigint NOT NULL,
      remaining_cents bigint,
      expected_cents bigint,
      service_from date,
      PRIMARY KEY (tenant_id, claim_id, line_no),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "finding": """
      claim_id uuid NOT NULL,
      place integer NOT NULL,
      rule text NOT NULL,
      rule_version text NOT NULL,
      severity text NOT NULL CHECK (severity IN ('reject', 'deny', 'warn', 'info')),
      line_no smallint,
      message text NOT NULL,
      suggestion text NOT NULL DEFAULT '',
      source text NOT NULL DEFAULT '',
      layer text NOT NULL DEFAULT '',
      carc text NOT NULL DEFAULT '',
      rarc text NOT NULL DEFAULT '',
      reason text NOT NULL DEFAULT '',
      place_837 text NOT NULL DEFAULT '',
      gate boolean NOT NULL DEFAULT false,
      overridden_by uuid,
      override_reason bytea,
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "claim_move": """
      claim_id uuid NOT NULL,
      event text NOT NULL,
      from_stage text NOT NULL,
      to_stage text NOT NULL,
      actor text NOT NULL,
      file_id uuid,
      note text NOT NULL DEFAULT '',
      at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, claim_id, id),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "submission": """
      claim_id uuid NOT NULL,
      file_id uuid NOT NULL,
      transaction_control text NOT NULL,
      snapshot bytea NOT NULL,
      snapshot_sha256 bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, claim_id, file_id),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim,
      FOREIGN KEY (tenant_id, file_id) REFERENCES exchange_file
    """,
    "remittance": """
      file_id uuid NOT NULL,
      payer_identifier text NOT NULL,
      trace_number text NOT NULL,
      payer_name text NOT NULL,
      payment_cents bigint NOT NULL,
      paid_on date,
      content_sha256 bytea NOT NULL,
      claims_count integer NOT NULL,
      status text NOT NULL CHECK (status IN ('posted', 'held', 'conflict')),
      reason text NOT NULL DEFAULT '',
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, payer_identifier, trace_number, content_sha256),
      FOREIGN KEY (tenant_id, file_id) REFERENCES exchange_file
    """,
    "remittance_claim": """
      remittance_id uuid NOT NULL,
      place integer NOT NULL,
      segment integer NOT NULL,
      claim_id uuid,
      status text NOT NULL,
      charge_cents bigint NOT NULL,
      paid_cents bigint NOT NULL,
      patient_cents bigint NOT NULL,
      reason text NOT NULL DEFAULT '',
      body bytea NOT NULL,
      UNIQUE (tenant_id, remittance_id, place),
      FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittance,
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    "ledger_entry": """
      kind text NOT NULL,
      key text NOT NULL,
      effective_on date NOT NULL,
      claim_id uuid,
      remittance_id uuid,
      segment integer,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, key),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim,
      FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittance
    """,
    "ledger_posting": """
      entry_id uuid NOT NULL,
      place smallint NOT NULL,
      account text NOT NULL,
      amount_cents bigint NOT NULL CHECK (amount_cents <> 0),
      claim_id uuid,
      line_no smallint,
      patient_id uuid,
      payer_ref uuid,
      group_code text NOT NULL DEFAULT '',
      carc text NOT NULL DEFAULT '',
      PRIMARY KEY (tenant_id, entry_id, place),
      FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entry
    """,
    "denial_item": """
      claim_id uuid NOT NULL,
      line_no smallint,
      remittance_id uuid NOT NULL,
      key text NOT NULL,
      group_code text NOT NULL,
      carc text NOT NULL,
      remark_codes text NOT NULL DEFAULT '',
      amount_cents bigint NOT NULL,
      cause text NOT NULL,
      next_step text NOT NULL,
      due_on date,
      status text NOT NULL CHECK (status IN ('open', 'worked', 'closed')),
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, key),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim,
      FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittance
    """,
    "statement": """
      patient_id uuid NOT NULL,
      number text NOT NULL,
      issued_on date NOT NULL,
      balance_cents bigint NOT NULL,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, number),
      UNIQUE (tenant_id, patient_id, issued_on),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
    "work_item": """
      claim_id uuid NOT NULL,
      claim_number text NOT NULL,
      payer_name text NOT NULL,
      form text NOT NULL,
      stage text NOT NULL,
      next_actor text NOT NULL,
      reason text NOT NULL DEFAULT '',
      amount_cents bigint NOT NULL,
      due_on date,
      staff_id uuid,
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, claim_id)
    """,
    "tenant_counter": """
      name text NOT NULL,
      last bigint NOT NULL,
      UNIQUE (tenant_id, name)
    """,
}

# Rows of these are always met through their claim or entry, many at once: that is their key, and
# an index less to keep for each of the many rows.
WITHOUT_ID = frozenset({"service_line", "ledger_posting"})

APPEND_ONLY = (
    "claim_move",
    "submission",
    "remittance_claim",
    "ledger_entry",
    "ledger_posting",
    "intake_refusal",
)

INDEXES = (
    "CREATE INDEX ON claim (tenant_id, stage, created_at)",
    "CREATE INDEX ON claim (tenant_id, patient_id)",
    "CREATE INDEX ON encounter (tenant_id, status, arrival)",
    "CREATE INDEX ON encounter (tenant_id, patient_id)",
    "CREATE INDEX ON coverage (tenant_id, patient_id)",
    "CREATE INDEX ON patient (tenant_id, name_index)",
    "CREATE INDEX ON finding (tenant_id, claim_id)",
    "CREATE INDEX ON submission (tenant_id, file_id)",
    "CREATE INDEX ON remittance_claim (tenant_id, claim_id)",
    "CREATE INDEX ON ledger_posting (tenant_id, claim_id)",
    "CREATE INDEX ON ledger_posting (tenant_id, account, patient_id)",
    "CREATE INDEX ON denial_item (tenant_id, status, due_on)",
    "CREATE INDEX ON denial_item (tenant_id, claim_id)",
    "CREATE INDEX ON exchange_file (tenant_id, direction, status)",
    "CREATE INDEX ON work_item (next_actor, due_on)",
)


def upgrade() -> None:
    for statement in FUNCTIONS + DEPLOYMENT_TABLES:
        op.execute(statement)
    for name, columns in TENANT_TABLES.items():
        # A table that hangs on another tenant table is tied to the practice through it: one
        # foreign key less to check for every row of a bulk insert.
        tie = "" if "FOREIGN KEY" in columns else " REFERENCES practice"
        key = "" if "PRIMARY KEY" in columns else ", PRIMARY KEY (tenant_id, id)"
        own_id = "" if name in WITHOUT_ID else " id uuid NOT NULL,"
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL{tie},{own_id} {columns.strip()}{key})"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
    for statement in INDEXES:
        op.execute(statement)
    # The staff queue holds no health information: who is assigned to a practice sees its items.
    op.execute(
        "CREATE POLICY member ON work_item FOR SELECT USING (tenant_id IN"
        " (SELECT tenant_id FROM staff_assignment WHERE staff_id = (SELECT current_staff())))"
    )
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER append_only")
    op.execute(
        "CREATE TRIGGER balanced AFTER INSERT ON ledger_posting"
        " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced()"
    )
    op.execute("ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER balanced")
    op.execute("GRANT USAGE ON SCHEMA public TO claimwright_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO claimwright_app")
    op.execute(
        "GRANT DELETE ON work_item, finding, service_line, staff_assignment TO claimwright_app"
    )
    for name in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE ON {name} FROM claimwright_app")
    op.execute("REVOKE ALL ON alembic_version FROM claimwright_app")

"""The safety net below the audit log, and the accounting of disclosures.

Every change of a business table leaves a line in ``audit_capture``, and a transaction that has
such a line and no audit event does not commit. See docs/decisions/0019.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# An event knows the transaction it was written in; the application cannot say another. The number
# begins anew in a restored cluster, so the time of the transaction stands beside it.
_EVENT = (
    "ALTER TABLE audit_event ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()",
    (
        "ALTER TABLE audit_event ADD COLUMN transaction_at timestamptz NOT NULL"
        " DEFAULT transaction_timestamp()"
    ),
    "CREATE INDEX audit_event_transaction ON audit_event (tenant_id, transaction_id)",
    "CREATE INDEX audit_event_actor ON audit_event (tenant_id, actor_id, at)",
    "REVOKE INSERT ON audit_event FROM claimwright_app",
    (
        "GRANT INSERT (tenant_id, id, at, actor_kind, actor_id, kind, object_groups, object_ids,"
        " counts, digests, purpose, request_id) ON audit_event TO claimwright_app"
    ),
)

_CAPTURE = (
    """
    CREATE TABLE audit_capture (
        tenant_id uuid NOT NULL,
        transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        transaction_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
        table_name text NOT NULL,
        operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
        rows_count bigint NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (tenant_id, transaction_id, id)
    )
    """,
    "ALTER TABLE audit_capture ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_capture FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY tenant ON audit_capture USING (tenant_id = (SELECT current_tenant()))"
        " WITH CHECK (tenant_id = (SELECT current_tenant()))"
    ),
    # The trigger writes as the owner, also about rows of the deployment, which have no practice.
    ("CREATE POLICY capture ON audit_capture FOR INSERT TO claimwright_owner WITH CHECK (true)"),
    (
        "CREATE POLICY sequencer ON audit_capture TO claimwright_sequencer"
        " USING (true) WITH CHECK (true)"
    ),
    "GRANT SELECT ON audit_capture TO claimwright_app, claimwright_sequencer",
    (
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_capture "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    ),
    "ALTER TABLE audit_capture ENABLE ALWAYS TRIGGER append_only",
)

# One line a statement and practice, whatever the number of rows. The digest is SHA-256 over the
# SHA-256 of each row as stored, in the order of the rows: what is sealed stays sealed in it.
_TRIGGERS = (
    """
    CREATE FUNCTION capture_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            VALUES ('00000000-0000-0000-0000-000000000000', TG_TABLE_NAME, TG_OP, 0, '');
        ELSIF TG_ARGV[0] = 'deployment' THEN
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            SELECT coalesce(current_tenant(), '00000000-0000-0000-0000-000000000000'),
                   TG_TABLE_NAME, TG_OP, count(*),
                   sha256(string_agg(sha256(record_send(changed)), ''))
            FROM changed HAVING count(*) > 0;
        ELSE
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            SELECT tenant_id, TG_TABLE_NAME, TG_OP, count(*),
                   sha256(string_agg(sha256(record_send(changed)), ''))
            FROM changed GROUP BY tenant_id;
        END IF;
        RETURN NULL;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION capture_change() FROM PUBLIC",
    # Asked once a line, when the transaction commits: an event may be written after the change.
    # Who migrates is let through, and what they did is a line without an event: `claimwright
    # audit reconcile` shows it.
    """
    CREATE FUNCTION capture_has_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        PERFORM FROM audit_event
        WHERE tenant_id = NEW.tenant_id AND transaction_id = NEW.transaction_id
          AND transaction_at = NEW.transaction_at;
        IF NOT FOUND AND NOT pg_has_role(session_user, 'claimwright_owner', 'MEMBER') THEN
            RAISE EXCEPTION 'a change of % without an audit event', NEW.table_name
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION capture_has_event() FROM PUBLIC",
    (
        "CREATE CONSTRAINT TRIGGER has_event AFTER INSERT ON audit_capture"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION capture_has_event()"
    ),
    "ALTER TABLE audit_capture ENABLE ALWAYS TRIGGER has_event",
    # For this migration and every later one that makes a table.
    """
    CREATE FUNCTION capture_changes_of(watched regclass) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    DECLARE
        operation text;
        rows_are text;
    BEGIN
        rows_are := CASE WHEN EXISTS (
            SELECT FROM pg_class WHERE oid = watched AND relforcerowsecurity
        ) THEN 'tenant' ELSE 'deployment' END;
        FOREACH operation IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
            EXECUTE format(
                'CREATE TRIGGER capture_%s AFTER %s ON %s %s'
                ' FOR EACH STATEMENT EXECUTE FUNCTION capture_change(%L)',
                lower(operation), operation, watched,
                CASE operation WHEN 'TRUNCATE' THEN '' WHEN 'DELETE'
                    THEN 'REFERENCING OLD TABLE AS changed'
                    ELSE 'REFERENCING NEW TABLE AS changed' END,
                rows_are
            );
            EXECUTE format(
                'ALTER TABLE %s ENABLE ALWAYS TRIGGER capture_%s', watched, lower(operation)
            );
        END LOOP;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION capture_changes_of(regclass) FROM PUBLIC",
)

# Health information that was disclosed outside treatment, payment and operations (45 CFR 164.528),
# and the requests of patients to be told. A mistaken entry is answered by a further one.
_DISCLOSURES = {
    "disclosure": """
      id uuid NOT NULL,
      patient_id uuid NOT NULL,
      disclosed_on date NOT NULL,
      purpose text NOT NULL CHECK (purpose IN ('required_by_law', 'public_health', 'abuse_report',
        'health_oversight', 'judicial', 'law_enforcement', 'decedent', 'organ_donation',
        'research', 'threat_to_safety', 'specialized_government', 'workers_compensation',
        'by_mistake')),
      corrects_id uuid,
      entered_by uuid NOT NULL,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, id),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient,
      FOREIGN KEY (tenant_id, corrects_id) REFERENCES disclosure
    """,
    "accounting_request": """
      id uuid NOT NULL,
      patient_id uuid NOT NULL,
      requested_on date NOT NULL,
      answered_on date CHECK (answered_on >= requested_on),
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, id),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
}

_DISCLOSURE_INDEXES = (
    "CREATE INDEX ON disclosure (tenant_id, patient_id, disclosed_on)",
    "CREATE INDEX ON accounting_request (tenant_id, patient_id, requested_on)",
    "CREATE INDEX ON accounting_request (tenant_id, answered_on, requested_on)",
    (
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosure"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    "ALTER TABLE disclosure ENABLE ALWAYS TRIGGER append_only",
    "GRANT SELECT, INSERT ON disclosure TO claimwright_app",
    "GRANT SELECT, INSERT, UPDATE ON accounting_request TO claimwright_app",
)

# What changes without an act of anybody, or is itself the record. tests/tenants/test_capture.py
# holds the reasons and finds a table that is neither watched nor named there.
_WATCHED = """
    SELECT capture_changes_of(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND relname !~ '^(audit_|procrastinate_)'
      AND relname NOT IN ('alembic_version', 'context_key', 'index_length', 'web_session',
                          'sign_in_throttle', 'tenant_counter')
    ORDER BY relname
"""

AUDIT_STATEMENTS: tuple[str, ...] = (*_EVENT, *_CAPTURE, *_TRIGGERS)


def upgrade() -> None:
    for statement in AUDIT_STATEMENTS:
        op.execute(statement)
    for name, columns in _DISCLOSURES.items():
        op.execute(f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns.strip()})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
    for statement in _DISCLOSURE_INDEXES:
        op.execute(statement)
    op.execute(_WATCHED)

"""Who may see and do what: consents, restrictions, psychotherapy notes, emergency access, demands.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import ANYBODY, DEPLOYMENT, policies, watched

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OWN = "tenant_id = (SELECT current_tenant())"

DEPLOYMENT_STATEMENTS = (
    "ALTER TABLE staff DROP CONSTRAINT staff_role_check",
    """
    ALTER TABLE staff ADD CONSTRAINT staff_role_check CHECK (role IN ('admin', 'lead', 'biller',
      'coder', 'poster', 'auditor', 'director', 'liaison', 'provider', 'viewer'))
    """,
    # A country, or a country and a state: where the person sits who looks at the records.
    """
    ALTER TABLE staff ADD COLUMN location text NOT NULL DEFAULT 'US'
      CHECK (location ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$')
    """,
    """
    CREATE TABLE staff_credential (
      id uuid PRIMARY KEY,
      staff_id uuid NOT NULL REFERENCES staff,
      name text NOT NULL CHECK (name ~ '^[A-Z0-9-]{2,20}$'),
      number text NOT NULL DEFAULT '',
      expires_on date,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (staff_id, name)
    )
    """,
    # An assignment for a while. No reason and no patient stand here: those are the practice's.
    """
    CREATE TABLE emergency_access (
      id uuid PRIMARY KEY,
      staff_id uuid NOT NULL REFERENCES staff,
      tenant_id uuid NOT NULL REFERENCES practice,
      medical boolean NOT NULL,
      began_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      ended_at timestamptz,
      reviewed_by uuid REFERENCES staff,
      reviewed_at timestamptz,
      outcome text CHECK (outcome IN ('justified', 'not_justified')),
      CHECK (expires_at > began_at AND expires_at <= began_at + interval '60 minutes'),
      CHECK (reviewed_by <> staff_id),
      CHECK ((outcome IS NULL) = (reviewed_by IS NULL)
             AND (outcome IS NULL) = (reviewed_at IS NULL))
    )
    """,
    "CREATE INDEX ON emergency_access (staff_id, expires_at)",
    "CREATE INDEX ON emergency_access (tenant_id, began_at)",
)

TENANT_TABLES = {
    "consent": """
      patient_id uuid NOT NULL,
      kind text NOT NULL CHECK (kind IN ('part2', 'sud_counseling_notes', 'psychotherapy_notes')),
      signed_on date NOT NULL,
      expires_on date,
      revoked_on date,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK (expires_on > signed_on),
      CHECK (revoked_on >= signed_on),
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
    "billing_restriction": """
      encounter_id uuid NOT NULL,
      set_on date NOT NULL,
      set_by uuid NOT NULL,
      lifted_on date,
      lifted_by uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK ((lifted_on IS NULL) = (lifted_by IS NULL)),
      FOREIGN KEY (tenant_id, encounter_id) REFERENCES encounter
    """,
    "psychotherapy_note": """
      encounter_id uuid NOT NULL,
      author_id uuid NOT NULL REFERENCES staff,
      body bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      FOREIGN KEY (tenant_id, encounter_id) REFERENCES encounter
    """,
    "emergency_reason": """
      patient_id uuid,
      reason bytea NOT NULL,
      review bytea,
      FOREIGN KEY (tenant_id, patient_id) REFERENCES patient
    """,
    "practice_access_rule": """
      payer_kind text NOT NULL DEFAULT '',
      access text NOT NULL DEFAULT '',
      onshore boolean NOT NULL DEFAULT false,
      credential text NOT NULL DEFAULT '',
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK (onshore OR credential <> ''),
      UNIQUE (tenant_id, payer_kind, access, onshore, credential)
    """,
}

INDEXES = (
    "CREATE INDEX ON consent (tenant_id, patient_id)",
    "CREATE UNIQUE INDEX ON billing_restriction (tenant_id, encounter_id) WHERE lifted_on IS NULL",
    "CREATE INDEX ON psychotherapy_note (tenant_id, author_id)",
)


def upgrade() -> None:
    for statement in DEPLOYMENT_STATEMENTS:
        op.execute(statement)
    for name, columns in TENANT_TABLES.items():
        tie = "" if "FOREIGN KEY (tenant_id, encounter" in columns else " REFERENCES practice"
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
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {name} TO claimwright_app")
    for statement in INDEXES:
        op.execute(statement)
    op.execute("GRANT SELECT, INSERT, UPDATE ON emergency_access TO claimwright_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON staff_credential TO claimwright_app")
    op.execute("GRANT DELETE ON practice_access_rule TO claimwright_app")
    for statement in (
        # Asked in a transaction of the practice that demands it.
        *policies("staff_credential", read=ANYBODY),
        # Taken in a transaction of the practice, with its reason.
        *policies("emergency_access", read=ANYBODY, write=f"{DEPLOYMENT} OR {_OWN}"),
        *watched("staff_credential", "emergency_access", *TENANT_TABLES),
    ):
        op.execute(statement)

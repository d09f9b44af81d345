"""Programs and their tokens, answers given once, vendors, and the company's own sign-in.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import policies, watched

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    # A program that calls us: what it may do (scopes), for which practices, from where.
    """
    CREATE TABLE service_principal (
      id uuid PRIMARY KEY,
      name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 80),
      scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
      networks cidr[] NOT NULL DEFAULT '{}',
      active boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE service_principal_practice (
      principal_id uuid NOT NULL REFERENCES service_principal,
      tenant_id uuid NOT NULL REFERENCES practice,
      PRIMARY KEY (principal_id, tenant_id)
    )
    """,
    "CREATE INDEX ON service_principal_practice (tenant_id)",
    # Only the digest is kept: who reads this table cannot call as anybody. The prefix is public.
    """
    CREATE TABLE api_token (
      id uuid PRIMARY KEY,
      principal_id uuid NOT NULL REFERENCES service_principal,
      prefix text NOT NULL UNIQUE,
      secret_sha256 bytea NOT NULL CHECK (octet_length(secret_sha256) = 32),
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz,
      exposed_at timestamptz,
      CHECK (expires_at > created_at AND expires_at <= created_at + interval '365 days')
    )
    """,
    "CREATE INDEX ON api_token (principal_id)",
    # Apart, because being used is no change of a token that anybody has to answer for.
    """
    CREATE TABLE api_token_use (
      token_id uuid PRIMARY KEY REFERENCES api_token,
      used_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # The first answer to a request that changes something, kept for a day (Idempotency-Key).
    """
    CREATE TABLE api_answer (
      tenant_id uuid NOT NULL REFERENCES practice,
      principal_id uuid NOT NULL REFERENCES service_principal,
      key_sha256 bytea NOT NULL CHECK (octet_length(key_sha256) = 32),
      request_sha256 bytea NOT NULL CHECK (octet_length(request_sha256) = 32),
      body bytea NOT NULL DEFAULT '',
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, principal_id, key_sha256)
    )
    """,
    "CREATE INDEX ON api_answer (tenant_id, created_at)",
    "ALTER TABLE api_answer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE api_answer FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY tenant ON api_answer USING (tenant_id = (SELECT current_tenant()))"
        " WITH CHECK (tenant_id = (SELECT current_tenant()))"
    ),
    # Whom we hand health information to, and whether a contract allows it (45 CFR 164.504(e)).
    """
    CREATE TABLE business_associate (
      id uuid PRIMARY KEY,
      name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 80),
      connector text NOT NULL DEFAULT '',
      signed_on date NOT NULL,
      verified_on date NOT NULL,
      ended_on date,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK (verified_on >= signed_on)
    )
    """,
    "CREATE INDEX ON business_associate (connector)",
    # A person as the company's identity provider knows them.
    """
    CREATE TABLE staff_identity (
      issuer text NOT NULL,
      subject text NOT NULL,
      staff_id uuid NOT NULL REFERENCES staff,
      linked_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (issuer, subject),
      UNIQUE (staff_id, issuer)
    )
    """,
    # States that came back from the identity provider, proved: each is good once.
    """
    CREATE TABLE company_sign_in (
      state_sha256 bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
      used_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX ON company_sign_in (used_at)",
    (
        "GRANT SELECT, INSERT, UPDATE ON service_principal, service_principal_practice, api_token,"
        " api_token_use, api_answer, business_associate, staff_identity, company_sign_in"
        " TO claimwright_app"
    ),
    (
        "GRANT DELETE ON service_principal_practice, api_answer, staff_identity, company_sign_in"
        " TO claimwright_app"
    ),
    *(
        statement
        for table in (
            "service_principal",
            "service_principal_practice",
            "api_token",
            "api_token_use",
            "staff_identity",
            "company_sign_in",
            "business_associate",
        )
        for statement in policies(table)
    ),
    *watched(
        "service_principal",
        "service_principal_practice",
        "api_token",
        "staff_identity",
        "business_associate",
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

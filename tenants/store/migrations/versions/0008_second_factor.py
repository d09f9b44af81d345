"""Second factors of people, how far a session is proven, and codes to set a password with.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import policies, watched

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Sessions begun before there were second factors end: none of them is proven.
    "DELETE FROM web_session",
    # assurance 1: the password was right; 2: a second factor as well. form_token: what forms that
    # were open before the id was renewed still carry.
    """
    ALTER TABLE web_session
      ADD COLUMN assurance smallint NOT NULL DEFAULT 1 CHECK (assurance IN (1, 2)),
      ADD COLUMN proven_at timestamptz,
      ADD COLUMN network text NOT NULL DEFAULT '',
      ADD COLUMN form_token text,
      ADD CHECK ((assurance = 2) = (proven_at IS NOT NULL))
    """,
    # The secret is sealed with the keys of the deployment. Not confirmed: it opens nothing yet.
    """
    CREATE TABLE authenticator_app (
      id uuid PRIMARY KEY,
      staff_id uuid NOT NULL REFERENCES staff,
      secret bytea NOT NULL,
      confirmed boolean NOT NULL DEFAULT false,
      last_step bigint NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (staff_id, confirmed)
    )
    """,
    """
    CREATE TABLE security_key (
      id uuid PRIMARY KEY,
      staff_id uuid NOT NULL REFERENCES staff,
      credential_id bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
      public_key bytea NOT NULL,
      sign_count bigint NOT NULL,
      label text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      used_at timestamptz
    )
    """,
    "CREATE INDEX ON security_key (staff_id)",
    """
    CREATE TABLE recovery_code (
      staff_id uuid NOT NULL REFERENCES staff,
      code_sha256 bytea NOT NULL CHECK (octet_length(code_sha256) = 32),
      PRIMARY KEY (staff_id, code_sha256)
    )
    """,
    # Whom a challenge was given to: the digest of a session or of a sign-in form.
    """
    CREATE TABLE key_challenge (
      holder_sha256 bytea NOT NULL CHECK (octet_length(holder_sha256) = 32),
      use text NOT NULL CHECK (use IN ('enrol', 'prove')),
      challenge bytea NOT NULL CHECK (octet_length(challenge) >= 32),
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (holder_sha256, use)
    )
    """,
    "CREATE INDEX ON key_challenge (expires_at)",
    # One a person: a new code makes the one before worthless.
    """
    CREATE TABLE password_reset (
      staff_id uuid PRIMARY KEY REFERENCES staff,
      code_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(code_sha256) = 32),
      expires_at timestamptz NOT NULL
    )
    """,
    """
    GRANT SELECT, INSERT, UPDATE, DELETE ON authenticator_app, security_key, recovery_code,
      key_challenge, password_reset TO claimwright_app
    """,
    *(
        statement
        for table in (
            "authenticator_app",
            "security_key",
            "recovery_code",
            "key_challenge",
            "password_reset",
        )
        for statement in policies(table)
    ),
    *watched("authenticator_app", "security_key", "recovery_code", "password_reset"),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

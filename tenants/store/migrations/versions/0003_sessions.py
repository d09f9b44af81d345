"""Sessions of signed-in people, the slowing down of sign-ins, and the order of the staff queue.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Only the digest is kept: who reads this table cannot become anybody.
    """
    CREATE TABLE web_session (
      id_sha256 bytea PRIMARY KEY CHECK (octet_length(id_sha256) = 32),
      public_id uuid NOT NULL UNIQUE,
      staff_id uuid NOT NULL REFERENCES staff,
      created_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX ON web_session (staff_id)",
    "CREATE INDEX ON web_session (seen_at)",
    # The key is a digest of account and network, or of the network alone.
    """
    CREATE TABLE sign_in_throttle (
      key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
      failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
      changed_at timestamptz NOT NULL DEFAULT now(),
      open_at timestamptz NOT NULL DEFAULT now(),
      proven_at timestamptz
    )
    """,
    "CREATE INDEX ON sign_in_throttle (changed_at)",
    # The order in which the queue is shown and paged.
    "CREATE INDEX work_item_order ON work_item ((coalesce(due_on, 'infinity'::date)), id)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON web_session, sign_in_throttle TO claimwright_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

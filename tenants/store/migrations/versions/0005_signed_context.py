"""Whom a transaction speaks for is signed; what opens the front door is changed only unasked-for.

Until here policies believed a bare setting, which any SQL can set. Now they believe a token that
only the holder of a key can make (docs/decisions/0014). Accounts, assignments and sessions decide
who gets in at all, so they are changed in the deployment's own transactions alone.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import ANYBODY, DEPLOYMENT, policies

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The blocks are HMAC's key in the form it is used in. Nobody but the owner may read them.
_KEY_TABLE = """
    CREATE TABLE context_key (
      id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
      inner_block bytea NOT NULL CHECK (octet_length(inner_block) = 64),
      outer_block bytea NOT NULL CHECK (octet_length(outer_block) = 64),
      created_at timestamptz NOT NULL DEFAULT now()
    )
"""

# Token: 1 . tenant|staff . key id . expiry . id . MAC, the MAC in 32 hexadecimal digits.
#
# Whatever is wrong with it, the answer is NULL and the policies show nothing. No cast is reached
# before the MAC has proven that we wrote what is cast, so no error can come from here. MACs are
# compared by their hashes: how long that takes says nothing about the right one. The time is the
# statement's, so one that began in time is not cut short. session_user, because current_user is
# the owner in here.
_SPEAKER = """
    CREATE FUNCTION context_speaker(prefix text) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      token CONSTANT text := current_setting('app.ctx', true);
      inner_block bytea;
      outer_block bytea;
    BEGIN
      IF token IS NULL OR NOT starts_with(token, prefix) THEN
        RETURN NULL;
      END IF;
      SELECT k.inner_block, k.outer_block INTO inner_block, outer_block
      FROM public.context_key AS k WHERE k.id = split_part(token, '.', 3);
      RETURN CASE
        WHEN sha256(convert_to(right(token, 32), 'UTF8')) = sha256(convert_to(left(encode(
          sha256(outer_block || sha256(inner_block ||
            convert_to(left(token, -33) || '.' || session_user, 'UTF8'))),
          'hex'), 32), 'UTF8'))
        THEN CASE
          WHEN date_part('epoch', statement_timestamp()) < split_part(token, '.', 4)::float8
          THEN split_part(token, '.', 5)::uuid
        END
      END;
    END
    $$
"""

# Replaced, not dropped: every policy holds on to them.
_FUNCTIONS = (
    _SPEAKER,
    """
    CREATE OR REPLACE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN context_speaker('1.tenant.')
    """,
    """
    CREATE OR REPLACE FUNCTION current_staff() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN context_speaker('1.staff.')
    """,
    "REVOKE ALL ON FUNCTION context_speaker(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION context_speaker(text) TO claimwright_app, claimwright_sequencer",
)

# Those of 0002 called the function for every row; in a SELECT it runs once a statement.
_AUDIT_TABLES = (
    "tenant_key",
    "audit_event",
    "audit_object",
    "audit_object_span",
    "audit_pending",
    "audit_leaf",
    "audit_checkpoint",
    "audit_unpublished",
)
_OWN = "tenant_id = (SELECT current_tenant())"
_ONCE = tuple(
    f"ALTER POLICY tenant ON {table} USING ({_OWN}) WITH CHECK ({_OWN})" for table in _AUDIT_TABLES
)

_FRONT_DOOR = tuple(
    statement
    for table, read, write in (
        ("staff", ANYBODY, DEPLOYMENT),
        ("staff_assignment", ANYBODY, DEPLOYMENT),
        ("web_session", DEPLOYMENT, DEPLOYMENT),
        ("sign_in_throttle", DEPLOYMENT, DEPLOYMENT),
        # A practice is entered by the transaction that founds it.
        ("practice", ANYBODY, f"{DEPLOYMENT} OR {_OWN}"),
        # Shared by all practices; whoever brings a payer speaks for somebody.
        ("payer", ANYBODY, "(SELECT current_tenant()) IS NOT NULL"),
        ("payer_plan", ANYBODY, "(SELECT current_tenant()) IS NOT NULL"),
        ("payer_policy", ANYBODY, "(SELECT current_tenant()) IS NOT NULL"),
    )
    for statement in policies(table, read=read, write=write)
)

STATEMENTS = (_KEY_TABLE, *_FUNCTIONS, *_ONCE, *_FRONT_DOOR)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""What a change and its event cost the database, less.

Three things took most of it. The check at commit looked for the event in the whole log, by
whichever index the planner took when the log was still empty: a session that writes on reads more
rows with each transaction. Tables that only triggers write asked for the practice of each row again
and checked its token each time. And an event was put into queue and index by three statements. See
docs/decisions/0037.

Revision ID: 0016
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The queue knows the transaction of an event, so the check finds it among the few that wait: no
# sequencer can have taken one that is not committed. What waits already belongs to no open
# transaction, and this one is as good as any.
_QUEUE = (
    (
        "ALTER TABLE audit_pending"
        " ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),"
        " ADD COLUMN transaction_at timestamptz NOT NULL DEFAULT transaction_timestamp()"
    ),
    (
        "ALTER TABLE audit_pending DROP CONSTRAINT audit_pending_pkey,"
        " ADD PRIMARY KEY (tenant_id, transaction_id, event_id)"
    ),
)

# Rows that the owner's triggers copy from an event, whose own practice was checked when it came.
_POLICIES = (
    "CREATE POLICY enqueue ON audit_pending TO claimwright_owner USING (true) WITH CHECK (true)",
    "CREATE POLICY enqueue ON audit_object FOR INSERT TO claimwright_owner WITH CHECK (true)",
    "CREATE POLICY enqueue ON audit_object_span FOR INSERT TO claimwright_owner WITH CHECK (true)",
)

_FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        WITH queued AS (
            INSERT INTO audit_pending (tenant_id, event_id) SELECT tenant_id, id FROM added
        ), spanned AS (
            INSERT INTO audit_object_span (tenant_id, highest_id, lowest_id, event_id)
            SELECT added.tenant_id,
                   (SELECT id FROM unnest(added.object_ids) AS member (id)
                    ORDER BY id DESC LIMIT 1),
                   (SELECT id FROM unnest(added.object_ids) AS member (id) ORDER BY id LIMIT 1),
                   added.id
            FROM added
            WHERE cardinality(added.object_ids) > 64
        )
        INSERT INTO audit_object (tenant_id, object_id, event_id)
        SELECT DISTINCT added.tenant_id, member.id, added.id
        FROM added CROSS JOIN LATERAL unnest(added.object_ids) AS member (id)
        WHERE cardinality(added.object_ids) <= 64;
        RETURN NULL;
    END
    $$
    """,
    # The queue is empty most of the time; a plan made then would read all of it when it is long.
    """
    CREATE OR REPLACE FUNCTION capture_has_event() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    BEGIN
        PERFORM FROM audit_pending
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
)

STATEMENTS: tuple[str, ...] = (*_QUEUE, *_POLICIES, *_FUNCTIONS)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

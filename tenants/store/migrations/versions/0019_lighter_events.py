"""What a change and its event cost the database, less again.

Nothing that is promised changes: an event in the transaction of its change, a line for each
statement that changes rows, no commit of the one without the other. What went is work that was
done in that transaction and need not be, or was done in a dear way. See docs/decisions/0043.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# PostgreSQL reads the text of a check anew for every statement; that of a domain it keeps.
_WORDS = (
    "CREATE DOMAIN audit_kind AS text CHECK (VALUE ~ '^[a-z_]+[.][a-z_]+$')",
    (
        "CREATE DOMAIN audit_actor_kind AS text"
        " CHECK (VALUE IN ('person', 'system', 'plugin', 'client'))"
    ),
    (
        "ALTER TABLE audit_event"
        " DROP CONSTRAINT audit_event_kind_check,"
        " DROP CONSTRAINT audit_event_actor_kind_check,"
        " ALTER COLUMN kind TYPE audit_kind, ALTER COLUMN actor_kind TYPE audit_actor_kind"
    ),
)

# A uuid asks the kernel for random bits by opening its device, for each line. These come from the
# session's own source, which is good enough to tell lines of one transaction apart; a counter would
# tell each practice how busy the others are. The index by transaction served the check at commit
# until 0016, and lines are compared with events by reading both. What a statement did is the
# server's own word and needs no check.
_LINES = (
    (
        "ALTER TABLE audit_capture"
        " DROP CONSTRAINT audit_capture_operation_check, DROP CONSTRAINT audit_capture_pkey,"
        " DROP COLUMN id,"
        " ADD COLUMN id bigint NOT NULL DEFAULT (random() * 9007199254740992)::bigint"
    ),
    "ALTER TABLE audit_capture ADD PRIMARY KEY (tenant_id, transaction_id, id)",
    "DROP INDEX audit_event_transaction",
)

# Rows of one practice, as those of any statement of the application are, need no grouping.
_CAPTURE = """
    CREATE OR REPLACE FUNCTION capture_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    DECLARE
        owner uuid;
        owners bigint;
        counted bigint;
        content bytea;
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            VALUES ('00000000-0000-0000-0000-000000000000', TG_TABLE_NAME, TG_OP, 0, '');
            RETURN NULL;
        ELSIF TG_ARGV[0] = 'deployment' THEN
            SELECT 1, count(*), sha256(string_agg(sha256(record_send(changed)), ''))
            INTO owners, counted, content FROM changed;
            owner := coalesce(current_tenant(), '00000000-0000-0000-0000-000000000000');
        ELSE
            SELECT any_value(tenant_id), count(DISTINCT tenant_id), count(*),
                   sha256(string_agg(sha256(record_send(changed)), ''))
            INTO owner, owners, counted, content FROM changed;
        END IF;
        IF owners > 1 THEN
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            SELECT tenant_id, TG_TABLE_NAME, TG_OP, count(*),
                   sha256(string_agg(sha256(record_send(changed)), ''))
            FROM changed GROUP BY tenant_id;
        ELSIF counted > 0 THEN
            INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
            VALUES (owner, TG_TABLE_NAME, TG_OP, counted, content);
        END IF;
        RETURN NULL;
    END
    $$
"""

# The index by object is made of events, so it can be made after them: by the sequencer, many at
# once. Who reads it looks among what waits as well (``audit.store.timeline``).
_QUEUE = """
    CREATE OR REPLACE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO audit_pending (tenant_id, event_id) SELECT tenant_id, id FROM added;
        RETURN NULL;
    END
    $$
"""

# What waits, by object, of the practice that asks: the queue itself stays out of its reach.
_WAITING = (
    """
    CREATE FUNCTION audit_waiting(sought uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT event.id FROM audit_pending AS pending JOIN audit_event AS event
          ON event.tenant_id = pending.tenant_id AND event.id = pending.event_id
        WHERE pending.tenant_id = (SELECT current_tenant()) AND sought = ANY (event.object_ids)
    $$
    """,
    "REVOKE ALL ON FUNCTION audit_waiting(uuid) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION audit_waiting(uuid) TO claimwright_app",
)

_RIGHTS = (
    "DROP POLICY enqueue ON audit_object",
    "DROP POLICY enqueue ON audit_object_span",
    "GRANT INSERT ON audit_object, audit_object_span TO claimwright_sequencer",
)

STATEMENTS: tuple[str, ...] = (*_WORDS, *_LINES, _CAPTURE, _QUEUE, *_WAITING, *_RIGHTS)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""Practice keys, and the append-only audit log with its tree.

The statements are plain SQL in ``STATEMENTS``, nothing newer than PostgreSQL 16. They expect the
function ``current_tenant()`` and the roles ``claimwright_app`` and ``claimwright_sequencer``.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE tenant_key (
        tenant_id uuid NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('data', 'index')),
        version integer NOT NULL CHECK (version BETWEEN 1 AND 255),
        wrapped bytea NOT NULL,
        root_version integer NOT NULL,
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired', 'destroyed')),
        created_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
        PRIMARY KEY (tenant_id, purpose, version)
    )
    """,
    """
    CREATE TABLE audit_event (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'system', 'plugin', 'client')),
        actor_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind ~ '^[a-z_]+[.][a-z_]+$'),
        object_groups text NOT NULL,
        object_ids uuid[] NOT NULL,
        counts jsonb NOT NULL,
        digests jsonb NOT NULL,
        purpose text NOT NULL,
        request_id uuid,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    "CREATE INDEX audit_event_at ON audit_event (tenant_id, at)",
    """
    CREATE TABLE audit_object (
        tenant_id uuid NOT NULL,
        object_id uuid NOT NULL,
        event_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, object_id, event_id)
    )
    """,
    """
    CREATE TABLE audit_object_span (
        tenant_id uuid NOT NULL,
        highest_id uuid NOT NULL,
        lowest_id uuid NOT NULL,
        event_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, highest_id, lowest_id, event_id)
    )
    """,
    """
    CREATE TABLE audit_pending (
        tenant_id uuid NOT NULL,
        event_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, event_id)
    )
    """,
    """
    CREATE TABLE audit_leaf (
        tenant_id uuid NOT NULL,
        index bigint NOT NULL CHECK (index >= 0),
        event_id uuid NOT NULL,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (tenant_id, index),
        UNIQUE (tenant_id, event_id)
    )
    """,
    """
    CREATE TABLE audit_checkpoint (
        tenant_id uuid NOT NULL,
        size bigint NOT NULL CHECK (size > 0),
        root bytea NOT NULL CHECK (octet_length(root) = 32),
        frontier bytea NOT NULL CHECK (octet_length(frontier) % 32 = 0),
        note text NOT NULL,
        signed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, size)
    )
    """,
    """
    CREATE TABLE audit_unpublished (
        tenant_id uuid NOT NULL,
        size bigint NOT NULL,
        PRIMARY KEY (tenant_id, size)
    )
    """,
)

_TENANT_TABLES = (
    "tenant_key",
    "audit_event",
    "audit_object",
    "audit_object_span",
    "audit_pending",
    "audit_leaf",
    "audit_checkpoint",
    "audit_unpublished",
)

_ISOLATION = tuple(
    statement
    for table in _TENANT_TABLES
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        (
            f"CREATE POLICY tenant ON {table} "
            "USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())"
        ),
    )
)

# The sequencer gathers the events of every practice, so it has policies of its own; it can read
# no practice's key and no business table.
_SEQUENCER = tuple(
    statement
    for table, rights in (
        ("audit_event", "SELECT"),
        ("audit_object", "SELECT"),
        ("audit_object_span", "SELECT"),
        ("audit_pending", "SELECT, DELETE"),
        ("audit_leaf", "SELECT, INSERT"),
        ("audit_checkpoint", "SELECT, INSERT"),
        ("audit_unpublished", "SELECT, INSERT, DELETE"),
    )
    for statement in (
        f"GRANT {rights} ON {table} TO claimwright_sequencer",
        (
            f"CREATE POLICY sequencer ON {table} TO claimwright_sequencer "
            "USING (true) WITH CHECK (true)"
        ),
    )
)

_APPLICATION = (
    "GRANT SELECT, INSERT ON tenant_key TO claimwright_app",
    "GRANT SELECT, INSERT ON audit_event TO claimwright_app",
    (
        "GRANT SELECT ON audit_object, audit_object_span, audit_leaf, audit_checkpoint"
        " TO claimwright_app"
    ),
)

_REFUSE = """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '42501';
    END
    $$
"""

_APPEND_ONLY = (
    _REFUSE,
    *(
        statement
        for table in (
            "audit_event",
            "audit_object",
            "audit_object_span",
            "audit_leaf",
            "audit_checkpoint",
        )
        for statement in (
            (
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
            ),
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only",
        )
    ),
)

# One statement-level trigger: a batch of 10,000 events costs three inserts, and an event can
# neither miss the queue of the sequencer nor name objects in its index that it does not hold.
# An event about at most 64 objects is indexed object by object, a larger one by the span of its
# identifiers: docs/decisions/0003-sealed-groups-and-one-tree.md has the reason and the figures.
_ENQUEUE = (
    """
    CREATE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO audit_pending (tenant_id, event_id) SELECT tenant_id, id FROM added;
        INSERT INTO audit_object (tenant_id, object_id, event_id)
        SELECT DISTINCT added.tenant_id, member.id, added.id
        FROM added CROSS JOIN LATERAL unnest(added.object_ids) AS member (id)
        WHERE cardinality(added.object_ids) <= 64;
        INSERT INTO audit_object_span (tenant_id, highest_id, lowest_id, event_id)
        SELECT added.tenant_id,
               (SELECT id FROM unnest(added.object_ids) AS member (id) ORDER BY id DESC LIMIT 1),
               (SELECT id FROM unnest(added.object_ids) AS member (id) ORDER BY id LIMIT 1),
               added.id
        FROM added
        WHERE cardinality(added.object_ids) > 64;
        RETURN NULL;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION audit_enqueue() FROM PUBLIC",
    (
        "CREATE TRIGGER enqueue AFTER INSERT ON audit_event REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_enqueue()"
    ),
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER enqueue",
)

STATEMENTS: tuple[str, ...] = (
    *_TABLES,
    *_ISOLATION,
    *_APPLICATION,
    *_SEQUENCER,
    *_APPEND_ONLY,
    *_ENQUEUE,
)


def upgrade() -> None:
    """Make the tables, policies, grants and triggers."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them, and with them the audit log: only ever for an empty installation."""
    for table in reversed(_TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION audit_enqueue()")
    op.execute("DROP FUNCTION audit_refuse()")

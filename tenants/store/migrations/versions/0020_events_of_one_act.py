"""A changed row is captured by one statement instead of two, and an event has an index less.

Nearly every statement changes one row. Its line was made by a query and then an insert; what owners
there are was counted by sorting them. The index of events by actor served nobody: whoever asks for
one person's acts asks for a period too, and the index by time finds that. See docs/decisions/0044.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Several rows may belong to several practices: only an administrator writes such a statement.
_CAPTURE = """
    CREATE OR REPLACE FUNCTION capture_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
            SELECT any_value(tenant_id), TG_TABLE_NAME, TG_OP, 1,
                   sha256(string_agg(sha256(record_send(changed)), ''))
            FROM changed HAVING count(*) = 1;
            IF NOT FOUND THEN
                INSERT INTO audit_capture (tenant_id, table_name, operation, rows_count, digest)
                SELECT tenant_id, TG_TABLE_NAME, TG_OP, count(*),
                       sha256(string_agg(sha256(record_send(changed)), ''))
                FROM changed GROUP BY tenant_id;
            END IF;
        END IF;
        RETURN NULL;
    END
    $$
"""


STATEMENTS: tuple[str, ...] = (_CAPTURE, "DROP INDEX audit_event_actor")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""A key for each class of confidentiality, and one sealed column a class.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

from core.errors import SetupError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SEALED_BEFORE = (
    "this database was sealed by a test version of Claimwright whose form was never released and "
    "cannot be brought over; keep its folder if you need it, and begin with a new, empty one"
)

_PURPOSES = (
    "'demographics', 'identifiers', 'clinical', 'substance_use', 'psychotherapy', 'operations',"
    " 'index'"
)

KEY_STATEMENTS = (
    "ALTER TABLE tenant_key DROP CONSTRAINT tenant_key_purpose_check",
    f"ALTER TABLE tenant_key ADD CHECK (purpose IN ({_PURPOSES}))",
    "ALTER TABLE tenant_key ADD CHECK ((state = 'destroyed') = (octet_length(wrapped) = 0))",
    # What the application may do to a key: wrap it anew, retire it, destroy it. Nothing brings a
    # destroyed one back.
    """
    CREATE FUNCTION guard_tenant_key() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF OLD.state = 'destroyed' OR (OLD.state = 'retired' AND NEW.state = 'active') THEN
            RAISE EXCEPTION 'a key does not come back' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION guard_tenant_key() FROM PUBLIC",
    (
        "CREATE TRIGGER guard BEFORE UPDATE ON tenant_key"
        " FOR EACH ROW EXECUTE FUNCTION guard_tenant_key()"
    ),
    "ALTER TABLE tenant_key ENABLE ALWAYS TRIGGER guard",
    "GRANT UPDATE (wrapped, root_version, state) ON tenant_key TO claimwright_app",
)

_ONE_OF_TWO = (
    "CHECK (CASE sensitivity WHEN 'substance_use' THEN clinical IS NULL AND substance_use"
    " IS NOT NULL ELSE clinical IS NOT NULL AND substance_use IS NULL END)"
)
_LABEL = "text NOT NULL DEFAULT 'none' CHECK (sensitivity IN ('none', 'substance_use'))"
_CLINICAL = "ADD COLUMN clinical bytea, ADD COLUMN substance_use bytea"

_GROUPS = (
    (
        "ALTER TABLE patient DROP COLUMN body, ADD COLUMN demographics bytea NOT NULL,"
        " ADD COLUMN identifiers bytea NOT NULL"
    ),
    (
        "ALTER TABLE coverage DROP COLUMN body, ADD COLUMN demographics bytea NOT NULL,"
        " ADD COLUMN identifiers bytea NOT NULL"
    ),
    (
        f"ALTER TABLE encounter DROP COLUMN body, ADD COLUMN sensitivity {_LABEL},"
        f" ADD COLUMN identifiers bytea NOT NULL, {_CLINICAL}, ADD {_ONE_OF_TWO}"
    ),
    (
        f"ALTER TABLE claim DROP COLUMN body, ADD COLUMN sensitivity {_LABEL},"
        " ADD COLUMN demographics bytea NOT NULL, ADD COLUMN identifiers bytea NOT NULL,"
        f" {_CLINICAL}, ADD {_ONE_OF_TWO}"
    ),
    # A submission holds the claim's own sealed bytes.
    (
        "ALTER TABLE submission DROP COLUMN snapshot, ADD COLUMN demographics bytea NOT NULL,"
        f" ADD COLUMN identifiers bytea NOT NULL, {_CLINICAL},"
        " ADD CHECK ((clinical IS NULL) <> (substance_use IS NULL))"
    ),
)

# How long the searchable indexes of a practice are, and for how many rows that was chosen.
_INDEX_LENGTHS = (
    """
    CREATE TABLE index_length (
      tenant_id uuid NOT NULL REFERENCES practice,
      name text NOT NULL CHECK (name IN ('patient.name')),
      bits smallint NOT NULL CHECK (bits BETWEEN 4 AND 128),
      chosen_for_rows bigint NOT NULL,
      chosen_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, name)
    )
    """,
    "ALTER TABLE index_length ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE index_length FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY tenant ON index_length USING (tenant_id = (SELECT current_tenant()))"
        " WITH CHECK (tenant_id = (SELECT current_tenant()))"
    ),
    "GRANT SELECT, INSERT, UPDATE ON index_length TO claimwright_app",
)


def upgrade() -> None:
    # Not even the owner sees rows of practices while row-level security is forced.
    op.execute("ALTER TABLE tenant_key NO FORCE ROW LEVEL SECURITY")
    sealed = op.get_bind().exec_driver_sql("SELECT EXISTS (SELECT FROM tenant_key)").scalar()
    op.execute("ALTER TABLE tenant_key FORCE ROW LEVEL SECURITY")
    if sealed:
        raise SetupError(_SEALED_BEFORE)
    for statement in KEY_STATEMENTS + _GROUPS + _INDEX_LENGTHS:
        op.execute(statement)

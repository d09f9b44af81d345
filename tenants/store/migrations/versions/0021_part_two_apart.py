"""What hangs on a claim of a Part 2 program has a column of its own, as the claim itself has.

Rows of before are moved by the program, which has the keys (``tenants.part_two``).
See docs/decisions/0045.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# A decision and a statement always say something; a reason is given or not.
_ALWAYS = (("remittance_claim", "body"), ("statement", "body"))
_AT_TIMES = (("finding", "override_reason"), ("finding_answer", "reason"))

STATEMENTS = (
    *(
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL, ADD COLUMN substance_use bytea,"
        f" ADD CHECK (({column} IS NULL) <> (substance_use IS NULL))"
        for table, column in _ALWAYS
    ),
    *(
        f"ALTER TABLE {table} ADD COLUMN substance_use bytea,"
        f" ADD CHECK ({column} IS NULL OR substance_use IS NULL)"
        for table, column in _AT_TIMES
    ),
    "ALTER TABLE finding_answer DROP CONSTRAINT finding_answer_check",
    (
        "ALTER TABLE finding_answer ADD CHECK (kind = 'fix' OR"
        " (severity = 'deny' AND num_nonnulls(reason, substance_use) = 1))"
    ),
    # Whose statements, and what of which claims, lies apart: asked for every statement, and again
    # and again by what moves rows of before.
    (
        "CREATE INDEX claim_part_two ON claim (tenant_id, patient_id)"
        " WHERE sensitivity = 'substance_use'"
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

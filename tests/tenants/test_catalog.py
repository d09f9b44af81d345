"""What the live schema must be, read from its catalog: every table, key, policy and right."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation, UniqueViolation

from tenants.postgres import (
    DatabaseUrls,
    EmbeddedServer,
    create_from_template,
    drop_database,
)
from tenants.postgres.address import address_of_url
from tests.by_hand import NOTED
from tests.speaking import speaks_for
from tests.tenants import schema_lints as lints
from tests.tenants.schema_lints import APP, SEQUENCER

TENANT = UUID(int=1)

OF_THE_DEPLOYMENT = ("house_rule", "payer_policy")
APPEND_ONLY = (
    "claim_move",
    "submission",
    "remittance_claim",
    "ledger_entry",
    "ledger_posting",
    "intake_refusal",
    "finding_answer",
    "back_test",
    "audit_event",
    "audit_object",
    "audit_object_span",
    "audit_leaf",
    "audit_checkpoint",
    "audit_capture",
    "disclosure",
    "rule_run",
    "practice_rule",
    "practice_policy",
    "practice_plugin",
    "shadow_claim",
    "shadow_finding",
    "record_version",
    *OF_THE_DEPLOYMENT,
)


@pytest.fixture(scope="module")
def migrated(server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    name = f"catalog_{os.getpid()}"  # one a test process
    urls = create_from_template(server, "template_claimwright", name)
    yield urls
    drop_database(urls, name)


def connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="module")
def owner(migrated: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with connect(migrated.migrator) as connection:
        yield connection


@pytest.fixture(scope="module")
def administrator(migrated: DatabaseUrls, run_folder: Path) -> Iterator[psycopg.Connection[Any]]:
    """The superuser in the same database: only it can plant every kind of defect."""
    name = address_of_url(migrated.app).dbname
    admin = EmbeddedServer(run_folder / "server", durable=False).administrator()
    with admin.database(name).connect() as connection:
        yield connection


@pytest.fixture
def app(migrated: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with connect(migrated.app) as connection:
        yield connection


def rows(connection: psycopg.Connection[Any], query: str, *values: Any) -> list[Sequence[Any]]:
    return connection.execute(query, values or None).fetchall()


# One defect of each kind, planted in a transaction that is rolled back: what plants it, as whom,
# and what the lint then says.
_MINE = "CREATE TABLE planted (tenant_id uuid NOT NULL, id uuid NOT NULL, n numeric"
_GUARDED = (
    "ALTER TABLE planted ENABLE ROW LEVEL SECURITY; ALTER TABLE planted FORCE ROW LEVEL SECURITY;"
    "CREATE POLICY tenant ON planted USING (tenant_id = (SELECT current_tenant()))"
    " WITH CHECK (tenant_id = (SELECT current_tenant()))"
)
_WHOLE = f"{_MINE}, PRIMARY KEY (tenant_id, id)); {_GUARDED};"
_BACKWARDS = "FOREIGN KEY (id, tenant_id) REFERENCES claim"
_DEFINER = "CREATE FUNCTION planted() RETURNS int LANGUAGE sql SECURITY DEFINER"
PLANTED = [
    (lints.table_without_tenant, "CREATE TABLE planted (id uuid PRIMARY KEY)", "planted"),
    (lints.table_without_tenant, "CREATE TABLE planted (tenant_id uuid, id uuid)", "planted"),
    (lints.table_without_tenant, "CREATE TABLE planted (tenant_id text NOT NULL)", "planted"),
    (lints.table_without_forced_security, f"{_MINE})", "planted"),
    (
        lints.table_without_forced_security,
        f"{_WHOLE} ALTER TABLE planted NO FORCE ROW LEVEL SECURITY",
        "planted",
    ),
    (
        lints.table_without_forced_security,
        f"{_WHOLE} DROP POLICY tenant ON planted",
        "planted",
    ),
    (
        lints.table_without_forced_security,
        "ALTER TABLE staff_assignment DISABLE ROW LEVEL SECURITY",
        "staff_assignment",
    ),
    (
        lints.policy_that_says_something_else,
        "CREATE POLICY planted ON claim USING (true)",
        "claim.planted",
    ),
    (
        lints.policy_that_says_something_else,
        "ALTER POLICY tenant ON claim WITH CHECK (true)",
        "claim.tenant",
    ),
    (
        lints.policy_that_says_something_else,
        "ALTER POLICY sequencer ON audit_event TO PUBLIC",
        "audit_event.sequencer",
    ),
    (
        lints.policy_that_asks_for_each_row,
        "ALTER POLICY tenant ON claim USING (tenant_id = current_tenant())",
        "claim.tenant",
    ),
    (
        lints.policy_that_asks_for_each_row,
        "ALTER POLICY change ON staff USING (context_speaker('1.tenant.') IS NULL)",
        "staff.change",
    ),
    (
        lints.policy_over_a_type_that_leaks,
        f"{_WHOLE} CREATE POLICY sized ON planted USING (n > 3)",
        "planted.n",
    ),
    (
        lints.index_over_a_type_that_leaks,
        f"{_WHOLE} CREATE INDEX planted_n ON planted (tenant_id, n)",
        "planted_n.n",
    ),
    (
        lints.key_that_does_not_lead_with_the_tenant,
        f"{_MINE}, CONSTRAINT planted_pkey PRIMARY KEY (id, tenant_id))",
        "planted_pkey",
    ),
    (
        lints.key_that_does_not_lead_with_the_tenant,
        "ALTER TABLE claim ADD CONSTRAINT planted UNIQUE (claim_number)",
        "planted",
    ),
    (
        lints.key_that_does_not_lead_with_the_tenant,
        f"{_WHOLE} ALTER TABLE planted ADD CONSTRAINT planted_fkey {_BACKWARDS}",
        "planted_fkey",
    ),
    (lints.key_that_does_not_lead_with_the_tenant, f"{_MINE})", "planted (no primary key)"),
    (
        lints.index_that_does_not_lead_with_the_tenant,
        "CREATE INDEX planted ON claim (stage)",
        "planted",
    ),
    (
        lints.index_that_does_not_lead_with_the_tenant,
        "CREATE UNIQUE INDEX planted ON claim ((claim_number || ''))",
        "planted",
    ),
    (
        lints.view_with_its_owners_rights,
        "CREATE VIEW planted AS SELECT * FROM claim",
        "planted",
    ),
    (
        lints.relation_no_policy_can_guard,
        "CREATE MATERIALIZED VIEW planted AS SELECT stage FROM claim",
        "planted",
    ),
    (lints.sequence_that_tells_volumes, "CREATE SEQUENCE planted", "planted"),
    (
        lints.sequence_that_tells_volumes,
        "ALTER TABLE claim ADD planted bigint GENERATED ALWAYS AS IDENTITY",
        "claim_planted_seq",
    ),
    (
        lints.function_with_its_owners_rights,
        f"{_DEFINER} SET search_path = pg_catalog RETURN 1",
        "planted",
    ),
    (
        lints.function_with_its_owners_rights,
        "ALTER FUNCTION context_speaker(text) RESET search_path",
        "context_speaker",
    ),
    (
        lints.function_with_its_owners_rights,
        "GRANT EXECUTE ON FUNCTION audit_enqueue() TO PUBLIC",
        "audit_enqueue",
    ),
    (lints.right_of_everybody, "GRANT SELECT ON payer TO PUBLIC", "payer"),
    (
        lints.right_beyond_the_work,
        f"GRANT TRUNCATE ON claim TO {APP}",
        f"{APP} TRUNCATE claim",
    ),
    (
        lints.right_beyond_the_work,
        f"GRANT CREATE ON SCHEMA public TO {SEQUENCER}",
        f"{SEQUENCER} CREATE",
    ),
    (
        lints.right_of_the_sequencer_to_business,
        f"GRANT SELECT ON tenant_key TO {SEQUENCER}",
        "tenant_key",
    ),
    (lints.role_that_could_get_round, f"ALTER ROLE {APP} BYPASSRLS", f"{APP} has powers"),
    (lints.role_that_could_get_round, f"ALTER TABLE claim OWNER TO {APP}", f"{APP} owns"),
    (
        lints.role_that_could_get_round,
        f"GRANT claimwright_owner TO {SEQUENCER}",
        f"{SEQUENCER} is a member",
    ),
    (lints.secret_within_reach, f"GRANT SELECT ON context_key TO {APP}", APP),
]


def test_there_is_much_to_look_at(owner: psycopg.Connection[Any]) -> None:
    assert set(lints.DEPLOYMENT) <= lints.tables(owner)
    assert len(lints.tenant_tables(owner)) > 30
    assert len(lints.LINTS) >= 16


@pytest.mark.attack("S-06")
@pytest.mark.parametrize("check", lints.LINTS, ids=lambda check: check.__name__)
def test_the_live_schema_has_no(owner: psycopg.Connection[Any], check: lints.Lint) -> None:
    assert check(owner) == []


@pytest.mark.attack("S-06")
@pytest.mark.parametrize(
    ("check", "defect", "finding"),
    PLANTED,
    ids=[f"{check.__name__}-{place}" for place, (check, _, _) in enumerate(PLANTED)],
)
def test_a_planted_defect_is_found(
    administrator: psycopg.Connection[Any], check: lints.Lint, defect: str, finding: str
) -> None:
    administrator.execute("BEGIN")
    try:
        administrator.execute(defect)
        assert check(administrator) == [finding]
    finally:
        administrator.execute("ROLLBACK")


def test_every_lint_has_a_defect_that_it_finds() -> None:
    assert {check for check, _, _ in PLANTED} == set(lints.LINTS)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE claim DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE ledger_posting DISABLE TRIGGER balanced",
        "DROP POLICY tenant ON claim",
        "CREATE POLICY all_of_it ON claim USING (true)",
        "DROP TABLE claim",
        "TRUNCATE ledger_posting",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
        "SELECT * FROM audit_pending",
        "SELECT * FROM context_key",
        "INSERT INTO context_key VALUES ('0123456789abcdef', '', '')",
        "CREATE OR REPLACE FUNCTION context_speaker(text) RETURNS uuid LANGUAGE sql RETURN NULL",
        "ALTER FUNCTION context_speaker(text) RESET search_path",
        "COPY context_key TO STDOUT",
        "DELETE FROM claim",
        "DELETE FROM patient",
        "CREATE OR REPLACE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql RETURN NULL::uuid",
    ],
)
def test_the_application_may_not(app: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement)


def test_append_only_means_for_the_owner_too(owner: psycopg.Connection[Any]) -> None:
    triggers = rows(
        owner,
        "SELECT t.relname, g.tgenabled FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid"
        " WHERE g.tgname = 'append_only'",
    )
    assert {row[0] for row in triggers} == set(APPEND_ONLY)
    assert {str(row[1]) for row in triggers} <= {"A", "b'A'"}
    for table in APPEND_ONLY:
        column = "id" if table in OF_THE_DEPLOYMENT else "tenant_id"
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises((RestrictViolation, InsufficientPrivilege)):
                owner.execute(statement)
        for right in ("UPDATE", "DELETE"):
            [[held]] = rows(owner, "SELECT has_table_privilege(%s, %s, %s)", APP, table, right)
            assert not held, (table, right)


def post(
    app: psycopg.Connection[Any], key: str, *amounts: int, speak: str, entries: Sequence[int] = ()
) -> None:
    """Entries with these postings, by hand, as the application; ``entries`` spreads them."""
    with app.transaction():
        app.execute(speak)
        spread = list(entries) or [0] * len(amounts)
        base = abs(hash(key)) % 10**9 * 10
        for number in sorted(set(spread)):
            app.execute(
                "INSERT INTO ledger_entry (tenant_id, id, kind, key, effective_on)"
                " VALUES (%s, %s, 'charge', %s, '2026-01-30')",
                (TENANT, UUID(int=base + number), f"{key}:{number}"),
            )
        values = ", ".join(
            f"('{TENANT}', '{UUID(int=base + number)}', {place}, 'charges', {cents})"
            for place, (cents, number) in enumerate(zip(amounts, spread, strict=True))
        )
        app.execute(
            "INSERT INTO ledger_posting (tenant_id, entry_id, place, account, amount_cents)"
            f" VALUES {values}"
        )
        app.execute(NOTED)


def test_the_database_refuses_an_entry_that_does_not_sum_to_zero(
    app: psycopg.Connection[Any], migrated: DatabaseUrls
) -> None:
    speak = speaks_for(migrated, TENANT)
    with app.transaction():
        app.execute(speak)
        app.execute(
            "INSERT INTO practice (tenant_id, number, slug, name, submitter_id)"
            " VALUES (%s, 1, 'ledger-test', 'Ledger', 'X1')",
            (TENANT,),
        )
        app.execute(NOTED)
    post(app, "good", 500, -300, -200, speak=speak)
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "one cent", 500, -499, speak=speak)
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "one side", 500, speak=speak)
    # Two that are off by the same amount do not balance each other.
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "crossed", 500, -400, -100, speak=speak, entries=(0, 0, 1))
    with pytest.raises(CheckViolation):
        post(app, "nothing", 500, -500, 0, speak=speak)
    with pytest.raises(UniqueViolation):
        post(app, "good", 100, -100, speak=speak)
    with app.transaction():
        app.execute(speak)
        assert rows(app, "SELECT sum(amount_cents)::int, count(*) FROM ledger_posting") == [(0, 3)]

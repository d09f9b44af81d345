"""What the live schema must be, read from its catalog: every table, key, policy and right."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation, UniqueViolation

from tenants.postgres import DatabaseUrls, create_from_template, drop_database

APP = "claimwright_app"
SEQUENCER = "claimwright_sequencer"
TENANT = UUID(int=1)

# Tables of the deployment: no patient stands in them.
DEPLOYMENT = {
    "practice": "the list of practices; its key is the tenant's id",
    "staff": "the billing company's people",
    "staff_assignment": "which practices a person sees; leads with the person",
    "payer": "the billing company's list of payers",
    "payer_plan": "plans of those payers",
    "payer_policy": "what those payers ask, from their published papers",
    "web_session": "sessions of people; before a tenant is known",
    "sign_in_throttle": "digests of accounts and networks, before anybody is known",
    "service_principal": "programs that call the interface",
    "service_principal_practice": "which practices a program acts for; leads with the program",
    "api_token": "digests of tokens; before a tenant is known",
    "business_associate": "the billing company's vendors and their agreements",
    "staff_identity": "people as the company's identity provider knows them",
    "company_sign_in": "digests of sign-ins that are used up",
    "alembic_version": "the schema's revision",
}
# The staff queue is read across practices, through the policy ``member``.
INDEX_EXCEPTIONS = {
    "work_item_next_actor_due_on_idx": "the queue of a person over all their practices",
    "work_item_order": "the order of that queue",
}
FURTHER_POLICIES = {("work_item", "member"): "{public}"} | {
    (table, "sequencer"): f"{{{SEQUENCER}}}"
    for table in (
        "audit_event",
        "audit_object",
        "audit_object_span",
        "audit_pending",
        "audit_leaf",
        "audit_checkpoint",
        "audit_unpublished",
    )
}
APPEND_ONLY = (
    "claim_move",
    "submission",
    "remittance_claim",
    "ledger_entry",
    "ledger_posting",
    "intake_refusal",
    "audit_event",
    "audit_object",
    "audit_object_span",
    "audit_leaf",
    "audit_checkpoint",
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


@pytest.fixture
def app(migrated: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with connect(migrated.app) as connection:
        yield connection


def rows(connection: psycopg.Connection[Any], query: str, *values: Any) -> list[Sequence[Any]]:
    return connection.execute(query, values or None).fetchall()


def tables(owner: psycopg.Connection[Any]) -> set[str]:
    found = rows(
        owner,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND relname !~ '^procrastinate_'",
    )
    return {row[0] for row in found}


def tenant_tables(owner: psycopg.Connection[Any]) -> set[str]:
    return tables(owner) - set(DEPLOYMENT)


def test_every_table_is_a_tenants_or_named_as_the_deployments(
    owner: psycopg.Connection[Any],
) -> None:
    assert set(DEPLOYMENT) <= tables(owner)
    assert len(tenant_tables(owner)) > 30
    leads = rows(
        owner,
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum = 1"
        " AND a.attname = 'tenant_id' AND a.atttypid = 'uuid'::regtype AND a.attnotnull",
    )
    assert tenant_tables(owner) <= {row[0] for row in leads}


def test_row_security_is_on_and_forced_and_stated_for_every_command(
    owner: psycopg.Connection[Any],
) -> None:
    guarded = rows(
        owner,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relrowsecurity AND relforcerowsecurity",
    )
    assert {row[0] for row in guarded} == tenant_tables(owner)
    policies = rows(
        owner,
        "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check"
        " FROM pg_policies WHERE schemaname = 'public'",
    )
    own = {row[0]: row for row in policies if row[1] == "tenant"}
    assert set(own) == tenant_tables(owner)
    for _, _, permissive, roles, command, qual, check in own.values():
        assert (permissive, roles, command) == ("PERMISSIVE", "{public}", "ALL")
        assert "current_tenant()" in qual
        assert qual.startswith("(tenant_id = ")
        assert check == qual
    others = {(row[0], row[1]): row[3] for row in policies if row[1] != "tenant"}
    assert others == FURTHER_POLICIES
    [member] = [row for row in policies if row[1] == "member"]
    assert member[4] == "SELECT"


KEYS = """
    SELECT t.relname, k.conname, k.contype, f.relname,
      (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]),
      (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1])
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f', 'x')
"""


def test_every_key_of_a_tenants_table_leads_with_the_tenant(
    owner: psycopg.Connection[Any],
) -> None:
    ours = tenant_tables(owner)
    found = [row for row in rows(owner, KEYS) if row[0] in ours]
    assert len(found) > 80
    wrong = []
    for table, name, kind, target, first, target_first in found:
        if kind == b"f" or kind == "f":
            if target in DEPLOYMENT:
                continue  # a payer, or the practice itself: nobody's secret
            if (first, target_first) != ("tenant_id", "tenant_id"):
                wrong.append(name)
        elif first != "tenant_id":
            wrong.append(name)
        assert table != "alembic_version"
    assert not wrong
    with_primary = {row[0] for row in found if row[2] in (b"p", "p")}
    assert with_primary == ours


def test_every_index_of_a_tenants_table_leads_with_the_tenant(
    owner: psycopg.Connection[Any],
) -> None:
    found = rows(
        owner,
        "SELECT t.relname, i.relname, a.attname FROM pg_index x JOIN pg_class i"
        " ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " AND x.indkey[0] <> 0 WHERE t.relnamespace = 'public'::regnamespace",
    )
    ours = tenant_tables(owner)
    wrong = {index for table, index, first in found if table in ours and first != "tenant_id"}
    assert wrong == set(INDEX_EXCEPTIONS)


def test_no_view_function_or_sequence_goes_round_the_policies(
    owner: psycopg.Connection[Any],
) -> None:
    kinds = rows(
        owner,
        "SELECT relname, relkind, coalesce(reloptions::text, '') FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'S', 'f')",
    )
    views = [row for row in kinds if row[1] in ("v", b"v")]
    assert all("security_invoker=true" in row[2] for row in views)
    assert not [row for row in kinds if row[1] in ("m", b"m", "f", b"f")]
    sequences = [row[0] for row in kinds if row[1] in ("S", b"S")]
    assert all(name.startswith("procrastinate_") for name in sequences)
    definers = rows(
        owner,
        "SELECT proname, coalesce(proconfig::text, '') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef",
    )
    assert [row[0] for row in definers] == ["audit_enqueue"]
    assert all("search_path=" in row[1] for row in definers)
    open_to_all = rows(
        owner,
        "SELECT relname FROM pg_class, aclexplode(relacl) AS a"
        " WHERE relnamespace = 'public'::regnamespace AND a.grantee = 0",
    )
    assert not open_to_all


@pytest.mark.parametrize("role", [APP, SEQUENCER])
def test_a_role_that_works_owns_nothing_and_may_bypass_nothing(
    owner: psycopg.Connection[Any], role: str
) -> None:
    [attributes] = rows(
        owner,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
        " WHERE rolname = %s",
        role,
    )
    assert not any(attributes)
    assert not rows(
        owner,
        "SELECT classid::regclass, objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
        " WHERE d.deptype = 'o' AND r.rolname = %s",
        role,
    )
    assert not rows(
        owner,
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s",
        role,
    )
    for table in tables(owner):
        for right in ("TRUNCATE", "TRIGGER", "REFERENCES"):
            [[held]] = rows(owner, "SELECT has_table_privilege(%s, %s, %s)", role, table, right)
            assert not held, (table, right)
    [[creates]] = rows(owner, "SELECT has_schema_privilege(%s, 'public', 'CREATE')", role)
    assert not creates


def test_the_sequencer_reads_no_business_table_and_no_key(owner: psycopg.Connection[Any]) -> None:
    for table in tables(owner):
        if table.startswith("audit_") or table == "alembic_version":
            continue
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            [[held]] = rows(
                owner, "SELECT has_table_privilege(%s, %s, %s)", SEQUENCER, table, right
            )
            assert not held, (table, right)


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
        for statement in (
            f"UPDATE {table} SET tenant_id = tenant_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises((RestrictViolation, InsufficientPrivilege)):
                owner.execute(statement)
        for right in ("UPDATE", "DELETE"):
            [[held]] = rows(owner, "SELECT has_table_privilege(%s, %s, %s)", APP, table, right)
            assert not held, (table, right)


def post(
    app: psycopg.Connection[Any], key: str, *amounts: int, entries: Sequence[int] = ()
) -> None:
    """Entries with these postings, by hand, as the application; ``entries`` spreads them."""
    with app.transaction():
        app.execute(f"SET LOCAL app.tenant = '{TENANT}'")
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


def test_the_database_refuses_an_entry_that_does_not_sum_to_zero(
    app: psycopg.Connection[Any],
) -> None:
    with app.transaction():
        app.execute(f"SET LOCAL app.tenant = '{TENANT}'")
        app.execute(
            "INSERT INTO practice (tenant_id, number, slug, name, submitter_id)"
            " VALUES (%s, 1, 'ledger-test', 'Ledger', 'X1')",
            (TENANT,),
        )
    post(app, "good", 500, -300, -200)
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "one cent", 500, -499)
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "one side", 500)
    # Two that are off by the same amount do not balance each other.
    with pytest.raises(CheckViolation, match="sum to zero"):
        post(app, "crossed", 500, -400, -100, entries=(0, 0, 1))
    with pytest.raises(CheckViolation):
        post(app, "nothing", 500, -500, 0)
    with pytest.raises(UniqueViolation):
        post(app, "good", 100, -100)
    with app.transaction():
        app.execute(f"SET LOCAL app.tenant = '{TENANT}'")
        assert rows(app, "SELECT sum(amount_cents)::int, count(*) FROM ledger_posting") == [(0, 3)]

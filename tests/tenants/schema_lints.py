"""What the live schema must be: each lint reads the catalog and names what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg

APP = "claimwright_app"
SEQUENCER = "claimwright_sequencer"
WORKING_ROLES = [APP, SEQUENCER]

# Tables of the deployment: no patient stands in them.
DEPLOYMENT = {
    "practice": "the list of practices; its key is the tenant's id",
    "staff": "the billing company's people",
    "staff_assignment": "which practices a person sees; leads with the person",
    "payer": "the billing company's list of payers",
    "payer_plan": "plans of those payers",
    "payer_policy": "what those payers ask, from their published papers",
    "house_rule": "rules that every practice follows; they name nobody",
    "web_session": "sessions of people; before a tenant is known",
    "sign_in_throttle": "digests of accounts and networks, before anybody is known",
    "service_principal": "programs that call the interface",
    "service_principal_practice": "which practices a program acts for; leads with the program",
    "api_token": "digests of tokens; before a tenant is known",
    "api_token_use": "when tokens were used last",
    "business_associate": "the billing company's vendors and their agreements",
    "staff_identity": "people as the company's identity provider knows them",
    "company_sign_in": "sign-ins on their way to the identity provider",
    "authenticator_app": "second factors of people, sealed for the deployment",
    "security_key": "second factors of people; public keys",
    "recovery_code": "digests of codes of people",
    "key_challenge": "challenges given to a browser, for minutes",
    "password_reset": "digests of codes of people, for minutes",
    "staff_credential": "certificates of those people",
    "emergency_access": "assignments for an hour; why, and for whom, is among the practice's own",
    "context_key": "by what the database knows who speaks; the owner's alone",
    "alembic_version": "the schema's revision",
}
# Deployment tables nobody but the owner writes need no policy.
_OWNERS_ALONE = {"context_key", "alembic_version"}
# The staff queue is read across practices, through the policy ``member``.
INDEX_EXCEPTIONS = {
    "work_item_next_actor_due_on_idx": "the queue of a person over all their practices",
    "work_item_order": "the order of that queue",
}
# Policies of a practice's tables beside ``tenant``, with the roles they are for.
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
        "audit_capture",
    )
}
FURTHER_POLICIES |= {("audit_capture", "capture"): "{claimwright_owner}"}
# Written by a trigger alone, from an event whose practice was checked.
FURTHER_POLICIES |= {("audit_pending", "enqueue"): "{claimwright_owner}"}
# Functions that run with the owner's rights, and why they must.
DEFINERS = {
    "audit_enqueue": "an event cannot miss the queue, which the application may not touch",
    "audit_waiting": "a timeline holds what waits in that queue, of the practice that asks",
    "capture_change": "a change leaves its line, which nobody may write or leave out",
    "capture_has_event": "asked at commit, whatever the practice of the line",
    "context_speaker": "reads the keys, which nobody else may",
}

Catalog = psycopg.Connection[Any]
Lint = Callable[[Catalog], list[str]]
LINTS: list[Lint] = []


def lint(check: Lint) -> Lint:
    """Put a lint on the list."""
    LINTS.append(check)
    return check


def rows(connection: Catalog, query: str, *values: Any) -> list[Any]:
    return connection.execute(query, values or None).fetchall()


def names(connection: Catalog, query: str, *values: Any) -> list[str]:
    return [str(row[0]) for row in rows(connection, query, *values)]


def tables(connection: Catalog) -> set[str]:
    """Every table of ours; the job queue's are the library's."""
    return set(
        names(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND relname !~ '^procrastinate_'",
        )
    )


def tenant_tables(connection: Catalog) -> set[str]:
    return tables(connection) - set(DEPLOYMENT)


@lint
def table_without_tenant(connection: Catalog) -> list[str]:
    """Every table is led by ``tenant_id uuid NOT NULL``, or is named as the deployment's."""
    led = names(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND a.attnum = 1 AND a.attname = 'tenant_id' AND a.atttypid = 'uuid'::regtype"
        " AND a.attnotnull",
    )
    return sorted(tenant_tables(connection) - set(led))


@lint
def table_without_forced_security(connection: Catalog) -> list[str]:
    """Of a practice: enabled and forced, with the policy ``tenant``. The deployment's: enabled."""
    state = {
        row[0]: (row[1], row[2])
        for row in rows(
            connection,
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
        )
    }
    own = set(names(connection, "SELECT tablename FROM pg_policies WHERE policyname = 'tenant'"))
    ours = tenant_tables(connection)
    wrong = {table for table in ours if state[table] != (True, True)} | (ours - own)
    wrong |= {table for table in set(DEPLOYMENT) - _OWNERS_ALONE if not state[table][0]}
    return sorted(wrong)


@lint
def policy_that_says_something_else(connection: Catalog) -> list[str]:
    """On a practice's table stand ``tenant``, for everything, and what is named here."""
    whose = "(tenant_id = ( SELECT current_tenant() AS current_tenant))"
    wrong = []
    for table, policy, permissive, roles, command, using, check in rows(
        connection,
        "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check"
        " FROM pg_policies WHERE schemaname = 'public'",
    ):
        if table in DEPLOYMENT:
            continue
        if policy == "tenant":
            is_right = (permissive, roles, command) == ("PERMISSIVE", "{public}", "ALL")
            is_right = is_right and using == whose and check == whose
        else:
            is_right = FURTHER_POLICIES.get((table, policy)) == roles
            is_right = is_right and (policy != "member" or command == "SELECT")
        if not is_right:
            wrong.append(f"{table}.{policy}")
    return sorted(wrong)


@lint
def policy_that_asks_for_each_row(connection: Catalog) -> list[str]:
    """``(SELECT current_tenant())`` runs once a statement, a bare call once a row."""
    wrapped = re.compile(r"\( SELECT (current_tenant|current_staff)\(\) AS \1\)")
    return sorted(
        f"{table}.{policy}"
        for table, policy, using, check in rows(
            connection,
            "SELECT tablename, policyname, coalesce(qual, ''), coalesce(with_check, '')"
            " FROM pg_policies WHERE schemaname = 'public'",
        )
        if re.search(r"(current_\w+|context_speaker)\(", wrapped.sub("", using + check))
    )


_NOT_LEAKPROOF = """
    SELECT 1 FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
    WHERE o.oprname = '=' AND o.oprleft = o.oprright AND p.proleakproof
    AND o.oprleft = CASE a.atttypid WHEN 'varchar'::regtype THEN 'text'::regtype
                    ELSE a.atttypid END
"""


@lint
def policy_over_a_type_that_leaks(connection: Catalog) -> list[str]:
    """What a policy compares has leakproof operators; else an index is no use, and errors tell."""
    return names(
        connection,
        "SELECT DISTINCT t.relname || '.' || a.attname FROM pg_policy p"
        " JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid"
        " AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0"
        " JOIN pg_class t ON t.oid = d.refobjid"
        " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        f" WHERE NOT EXISTS ({_NOT_LEAKPROOF}) ORDER BY 1",
    )


@lint
def index_over_a_type_that_leaks(connection: Catalog) -> list[str]:
    """Under row-level security only leakproof operators can use an index."""
    return names(
        connection,
        "SELECT DISTINCT i.relname || '.' || a.attname FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(x.indkey)"
        " WHERE t.relnamespace = 'public'::regnamespace AND t.relname !~ '^procrastinate_'"
        f" AND NOT EXISTS ({_NOT_LEAKPROOF}) ORDER BY 1",
    )


_KEYS = """
    SELECT t.relname, k.conname, k.contype::text, f.relname,
      (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]),
      (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1])
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f', 'x')
"""


@lint
def key_that_does_not_lead_with_the_tenant(connection: Catalog) -> list[str]:
    """Else a key or a reference tells whether another practice has such a row."""
    ours, wrong, with_primary = tenant_tables(connection), [], set()
    for table, name, kind, target, first, target_first in rows(connection, _KEYS):
        if table not in ours:
            continue
        if kind == "p":
            with_primary.add(table)
        if kind == "f" and target in DEPLOYMENT:
            continue  # a payer, or the practice itself: nobody's secret
        led = (first, target_first) if kind == "f" else (first, "tenant_id")
        if led != ("tenant_id", "tenant_id"):
            wrong.append(name)
    return sorted([*wrong, *(f"{table} (no primary key)" for table in ours - with_primary)])


@lint
def index_that_does_not_lead_with_the_tenant(connection: Catalog) -> list[str]:
    """One practice's rows lie together; a unique index over all would be an oracle."""
    ours = tenant_tables(connection)
    return sorted(
        index
        for table, index, first in rows(
            connection,
            "SELECT t.relname, i.relname, a.attname FROM pg_index x"
            " JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
            " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
            " AND x.indkey[0] <> 0 WHERE t.relnamespace = 'public'::regnamespace",
        )
        if table in ours and first != "tenant_id" and index not in INDEX_EXCEPTIONS
    )


@lint
def view_with_its_owners_rights(connection: Catalog) -> list[str]:
    """A view sees with the eyes of who asks."""
    return names(
        connection,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'v' AND NOT coalesce(reloptions::text, '') LIKE"
        " '%%security_invoker=true%%' ORDER BY 1",
    )


@lint
def relation_no_policy_can_guard(connection: Catalog) -> list[str]:
    """Materialised views and foreign tables have no row-level security."""
    return names(
        connection,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('m', 'f') ORDER BY 1",
    )


@lint
def sequence_that_tells_volumes(connection: Catalog) -> list[str]:
    """A number drawn by all practices tells each how busy the others are."""
    return names(
        connection,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'S' AND relname !~ '^procrastinate_' ORDER BY 1",
    )


@lint
def function_with_its_owners_rights(connection: Catalog) -> list[str]:
    """Named here, with a fixed search path, and not for everybody to call."""
    wrong = []
    for name, settings, is_open in rows(
        connection,
        "SELECT proname, coalesce(proconfig::text, ''), proacl IS NULL OR EXISTS"
        " (SELECT FROM aclexplode(proacl) a WHERE a.grantee = 0)"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef",
    ):
        if name not in DEFINERS or "search_path=" not in settings or is_open:
            wrong.append(name)
    return sorted(wrong)


@lint
def right_of_everybody(connection: Catalog) -> list[str]:
    """PUBLIC has no right to any relation."""
    return names(
        connection,
        "SELECT DISTINCT relname FROM pg_class, aclexplode(relacl) AS a"
        " WHERE relnamespace = 'public'::regnamespace AND a.grantee = 0 ORDER BY 1",
    )


@lint
def right_beyond_the_work(connection: Catalog) -> list[str]:
    """Nobody who works may empty a table, hang a trigger on it, refer to it, or make anything."""
    found = names(
        connection,
        "SELECT DISTINCT r.rolname || ' ' || a.privilege_type || ' ' || c.relname"
        " FROM pg_class c, aclexplode(c.relacl) AS a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^procrastinate_'"
        " AND r.rolname = ANY(%s) AND a.privilege_type NOT IN"
        " ('SELECT', 'INSERT', 'UPDATE', 'DELETE') ORDER BY 1",
        WORKING_ROLES,
    )
    found += names(
        connection,
        "SELECT rolname || ' CREATE' FROM pg_roles WHERE rolname = ANY(%s)"
        " AND has_schema_privilege(rolname, 'public', 'CREATE') ORDER BY 1",
        WORKING_ROLES,
    )
    return found


@lint
def right_of_the_sequencer_to_business(connection: Catalog) -> list[str]:
    """The sequencer reads no business table and no key."""
    return names(
        connection,
        "SELECT DISTINCT c.relname FROM pg_class c, aclexplode(c.relacl) AS a"
        " JOIN pg_roles r ON r.oid = a.grantee WHERE c.relnamespace = 'public'::regnamespace"
        " AND r.rolname = %s AND c.relname !~ '^audit_' ORDER BY 1",
        SEQUENCER,
    )


@lint
def role_that_could_get_round(connection: Catalog) -> list[str]:
    """A role that works has no attribute, no membership, and owns nothing."""
    return names(
        connection,
        "SELECT rolname || ' has powers' FROM pg_roles WHERE rolname = ANY(%(roles)s)"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        "      OR rolinherit)"
        " UNION SELECT r.rolname || ' owns' FROM pg_shdepend d"
        " JOIN pg_roles r ON r.oid = d.refobjid"
        " WHERE d.deptype = 'o' AND r.rolname = ANY(%(roles)s) AND d.dbid IN (0,"
        "  (SELECT oid FROM pg_database WHERE datname = current_database()))"
        " UNION SELECT r.rolname || ' is a member' FROM pg_auth_members m"
        " JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(%(roles)s) ORDER BY 1".replace(
            "%(roles)s", "'{" + ",".join(WORKING_ROLES) + "}'"
        ),
    )


@lint
def secret_within_reach(connection: Catalog) -> list[str]:
    """The keys by which the database knows who speaks are the owner's alone."""
    return names(
        connection,
        "SELECT DISTINCT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) AS a"
        " WHERE c.oid = 'context_key'::regclass AND a.grantee <> c.relowner",
    )

"""What is true of a whole database in one snapshot: a backup states it, a restore proves it.

The connection is one that sees every practice (the role for backups). Statements name tables taken
from the catalog, quoted as identifiers; nothing in them comes from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import sql
from sqlalchemy import Connection, text

from audit.event import DEPLOYMENT
from tenants.sealed import CLASS_OF

#: Rows that a backup of the database leaves out. The keys of practices go into a part of their
#: own; sessions end with the machine they were made on; a new installation draws its own secret
#: for signing whose turn a transaction is.
KEYS = "tenant_key"
NOT_CARRIED = (KEYS, "web_session", "context_key")

#: A sealed column that holds the bytes of another cell; they open where they were sealed.
SEALED_ELSEWHERE = {
    ("submission", column): ("claim", column, "claim_id")
    for column in ("demographics", "identifiers", "clinical", "substance_use")
}

#: Sealed with the keys of the deployment; their tables belong to no practice.
_OF_THE_DEPLOYMENT = frozenset({"authenticator_app"})

_CELLS_PAGE = 2_000


class TableContent(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one practice in one table: how many, and a digest that sees any that differs."""

    table: str
    tenant_id: UUID | None
    rows: int
    digest: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account of a practice holds, in cents, debit positive."""

    tenant_id: UUID
    account: str
    cents: int


class SignedTree(msgspec.Struct, frozen=True, kw_only=True):
    """The newest checkpoint of a practice's audit log."""

    tenant_id: UUID
    size: int
    note: str


class WrappedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``tenant_key``; only a key provider can open what is in it."""

    tenant_id: UUID
    name: str
    """Purpose and version: what the key is for."""
    destroyed: bool
    row: str
    """The row as JSON, whatever columns it has."""


class SealedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed value and the cell it belongs to."""

    table: str
    column: str
    row_id: UUID
    sealed: bytes


def begin_snapshot(connection: Connection) -> tuple[str, datetime]:
    """Make the transaction that just began one unchanging view; its name for others, the time."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    row = connection.execute(text("SELECT pg_export_snapshot(), now()")).one()
    return str(row[0]), row[1]


def server_version(connection: Connection) -> int:
    """PostgreSQL's number of the server, such as 180004."""
    return int(connection.execute(text("SHOW server_version_num")).scalar() or 0)


def revision(connection: Connection) -> str:
    """The migration the schema is at."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def contents(connection: Connection) -> tuple[TableContent, ...]:
    """Every carried table's rows by practice."""
    return tuple(
        TableContent(table=table, tenant_id=tenant_id, rows=rows, digest=digest)
        for table, by_tenant in _tables(connection)
        if table not in NOT_CARRIED
        for tenant_id, rows, digest in _content(connection, table, by_tenant)
    )


def _tables(connection: Connection) -> list[tuple[str, bool]]:
    """Our tables, and whether each belongs to practices."""
    rows = connection.execute(
        text(
            "SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
            " AND a.attname = 'tenant_id' AND a.attnum = 1) FROM pg_class c"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            " ORDER BY 1"
        )
    )
    return [(str(row[0]), bool(row[1])) for row in rows]


def _content(
    connection: Connection, table: str, by_tenant: bool
) -> list[tuple[UUID | None, int, int]]:
    group = "tenant_id" if by_tenant else "NULL::uuid"
    statement = sql.SQL(
        "SELECT {group}, count(*), coalesce(bit_xor(hash_record_extended(whole, 0)), 0)"
        " FROM {table} AS whole GROUP BY 1 ORDER BY 1"
    ).format(group=sql.SQL(group), table=sql.Identifier(table))
    return [(row[0], int(row[1]), int(row[2])) for row in _run(connection, statement)]


def balances(connection: Connection) -> tuple[Balance, ...]:
    """The trial balance of every practice."""
    rows = connection.execute(
        text(
            "SELECT tenant_id, account, sum(amount_cents)::bigint AS cents FROM ledger_posting"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
    )
    return tuple(Balance(tenant_id=r.tenant_id, account=r.account, cents=r.cents) for r in rows)


def signed_trees(connection: Connection) -> tuple[SignedTree, ...]:
    """The newest checkpoint of every audit log."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (tenant_id) tenant_id, size, note FROM audit_checkpoint"
            " ORDER BY tenant_id, size DESC"
        )
    )
    return tuple(SignedTree(tenant_id=r.tenant_id, size=r.size, note=r.note) for r in rows)


_SCHEMA = """
    SELECT 'table ' || relname || ' security ' || relrowsecurity || ' ' || relforcerowsecurity
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    UNION ALL
    SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || ' ' || a.attnotnull
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
       AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'policy ' || tablename || ' ' || policyname || ' ' || permissive || ' ' || roles::text
           || ' ' || cmd || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '')
      FROM pg_policies WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger ' || t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || convalidated || ' '
           || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(x.indexrelid)
      FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND x.indisvalid
    UNION ALL
    SELECT 'function ' || p.oid::regprocedure::text || ' ' || p.prosecdef || ' '
           || coalesce(p.proconfig::text, '') || ' ' || md5(pg_get_functiondef(p.oid))
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
    UNION ALL
    SELECT 'right ' || c.relname || ' ' || coalesce(g.grantee::regrole::text, '') || ' '
           || g.privilege_type
      FROM pg_class c, aclexplode(c.relacl) AS g
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
    ORDER BY 1
"""


def schema_facts(connection: Connection) -> tuple[str, ...]:
    """Everything that guards the rows, one line each: row security, policies, triggers, keys,
    indexes, functions and rights."""
    return tuple(connection.execute(text(_SCHEMA)).scalars())


def wrapped_keys(connection: Connection) -> tuple[WrappedRow, ...]:
    """The keys of all practices as they are wrapped; a destroyed one is a row without a key."""
    rows = connection.execute(
        text(
            "SELECT tenant_id, purpose || ':' || version AS name, state = 'destroyed' AS destroyed,"
            " row_to_json(tenant_key)::text AS row FROM tenant_key ORDER BY 1, 2"
        )
    )
    return tuple(
        WrappedRow(tenant_id=r.tenant_id, name=r.name, destroyed=r.destroyed, row=r.row)
        for r in rows
    )


def put_wrapped_keys(connection: Connection, keys: tuple[WrappedRow, ...]) -> None:
    """Put keys back into an empty ``tenant_key``; the connection is the owner's."""
    connection.execute(
        text(
            "INSERT INTO tenant_key SELECT (json_populate_record(NULL::tenant_key, given::json)).*"
            " FROM unnest(CAST(:rows AS text[])) AS given"
        ),
        {"rows": [key.row for key in keys]},
    )


def sealed_columns() -> tuple[tuple[str, str], ...]:
    """The columns that hold sealed values."""
    return tuple(sorted({*CLASS_OF, *SEALED_ELSEWHERE}))


def sealed_cells(
    connection: Connection, tenant_id: UUID, table: str, column: str
) -> Iterator[SealedCell]:
    """The sealed values of one column of a practice, with the cell each was sealed for."""
    sealed_table, sealed_column, key = SEALED_ELSEWHERE.get((table, column), (table, column, "id"))
    if (table in _OF_THE_DEPLOYMENT) != (tenant_id == DEPLOYMENT):
        return
    statement = sql.SQL(
        "SELECT {key}, {column} FROM {table} WHERE {own} AND {column} IS NOT NULL"
    ).format(
        key=sql.Identifier(key),
        column=sql.Identifier(column),
        table=sql.Identifier(table),
        own=sql.SQL("true")
        if tenant_id == DEPLOYMENT
        else sql.SQL("tenant_id = {}").format(sql.Literal(tenant_id)),
    )
    driver = _driver(connection)
    with driver.cursor(name="sealed", binary=True) as cursor:
        cursor.itersize = _CELLS_PAGE
        for row_id, sealed in cursor.execute(statement):
            yield SealedCell(table=sealed_table, column=sealed_column, row_id=row_id, sealed=sealed)


def analyze(connection: Connection) -> None:
    """Let the planner know what is in the tables; the connection is the owner's."""
    connection.execute(text("ANALYZE"))


def _run(connection: Connection, statement: sql.Composed) -> Any:
    with _driver(connection).cursor() as cursor:
        return cursor.execute(statement).fetchall()


def _driver(connection: Connection) -> Any:
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver

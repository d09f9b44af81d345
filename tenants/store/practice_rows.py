"""Every row of one practice, table by table, as it is given out: for hand-over, and for a patient.

Tables and columns are taken from the catalog, so a new table cannot be forgotten; the names are
quoted, and nothing in a statement comes from outside. The connection is the practice's own
transaction: row-level security decides what there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from psycopg import sql
from sqlalchemy import Connection, text

from core.confidentiality import FieldClass
from tenants.sealed import CLASS_OF
from tenants.store.whole import SEALED_ELSEWHERE

#: Given out in another form, or of no meaning to anybody else: keys, the audit log (it has a bundle
#: of its own), the platform's own queues and counters, and what nobody reads back.
NOT_GIVEN = frozenset(
    {
        "tenant_key",
        "index_length",
        "work_item",
        "tenant_counter",
        "api_answer",
        "plugin_secret",
    }
)
_AUDIT = "audit_"
#: Tables of psychotherapy notes.
_TO_NOBODY = frozenset(
    table for (table, _), one in CLASS_OF.items() if one is FieldClass.PSYCHOTHERAPY
)
#: Sealed columns that hold a file rather than a record.
FILES = frozenset(
    {("exchange_file", "body"), ("statement", "body"), ("statement", "substance_use")}
)
#: Sealed columns whose bytes are text.
TEXTS = frozenset({("legal_hold", "reason")})
#: Files that hold other patients' records too.
_OF_MANY = frozenset({"exchange_file"})

# As the database writes it: a date as a date, money as whole cents, JSON as JSON, and a decimal
# number with all its digits.
_FORMS = {"bytea": "{}", "uuid": "{}", "numeric": "to_json({}::text)"}

_PAGE_ROWS = 1_000


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column and the class of what is sealed in it; None where it is in the clear."""

    name: str
    type: str
    is_sealed: bool
    field_class: FieldClass | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of practices with the columns that are given out."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of its columns."""
        return frozenset(column.name for column in self.columns)


def begin_unchanging(connection: Connection) -> None:
    """Make the practice's transaction that just began one unchanging view."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def tables(connection: Connection) -> tuple[Table, ...]:
    """The practice's tables, without what is given to nobody: indexes of hashes, and keys.

    Psychotherapy notes (45 CFR 164.501) are given to nobody here, whatever is asked.
    """
    rows = connection.execute(
        text(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS type"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'tenant_id'"
            " AND has_table_privilege(c.oid, 'SELECT')"
            " AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid"
            " AND t.attname = 'tenant_id' AND t.attnum = 1) AND c.relrowsecurity"
            " ORDER BY c.relname, a.attnum"
        )
    )
    found: dict[str, list[Column]] = {}
    for table, name, kind in rows:
        field_class = class_of(table, name)
        if (
            table in NOT_GIVEN
            or table.startswith(_AUDIT)
            or table in _TO_NOBODY
            # Of bytes only what is sealed means anything: the others are hashes and indexes.
            or (kind == "bytea" and field_class is None)
        ):
            continue
        column = Column(
            name=name, type=kind, is_sealed=field_class is not None, field_class=field_class
        )
        found.setdefault(table, []).append(column)
    return tuple(Table(name=name, columns=tuple(columns)) for name, columns in found.items())


def class_of(table: str, column: str) -> FieldClass | None:
    """The class of a sealed column; None for one in the clear."""
    sealed_table, sealed_column, _ = SEALED_ELSEWHERE.get((table, column), (table, column, ""))
    return CLASS_OF.get((sealed_table, sealed_column))


def rows_of(
    connection: Connection, table: Table, *, patient_id: UUID | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a table, values as the database has them; those about one patient if asked."""
    where: sql.Composable = sql.SQL("")
    if patient_id is not None:
        condition = _about_patient(table, patient_id)
        if condition is None:
            return
        where = sql.SQL(" WHERE {}").format(condition)
    columns = [
        sql.SQL(_FORMS.get(column.type, "to_json({})")).format(sql.Identifier(column.name))
        for column in table.columns
    ]
    statement = sql.SQL("SELECT {} FROM {}{}").format(
        sql.SQL(", ").join(columns), sql.Identifier(table.name), where
    )
    names = [column.name for column in table.columns]
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor(name="rows") as cursor:
        cursor.itersize = _PAGE_ROWS
        for row in cursor.execute(statement):
            yield dict(zip(names, row, strict=True))


def _about_patient(table: Table, patient_id: UUID) -> sql.Composable | None:
    patient = sql.Literal(patient_id)
    if table.name in _OF_MANY:
        return None
    if table.name == "patient":
        return sql.SQL("id = {}").format(patient)
    if "patient_id" in table.names and table.name != "ledger_posting":
        return sql.SQL("patient_id = {}").format(patient)
    if "claim_id" in table.names:
        return sql.SQL("claim_id IN (SELECT id FROM claim WHERE patient_id = {})").format(patient)
    if "encounter_id" in table.names:
        return sql.SQL("encounter_id IN (SELECT id FROM encounter WHERE patient_id = {})").format(
            patient
        )
    return None


def sealed_place(table: str, column: str, row: dict[str, Any]) -> tuple[str, str, UUID]:
    """The cell for which the value in this row was sealed."""
    sealed_table, sealed_column, key = SEALED_ELSEWHERE.get((table, column), (table, column, "id"))
    return sealed_table, sealed_column, row[key]


def postings(connection: Connection) -> Iterator[Any]:
    """The whole ledger of the practice, entry by entry."""
    return iter(
        connection.execution_options(yield_per=_PAGE_ROWS).execute(
            text(
                "SELECT e.id, e.kind, e.key, e.effective_on, p.place, p.account, p.amount_cents,"
                " c.claim_number, p.line_no, p.patient_id, p.payer_ref, p.group_code, p.carc"
                " FROM ledger_posting p JOIN ledger_entry e"
                " ON e.tenant_id = p.tenant_id AND e.id = p.entry_id"
                " LEFT JOIN claim c ON c.tenant_id = p.tenant_id AND c.id = p.claim_id"
                " ORDER BY e.effective_on, e.id, p.place"
            )
        )
    )


def totals(connection: Connection) -> dict[str, int]:
    """The balance of every account of the practice, in cents, debit positive."""
    rows = connection.execute(
        text(
            "SELECT account, sum(amount_cents)::bigint AS cents FROM ledger_posting"
            " GROUP BY account ORDER BY account"
        )
    )
    return {row.account: int(row.cents) for row in rows}

"""The library of payer policies as entered: one knob a row, with its document, page and days.

What every practice follows is the deployment's, what one practice alone follows is its own. Rows
are never changed: a later one supersedes an earlier one.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.errors import NotFoundError
from core.rules.policy import PayerPolicy
from core.rules.policy_library import LibraryEntry, policies_of
from core.rules.rule import Layer

_READ = """
SELECT o.id, o.payer_kind, o.state, o.knob, o.value::text AS value, o.document, o.page,
       o.first_day, o.last_day, o.review_by, o.supersedes, coalesce(p.payer_id, '') AS payer_id,
       coalesce(p.name, '') AS payer_name, coalesce(n.name, '') AS plan, {layer} AS layer
  FROM {table} o LEFT JOIN payer p ON p.id = o.payer_ref
  LEFT JOIN payer_plan n ON n.id = o.plan_ref
"""
_EVERY = text(
    _READ.format(table="payer_policy", layer="'payer'")
    + " UNION ALL "
    + _READ.format(table="practice_policy", layer="'practice'")
    + " ORDER BY layer, knob, payer_id, plan, state, payer_kind, first_day NULLS FIRST, id"
)
_COLUMNS = (
    "id, payer_kind, payer_ref, plan_ref, state, knob, value, document, page, first_day, last_day,"
    " review_by, supersedes"
)
_VALUES = (
    ":id, :payer_kind, CAST(:payer_ref AS uuid), CAST(:plan_ref AS uuid), :state, :knob,"
    " CAST(:value AS jsonb), :document, :page, CAST(:first_day AS date), CAST(:last_day AS date),"
    " CAST(:review_by AS date), CAST(:supersedes AS uuid)"
)
_ADD_TO_HOUSE = text(f"INSERT INTO payer_policy ({_COLUMNS}) VALUES ({_VALUES})")
_ADD_TO_PRACTICE = text(
    f"INSERT INTO practice_policy (tenant_id, {_COLUMNS})"
    f" VALUES ((SELECT current_tenant()), {_VALUES})"
)


def library(connection: Connection) -> tuple[LibraryEntry, ...]:
    """Every entry the practice of the transaction follows: the deployment's and its own."""
    return tuple(_entry(row) for row in connection.execute(_EVERY))


def every(connection: Connection) -> tuple[PayerPolicy, ...]:
    """All of them as the rule book takes them, each on the days it holds."""
    return policies_of(library(connection))


def add(connection: Connection, entry: LibraryEntry) -> None:
    """Keep an entry that ``core.rules.policy_library`` has checked; its layer says whose it is.

    ``NotFoundError`` for a payer or plan that is not in our list.
    """
    payer_ref, plan_ref = _refs(connection, entry)
    statement = _ADD_TO_PRACTICE if entry.layer is Layer.PRACTICE else _ADD_TO_HOUSE
    connection.execute(
        statement,
        {
            "id": entry.id,
            "payer_kind": entry.payer_kind,
            "payer_ref": payer_ref,
            "plan_ref": plan_ref,
            "state": entry.state,
            "knob": entry.knob,
            "value": msgspec.json.encode(entry.value).decode(),
            "document": entry.document,
            "page": entry.page,
            "first_day": entry.first_day,
            "last_day": entry.last_day,
            "review_by": entry.review_by,
            "supersedes": entry.supersedes,
        },
    )


def _refs(connection: Connection, entry: LibraryEntry) -> tuple[UUID | None, UUID | None]:
    if not entry.payer_id:
        return None, None
    row = connection.execute(
        text(
            "SELECT p.id AS payer, n.id AS plan FROM payer p LEFT JOIN payer_plan n"
            " ON n.payer_ref = p.id AND n.name = :plan WHERE p.payer_id = :payer"
        ),
        {"payer": entry.payer_id, "plan": entry.plan},
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no payer {entry.payer_id}; add it under Payers first")
    if entry.plan and row.plan is None:
        raise NotFoundError(f"payer {entry.payer_id} has no such plan; add it on the payer's page")
    return row.payer, row.plan


def _entry(row: Any) -> LibraryEntry:
    return LibraryEntry(
        id=row.id,
        layer=Layer(row.layer),
        knob=row.knob,
        value=msgspec.json.decode(row.value),
        document=row.document,
        page=row.page,
        payer_kind=row.payer_kind,
        payer_id=row.payer_id,
        payer_name=row.payer_name,
        plan=row.plan,
        state=row.state,
        first_day=row.first_day,
        last_day=row.last_day,
        review_by=row.review_by,
        supersedes=row.supersedes,
    )

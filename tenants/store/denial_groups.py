"""Denials by reason, payer and code: counts and money, nothing of any patient."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

GROUPS_MAX = 200


class DenialGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Denials alike; ``code`` empty: of the whole claim. ``opened`` of them still wait."""

    group: str
    carc: str
    payer_id: str
    payer_name: str
    code: str
    denials: int
    opened: int
    amount_cents: int


_GROUPS = text(
    """
SELECT d.group_code AS "group", d.carc, p.payer_id, p.name AS payer_name,
       coalesce(l.code, '') AS code,
       count(*) AS denials, count(*) FILTER (WHERE d.status = 'open') AS opened,
       sum(d.amount_cents)::bigint AS amount_cents
  FROM denial_item d
  JOIN claim c ON c.tenant_id = d.tenant_id AND c.id = d.claim_id
  JOIN payer p ON p.id = c.payer_ref
  LEFT JOIN service_line l
    ON l.tenant_id = d.tenant_id AND l.claim_id = d.claim_id AND l.line_no = d.line_no
 GROUP BY d.group_code, d.carc, p.payer_id, p.name, coalesce(l.code, '')
 ORDER BY sum(d.amount_cents) DESC, d.carc, d.group_code, p.payer_id, code
 LIMIT :limit
"""
)


def groups(connection: Connection) -> tuple[DenialGroup, ...]:
    """The groups of the practice of the transaction, by money."""
    rows = connection.execute(_GROUPS, {"limit": GROUPS_MAX})
    return tuple(DenialGroup(**row._mapping) for row in rows)


def names(connection: Connection, people: Sequence[UUID]) -> dict[UUID, str]:
    """The names of people of the billing company, by id."""
    rows = connection.execute(
        text("SELECT id, name FROM staff WHERE id = ANY(:ids)"), {"ids": list(people)}
    )
    return {row.id: row.name for row in rows}

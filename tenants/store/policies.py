"""Payer policies as entered: one knob a row, with its document, page and days."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.claims.parties import PayerKind, Value
from core.dates import Window
from core.rules.knobs import read_knob
from core.rules.policy import PayerPolicy


class PolicyEntry(Value, frozen=True, kw_only=True):
    """What a payer asks, and where it says so. Empty selectors mean any payer.

    ``value`` is JSON in the shape the knob takes (scrub document, section 4).
    """

    id: UUID
    knob: str
    value: bytes
    document: str
    page: str = ""
    payer_kind: str = ""
    payer_ref: UUID | None = None
    plan_ref: UUID | None = None
    state: str = ""
    first_day: date | None = None
    last_day: date | None = None


def add(connection: Connection, entry: PolicyEntry) -> None:
    """Enter a policy; ``InputError`` when the knob does not take such a value."""
    read_knob(entry.knob, msgspec.json.decode(entry.value))
    connection.execute(
        text(
            "INSERT INTO payer_policy (id, payer_kind, payer_ref, plan_ref, state, knob, value,"
            " document, page, first_day, last_day) VALUES (:id, :payer_kind, :payer_ref,"
            " :plan_ref, :state, :knob, CAST(:value AS jsonb), :document, :page, :first_day,"
            " :last_day)"
        ),
        {**msgspec.structs.asdict(entry), "value": entry.value.decode()},
    )


def every(connection: Connection) -> tuple[PayerPolicy, ...]:
    """All policies as the rule book takes them."""
    rows = connection.execute(
        text(
            "SELECT o.id, o.payer_kind, o.state, o.knob, o.value, o.document, o.page,"
            " o.first_day, o.last_day, p.payer_id, n.name AS plan FROM payer_policy o"
            " LEFT JOIN payer p ON p.id = o.payer_ref LEFT JOIN payer_plan n ON n.id = o.plan_ref"
            " ORDER BY o.id"
        )
    )
    return tuple(_policy(row) for row in rows)


def _policy(row: Any) -> PayerPolicy:
    return PayerPolicy(
        id=f"PRACTICE-{row.id}",
        title=row.knob.replace("_", " "),
        source=f"{row.document} {row.page}".strip(),
        effective=Window(row.first_day, row.last_day),
        knobs={row.knob: read_knob(row.knob, row.value)},
        payer_kinds=(PayerKind(row.payer_kind),) if row.payer_kind else (),
        payer_ids=(row.payer_id,) if row.payer_id else (),
        plans=(row.plan,) if row.plan else (),
        states=(row.state,) if row.state else (),
    )

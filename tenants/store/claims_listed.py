"""Claims as a program sees them without any patient's field: where they stand, what they amount to.

Read in the transaction of the practice (row-level security). No sealed value is opened.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text


class ListedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim; amounts in cents."""

    id: UUID
    claim_number: str
    form: str
    frequency: str
    sequence: str
    stage: str
    owes: str
    next_actor: str
    due_on: date | None
    payer_id: str
    payer_name: str
    charge_cents: int
    expected_cents: int | None


_LISTED = (
    "SELECT c.id, c.claim_number, c.form, c.frequency, c.sequence, c.stage, c.owes, c.next_actor,"
    " c.due_on, p.payer_id, p.name AS payer_name, c.charge_cents, c.expected_cents"
    " FROM claim c JOIN payer p ON p.id = c.payer_ref"
)
_ANY_STAGE = "c.id > :after"
_ONE_STAGE = "c.id > :after AND c.stage = :stage"


def listed(
    connection: Connection, *, stage: str, after: UUID, limit: int
) -> tuple[ListedClaim, ...]:
    """Claims with an id above ``after``, in the order they were made; ``stage`` "": of any."""
    if stage:
        rows = connection.execute(
            text(f"{_LISTED} WHERE {_ONE_STAGE} ORDER BY c.id LIMIT :limit"),
            {"after": after, "stage": stage, "limit": limit},
        )
    else:
        rows = connection.execute(
            text(f"{_LISTED} WHERE {_ANY_STAGE} ORDER BY c.id LIMIT :limit"),
            {"after": after, "limit": limit},
        )
    return tuple(ListedClaim(**row._mapping) for row in rows)


def one(connection: Connection, claim_id: UUID) -> ListedClaim | None:
    """The claim with this id; None where there is none in this practice."""
    row = connection.execute(text(f"{_LISTED} WHERE c.id = :id"), {"id": claim_id}).one_or_none()
    return None if row is None else ListedClaim(**row._mapping)

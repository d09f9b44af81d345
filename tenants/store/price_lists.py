"""A practice's own prices: editions of its charge master, and its contracts with payers.

An edition is written whole and stays as it was; one that is replaced is withdrawn. They hold no
information of patients, and lie in the clear behind row-level security.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.pricing.contracts import Agreement
from core.pricing.own_prices import ChargeList


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition without its rows; ``name`` is empty for a charge master."""

    id: UUID
    name: str
    first_day: date
    row_count: int
    digest: str
    loaded_at: datetime
    withdrawn_at: datetime | None


def digest_of(body: ChargeList | Agreement) -> str:
    """The SHA-256 of an edition: two that say the same have the same."""
    return sha256(msgspec.json.encode(body, order="deterministic")).hexdigest()


def add_charges(
    connection: Connection, tenant_id: UUID, edition_id: UUID, given: ChargeList, at: datetime
) -> None:
    """Add an edition of the charge master."""
    connection.execute(
        text(
            "INSERT INTO charge_list (tenant_id, id, first_day, row_count, digest, body, loaded_at)"
            " VALUES (:tenant_id, :id, :first_day, :row_count, :digest, CAST(:body AS jsonb), :at)"
        ),
        {
            "tenant_id": tenant_id,
            "id": edition_id,
            "first_day": given.first,
            "row_count": len(given.fees),
            "digest": digest_of(given),
            "body": msgspec.json.encode(given).decode(),
            "at": at,
        },
    )


def add_contract(
    connection: Connection, tenant_id: UUID, edition_id: UUID, given: Agreement, at: datetime
) -> None:
    """Add an edition of a contract."""
    connection.execute(
        text(
            "INSERT INTO payer_contract (tenant_id, id, name, first_day, row_count, digest, body,"
            " loaded_at) VALUES (:tenant_id, :id, :name, :first_day, :row_count, :digest,"
            " CAST(:body AS jsonb), :at)"
        ),
        {
            "tenant_id": tenant_id,
            "id": edition_id,
            "name": given.name,
            "first_day": given.first,
            "row_count": len(given.terms),
            "digest": digest_of(given),
            "body": msgspec.json.encode(given).decode(),
            "at": at,
        },
    )


def withdraw_charges(connection: Connection, edition_id: UUID, at: datetime) -> None:
    """End an edition of the charge master that another one replaces."""
    connection.execute(
        text("UPDATE charge_list SET withdrawn_at = :at WHERE id = :id AND withdrawn_at IS NULL"),
        {"id": edition_id, "at": at},
    )


def withdraw_contract(connection: Connection, edition_id: UUID, at: datetime) -> None:
    """End an edition of a contract."""
    connection.execute(
        text(
            "UPDATE payer_contract SET withdrawn_at = :at WHERE id = :id AND withdrawn_at IS NULL"
        ),
        {"id": edition_id, "at": at},
    )


def charge_editions(connection: Connection) -> tuple[Edition, ...]:
    """Every edition of the charge master, also those withdrawn; by first day, then by loading."""
    rows = connection.execute(
        text(
            "SELECT id, '' AS name, first_day, row_count, digest, loaded_at, withdrawn_at"
            " FROM charge_list ORDER BY first_day, loaded_at, id"
        )
    )
    return tuple(Edition(**row._mapping) for row in rows)


def contract_editions(connection: Connection) -> tuple[Edition, ...]:
    """Every edition of every contract, also those withdrawn."""
    rows = connection.execute(
        text(
            "SELECT id, name, first_day, row_count, digest, loaded_at, withdrawn_at"
            " FROM payer_contract ORDER BY name, first_day, loaded_at, id"
        )
    )
    return tuple(Edition(**row._mapping) for row in rows)


def in_force(connection: Connection) -> tuple[UUID, ...]:
    """The editions that are not withdrawn: what prices depend on."""
    rows = connection.execute(
        text(
            "SELECT id FROM charge_list WHERE withdrawn_at IS NULL"
            " UNION ALL SELECT id FROM payer_contract WHERE withdrawn_at IS NULL ORDER BY id"
        )
    )
    return tuple(row.id for row in rows)


def charge_lists(connection: Connection) -> tuple[ChargeList, ...]:
    """The editions of the charge master in force."""
    rows = connection.execute(
        text("SELECT body FROM charge_list WHERE withdrawn_at IS NULL ORDER BY first_day")
    )
    return tuple(msgspec.convert(row.body, ChargeList) for row in rows)


def agreements(connection: Connection) -> tuple[Agreement, ...]:
    """The contracts in force."""
    rows = connection.execute(
        text("SELECT body FROM payer_contract WHERE withdrawn_at IS NULL ORDER BY name, first_day")
    )
    return tuple(msgspec.convert(row.body, Agreement) for row in rows)

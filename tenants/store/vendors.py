"""Business associates: vendors that get health information from us, and their agreements."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, InputError, NotFoundError

# A vendor says once a year, in writing, that its safeguards stand.
VERIFIED_FOR = timedelta(days=365)


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor with its agreement (45 CFR 164.504(e)); ``connector`` is what of ours calls it.

    ``verified_on`` is when its safeguards were last confirmed in writing.
    """

    id: UUID
    name: str
    connector: str
    signed_on: date
    verified_on: date
    ended_on: date | None = None

    def is_in_force(self, today: date) -> bool:
        """Whether the agreement allows a call today: signed, not ended, verified within a year."""
        if self.ended_on is not None and self.ended_on <= today:
            return False
        return self.signed_on <= today <= self.verified_on + VERIFIED_FOR

    def state(self, today: date) -> str:
        """In a few words."""
        if self.ended_on is not None and self.ended_on <= today:
            return "ended"
        if self.signed_on > today:
            return "not yet begun"
        return "in force" if self.is_in_force(today) else "verification overdue"


_COLUMNS = "id, name, connector, signed_on, verified_on, ended_on"


def add(connection: Connection, vendor: Vendor) -> None:
    """Add a vendor; ``ConflictError`` when the name is taken."""
    if vendor.verified_on < vendor.signed_on:
        raise InputError("a vendor is verified when the agreement is signed, or later")
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    f"INSERT INTO business_associate ({_COLUMNS}) VALUES"
                    " (:id, :name, :connector, :signed_on, :verified_on, :ended_on)"
                ),
                msgspec.structs.asdict(vendor),
            )
    except IntegrityError:
        raise ConflictError("there is a vendor of this name already") from None


def verify(connection: Connection, name: str, on: date) -> UUID:
    """The vendor confirmed its safeguards on this day; its id."""
    return _change(
        connection,
        "UPDATE business_associate SET verified_on = greatest(verified_on, CAST(:on AS date))"
        " WHERE name = :name RETURNING id",
        name,
        on,
    )


def end(connection: Connection, name: str, on: date) -> UUID:
    """The agreement ends on this day; the vendor's id."""
    return _change(
        connection,
        "UPDATE business_associate SET ended_on = :on WHERE name = :name RETURNING id",
        name,
        on,
    )


def every(connection: Connection) -> tuple[Vendor, ...]:
    """All vendors by name."""
    rows = connection.execute(text(f"SELECT {_COLUMNS} FROM business_associate ORDER BY name"))
    return tuple(Vendor(**row._mapping) for row in rows)


def of_connector(connection: Connection, connector: str) -> tuple[Vendor, ...]:
    """The vendors behind a connector."""
    rows = connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM business_associate"
            " WHERE connector = :connector AND connector <> ''"
        ),
        {"connector": connector},
    )
    return tuple(Vendor(**row._mapping) for row in rows)


def _change(connection: Connection, statement: str, name: str, on: date) -> UUID:
    row = connection.execute(text(statement), {"name": name, "on": on}).one_or_none()
    if row is None:
        raise NotFoundError("there is no vendor of this name; see: claimwright vendor list")
    found: UUID = row.id
    return found

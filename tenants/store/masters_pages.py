"""What the pages for masters list, and what they enter beside the stores."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.errors import ConflictError, NotFoundError
from core.ports import StoredPayer


class PracticeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A practice of the list, with how many people are assigned to it."""

    tenant_id: UUID
    number: int
    slug: str
    name: str
    submitter_id: str
    time_zone: str
    active: bool
    people: int


class ProviderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of a practice, without what is sealed."""

    id: UUID
    role: str
    npi: str
    entity: str
    last_name: str
    first_name: str
    taxonomy: str
    credential: str
    clia: str
    status: str


class PayerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A payer of the list, with how many plans and policies it has."""

    id: UUID
    payer_id: str
    name: str
    kind: str
    filing_indicator: str
    state: str
    confirmed: bool
    plans: int
    policies: int


class EnrolmentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One provider's enrolment with one payer for one transaction."""

    id: UUID
    payer_name: str
    provider_name: str
    npi: str
    transaction_kind: str
    status: str
    first_day: date | None
    last_day: date | None


class NewEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment to enter or change."""

    id: UUID
    payer_ref: UUID
    provider_id: UUID
    transaction_kind: str
    status: str
    first_day: date | None
    last_day: date | None


_PAYERS = """
SELECT p.id, p.payer_id, p.name, p.kind, p.filing_indicator, p.state, p.confirmed,
       (SELECT count(*) FROM payer_plan n WHERE n.payer_ref = p.id) AS plans,
       (SELECT count(*) FROM payer_policy o WHERE o.payer_ref = p.id) AS policies
  FROM payer p
"""


def practices(connection: Connection) -> tuple[PracticeEntry, ...]:
    """Every practice, active ones first."""
    rows = connection.execute(
        text(
            "SELECT p.tenant_id, p.number, p.slug, p.name, p.submitter_id, p.time_zone, p.active,"
            " (SELECT count(*) FROM staff_assignment a WHERE a.tenant_id = p.tenant_id) AS people"
            " FROM practice p ORDER BY NOT p.active, p.number"
        )
    )
    return tuple(PracticeEntry(**row._mapping) for row in rows)


def providers(connection: Connection) -> tuple[ProviderEntry, ...]:
    """The practice's providers, those that wait for a person first."""
    rows = connection.execute(
        text(
            "SELECT id, role, npi, entity, last_name, first_name, taxonomy, credential, clia,"
            " status FROM provider"
            " ORDER BY status <> 'unconfirmed', role, last_name, first_name, id"
        )
    )
    return tuple(ProviderEntry(**row._mapping) for row in rows)


def payers(connection: Connection) -> tuple[PayerEntry, ...]:
    """Every payer by name, those that wait for a person first."""
    rows = connection.execute(text(f"{_PAYERS} ORDER BY p.confirmed, p.name, p.id"))
    return tuple(PayerEntry(**row._mapping) for row in rows)


def payer(connection: Connection, payer_ref: UUID) -> PayerEntry:
    """One payer, or ``NotFoundError``."""
    row = connection.execute(text(f"{_PAYERS} WHERE p.id = :id"), {"id": payer_ref}).one_or_none()
    if row is None:
        raise NotFoundError("there is no such payer")
    return PayerEntry(**row._mapping)


def add_payer(connection: Connection, stored: StoredPayer) -> None:
    """Add a payer; ``ConflictError`` when its id is taken."""
    given = stored.payer
    done = connection.execute(
        text(
            "INSERT INTO payer (id, payer_id, name, kind, filing_indicator, state, confirmed)"
            " VALUES (:id, :payer_id, :name, :kind, :filing, :state, true) ON CONFLICT DO NOTHING"
        ),
        {
            "id": stored.id,
            "payer_id": given.payer_id,
            "name": given.name,
            "kind": given.kind.value,
            "filing": given.filing_indicator,
            "state": given.state,
        },
    )
    if not done.rowcount:
        raise ConflictError("there is a payer with this payer id already")


def confirm_payer(connection: Connection, payer_ref: UUID) -> None:
    """A person has looked at this payer."""
    connection.execute(text("UPDATE payer SET confirmed = true WHERE id = :id"), {"id": payer_ref})


def plans(connection: Connection, payer_ref: UUID) -> tuple[tuple[UUID, str], ...]:
    """A payer's plans by name."""
    rows = connection.execute(
        text("SELECT id, name FROM payer_plan WHERE payer_ref = :id ORDER BY name"),
        {"id": payer_ref},
    )
    return tuple((row.id, row.name) for row in rows)


def add_plan(connection: Connection, row_id: UUID, payer_ref: UUID, name: str) -> None:
    """Add a plan; ``ConflictError`` when the payer has one of this name."""
    done = connection.execute(
        text(
            "INSERT INTO payer_plan (id, payer_ref, name) VALUES (:id, :payer, :name)"
            " ON CONFLICT DO NOTHING"
        ),
        {"id": row_id, "payer": payer_ref, "name": name},
    )
    if not done.rowcount:
        raise ConflictError("this payer has a plan of this name already")


def enrolments(connection: Connection) -> tuple[EnrolmentEntry, ...]:
    """The practice's enrolments, what is only requested first."""
    rows = connection.execute(
        text(
            "SELECT e.id, p.name AS payer_name, v.npi, e.transaction_kind, e.status, e.first_day,"
            " e.last_day, CASE WHEN v.first_name = '' THEN v.last_name"
            "   ELSE v.last_name || ', ' || v.first_name END AS provider_name"
            " FROM enrolment e JOIN payer p ON p.id = e.payer_ref"
            " JOIN provider v ON v.tenant_id = e.tenant_id AND v.id = e.provider_id"
            " ORDER BY e.status <> 'requested', p.name, v.last_name, e.transaction_kind, e.id"
        )
    )
    return tuple(EnrolmentEntry(**row._mapping) for row in rows)


def enter_enrolment(connection: Connection, tenant_id: UUID, new: NewEnrolment) -> UUID:
    """Enter an enrolment, or change the one of this payer, provider and transaction; its id."""
    try:
        with connection.begin_nested():
            row = connection.execute(
                text(
                    "INSERT INTO enrolment (tenant_id, id, payer_ref, provider_id,"
                    " transaction_kind, status, first_day, last_day) VALUES (:tenant, :id,"
                    " :payer_ref, :provider_id, :transaction_kind, :status, :first_day, :last_day)"
                    " ON CONFLICT (tenant_id, payer_ref, provider_id, transaction_kind)"
                    " DO UPDATE SET status = EXCLUDED.status, first_day = EXCLUDED.first_day,"
                    " last_day = EXCLUDED.last_day RETURNING id"
                ),
                {**msgspec.structs.asdict(new), "tenant": tenant_id},
            ).one()
    except IntegrityError:
        raise NotFoundError("there is no such payer, or no such provider here") from None
    found = row.id
    assert isinstance(found, UUID), "the column is a uuid"
    return found

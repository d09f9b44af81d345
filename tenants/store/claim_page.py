"""What the claim page shows beside the claim itself: its steps, its filings, its relatives.

Read in the transaction of the practice (row-level security), no health information in any of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from tenants.store.statements import IssuedStatement


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a claim; ``person`` is the name of who took it, empty for a program."""

    event: str
    from_stage: str
    to_stage: str
    person: str
    note: str
    at: datetime
    file_name: str
    file_kind: str
    file_status: str
    file_reason: str
    file_segment: int | None


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """Another claim of the same visit."""

    claim_id: UUID
    claim_number: str
    sequence: str
    stage: str
    payer_name: str
    charge_cents: int


class VisitOfClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The claim's visit: its other claims (the next payer's, the corrected one, the other parts),
    whether no plan is to be told of it, and the statements its patient was sent, newest first."""

    restricted: bool
    relatives: tuple[Relative, ...]
    statements: tuple[IssuedStatement, ...]


class LineMoney(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger of one line, in cents; ``line_no`` None is the claim as a whole."""

    line_no: int | None
    charged_cents: int
    paid_cents: int
    adjusted_cents: int
    insurer_cents: int
    patient_cents: int


_AMOUNTS = LineMoney.__struct_fields__[1:]


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """An amount a payer refused, and the step that works it; ``paid_on`` is the day it decided."""

    line_no: int | None
    group: str
    carc: str
    remark_codes: tuple[str, ...]
    amount_cents: int
    cause: str
    next_step: str
    due_on: date | None
    status: str
    paid_on: date | None


class FoundClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim found by the beginning of its number."""

    claim_id: UUID
    claim_number: str
    payer_name: str
    form: str
    stage: str
    charge_cents: int
    service_from: date | None


_STEPS = """
SELECT m.event, m.from_stage, m.to_stage, m.actor, m.note, m.at,
       coalesce(f.name, '') AS file_name, coalesce(f.kind, '') AS file_kind,
       coalesce(f.status, '') AS file_status, coalesce(f.reason, '') AS file_reason,
       f.segment AS file_segment
  FROM claim_move m
  LEFT JOIN exchange_file f ON f.tenant_id = m.tenant_id AND f.id = m.file_id
 WHERE m.claim_id = :claim
 ORDER BY m.at DESC, m.id DESC
"""

_FIELD_OF = {
    "remittance_clearing": "paid_cents",
    "patient_cash": "paid_cents",
    "unapplied": "paid_cents",
    "contractual_adjustment": "adjusted_cents",
    "other_adjustment": "adjusted_cents",
    "write_off": "adjusted_cents",
    "insurance_receivable": "insurer_cents",
    "patient_receivable": "patient_cents",
}


def steps(connection: Connection, claim_id: UUID) -> tuple[Step, ...]:
    """The claim's steps, newest first, with the file each came from or left in."""
    rows = connection.execute(text(_STEPS), {"claim": claim_id}).all()
    names = people(connection, (found for row in rows if (found := _person(row.actor))))
    return tuple(_step(row, names) for row in rows)


def people(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of members of staff by id."""
    rows = connection.execute(
        text("SELECT id, name FROM staff WHERE id = ANY(:ids)"), {"ids": list(set(ids))}
    )
    return {row.id: row.name for row in rows}


def visit(connection: Connection, claim_id: UUID, encounter_id: UUID) -> VisitOfClaim:
    """What else there is of the claim's visit."""
    rows = connection.execute(
        text(
            "SELECT c.id AS claim_id, c.claim_number, c.sequence, c.stage, p.name AS payer_name,"
            " c.charge_cents, EXISTS (SELECT FROM billing_restriction r"
            "   WHERE r.encounter_id = e.id AND r.lifted_on IS NULL) AS restricted,"
            " (SELECT json_agg(json_build_object('id', s.id, 'patient_id', s.patient_id,"
            "   'number', s.number, 'issued_on', s.issued_on, 'balance_cents', s.balance_cents,"
            "   'field_class', CASE WHEN s.substance_use IS NULL THEN 'clinical'"
            "     ELSE 'substance_use' END)"
            "   ORDER BY s.issued_on DESC, s.number DESC) FROM statement s"
            "   WHERE s.patient_id = e.patient_id) AS statements"
            " FROM encounter e LEFT JOIN claim c ON c.tenant_id = e.tenant_id"
            "   AND c.encounter_id = e.id AND c.id <> :claim"
            " LEFT JOIN payer p ON p.id = c.payer_ref WHERE e.id = :encounter"
            " ORDER BY c.claim_number"
        ),
        {"encounter": encounter_id, "claim": claim_id},
    ).all()
    return VisitOfClaim(
        restricted=any(row.restricted for row in rows),
        relatives=tuple(_relative(row) for row in rows if row.claim_id is not None),
        statements=msgspec.convert(
            (rows[0].statements if rows else None) or [], tuple[IssuedStatement, ...]
        ),
    )


def _relative(row: Any) -> Relative:
    return Relative(**{name: getattr(row, name) for name in Relative.__struct_fields__})


def money(postings: Iterable[Any]) -> dict[int | None, LineMoney]:
    """The claim's ledger by line; charged = paid + adjusted + insurer + patient, on every line.

    ``postings`` are all of one claim, as ``Ledger.of_claim`` reads them.
    """
    sums: dict[int | None, dict[str, int]] = {}
    for one in postings:
        line = sums.setdefault(one.line_no, dict.fromkeys(_AMOUNTS, 0))
        if one.account == "charges":
            line["charged_cents"] -= one.amount_cents
        elif one.account in _FIELD_OF:
            line[_FIELD_OF[one.account]] += one.amount_cents
    return {line_no: LineMoney(line_no=line_no, **line) for line_no, line in sums.items()}


def denials(connection: Connection, claim_id: UUID) -> tuple[Denial, ...]:
    """The claim's denial items, what is open and soonest due first."""
    rows = connection.execute(
        text(
            "SELECT d.line_no, d.group_code AS group, d.carc, d.remark_codes, d.amount_cents,"
            " d.cause, d.next_step, d.due_on, d.status, r.paid_on FROM denial_item d"
            " JOIN remittance r ON r.tenant_id = d.tenant_id AND r.id = d.remittance_id"
            " WHERE d.claim_id = :claim ORDER BY d.status <> 'open', d.due_on NULLS LAST,"
            " d.line_no NULLS FIRST, d.id"
        ),
        {"claim": claim_id},
    )
    return tuple(
        Denial(**dict(row._mapping) | {"remark_codes": tuple(row.remark_codes.split())})
        for row in rows
    )


def by_number(connection: Connection, number: str, *, limit: int) -> tuple[FoundClaim, ...]:
    """Claims whose number begins with ``number``."""
    rows = connection.execute(
        text(
            "SELECT c.id AS claim_id, c.claim_number, p.name AS payer_name, c.form, c.stage,"
            " c.charge_cents, c.service_from FROM claim c JOIN payer p ON p.id = c.payer_ref"
            " WHERE c.claim_number ^@ CAST(:number AS text) ORDER BY c.claim_number LIMIT :limit"
        ),
        {"number": number, "limit": limit},
    )
    return tuple(FoundClaim(**row._mapping) for row in rows)


def _person(actor: str) -> UUID | None:
    kind, _, identifier = actor.partition(":")
    return UUID(identifier) if kind == "person" else None


def _step(row: Any, names: dict[UUID, str]) -> Step:
    person = _person(row.actor)
    values = {name: value for name, value in row._mapping.items() if name != "actor"}
    return Step(**values, person="" if person is None else names.get(person, ""))

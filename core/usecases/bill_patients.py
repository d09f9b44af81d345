"""What is left for patients goes on their statements, once no insurer owes anything on a visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec.structs import replace

from core.claims.lifecycle import allowed, move
from core.claims.parties import Address, Value
from core.claims.position import Event
from core.confidentiality import Sensitivity
from core.errors import SetupError
from core.part_two import NOTICE
from core.patient_billing.statements import (
    NoStatement,
    Statement,
    StatementPractice,
    statement_for,
)
from core.ports import Move, NewStatement, PatientAccount, UnitOfWork

Render = Callable[[Sequence[Statement]], Sequence[bytes]]


class Billed(Value, frozen=True, kw_only=True):
    """A slice of a statement run; the next one goes on after ``last`` (None: that was the end)."""

    accounts: int = 0
    statements: int = 0
    due_cents: int = 0
    last: UUID | None = None


def issue_statements(
    uow: UnitOfWork, render: Render, *, after: UUID | None = None, limit: int = 500
) -> Billed:
    """Issue statements to the next ``limit`` patients who owe, at most one a patient and day."""
    accounts = uow.statements.accounts(limit, after=after)
    if not accounts:
        return Billed()
    practice = _practice(uow)
    made: list[tuple[PatientAccount, Statement]] = []
    for account in accounts:
        patient = account.patient
        result = statement_for(
            practice,
            patient=patient.person.name,
            address=patient.person.address,
            account_number=patient.number,
            visits=account.visits,
            postings=account.postings,
            number="0",
            issued_on=uow.today,
        )
        if not isinstance(result, NoStatement):
            notice = NOTICE if account.sensitivity is Sensitivity.SUBSTANCE_USE else ""
            made.append((account, replace(result, notice=notice)))
    made = _numbered(uow, made)
    _store(uow, made, render([statement for _, statement in made]))
    return Billed(
        accounts=len(accounts),
        statements=len(made),
        due_cents=sum(statement.due_cents for _, statement in made),
        last=accounts[-1].patient.id,
    )


def _numbered(
    uow: UnitOfWork, made: Sequence[tuple[PatientAccount, Statement]]
) -> list[tuple[PatientAccount, Statement]]:
    """Numbers only for statements that are issued, so that none is missing in the series."""
    if not made:
        return []
    first = uow.counters.take("statement", len(made))
    return [
        (account, replace(statement, number=f"{uow.practice.number:04d}-{first + place:07d}"))
        for place, (account, statement) in enumerate(made)
    ]


def _practice(uow: UnitOfWork) -> StatementPractice:
    """Who bills, as the billing provider's record has it."""
    billing = uow.masters.active_providers("billing")
    if not billing:
        raise SetupError("statements need a billing provider with an address; enter one first")
    provider = billing[0].provider
    return StatementPractice(
        name=uow.practice.name,
        address=provider.address or Address(line1="", city=""),
        phone=provider.phone,
    )


def _store(
    uow: UnitOfWork,
    made: Sequence[tuple[PatientAccount, Statement]],
    documents: Sequence[bytes],
) -> None:
    if not made:
        return
    ids = uow.new_ids(len(made))
    uow.statements.add(
        [
            NewStatement(
                id=new,
                patient_id=account.patient.id,
                statement=statement,
                document=document,
                sensitivity=account.sensitivity,
            )
            for new, (account, statement), document in zip(ids, made, documents, strict=True)
        ]
    )
    patients = [account.patient.id for account, _ in made]
    moves = []
    for place in uow.claims.owed_by_patient(patients):
        if allowed(place.position, Event.BILL_PATIENT):
            after = move(place.position, Event.BILL_PATIENT, today=uow.today)
            moves.append(
                Move(
                    claim_id=place.id,
                    event=Event.BILL_PATIENT,
                    before=place.position,
                    after=after,
                )
            )
    uow.claims.move(moves)
    uow.record(
        "statement.made",
        {"statement": ids, "patient": patients},
        statements=len(made),
        due_cents=sum(statement.due_cents for _, statement in made),
    )

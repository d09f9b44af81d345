"""Statements: only what no insurer owes any more, once a day, and the sum the ledger has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from api.bootstrap import Runtime
from api.cycle import Cycle
from core.errors import SetupError
from core.patient_billing.statements import Statement
from core.usecases.bill_patients import Billed, issue_statements
from tests.core.usecases.office import (
    TODAY,
    Office,
    check,
    era,
    made,
    paid,
    reversed_,
    with_next_payer,
)


class Printer:
    """Takes statements to the printer; the paper itself is looked at elsewhere."""

    def __init__(self) -> None:
        self.printed: list[Statement] = []

    def __call__(self, statements: object) -> list[bytes]:
        found = list(statements)  # type: ignore[call-overload]
        self.printed += found
        return [b"%PDF " + one.number.encode() for one in found]


def issue(office: Office, printer: Printer, *, days: int = 0, limit: int = 500) -> Billed:
    billed, last = Billed(), None
    while True:
        with office.work(as_of=TODAY + timedelta(days=days)) as uow:
            part = issue_statements(uow, printer, after=last, limit=limit)
        if part.last is None:
            return billed
        last = part.last
        billed = Billed(
            accounts=billed.accounts + part.accounts,
            statements=billed.statements + part.statements,
            due_cents=billed.due_cents + part.due_cents,
        )


def test_patients_are_billed_what_the_ledger_says_they_owe(office: Office) -> None:
    records = office.filed(made(5))
    shares = (0, 1_000, 250, 0, 1)
    payments = [
        paid(record, patient_cents=share) for record, share in zip(records, shares, strict=True)
    ]
    office.receive(era(check(*payments)))
    printer = Printer()
    billed = issue(office, printer, limit=2)
    assert (billed.statements, billed.due_cents) == (3, 1_251)
    assert billed.due_cents == office.totals()["patient_receivable"]
    assert sorted(one.due_cents for one in printer.printed) == [1, 250, 1_000]
    numbers = sorted(one.number for one in printer.printed)
    assert numbers == [f"{office.practice.number:04d}-000000{n}" for n in (1, 2, 3)]
    rows = office.rows("SELECT number, balance_cents, issued_on FROM statement ORDER BY number")
    assert [row.number for row in rows] == numbers
    assert {row.issued_on for row in rows} == {TODAY}
    billed_to = [r.position.next_actor for r in office.records() if r.position.owes == "patient"]
    assert billed_to == ["patient"] * 3


def test_one_statement_a_patient_and_day(office: Office) -> None:
    [record] = office.filed(made(1))
    office.receive(era(check(paid(record, patient_cents=500))))
    printer = Printer()
    assert issue(office, printer).statements == 1
    assert issue(office, printer).statements == 0
    assert issue(office, printer, days=30).statements == 1
    assert [one.due_cents for one in printer.printed] == [500, 500]
    assert office.count("statement") == 2


def test_nothing_is_asked_for_while_an_insurer_owes(office: Office) -> None:
    first, second = office.filed([with_next_payer(one) for one in made(2)])
    office.receive(era(check(paid(first, patient_cents=800), paid(second, patient_cents=900))))
    printer = Printer()
    assert issue(office, printer).statements == 0
    office.cycle.bill_next_payers()
    office.cycle.file()
    assert issue(office, printer).statements == 0
    following = next(one for one in office.records() if one.parent_claim_id == first.id)
    # The next payer leaves 300 of the 800: now that visit is the patient's, the other is not yet.
    settled = first.claim.charge_cents - 800
    decision = paid(following, contract_cents=settled, patient_cents=300)
    office.receive(era(check(replace(decision, status="2"), trace="TRACE2")))
    billed = issue(office, printer)
    assert (billed.statements, billed.due_cents) == (1, 300)
    assert office.totals()["patient_receivable"] == 300


def test_a_patient_in_credit_gets_no_bill(office: Office) -> None:
    [record] = office.filed(made(1))
    first = paid(record, patient_cents=700)
    office.receive(era(check(first)))
    printer = Printer()
    assert issue(office, printer).due_cents == 700
    office.receive(era(check(reversed_(first), paid(record), trace="TRACE2")))
    assert "patient_receivable" not in office.totals()
    assert issue(office, printer, days=30).statements == 0


def test_a_run_that_breaks_gives_its_numbers_back(office: Office) -> None:
    [record] = office.filed(made(1))
    office.receive(era(check(paid(record, patient_cents=500))))
    printer = Printer()
    office.crash_after(lambda uow: issue_statements(uow, printer))
    assert office.count("statement") == 0
    issue(office, printer)
    assert {one.number[-7:] for one in printer.printed} == {"0000001"}


def test_a_practice_without_a_billing_provider_is_told(installation: Runtime) -> None:
    office = Office(installation, billing=None)
    records = office.filed([])
    assert not records
    with office.work() as uow:
        assert issue_statements(uow, Printer()).last is None
    office.take(made(1))
    with office.work() as uow:
        [waiting] = uow.masters.unconfirmed_providers("billing")
        uow.masters.confirm_providers([waiting.id])
        uow.record("provider.confirmed", {"provider": [waiting.id]})
    office.cycle.prepare()
    office.cycle.file()
    [record] = office.records()
    office.receive(era(check(paid(record, patient_cents=500))))
    with office.work() as uow:
        uow.connection.exec_driver_sql("UPDATE provider SET status = 'inactive'")
        uow.record("provider.confirmed", {"provider": [waiting.id]})
    with pytest.raises(SetupError, match="billing provider"), office.work() as uow:
        issue_statements(uow, Printer())


def test_the_papers_are_made_kept_sealed_and_opened_again(office: Office) -> None:
    [record] = office.filed(made(1))
    office.receive(era(check(paid(record, patient_cents=500))))
    billed = Cycle(office.running, office.practice, as_of=TODAY).issue_statements()
    assert (billed.statements, billed.due_cents) == (1, 500)
    [row] = office.rows("SELECT id, body FROM statement")
    assert not bytes(row.body).startswith(b"%PDF")
    with office.work() as uow:
        opened = uow._context.sealer.open("statement", "body", row.id, row.body)
    assert opened.startswith(b"%PDF")

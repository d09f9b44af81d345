"""Statements from the ledger: the total is the patient's receivable and insurers come first."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.parties import Address, Name
from core.ledger.balances import balances
from core.ledger.entries import Account, Entry, EntryKind, Posting
from core.ledger.transfers import Debtor, next_payer_entry, patient_payment_entry, write_off_entry
from core.patient_billing.statements import (
    EARLIER_BALANCE,
    WHOLE_VISIT,
    NoStatement,
    Statement,
    StatementPractice,
    Visit,
    VisitService,
    statement_for,
)
from core.remittance.matching import match_all
from core.remittance.posting import plan
from tests.core.remittance.checks import (
    CAUSES,
    NEXT_PAYER,
    PAYER,
    TODAY,
    cas,
    check,
    claim_payment,
    open_claim,
    open_line,
    plb,
    service,
)

PRACTICE = StatementPractice(
    name="Practice", address=Address(line1="1 Road", city="Town"), phone="555-0100"
)
PATIENT = UUID(int=7)
VISIT_DAY = date(2026, 2, 3)


def visit(*numbers: int, services: int = 1) -> Visit:
    return Visit(
        claim_ids=tuple(UUID(int=number + 1000) for number in numbers),
        service_on=VISIT_DAY,
        provider="Provider",
        services=tuple(
            VisitService(line_no=place, description=f"Service {place}")
            for place in range(1, services + 1)
        ),
    )


def charge(number: int, *amounts: int) -> list[Posting]:
    claim_id = UUID(int=number + 1000)
    return [
        Posting(account=account, amount_cents=sign * amount, claim_id=claim_id, line_no=line_no)
        for line_no, amount in enumerate(amounts, start=1)
        for account, sign in ((Account.INSURANCE_RECEIVABLE, 1), (Account.CHARGES, -1))
    ]


def posted(*payments, claims, adjustments=()) -> list[Posting]:
    remittance = check(*payments, adjustments=adjustments)
    found = plan(
        remittance.header,
        match_all(remittance.claims, {one.claim_number: one for one in claims}),
        remittance.provider_adjustments,
        causes=CAUSES,
        today=TODAY,
        payer_ref=PAYER,
    )
    return of(*found.entries)


def of(*entries: Entry) -> list[Posting]:
    return [posting for entry in entries for posting in entry.postings]


def statement(postings, *visits: Visit, **more) -> Statement | NoStatement:
    return statement_for(
        PRACTICE,
        patient=Name(last="Sample"),
        address=None,
        account_number="A1",
        visits=visits,
        postings=postings,
        number="S1",
        issued_on=TODAY,
        **more,
    )


def paid_visit(*adjustments) -> list[Posting]:
    return charge(1, 10000) + posted(
        claim_payment("C1", service(10000, *adjustments, control_number="L1")),
        claims=[open_claim("C1", open_line(1, 10000))],
    )


COPAY = (cas("CO", "45", 3000), cas("PR", "3", 2500))
OWING = Debtor(claim_id=UUID(int=1001), patient_id=PATIENT)


def test_a_statement_tells_charge_payment_adjustment_and_what_is_left() -> None:
    found = statement(paid_visit(*COPAY), visit(1))
    assert isinstance(found, Statement)
    (line,) = found.lines
    assert (line.description, line.service_on, line.provider) == (
        "Service 1",
        VISIT_DAY,
        "Provider",
    )
    assert line.charge_cents == 10000
    assert line.insurance_paid_cents == 4500
    assert line.adjustment_cents == 3000
    assert line.balance_cents == found.due_cents == 2500
    assert found.due_on == date(2026, 4, 1)
    assert found.pending == ()


def test_the_copay_at_the_visit_is_taken_off() -> None:
    copay = patient_payment_entry(OWING, 1000, key="k", effective_on=TODAY)
    found = statement(paid_visit(*COPAY) + of(copay), visit(1))
    assert isinstance(found, Statement)
    assert found.due_cents == 1500
    assert found.lines[-1].description == WHOLE_VISIT
    assert found.lines[-1].patient_paid_cents == 1000


def test_nothing_is_billed_before_the_insurer_has_decided() -> None:
    assert statement(charge(1, 10000), visit(1)) is NoStatement.INSURANCE_PENDING


def test_a_denial_being_worked_keeps_the_visit_with_the_insurer() -> None:
    postings = charge(1, 10000, 5000) + posted(
        claim_payment(
            "C1",
            service(10000, *COPAY, control_number="L1"),
            service(5000, cas("CO", "197", 5000), control_number="L2"),
        ),
        claims=[open_claim("C1", open_line(1, 10000), open_line(2, 5000))],
    )
    assert statement(postings, visit(1, services=2)) is NoStatement.INSURANCE_PENDING
    owing = Debtor(claim_id=UUID(int=1001), patient_id=PATIENT, payer_ref=PAYER)
    given_up = write_off_entry(
        owing,
        {2: 5000},
        account=Account.INSURANCE_RECEIVABLE,
        key="w",
        effective_on=TODAY,
        memo="no authorisation",
    )
    found = statement(postings + of(given_up), visit(1, services=2))
    assert isinstance(found, Statement)
    assert found.due_cents == 2500
    assert [line.adjustment_cents for line in found.lines] == [3000, 5000]


def test_a_visit_with_a_second_payer_is_billed_after_the_second() -> None:
    first = charge(1, 10000) + posted(
        claim_payment("C1", service(10000, *COPAY, control_number="L1")),
        claims=[open_claim("C1", open_line(1, 10000), next_payer=True)],
    )
    assert statement(first, visit(1, 2)) is NoStatement.INSURANCE_PENDING
    moved = next_payer_entry(
        Debtor(claim_id=UUID(int=1001), patient_id=PATIENT, payer_ref=NEXT_PAYER),
        Debtor(claim_id=UUID(int=1002), patient_id=PATIENT, payer_ref=NEXT_PAYER),
        {1: 2500},
        effective_on=TODAY,
    )
    assert statement(first + of(moved), visit(1, 2)) is NoStatement.INSURANCE_PENDING
    second = posted(
        claim_payment(
            "C2",
            service(10000, cas("OA", "23", 7500), cas("PR", "3", 500), control_number="L1"),
            status="2",
        ),
        claims=[open_claim("C2", open_line(1, 10000, remaining_cents=2500), payer_ref=NEXT_PAYER)],
    )
    found = statement(first + of(moved) + second, visit(1, 2))
    assert isinstance(found, Statement)
    (line,) = found.lines
    assert (line.charge_cents, line.insurance_paid_cents, line.balance_cents) == (10000, 6500, 500)


def test_a_reversed_payment_takes_the_bill_back() -> None:
    back = posted(
        claim_payment(
            "C1",
            service(-10000, cas("CO", "45", -3000), cas("PR", "3", -2500), control_number="L1"),
            status="22",
        ),
        claims=[open_claim("C1", open_line(1, 10000))],
    )
    assert statement(paid_visit(*COPAY) + back, visit(1)) is NoStatement.INSURANCE_PENDING


def test_pending_visits_stand_apart_from_what_is_due() -> None:
    found = statement(paid_visit(*COPAY) + charge(2, 7000), visit(1), visit(2))
    assert isinstance(found, Statement)
    assert found.due_cents == 2500
    (pending,) = found.pending
    assert (pending.charge_cents, pending.with_insurance_cents) == (7000, 7000)


def test_lines_that_cancel_only_over_the_visit_are_shown_as_one() -> None:
    postings = charge(1, 10000) + posted(
        claim_payment("C1", service(10000, *COPAY, code="A0001")),
        claims=[open_claim("C1", open_line(1, 10000))],
    )
    found = statement(postings, visit(1))
    assert isinstance(found, Statement)
    (line,) = found.lines
    assert (line.charge_cents, line.insurance_paid_cents, line.balance_cents) == (10000, 4500, 2500)


def test_credit_small_and_nothing_are_told_apart() -> None:
    assert statement((), visit(1)) is NoStatement.NOTHING_OWED
    paid = patient_payment_entry(OWING, 2600, key="k", effective_on=TODAY)
    assert statement(paid_visit(*COPAY) + of(paid), visit(1)) is NoStatement.CREDIT
    small = statement(paid_visit(*COPAY), visit(1), minimum_cents=2501)
    assert small is NoStatement.BELOW_MINIMUM
    exact = patient_payment_entry(OWING, 2500, key="k", effective_on=TODAY)
    assert statement(paid_visit(*COPAY) + of(exact), visit(1)) is NoStatement.NOTHING_OWED


def test_an_opening_balance_without_a_visit_has_its_own_line() -> None:
    opening = Entry(
        kind=EntryKind.CHARGE,
        key="o",
        effective_on=TODAY,
        postings=(
            Posting(account=Account.PATIENT_RECEIVABLE, amount_cents=900),
            Posting(account=Account.CHARGES, amount_cents=-900),
        ),
    )
    found = statement(of(opening))
    assert isinstance(found, Statement)
    assert [(one.description, one.balance_cents) for one in found.lines] == [(EARLIER_BALANCE, 900)]


REASONS = [("CO", "45"), ("PR", "1"), ("PR", "3"), ("CO", "50"), ("CO", "104")]


@pytest.mark.parametrize("whole", [False, True])
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(100, 20000),
            st.lists(st.tuples(st.sampled_from(REASONS), st.integers(-50, 9000)), max_size=3),
            st.integers(0, 4000),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_the_total_is_the_patients_receivable_and_rows_add_up(whole, visits) -> None:
    postings: list[Posting] = []
    for number, (amount, rows, own) in enumerate(visits, start=1):
        adjusted = [cas(*reason, cents) for reason, cents in rows]
        payment = (
            claim_payment(f"C{number}", charge_cents=amount, adjustments=adjusted)
            if whole
            else claim_payment(f"C{number}", service(amount, *adjusted, control_number="L1"))
        )
        debtor = Debtor(claim_id=UUID(int=number + 1000), patient_id=PATIENT)
        postings += charge(number, amount)
        postings += posted(
            payment,
            claims=[open_claim(f"C{number}", open_line(1, amount))],
            adjustments=[plb("WO", 5)],
        )
        postings += of(patient_payment_entry(debtor, own, key="k", effective_on=TODAY))
    own_postings = [one for one in postings if one.claim_id is not None]
    found = statement(own_postings, *(visit(number) for number in range(1, len(visits) + 1)))
    receivable = balances(own_postings).get(Account.PATIENT_RECEIVABLE, 0)
    if isinstance(found, Statement):
        assert found.due_cents + found.waiting_cents == receivable
        assert sum(line.balance_cents for line in found.lines) == found.due_cents > 0
        for line in found.lines:
            assert line.balance_cents == (
                line.charge_cents
                - line.insurance_paid_cents
                - line.adjustment_cents
                - line.patient_paid_cents
            )
        assert all(one.with_insurance_cents for one in found.pending)

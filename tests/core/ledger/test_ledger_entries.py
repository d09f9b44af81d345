"""Entries sum to zero or do not exist, and each kind moves money where it says."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Address, Name, Payer, Person, Provider, Subscriber
from core.errors import LedgerImbalanceError
from core.ledger.balances import balances, balances_by
from core.ledger.entries import (
    Account,
    Entry,
    EntryKind,
    Posting,
    charge_entry,
    charge_reversal_entry,
)
from core.ledger.transfers import (
    Debtor,
    apply_entry,
    next_payer_entry,
    patient_payment_entry,
    patient_transfer_entry,
    write_off_entry,
)

DAY = date(2026, 3, 2)
CLAIM, PATIENT, PAYER, NEXT = (UUID(int=number) for number in range(1, 5))
OWING = Debtor(claim_id=CLAIM, patient_id=PATIENT, payer_ref=PAYER)


def invented_claim(*charges: int) -> Claim:
    person = Person(name=Name(last="Sample"))
    return Claim(
        claim_number="C1",
        payer=Payer(payer_id="P1", name="Plan"),
        subscriber=Subscriber(person=person),
        patient=person,
        billing=Provider(name=Name(last="Practice"), address=Address(line1="1", city="X")),
        lines=tuple(
            ServiceLine(line_no=number, charge_cents=charge)
            for number, charge in enumerate(charges, start=1)
        ),
    )


def charged(*charges: int, **more) -> Entry:
    return charge_entry(
        invented_claim(*charges),
        claim_id=CLAIM,
        patient_id=PATIENT,
        payer_ref=PAYER,
        effective_on=DAY,
        **more,
    )


@given(st.lists(st.integers(-(10**9), 10**9), max_size=6))
def test_an_entry_that_does_not_sum_to_zero_cannot_be_made(amounts) -> None:
    postings = tuple(Posting(account=Account.CHARGES, amount_cents=one) for one in amounts)
    if sum(amounts):
        with pytest.raises(LedgerImbalanceError):
            Entry(kind=EntryKind.CHARGE, key="k", effective_on=DAY, postings=postings)
    else:
        Entry(kind=EntryKind.CHARGE, key="k", effective_on=DAY, postings=postings)


def test_filing_charges_each_line_to_the_payer() -> None:
    entry = charged(16500, 0, 6000)
    assert balances_by(entry.postings, lambda one: (one.account, one.line_no)) == {
        (Account.INSURANCE_RECEIVABLE, 1): 16500,
        (Account.CHARGES, 1): -16500,
        (Account.INSURANCE_RECEIVABLE, 3): 6000,
        (Account.CHARGES, 3): -6000,
    }
    assert entry.key == f"charge:{CLAIM}"
    assert {one.payer_ref for one in entry.postings} == {PAYER}


def test_a_patient_without_insurance_owes_the_charge() -> None:
    entry = charged(500, account=Account.PATIENT_RECEIVABLE)
    assert balances(entry.postings)[Account.PATIENT_RECEIVABLE] == 500


def test_a_voided_claim_takes_its_charges_back_under_a_key_of_its_own() -> None:
    entry = charged(16500, 6000)
    back = charge_reversal_entry(entry, effective_on=DAY, memo="void")
    assert not any(balances((*entry.postings, *back.postings)).values())
    assert back.key != entry.key
    assert back.kind is EntryKind.CHARGE_REVERSAL


MOVES = {
    "patient transfer": (
        patient_transfer_entry(OWING, {1: 100}, key="k", effective_on=DAY, memo="not covered"),
        {Account.PATIENT_RECEIVABLE: 100, Account.INSURANCE_RECEIVABLE: -100},
    ),
    "write-off": (
        write_off_entry(
            OWING,
            {1: 60, None: 40},
            account=Account.INSURANCE_RECEIVABLE,
            key="k",
            effective_on=DAY,
            memo="small balance",
        ),
        {Account.WRITE_OFF: 100, Account.INSURANCE_RECEIVABLE: -100},
    ),
    "patient payment": (
        patient_payment_entry(OWING, 2500, key="k", effective_on=DAY),
        {Account.PATIENT_CASH: 2500, Account.PATIENT_RECEIVABLE: -2500},
    ),
    "patient refund": (
        patient_payment_entry(OWING, -300, key="k", effective_on=DAY),
        {Account.PATIENT_CASH: -300, Account.PATIENT_RECEIVABLE: 300},
    ),
    "found money": (
        apply_entry(OWING, {1: 700}, key="k", effective_on=DAY),
        {Account.UNAPPLIED: 700, Account.INSURANCE_RECEIVABLE: -700},
    ),
    "nothing to move": (apply_entry(OWING, {1: 0}, key="k", effective_on=DAY), {}),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_transfer_moves_the_amount(name) -> None:
    entry, expected = MOVES[name]
    assert balances(entry.postings) == expected


def test_what_the_first_payer_left_moves_to_the_next_claim() -> None:
    source = Debtor(claim_id=CLAIM, patient_id=PATIENT, payer_ref=NEXT)
    target = Debtor(claim_id=UUID(int=9), patient_id=PATIENT, payer_ref=NEXT)
    entry = next_payer_entry(source, target, {1: 2000, 2: 500}, effective_on=DAY)
    by_claim = balances_by(entry.postings, lambda one: (one.account, one.claim_id))
    assert by_claim == {
        (Account.INSURANCE_RECEIVABLE, CLAIM): -2500,
        (Account.INSURANCE_RECEIVABLE, UUID(int=9)): 2500,
    }
    assert entry.claim_id == UUID(int=9)

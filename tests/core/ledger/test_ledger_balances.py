"""Balances and ageing: folds that leave nothing out."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.balances import ageing, balances, claim_balances, line_balances, open_since
from core.ledger.entries import Account, Entry, EntryKind, Posting

DAY = date(2026, 3, 31)
A = Account


def entry(claim: int, amount: int, on: date) -> Entry:
    return Entry(
        kind=EntryKind.CHARGE,
        key=f"{claim}{on}",
        effective_on=on,
        postings=(
            Posting(account=A.INSURANCE_RECEIVABLE, amount_cents=amount, claim_id=UUID(int=claim)),
            Posting(account=A.CHARGES, amount_cents=-amount, claim_id=UUID(int=claim)),
        ),
    )


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (-3, "0-30"),
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "121+"),
        (4000, "121+"),
    ],
)
def test_the_age_decides_the_bucket(days: int, label: str) -> None:
    found = ageing({"c": 500}, {"c": DAY - timedelta(days=days)}, as_of=DAY)
    assert [(one.label, one.amount_cents, one.items) for one in found if one.items] == [
        (label, 500, 1)
    ]


@given(st.dictionaries(st.integers(), st.tuples(st.integers(-900, 900), st.integers(-9, 900))))
def test_the_buckets_sum_to_all_that_is_open(items) -> None:
    open_cents = {key: amount for key, (amount, _) in items.items()}
    since = {key: DAY - timedelta(days=age) for key, (_, age) in items.items() if age % 5}
    found = ageing(open_cents, since, as_of=DAY)
    assert sum(one.amount_cents for one in found) == sum(open_cents.values())
    assert sum(one.items for one in found) == sum(1 for amount in open_cents.values() if amount)


def test_balances_by_claim_leave_settled_claims_out() -> None:
    entries = [entry(1, 500, DAY), entry(1, -500, DAY), entry(2, 700, DAY)]
    postings = [one for each in entries for one in each.postings]
    assert claim_balances(postings, A.INSURANCE_RECEIVABLE) == {UUID(int=2): 700}
    assert balances(postings) == {A.INSURANCE_RECEIVABLE: 700, A.CHARGES: -700}


def test_open_since_is_the_first_posting_of_the_claim() -> None:
    entries = [entry(1, 5, DAY), entry(1, 5, DAY - timedelta(days=9)), entry(2, 5, DAY)]
    assert open_since(entries, A.INSURANCE_RECEIVABLE) == {
        UUID(int=1): DAY - timedelta(days=9),
        UUID(int=2): DAY,
    }


def test_what_one_payer_owes_on_a_claim_is_told_by_line() -> None:
    ours, theirs = UUID(int=8), UUID(int=9)
    postings = [
        Posting(
            account=A.INSURANCE_RECEIVABLE,
            amount_cents=cents,
            claim_id=UUID(int=claim),
            line_no=line_no,
            payer_ref=payer,
        )
        for claim, line_no, payer, cents in (
            (1, 1, ours, 100),
            (1, 1, ours, -100),
            (1, 1, theirs, 20),
            (1, None, theirs, 5),
            (2, 1, theirs, 7),
        )
    ]
    found = line_balances(postings, A.INSURANCE_RECEIVABLE, claim_id=UUID(int=1), payer_ref=theirs)
    assert found == {1: 20, None: 5}

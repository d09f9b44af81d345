"""The three balances of an 835, and that no cent can be out without being seen."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.remittance.balance import LISTED_MAX, BalanceLevel, BalanceProof, prove
from core.remittance.values import Remittance
from tests.core.remittance.checks import cas, check, claim_payment, plb, service

WHOLE = check(
    claim_payment(
        "C1",
        service(16500, cas("CO", "45", 5790), cas("PR", "3", 2500)),
        service(6000, cas("CO", "50", 6000)),
    ),
    claim_payment("C2", charge_cents=40000, adjustments=(cas("PR", "1", 40000),)),
    claim_payment("C3", service(-100, cas("CO", "45", -40)), status="22"),
    adjustments=(plb("WO", 1200), plb("L6", -34)),
)


def replaced(value, path, change):
    """``value`` with ``change`` cents added at ``path`` (field names and indexes)."""
    step, *rest = path
    if isinstance(step, int):
        items = list(value)
        items[step] = replaced(items[step], rest, change)
        return tuple(items)
    now = getattr(value, step)
    return msgspec.structs.replace(
        value, **{step: replaced(now, rest, change) if rest else now + change}
    )


AMOUNTS = [
    ("header", "payment_cents"),
    ("claims", 0, "charge_cents"),
    ("claims", 0, "paid_cents"),
    ("claims", 0, "lines", 0, "charge_cents"),
    ("claims", 0, "lines", 0, "paid_cents"),
    ("claims", 0, "lines", 0, "adjustments", 0, "amount_cents"),
    ("claims", 0, "lines", 1, "adjustments", 0, "amount_cents"),
    ("claims", 1, "charge_cents"),
    ("claims", 1, "adjustments", 0, "amount_cents"),
    ("claims", 2, "paid_cents"),
    ("claims", 2, "lines", 0, "charge_cents"),
    ("provider_adjustments", 0, "amount_cents"),
    ("provider_adjustments", 1, "amount_cents"),
]


def test_a_remittance_that_balances_has_no_imbalance() -> None:
    assert prove(WHOLE) == ()


@given(path=st.sampled_from(AMOUNTS), change=st.integers(-(10**9), 10**9).filter(bool))
def test_no_amount_can_be_changed_unseen(path, change) -> None:
    assert prove(replaced(WHOLE, path, change)) != ()


def test_an_imbalance_says_where_and_by_how_much() -> None:
    (line,) = prove(replaced(WHOLE, ("claims", 0, "lines", 0, "paid_cents"), 1))
    assert line.level is BalanceLevel.LINE
    assert line.segment == WHOLE.claims[0].lines[0].segment
    assert line.difference_cents == 1
    assert "82.11" in line.sentence
    assert "82.10" in line.sentence
    (check_level,) = prove(replaced(WHOLE, ("header", "payment_cents"), -5))
    assert (check_level.level, check_level.difference_cents) == (BalanceLevel.CHECK, -5)
    claim, check_too = prove(replaced(WHOLE, ("claims", 1, "paid_cents"), 7))
    assert (claim.level, check_too.level) == (BalanceLevel.CLAIM, BalanceLevel.CHECK)


def test_the_lines_of_a_claim_add_up_to_its_charge() -> None:
    short = msgspec.structs.replace(WHOLE.claims[0], lines=WHOLE.claims[0].lines[:1])
    remittance = msgspec.structs.replace(WHOLE, claims=(short, *WHOLE.claims[1:]))
    assert any("service lines add up" in one.sentence for one in prove(remittance))


def test_a_predetermination_pays_nothing_and_is_no_part_of_the_check() -> None:
    estimate = claim_payment("C9", service(5000, cas("OA", "101", 5000)), status="25")
    paid = claim_payment("C1", service(100))
    assert prove(check(paid, estimate)) == ()
    promising = claim_payment("C9", service(5000, cas("OA", "101", 4000)), status="25")
    (found,) = prove(check(paid, promising))
    assert found.difference_cents == 1000
    assert "predetermination pays nothing" in found.sentence


def test_a_debit_is_money_the_payer_takes() -> None:
    taken = check(claim_payment("C1", service(-100), status="22"))
    as_debit = msgspec.structs.replace(taken.header, payment_cents=100, credit_or_debit="D")
    assert prove(msgspec.structs.replace(taken, header=as_debit)) == ()
    assert (
        prove(
            msgspec.structs.replace(
                taken, header=msgspec.structs.replace(as_debit, credit_or_debit="C")
            )
        )
        != ()
    )


def test_the_streaming_proof_keeps_a_bounded_list_and_counts_the_rest() -> None:
    proof = BalanceProof(WHOLE.header)
    wrong = msgspec.structs.replace(claim_payment("C1", service(100)), paid_cents=99)
    for _ in range(LISTED_MAX * 3):
        proof.claim(wrong)
    assert len(proof.finish()) == LISTED_MAX
    assert proof.count == LISTED_MAX * 3 + 1


@pytest.mark.parametrize("method", ["stream", "whole"])
def test_streaming_and_whole_say_the_same(method: str) -> None:
    wrong: Remittance = replaced(WHOLE, ("claims", 2, "lines", 0, "charge_cents"), 3)
    if method == "whole":
        found = prove(wrong)
    else:
        proof = BalanceProof(wrong.header)
        for payment in wrong.claims:
            proof.claim(payment)
        for adjustment in wrong.provider_adjustments:
            proof.provider_adjustment(adjustment)
        found = proof.finish()
    assert [one.level for one in found] == [BalanceLevel.LINE, BalanceLevel.CLAIM]

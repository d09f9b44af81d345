"""Charges and expected amounts: whose fee counts, to the cent, and how it came about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import money
from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Name, Payer, PayerKind, Person, Provider, Subscriber
from core.dates import Window
from core.errors import InputError
from core.pricing.price import price, price_with_trace
from core.rules.pricing import Fee, FeePurpose, FeeRank, FeeSchedule, PricingStep
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book

DAY = date(2026, 5, 12)
WHO = Person(name=Name(last="Invented"))
ALLOWED = FeePurpose.ALLOWED


def claim(**line: Any) -> Claim:
    given: dict[str, Any] = {
        "line_no": 1,
        "code": "90834",
        "charge_cents": 0,
        "service_from": DAY,
        **line,
    }
    return Claim(
        claim_number="C1",
        payer=Payer(payer_id="9", name="P"),
        subscriber=Subscriber(person=WHO),
        patient=WHO,
        billing=Provider(name=Name(last="B")),
        lines=(ServiceLine(**given),),
    )


def schedule(id: str, cents: int, **changes: Any) -> FeeSchedule:
    fee = Fee(
        code="90834",
        amount_cents=cents,
        modifier=changes.pop("modifier", ""),
        effective=changes.pop("days", Window()),
    )
    given: dict[str, Any] = {"id": id, "title": id, "source": "test", "fees": (fee,), **changes}
    return FeeSchedule(**given)


def book(*schedules: FeeSchedule, steps: tuple[PricingStep, ...] = ()) -> RuleBook:
    one = RuleSet(name="one", version="1", fee_schedules=schedules, pricing_steps=steps)
    return compile_rule_book([one])


def priced(rules: RuleBook, **line: Any) -> ServiceLine:
    return price(claim(**line), rules).lines[0]


def test_the_higher_rank_sets_the_charge_and_is_named() -> None:
    ranks = [FeeRank.DEFAULT, FeeRank.SPECIALTY, FeeRank.PAYER_CONTRACT, FeeRank.CHARGE_MASTER]
    schedules = [schedule(f"F{n}", 100 + n, rank=rank) for n, rank in enumerate(ranks)]
    for count in range(1, 5):
        line = priced(book(*reversed(schedules[:count])))
        assert (line.charge_cents, line.fee_source) == (99 + count, f"F{count - 1}:90834")


def test_a_fee_for_the_payer_goes_before_one_for_its_kind_and_one_for_all() -> None:
    every = schedule("F1", 1)
    kind = schedule("F2", 2, payer_kinds=(PayerKind.COMMERCIAL,))
    named = schedule("F3", 3, payer_ids=("9",))
    strange = schedule("F4", 4, payer_ids=("8",))
    assert priced(book(every, kind, named, strange)).charge_cents == 3
    assert priced(book(every, kind, strange)).charge_cents == 2
    assert priced(book(every, strange)).charge_cents == 1


def test_a_modifier_fee_counts_only_on_lines_that_carry_it() -> None:
    rules = book(schedule("F1", 100), schedule("F2", 60, modifier="HO"))
    assert priced(rules).charge_cents == 100
    assert priced(rules, modifiers=("95", "HO")).charge_cents == 60


def test_a_fee_holds_at_both_ends_of_its_window() -> None:
    rules = book(
        schedule("F1", 100, days=Window(None, DAY - timedelta(1))),
        schedule("F2", 200, days=Window(DAY, DAY)),
    )
    charged = [priced(rules, service_from=DAY + timedelta(n)).charge_cents for n in (-1, 0, 1)]
    assert charged == [100, 200, 0]


def test_fees_that_answer_alike_are_refused() -> None:
    with pytest.raises(InputError, match="F1 and F2"):
        book(schedule("F1", 1, days=Window(None, DAY)), schedule("F2", 2, days=Window(DAY)))
    book(schedule("F1", 1, payer_ids=("1",)), schedule("F2", 2, payer_ids=("2",)))


def test_a_captured_charge_is_kept_even_when_it_is_zero() -> None:
    line = priced(book(schedule("F1", 100)), charge_cents=0, fee_source="captured")
    assert (line.charge_cents, line.fee_source) == (0, "captured")


def test_a_line_no_schedule_knows_stays_unpriced_and_does_not_raise() -> None:
    line = priced(book(schedule("F1", 100)), code="99999")
    assert (line.charge_cents, line.fee_source, line.expected_cents) == (0, "", None)


def test_units_multiply_and_round_half_up_once() -> None:
    rules = book(schedule("F1", 333))
    assert priced(rules, units=Decimal(3)).charge_cents == 999
    assert priced(rules, units=Decimal("1.5")).charge_cents == 500


def test_expected_is_the_lesser_of_charge_and_allowed_after_its_steps() -> None:
    def share(case: Any, line: Any, amount_cents: int) -> int:
        return money.times(amount_cents, Decimal("0.75"))

    step = PricingStep(id="M1", title="share", source="test", apply=share)
    rules = book(schedule("F1", 100), schedule("F2", 101, purpose=ALLOWED), steps=(step,))
    result = price_with_trace(claim(), rules)
    assert result.claim.lines[0].expected_cents == 76
    assert [(one.purpose.value, one.rule, one.amount_cents) for one in result.trace] == [
        ("charge", "F1:90834", 100),
        ("allowed", "F2:90834", 101),
        ("allowed", "M1", 76),
    ]
    generous = book(schedule("F1", 100), schedule("F2", 150, purpose=ALLOWED))
    assert price_with_trace(claim(), generous).trace[-1].rule == "lesser of charge"
    assert priced(generous).expected_cents == 100


def test_a_step_that_fails_leaves_no_amount_expected_and_the_charge_as_it_is() -> None:
    def fail(case: Any, line: Any, amount_cents: int) -> int:
        raise ValueError

    step = PricingStep(id="M1", title="share", source="test", apply=fail)
    rules = book(schedule("F1", 100), schedule("F2", 101, purpose=ALLOWED), steps=(step,))
    result = price_with_trace(claim(), rules)
    assert result.claim.lines[0].expected_cents is None
    assert result.claim.lines[0].charge_cents == 100
    assert (result.trace[-1].rule, result.trace[-1].amount_cents) == ("M1", None)


def test_steps_run_by_order_and_within_their_window() -> None:
    def double(case: Any, line: Any, amount_cents: int) -> int:
        return amount_cents * 2

    def add(case: Any, line: Any, amount_cents: int) -> int:
        return amount_cents + 1

    base = (schedule("F1", 10_000), schedule("F2", 100, purpose=ALLOWED))
    first = PricingStep(id="Z", title="t", source="s", apply=add, order=1)
    last = PricingStep(id="A", title="t", source="s", apply=double, order=2)
    gone = PricingStep(
        id="B", title="t", source="s", apply=double, effective=Window(None, DAY - timedelta(1))
    )
    assert priced(book(*base, steps=(last, first, gone))).expected_cents == 202

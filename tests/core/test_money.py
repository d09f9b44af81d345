"""Cents in, cents out: nothing is lost on the way, and a division gives every cent away once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.money import CENTS_MAX, allocate, cents, dollars, plain, times

AMOUNTS = st.integers(-CENTS_MAX, CENTS_MAX)


@given(AMOUNTS)
def test_an_amount_written_plain_is_read_back(amount_cents: int) -> None:
    assert cents(plain(amount_cents)) == amount_cents


@given(AMOUNTS)
def test_an_amount_for_people_has_the_same_digits(amount_cents: int) -> None:
    assert cents(dollars(amount_cents).replace("$", "").replace(",", "")) == amount_cents


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from(["", "-"]))
def test_text_means_what_a_decimal_of_it_means(whole: int, part: int, sign: str) -> None:
    text = f"{sign}{whole}.{part:02d}"
    assert cents(text) == int(Decimal(text) * 100)


@pytest.mark.parametrize(
    ("text", "amount_cents"),
    [
        ("12", 1200),
        ("12.", 1200),
        ("12.5", 1250),
        (".5", 50),
        ("-.07", -7),
        ("0.070000", 7),
        ("-0", 0),
        ("0010000000000000.00", CENTS_MAX),
    ],
)
def test_the_ways_an_amount_is_written(text: str, amount_cents: int) -> None:
    assert cents(text) == amount_cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        " .",
        "-",
        "-.",
        "1.005",
        "1e3",
        "1,000",
        "$5",
        " 5",
        "5 ",
        "+5",
        "٣",
        "1.2.3",
        "NaN",
        "Infinity",
        "--5",
        "5\n",
        "10000000000000.01",
    ],
)
def test_what_is_no_amount_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError) as refused:
        cents(text)
    assert "amount" in refused.value.message
    assert len(text) < 4 or text not in refused.value.message


@pytest.mark.parametrize(
    ("amount_cents", "shown"), [(-125000, "-$1,250.00"), (7, "$0.07"), (0, "$0.00")]
)
def test_people_read_dollars(amount_cents: int, shown: str) -> None:
    assert dollars(amount_cents) == shown


@given(
    st.integers(-(10**12), 10**12),
    st.decimals(min_value=-1000, max_value=1000, places=5, allow_nan=False),
)
def test_a_product_is_rounded_once_half_away_from_zero(amount_cents: int, factor: Decimal) -> None:
    exact = amount_cents * int(factor.scaleb(5))
    whole, rest = divmod(abs(exact), 10**5)
    expected = whole + (2 * rest >= 10**5)
    assert times(amount_cents, factor) == (expected if exact >= 0 else -expected)
    assert times(amount_cents, factor) == int(
        (Decimal(exact) / 10**5).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_division_loses_no_cent_and_is_fair_to_one(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert part * total >= 0
        if whole:
            assert abs(part * whole - total * weight) < whole


def test_money_that_no_weight_claims_goes_to_the_first() -> None:
    assert allocate(7, [0, 0]) == (7, 0)
    assert allocate(0, []) == ()
    with pytest.raises(AssertionError):
        allocate(1, [])
    with pytest.raises(AssertionError):
        allocate(1, [2, -1])


def test_the_cents_left_over_go_to_the_largest_remainders_first_come_first() -> None:
    assert allocate(100, [1, 1, 1]) == (34, 33, 33)
    assert allocate(-100, [1, 1, 1]) == (-34, -33, -33)
    assert allocate(10, [1, 2]) == (3, 7)

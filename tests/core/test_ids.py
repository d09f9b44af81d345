"""Identifiers with a check digit, and the shapes of those without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import (
    luhn_sum,
    npi_is_valid,
    npi_with_check_digit,
    tax_id_is_valid,
    taxonomy_is_shaped,
)

FIRST_NINE = st.from_regex(r"[12][0-9]{8}", fullmatch=True)


@given(FIRST_NINE)
def test_nine_digits_have_exactly_one_check_digit(first_nine: str) -> None:
    valid = [digit for digit in "0123456789" if npi_is_valid(first_nine + digit)]
    assert [npi_with_check_digit(first_nine)] == [first_nine + digit for digit in valid]


@given(FIRST_NINE, st.integers(0, 9), st.integers(1, 9))
def test_one_digit_typed_wrong_is_always_noticed(first_nine: str, place: int, off: int) -> None:
    npi = npi_with_check_digit(first_nine)
    wrong = str((int(npi[place]) + off) % 10)
    assert not npi_is_valid(npi[:place] + wrong + npi[place + 1 :])


@given(FIRST_NINE, st.integers(0, 8))
def test_two_neighbours_swapped_are_noticed_but_for_nine_and_zero(
    first_nine: str, place: int
) -> None:
    npi = npi_with_check_digit(first_nine)
    pair = npi[place : place + 2]
    swapped = npi[:place] + pair[::-1] + npi[place + 2 :]
    same = pair[0] == pair[1] or set(pair) == {"0", "9"}
    assert npi_is_valid(swapped) == (same and swapped[0] in "12")


@given(FIRST_NINE)
def test_the_check_is_the_luhn_check_of_the_card_number(first_nine: str) -> None:
    assert luhn_sum("80840" + npi_with_check_digit(first_nine)) % 10 == 0


@pytest.mark.parametrize(
    ("npi", "valid"),
    [
        ("1234567893", True),  # the example of the published check digit rule
        ("1245319599", True),
        ("1234567890", False),
        ("3234567899", False),
        ("123456789", False),
        ("12345678933", False),
        ("1234567893 ", False),
        ("1234567893\n", False),
        ("١٢٣٤٥٦٧٨٩٣", False),
        ("", False),
    ],
)
def test_an_npi_has_ten_digits_begins_with_1_or_2_and_checks(npi: str, valid: bool) -> None:
    assert npi_is_valid(npi) is valid


def test_a_check_digit_is_made_from_nine_digits() -> None:
    with pytest.raises(AssertionError):
        npi_with_check_digit("12345678")


@pytest.mark.parametrize(
    ("tax_id", "valid"),
    [
        ("741234567", True),
        ("000000000", False),
        ("74-1234567", False),
        ("74123456", False),
        ("74123456\n", False),
    ],
)
def test_a_tax_id_has_nine_digits(tax_id: str, valid: bool) -> None:
    assert tax_id_is_valid(tax_id) is valid


@pytest.mark.parametrize(
    ("code", "shaped"),
    [
        ("207Q00000X", True),
        ("1041C0700X", True),
        ("207q00000X", False),
        ("207Q00000", False),
        ("207Q000000", False),
        ("207Q00000X\n", False),
    ],
)
def test_a_taxonomy_code_has_nine_signs_and_an_x(code: str, shaped: bool) -> None:
    assert taxonomy_is_shaped(code) is shaped

"""Identifiers and codes by their form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.shapes import fits, is_npi


def luhn(digits: str) -> bool:
    """The check as the standard describes it, digit by digit from the right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@given(st.from_regex(r"[12][0-9]{9}", fullmatch=True))
def test_an_npi_is_right_when_it_passes_luhn_behind_80840(npi: str) -> None:
    assert is_npi(npi) == luhn("80840" + npi)


@given(st.from_regex(r"[12][0-9]{8}", fullmatch=True))
def test_each_nine_digits_have_one_check_digit(stem: str) -> None:
    assert sum(is_npi(f"{stem}{digit}") for digit in range(10)) == 1


@given(st.text(max_size=12))
def test_whatever_else_is_no_npi(text: str) -> None:
    right = len(text) == 10 and text.isascii() and text.isdigit() and text[0] in "12"
    assert is_npi(text) == (right and luhn("80840" + text))


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("hcpcs", "99213 00100 01999 10004 99607 0002F 0593T 0240U 0001M 0071A J3301 G0438 A0428",
         "00000 00099 02000 09999 99999 99608 9921 992134 D0120 W1234 X9999 ZZZZZ 99213x 2001T"),
        ("cdt", "D0120 D9999", "00120 D012 D01200 E0120"),
        ("drug", "00002143380", "0002-1433-80 0000214338 000021433800"),
        ("hipps", "1AA11 AAA00", "AAA0 AAA000"),
        ("icd10pcs", "0DTJ4ZZ", "0DTJ4Z 0DTJ4IZ 0DTJ4OZ"),
        ("icd9cm", "4019 250 25000 V700 E8490", "40 401.9 A4019 X100"),
        ("drg", "470 0470", "47 ABC"),
        ("tax_number", "123456789", "12-3456789 12345678"),
        ("zip", "78701 787010001", "7870 78701-0001 ABCDE"),
    ],
)  # fmt: skip
def test_a_code_has_its_form_or_has_not(shape: str, good: str, bad: str) -> None:
    assert [code for code in good.split() if not fits(shape, code)] == []
    assert [code for code in bad.split() if fits(shape, code)] == []

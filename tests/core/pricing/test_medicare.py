"""The Medicare fee schedule to the cent: where, in which setting, with which modifiers."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money
from core.codes.mpfs_values import Locality, RelativeValues
from core.pricing.medicare import fee_cents
from core.pricing.medicare_rules import limiting_charge_cents
from tests.core.pricing.medicare_world import ROWS, outcomes, priced, service

KNEE, SPINE, SCOPE, SCOPE_BASE = "27447", "22551", "31237", "31231"


def fee(work: str, expense: str, malpractice: str) -> int:
    """The formula of the fee schedule in Brazoria, rounded once at the end."""
    units = (
        Decimal(work) * Decimal("1.014")
        + Decimal(expense) * Decimal("1.006")
        + Decimal(malpractice) * Decimal("0.795")
    )
    return int((units * Decimal("32.3465") * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


VISIT = fee("1.30", "1.35", "0.10")
KNEE_FEE = fee("19.60", "15.30", "3.98")
SPINE_FEE = fee("25.00", "18.55", "8.19")


def test_the_fee_is_the_published_formula_in_each_setting() -> None:
    assert VISIT == 8914
    assert priced(service("99213")) == [VISIT]
    assert priced(service("99213", facility=True)) == [fee("1.30", "0.57", "0.10")]
    assert priced(service("99213", locality="0441209")) == [VISIT]


def test_a_zip_code_leads_to_its_locality_and_the_trace_says_so() -> None:
    by_zip, by_name = outcomes(
        service("99213", locality="75201-1234"), service("99213", locality="04412-11")
    )
    assert by_zip.allowed_cents == by_name.allowed_cents
    assert [str(step.row) for step in by_zip.steps] == [
        "ZIP to locality 2025Q4 75201 04412-11",
        "GPCI 2025 04412-11 DALLAS",
        "conversion factors 2025-01-01 mpfs  32.3465 (PPRRVU25 column CONV FACTOR)",
        "MPFS RVU 2025Q4 99213",
    ]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"code": "99050"}, "bundled"),
        ({"code": "99600"}, "does not cover"),
        ({"code": "00100"}, "say both"),
        ({"code": "11111"}, "not in the fee schedule of that day"),
        ({"code": "99213", "modifiers": ("TC",)}, "no component TC"),
        ({"code": "99213", "modifiers": ("52",)}, "by review"),
        ({"code": "99213", "locality": "99999-01"}, "in no loaded release"),
        ({"code": "99213", "locality": "99999"}, "in no loaded release"),
        ({"code": "99213", "locality": "here"}, "written 04412-09"),
        ({"code": "99213", "day": date(2019, 1, 1)}, "no loaded release"),
        ({"code": "99213", "units": Decimal(0)}, "no units"),
    ],
)
def test_what_has_no_price_says_why(asked: dict[str, Any], why: str) -> None:
    code, modifiers = asked.pop("code"), asked.pop("modifiers", ())
    [found] = outcomes(service(code, *modifiers, **asked))
    assert found.allowed_cents is None
    assert why in found.steps[-1].step


def test_the_cap_is_the_lesser_amount_and_the_price_of_a_code_the_contractor_prices() -> None:
    capped = fee("0.20", "1.10", "0.02")
    assert capped < fee("0.20", "5.00", "0.02")
    assert priced(service("77080")) == [capped]
    assert priced(service("0633T", "TC")) == [fee("0.00", "3.28", "0.01")]
    assert priced(service("70450")) == [fee("0.85", "2.35", "0.05")]


def test_components_have_rows_of_their_own() -> None:
    assert priced(service("70450", "26"), service("99213")) == [fee("0.85", "0.31", "0.04"), VISIT]


@pytest.mark.parametrize(
    ("code", "modifiers", "share"),
    [
        (KNEE, ("50",), "1.5"),
        (KNEE, ("LT", "RT"), "1.5"),
        (KNEE, ("80",), "0.16"),
        (KNEE, ("AS",), "0.136"),
        (KNEE, ("82", "50"), "0.24"),
        (KNEE, ("62",), "0.625"),
        (KNEE, ("54",), "0.79"),
        (KNEE, ("55",), "0.21"),
        (KNEE, ("56",), "0.10"),
        (KNEE, ("78",), "0.69"),
        (SPINE, ("50",), "1"),
        (SCOPE_BASE, ("50",), "1"),
        (SCOPE_BASE, ("80",), "0"),
        (SPINE, ("81",), "0.16"),
    ],
)
def test_modifiers_pay_their_part_of_the_fee(
    code: str, modifiers: tuple[str, ...], share: str
) -> None:
    [whole] = priced(service(code))
    assert whole is not None
    assert priced(service(code, *modifiers)) == [money.times(whole, Decimal(share))]


@pytest.mark.parametrize(
    ("credential", "share"),
    [("", "1"), ("MD", "1"), ("NP", "0.85"), ("PA", "0.85"), ("LCSW", "0.75")],
)
def test_who_rendered_it_is_paid_their_part(credential: str, share: str) -> None:
    expected = money.times(VISIT, Decimal(share))
    assert priced(service("99213", credential=credential)) == [expected]


def test_who_does_not_participate_is_paid_95_percent_and_may_charge_115_percent_of_it() -> None:
    [found] = outcomes(service("99213", participating=False))
    assert found.allowed_cents == money.times(VISIT, Decimal("0.95"))
    assert found.steps[-1].step == "not participating: 95 %; at most 97.39 may be charged"
    assert limiting_charge_cents(10_000) == 10_925


def test_two_operations_of_a_day_pay_the_higher_whole_and_half_of_the_other() -> None:
    half = money.half_up(Fraction(KNEE_FEE, 2))
    assert priced(service(KNEE), service(SPINE)) == [half, SPINE_FEE]
    other_day = service(KNEE, day=date(2025, 11, 4))
    assert priced(other_day, service(SPINE)) == [KNEE_FEE, SPINE_FEE]
    assert priced(service(SPINE, units=2)) == [money.half_up(Fraction(SPINE_FEE * 3, 2))]


def test_a_second_endoscopy_of_a_family_is_paid_less_its_base() -> None:
    base = fee("1.10", "0.67", "0.16")
    first, second = fee("2.60", "1.84", "0.39"), fee("2.61", "1.83", "0.40")
    given = [service(code, facility=True) for code in (SCOPE, "31240", SCOPE_BASE)]
    higher, lower = max(first, second), min(first, second)
    assert priced(*given) == [
        *((first, second - base) if first == higher else (lower - base, higher)),
        0,
    ]


def test_further_units_of_an_endoscopy_are_paid_as_others_of_its_family() -> None:
    base, scope = fee("1.10", "0.67", "0.16"), fee("2.60", "1.84", "0.39")
    twice = service(SCOPE, units=2, facility=True)
    assert priced(twice, service(SCOPE_BASE, facility=True)) == [2 * scope - base, 0]
    beside = outcomes(twice, service(SCOPE_BASE, facility=True), service(SPINE))
    assert [one.allowed_cents for one in beside] == [
        money.half_up(Fraction(2 * scope - base, 2)),
        0,
        SPINE_FEE,
    ]


def test_therapy_pays_half_the_practice_expense_of_all_but_one_unit() -> None:
    exercise, by_hand = fee("0.45", "0.43", "0.01"), fee("0.43", "0.40", "0.01")
    less_exercise, less_by_hand = fee("0.45", "0.215", "0.01"), fee("0.43", "0.20", "0.01")
    assert priced(service("97110")) == [exercise]
    assert priced(service("97110", units=3)) == [exercise + 2 * less_exercise]
    assert priced(service("97140", units=2), service("97110")) == [2 * less_by_hand, exercise]
    assert by_hand > less_by_hand


def test_a_second_image_pays_half_of_its_technical_and_95_percent_of_its_professional_part() -> (
    None
):
    technical, professional = fee("0", "2.04", "0.01"), fee("0.85", "0.31", "0.04")
    whole, other = fee("0.85", "2.35", "0.05"), fee("0.85", "3.00", "0.05")
    less = technical * Fraction(1, 2) + professional * Fraction(5, 100)
    assert priced(service("70450"), service("70486")) == [money.half_up(whole - less), other]


def test_anesthesia_is_base_units_and_time_at_the_factor_of_the_locality() -> None:
    def asked(modifier: str, minutes: int | None = 63) -> int | None:
        return priced(service("00100", modifier, base_units=5, minutes=minutes))[0]

    assert asked("AA") == asked("QZ") == money.times(2029, Decimal("9.2"))
    assert asked("QK") == money.times(2029, Decimal("4.6"))
    assert asked("AD", None) == 4 * 2029
    assert asked("GC") is None


@given(
    st.tuples(*[st.integers(0, 99_999)] * 3),
    st.tuples(*[st.integers(1, 2_999)] * 3),
    st.integers(1, 999_999),
)
def test_a_fee_is_rounded_once_whatever_it_is_made_of(
    parts: tuple[int, int, int], indices: tuple[int, int, int], factor: int
) -> None:
    values = RelativeValues(
        *("99213", "", "A", parts[0], parts[1], 0, parts[2], 0, 0, 0, factor, False, False),
        *("0", "XXX", 0, 0, 0, "0", "0", "0", "0", "0", "", "09", "99"),
    )
    locality = Locality("04412", "09", "TX", "X", *indices)
    exact = sum(
        Fraction(part, 100) * Fraction(index, 1000)
        for part, index in zip(parts, indices, strict=True)
    )
    dollars = exact * Fraction(factor, 10_000)
    assert fee_cents(values, locality, factor, facility=False) == money.half_up(dollars * 100)


_CODES = sorted({row.split(",")[0] for row in ROWS} - {"00100"})


@given(
    st.lists(
        st.tuples(st.sampled_from(_CODES), st.integers(1, 4), st.integers(0, 300_000)),
        min_size=1,
        max_size=6,
    )
)
def test_no_price_is_above_the_charge_or_the_whole_fees_nor_below_zero(
    lines: list[tuple[str, int, int]],
) -> None:
    together = outcomes(
        *(service(code, units=units, charge_cents=charge) for code, units, charge in lines)
    )
    for (code, units, charge), found in zip(lines, together, strict=True):
        [alone] = priced(service(code))
        assert (found.allowed_cents is None) == (alone is None)
        if found.allowed_cents is not None and alone is not None:
            assert 0 <= found.allowed_cents <= min(charge, alone * units)
            assert found.steps[-1].amount_cents == found.allowed_cents

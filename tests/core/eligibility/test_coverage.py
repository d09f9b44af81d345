"""What a biller asks of an eligibility answer, on answers in the shape payers give them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Insured, Party, Procedure
from core.eligibility.answer import Benefit, EligibilityAnswer
from core.eligibility.coverage import (
    Accumulator,
    coinsurance,
    copay_cents,
    coverage_window,
    deductible,
    is_active,
    needs_authorization,
    out_of_pocket,
    statements,
)


def dated(qualifier: str, first: date, last: date | None = None) -> QualifiedDate:
    return QualifiedDate(qualifier=qualifier, first=first, last=last)


def answer(*benefits: Benefit, dates: tuple[QualifiedDate, ...] = ()) -> EligibilityAnswer:
    return EligibilityAnswer(
        payer=Party(role="PR"),
        provider=Party(role="1P"),
        subscriber=Insured(dates=dates),
        benefits=benefits,
    )


def said(information: str, types: str, amount: int | None = None, network: str = "") -> Benefit:
    return Benefit(
        information=information,
        service_types=tuple(types.split("^")) if types else (),
        amount_cents=amount,
        in_network=network,
    )


def owed(
    information: str, amount: int, period: str, network: str = "Y", level: str = "IND"
) -> Benefit:
    return Benefit(
        information=information,
        level=level,
        service_types=("30",),
        period=period,
        amount_cents=amount,
        in_network=network,
    )


PLAN = answer(
    Benefit(information="1", level="IND", service_types=("30", "1", "98", "MH"), plan="GOLD PPO"),
    said("6", "35"),
    said("I", "AL"),
    said("B", "98", 2500, "Y"),
    said("B", "98", 6000, "N"),
    said("B", "UC", 7500, "W"),
    Benefit(information="A", service_types=("30",), percent=Decimal("0.2"), in_network="Y"),
    Benefit(information="A", service_types=("30",), percent=Decimal("0.4"), in_network="N"),
    owed("C", 200000, "23"),
    owed("C", 80000, "29"),
    owed("C", 400000, "23", level="FAM"),
    owed("C", 400000, "23", "N"),
    owed("G", 650000, "23"),
    owed("G", 150000, "24"),
    dates=(dated("346", date(2026, 1, 1)), dated("347", date(2026, 12, 31))),
)


@pytest.mark.parametrize(
    ("service_type", "on", "expected"),
    [
        ("30", None, True),
        ("98", None, True),
        ("98", date(2026, 6, 1), True),
        ("98", date(2026, 1, 1), True),
        ("98", date(2026, 12, 31), True),
        ("98", date(2025, 12, 31), False),
        ("98", date(2027, 1, 1), False),
        ("35", date(2026, 6, 1), False),
        ("AL", date(2026, 6, 1), False),
        ("PT", date(2026, 6, 1), True),
    ],
)
def test_coverage_is_told_by_service_and_day(
    service_type: str, on: date | None, expected: bool
) -> None:
    assert is_active(PLAN, service_type, on) is expected


def test_nothing_said_of_coverage_is_neither_yes_nor_no() -> None:
    assert is_active(answer(said("B", "98", 2500))) is None
    assert is_active(answer(said("1", "98")), "30") is None


def test_dates_of_the_statement_go_before_those_of_the_patient() -> None:
    part_b = Benefit(
        information="1", service_types=("30",), dates=(dated("291", date(2020, 7, 1)),)
    )
    found = answer(part_b, dates=(dated("346", date(2026, 1, 1)),))
    assert is_active(found, on=date(2021, 1, 1)) is True
    assert is_active(found, on=date(2020, 6, 30)) is False


def test_one_part_in_force_is_enough() -> None:
    old = Benefit(
        information="1",
        service_types=("30",),
        dates=(dated("291", date(2020, 1, 1), date(2020, 12, 31)),),
    )
    new = Benefit(information="1", service_types=("30",), dates=(dated("307", date(2025, 1, 1)),))
    found = answer(old, new, said("6", "30"))
    assert is_active(found, on=date(2020, 5, 1)) is True
    assert is_active(found, on=date(2023, 5, 1)) is False
    assert is_active(found, on=date(2026, 5, 1)) is True


def test_not_covered_out_of_network_alone_does_not_end_coverage() -> None:
    assert is_active(answer(said("1", "30"), said("I", "98", network="N")), "98") is True
    assert is_active(answer(said("1", "30"), said("I", "98", network="Y")), "98") is False


def test_dates_that_mark_no_coverage_do_not_bound_it() -> None:
    window = coverage_window((dated("435", date(2026, 3, 1)), dated("472", date(2026, 3, 2))))
    assert window is not None
    assert date(1990, 1, 1) in window


def test_dates_that_exclude_each_other_leave_no_day() -> None:
    dates = (dated("346", date(2026, 1, 1)), dated("347", date(2025, 12, 31)))
    assert coverage_window(dates) is None
    assert is_active(answer(said("1", "30"), dates=dates), on=date(2026, 1, 1)) is False


@given(st.lists(st.tuples(st.sampled_from(["346", "347"]), st.dates()), max_size=6), st.dates())
def test_a_day_is_covered_when_it_is_after_every_beginning_and_before_every_end(
    bounds: list[tuple[str, date]], on: date
) -> None:
    window = coverage_window(dated(kind, day) for kind, day in bounds)
    inside = all(day <= on if kind == "346" else on <= day for kind, day in bounds)
    assert (window is not None and on in window) == inside


@pytest.mark.parametrize(
    ("service_type", "in_network", "cents"),
    [
        ("98", True, 2500),
        ("98", False, 6000),
        ("UC", True, 7500),
        ("UC", False, 7500),
        ("PT", True, None),
    ],
)
def test_a_copayment_is_told_by_service_and_network(
    service_type: str, in_network: bool, cents: int | None
) -> None:
    assert copay_cents(PLAN, service_type, in_network) == cents


def test_a_copayment_of_the_whole_plan_serves_where_the_service_has_none() -> None:
    found = answer(said("B", "30", 4000), said("B", "98", 2500))
    assert copay_cents(found, "98") == 2500
    assert copay_cents(found, "MH") == 4000
    assert copay_cents(answer(said("B", "", 4000)), "MH") == 4000


def test_several_copayments_for_one_service_are_for_a_person_to_read() -> None:
    found = answer(said("B", "98", 2500, "Y"), said("B", "98", 5000, "Y"))
    assert copay_cents(found, "98") is None
    assert len(statements(found, ("B",), "98", True)) == 2
    assert copay_cents(answer(said("B", "98", 2500, "Y"), said("B", "98", 2500, "Y")), "98") == 2500


def test_a_statement_on_one_procedure_says_nothing_of_a_service() -> None:
    one = Benefit(information="B", procedure=Procedure(code="99213"), amount_cents=100)
    assert copay_cents(answer(one), "98") is None


def test_coinsurance_is_a_fraction() -> None:
    assert coinsurance(PLAN, "48") == Decimal("0.2")
    assert coinsurance(PLAN, "48", in_network=False) == Decimal("0.4")
    assert coinsurance(answer(), "48") is None


def test_a_deductible_has_a_whole_and_a_rest() -> None:
    assert deductible(PLAN) == Accumulator(
        total_cents=200000, remaining_cents=80000, used_cents=120000
    )
    assert deductible(PLAN, in_network=False) == Accumulator(total_cents=400000)
    assert deductible(PLAN, level="FAM") == Accumulator(total_cents=400000)
    assert deductible(answer()) == Accumulator()


def test_what_was_used_tells_what_is_left() -> None:
    assert out_of_pocket(PLAN) == Accumulator(
        total_cents=650000, remaining_cents=500000, used_cents=150000
    )


def test_one_part_of_a_coverage_can_be_asked_for() -> None:
    parts = (("MA", 163200, "23"), ("MB", 22600, "23"), ("MB", 0, "29"))
    found = answer(
        *(
            Benefit(
                information="C",
                service_types=("30",),
                insurance_kind=kind,
                period=period,
                amount_cents=amount,
            )
            for kind, amount, period in parts
        )
    )
    assert deductible(found).total_cents is None
    assert deductible(found, insurance_kind="MA") == Accumulator(total_cents=163200)
    assert deductible(found, insurance_kind="MB") == Accumulator(
        total_cents=22600, remaining_cents=0, used_cents=22600
    )


def test_an_answer_without_levels_speaks_to_every_level() -> None:
    found = answer(owed("C", 50000, "23", level=""), owed("C", 20000, "29", level=""))
    assert deductible(found, level="FAM").remaining_cents == 20000


@pytest.mark.parametrize(
    ("marks", "expected"),
    [(("Y", "N"), True), (("N",), False), (("U",), None), ((), None)],
)
def test_an_authorization_is_needed_when_any_statement_says_so(
    marks: tuple[str, ...], expected: bool | None
) -> None:
    found = answer(
        *(Benefit(information="1", service_types=("MH",), authorization=mark) for mark in marks)
    )
    assert needs_authorization(found, "MH") is expected
    assert needs_authorization(found, "98") is None


def test_an_authorization_out_of_network_does_not_concern_a_provider_within() -> None:
    found = answer(
        Benefit(information="1", service_types=("MH",), authorization="Y", in_network="N"),
        Benefit(information="1", service_types=("MH",), authorization="N", in_network="Y"),
    )
    assert needs_authorization(found, "MH", in_network=True) is False
    assert needs_authorization(found, "MH", in_network=False) is True

"""The accounting of disclosures: six years, sixty days, nothing of payment or operations."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.event import Purpose
from core.disclosures import Disclosure, DisclosurePurpose, accounting, due_on

PATIENT, OTHER = UUID(int=1), UUID(int=2)
ASKED = date(2026, 3, 10)


def entered(number: int, day: date, **changes: object) -> Disclosure:
    values: dict[str, object] = {
        "id": UUID(int=100 + number),
        "patient_id": PATIENT,
        "disclosed_on": day,
        "purpose": DisclosurePurpose.PUBLIC_HEALTH,
        "recipient": f"Recipient {number}",
        "address": "1 Main St",
        "what": "Result",
        "why": "Reportable",
        "entered_by": UUID(int=9),
    }
    return Disclosure(**values | changes)  # type: ignore[arg-type]


# day -> whether a request of 10 March 2026 is told of it
DAYS = {
    date(2020, 3, 9): False,
    date(2020, 3, 10): True,
    date(2026, 3, 10): True,
    date(2026, 3, 11): False,
}


@pytest.mark.control("R22")
@pytest.mark.parametrize("day", DAYS)
def test_six_years_up_to_the_request_are_told(day: date) -> None:
    told = accounting(PATIENT, ASKED, [entered(1, day)])
    assert bool(told.disclosures) is DAYS[day]
    assert told.first_day == date(2020, 3, 10)


@pytest.mark.control("R22")
def test_a_corrected_entry_gives_way_to_the_one_that_corrects_it() -> None:
    wrong = entered(1, date(2025, 1, 2))
    right = entered(2, date(2025, 1, 3), corrects_id=wrong.id)
    assert accounting(PATIENT, ASKED, [wrong, right]).disclosures == (right,)


def test_another_patients_disclosures_are_not_told() -> None:
    assert accounting(OTHER, ASKED, [entered(1, date(2025, 1, 2))]).disclosures == ()


@pytest.mark.control("R22")
def test_the_patient_has_it_within_sixty_days() -> None:
    assert due_on(ASKED) == date(2026, 5, 9) == ASKED + timedelta(days=60)
    assert accounting(PATIENT, date(2024, 2, 29), []).first_day == date(2018, 2, 28)


@pytest.mark.control("R22")
def test_treatment_payment_and_operations_cannot_be_entered() -> None:
    own = {one.value for one in DisclosurePurpose}
    assert own.isdisjoint({Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS, "individual"})


@given(st.lists(st.dates(date(2015, 1, 1), date(2027, 1, 1)), max_size=20))
def test_what_is_told_is_in_order_and_complete(days: list[date]) -> None:
    every = [entered(number, day) for number, day in enumerate(days)]
    told = accounting(PATIENT, ASKED, every).disclosures
    assert list(told) == sorted(told, key=lambda one: (one.disclosed_on, one.id))
    assert {one.id for one in told} == {
        one.id for one in every if date(2020, 3, 10) <= one.disclosed_on <= ASKED
    }

"""Days as they are written, windows of days, and ages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import ALWAYS, Window, add_months, add_years, age_on, compact, days_after, parse_day
from core.errors import InputError

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first = draw(st.none() | DAYS)
    last = draw(st.none() | DAYS)
    if first and last and last < first:
        first, last = last, first
    return Window(first, last)


@given(st.dates())
def test_a_day_is_read_in_every_form_it_is_written(day: date) -> None:
    assert parse_day(compact(day)) == day
    assert parse_day(day.isoformat()) == day
    assert parse_day(f"{day.month}/{day.day}/{day.year:04d}") == day
    assert parse_day(f"{day.month:02d}/{day.day:02d}/{day.year:04d}") == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "20260230",
        "2/30/2026",
        "31/1/2026",
        "2026-1-31",
        "26-01-31",
        "1/31/26",
        "0000-01-01",
        "2026-01-31T00:00",
        "2026-01-31\n",
        " 2026-01-31",
        "٢٠٢٦-01-31",
        "tomorrow",
    ],
)
def test_what_is_no_day_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_day(text)
    assert not text.strip() or text not in refused.value.message


@given(windows(), windows())
def test_two_windows_overlap_when_a_day_lies_in_both(one: Window, other: Window) -> None:
    edges = [day for day in (one.first, one.last, other.first, other.last) if day]
    shared = any(day in one and day in other for day in edges) or not edges
    assert one.overlaps(other) == other.overlaps(one) == shared


@given(windows(), DAYS)
def test_a_window_holds_its_first_and_last_day_and_nothing_outside(
    window: Window, day: date
) -> None:
    inside = (window.first or date.min) <= day <= (window.last or date.max)
    assert (day in window) == inside
    assert day in ALWAYS
    for edge, outward in ((window.first, -1), (window.last, 1)):
        if edge:
            assert edge in window
            assert edge + timedelta(days=outward) not in window


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError):
        Window(date(2026, 2, 1), date(2026, 1, 31))


@given(DAYS, st.integers(0, 130))
def test_an_age_counts_birthdays(birth: date, years: int) -> None:
    birthday = add_years(birth, years)
    leap = (birth.month, birth.day) == (2, 29) and birthday.day == 28
    assert age_on(birth, birthday) == years - leap
    assert age_on(birth, birthday - timedelta(days=1)) == years - 1
    assert age_on(birth, birthday + timedelta(days=1)) == years


def test_the_twenty_ninth_of_february_becomes_the_twenty_eighth() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_beyond_the_calendar_is_its_first_or_last_day() -> None:
    assert add_years(date.min, -3) == add_months(date.min, -1) == date.min
    assert add_years(date.max, 1) == add_months(date.max, 1) == date.max
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert days_after(date(2024, 2, 28), 2) == date(2024, 3, 1)

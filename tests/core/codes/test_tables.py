"""Periods: days between which no code of any list begins or ends."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.codes.diagnoses import ICD10_FROM, DiagnosisTable
from core.codes.tables import CodeTables
from tenants.code_tables import code_lists

TABLES = CodeTables(lists=code_lists(), diagnoses=DiagnosisTable("A00\n", "20251001", "20260930"))


def text(day: date) -> str:
    return day.strftime("%Y%m%d")


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_when_a_code_stands_otherwise_than_the_day_before_the_period_is_another(day: date) -> None:
    today, before = text(day), text(day - timedelta(days=1))
    if TABLES.period(today) != TABLES.period(before):
        return
    assert (today >= ICD10_FROM) == (before >= ICD10_FROM)
    for codes in TABLES.lists.values():
        for code in (*codes.windows, "310", "N900"):
            assert codes.standing(code, today) == codes.standing(code, before)


def test_the_days_on_which_something_begins_or_ends_begin_a_period() -> None:
    for day in (date(2015, 10, 1), date(2022, 1, 1), date(2025, 10, 1), date(2026, 10, 1)):
        assert TABLES.period(text(day)) > TABLES.period(text(day - timedelta(days=1)))


def test_no_day_is_a_period_of_its_own_before_all_days() -> None:
    assert TABLES.period("") < TABLES.period("19000101") <= TABLES.period("19941231")

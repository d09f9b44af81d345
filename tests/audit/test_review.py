"""Unusual access found in events, and nothing found in an ordinary day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from audit.review import MANY_RECORDS, Looked, Rule, unusual

ZONE = ZoneInfo("America/New_York")
# A Wednesday, ten in the morning in New York.
MORNING = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SNOOP, COLLEAGUE = UUID(int=1), UUID(int=2)


def look(number: int, at: datetime, *, person: UUID = SNOOP, emergency: bool = False) -> Looked:
    return Looked(at=at, person=person, records=(UUID(int=1_000 + number),), is_emergency=emergency)


def rules(looks: list[Looked]) -> list[Rule]:
    return [one.rule for one in unusual(looks, ZONE, {})]


@pytest.mark.control("R2")
def test_an_ordinary_day_has_no_finding() -> None:
    looks = [look(n, MORNING + timedelta(minutes=9 * n)) for n in range(60)]
    assert rules(looks) == []
    again = [look(1, MORNING + timedelta(minutes=n)) for n in range(59)]
    assert rules(again) == [], "the same record many times is one record"


@pytest.mark.control("R2")
def test_many_records_of_one_person_in_an_hour_are_listed_once() -> None:
    looks = [look(n, MORNING + timedelta(seconds=20 * n)) for n in range(MANY_RECORDS + 1)]
    [found] = unusual(looks, ZONE, {})
    assert (found.rule, found.person, found.records) == (Rule.MANY, SNOOP, MANY_RECORDS + 1)
    assert rules(looks[:-1]) == []
    shared = [look(n, one.at, person=(SNOOP, COLLEAGUE)[n % 2]) for n, one in enumerate(looks)]
    assert rules(shared) == [], "two people, each with half"


HOURS = {
    datetime(2026, 3, 4, 10, 59, tzinfo=UTC): True,  # 05:59 in New York
    datetime(2026, 3, 4, 11, 0, tzinfo=UTC): False,
    datetime(2026, 3, 5, 0, 59, tzinfo=UTC): False,  # 19:59 the day before
    datetime(2026, 3, 5, 1, 0, tzinfo=UTC): True,
    datetime(2026, 3, 7, 16, 0, tzinfo=UTC): True,  # a Saturday
    datetime(2026, 3, 9, 10, 0, tzinfo=UTC): False,  # 06:00 on the day the clocks have gone forward
}


@pytest.mark.control("R2")
@pytest.mark.parametrize("at", HOURS)
def test_the_usual_hours_are_those_of_the_practices_clock(at: datetime) -> None:
    assert (rules([look(1, at)]) == [Rule.HOUR]) is HOURS[at]


@pytest.mark.control("R2")
def test_a_relative_is_found_by_the_records_that_were_read() -> None:
    looks = [look(1, MORNING), look(2, MORNING)]
    kin = {SNOOP: frozenset({UUID(int=1_002)}), COLLEAGUE: frozenset({UUID(int=1_001)})}
    [found] = unusual(looks, ZONE, kin)
    assert (found.rule, found.person, found.records) == (Rule.SURNAME, SNOOP, 1)


@pytest.mark.control("R2", "R13")
def test_emergency_access_is_always_listed() -> None:
    assert rules([look(1, MORNING, emergency=True)]) == [Rule.EMERGENCY]


def test_a_finding_keeps_its_id_when_more_is_read_later() -> None:
    night = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
    first = [look(1, night)]
    more = [*first, look(2, night + timedelta(minutes=3))]
    assert [one.id for one in unusual(first, ZONE, {})] == [
        one.id for one in unusual(more, ZONE, {})
    ]

"""Which coverage is in force on a day: the rule, and its laws for any set of coverages."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.claims.parties import Name, Payer, Person, Subscriber
from core.dates import Window
from core.intake.coverage import coverage_on
from core.intake.encounter import Coverage

BASE = date(2026, 1, 1)
HOLDER = Subscriber(person=Person(name=Name(last="Invented")))


def coverage(number: int, rank: int, window: Window) -> Coverage:
    return Coverage(
        id=UUID(int=number),
        patient_id=UUID(int=1),
        rank=rank,
        payer_ref=UUID(int=2),
        payer=Payer(payer_id=str(number), name="P"),
        subscriber=HOLDER,
        window=window,
    )


days = st.integers(0, 40).map(lambda n: BASE + timedelta(n))
windows = st.tuples(st.none() | days, st.none() | days).map(
    lambda ends: Window(*ends) if None in ends or ends[0] <= ends[1] else Window(ends[1], ends[0])
)
coverages = st.lists(st.tuples(st.integers(1, 3), windows), max_size=6).map(
    lambda rows: [coverage(n + 10, rank, window) for n, (rank, window) in enumerate(rows)]
)


@given(coverages, days, st.randoms(use_true_random=False))
def test_the_answer_holds_all_and_only_what_is_in_force_by_rank(
    held: list[Coverage], day: date, random: object
) -> None:
    answer = coverage_on(held, day)
    assert {one.id for one in answer.in_force} == {one.id for one in held if day in one.window}
    ranks = [one.rank for one in answer.in_force]
    assert ranks == sorted(ranks)
    assert answer.gap == (not answer.in_force)
    assert answer.contested == (len(set(ranks)) < len(ranks))
    shuffled = list(held)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert coverage_on(shuffled, day) == answer


def test_both_ends_of_a_window_are_covered() -> None:
    one = coverage(1, 1, Window(BASE, BASE + timedelta(1)))
    gaps = [coverage_on([one], BASE + timedelta(n)).gap for n in (-1, 0, 1, 2)]
    assert gaps == [True, False, False, True]


def test_of_two_with_one_rank_the_newer_card_stands_first() -> None:
    old, new = coverage(1, 1, Window(BASE)), coverage(2, 1, Window(BASE + timedelta(5)))
    answer = coverage_on([old, new], BASE + timedelta(9))
    assert [one.id for one in answer.in_force] == [new.id, old.id]
    assert answer.contested

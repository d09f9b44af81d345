"""How much of an authorization its claims have used: counted, never decremented (B4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.authorizations import (
    CountedService,
    Counts,
    PriorAuthorization,
    as_fact,
    used_by,
    with_families,
)
from core.dates import Window

DAY = date(2026, 3, 10)
ONE, PAYER = UUID(int=1), UUID(int=2)


def held(number: int = 1, **changes: Any) -> PriorAuthorization:
    given_fields = {
        "id": UUID(int=number),
        "patient_id": ONE,
        "payer_ref": PAYER,
        "number": f"A{number}",
        "codes": ("90837",),
        "window": Window(DAY - timedelta(days=30), DAY + timedelta(days=30)),
        "approved": Decimal(10),
    }
    return PriorAuthorization(**(given_fields | changes))


def service(**changes: Any) -> CountedService:
    given_fields = {
        "patient_id": ONE,
        "payer_ref": PAYER,
        "service_on": DAY,
        "code": "90837",
        "units": Decimal(1),
        "provider_npi": "1467560003",
        "claim_number": "000100000001",
        "encounter_id": ONE,
        "is_paid": True,
    }
    return CountedService(**(given_fields | changes))


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"service_on": DAY + timedelta(days=31)}, False),
        ({"service_on": DAY + timedelta(days=30)}, True),
        ({"code": "90834"}, False),
        ({"payer_ref": UUID(int=9)}, False),
        ({"patient_id": UUID(int=9)}, False),
    ],
)
def test_a_service_counts_where_patient_payer_code_and_day_fit(
    change: dict[str, Any], counts: bool
) -> None:
    [used] = used_by([held()], [service(**change)])
    assert used.used == (1 if counts else 0)


def test_the_one_that_ends_first_is_used_up_before_the_next() -> None:
    early = held(1, window=Window(DAY - timedelta(days=9), DAY + timedelta(days=1)), approved=2)
    late = held(2)
    used = used_by([late, early], [service(), service(is_paid=False), service()])
    assert [(one.authorization.id.int, one.used, one.pending) for one in used] == [
        (2, 1, 0),
        (1, 1, 1),
    ]
    assert used[1].state(DAY) == "used up"


def test_visits_count_a_day_once_however_many_lines_it_has() -> None:
    visits = held(counts=Counts.VISITS, approved=Decimal(2))
    same = [service(units=Decimal(4)), service(units=Decimal(4))]
    [used] = used_by([visits], [*same, service(service_on=DAY + timedelta(days=1))])
    assert (used.used, used.left) == (2, 0)
    fact = as_fact(used)
    assert (fact.units_approved, fact.units_used, fact.unit) == (2, 2, "visit")


def test_hours_are_counted_where_the_payer_counts_so() -> None:
    quarters = [service(code="97153", units=Decimal(6)), service(code="90837")]
    [used] = used_by([held(codes=())], quarters, "hour")
    assert used.used == Decimal("2.5")


def test_a_code_brings_its_family_along() -> None:
    families = {"psychotherapy": ("90832", "90834", "90837")}
    assert with_families(("90834",), families) == ("90834", "90832", "90837")
    assert with_families(("90853",), families) == ("90853",)
    assert with_families((), families) == ()


@pytest.mark.parametrize(
    ("change", "day", "state"),
    [
        ({}, DAY, "in force"),
        ({}, DAY + timedelta(days=16), "running out"),
        ({}, DAY + timedelta(days=31), "over"),
        ({}, DAY - timedelta(days=31), "to come"),
        ({"ended_on": DAY}, DAY, "ended"),
        ({"ended_on": DAY + timedelta(days=1)}, DAY, "in force"),
        ({"approved": None}, DAY, "in force"),
        ({"approved": Decimal(1)}, DAY, "used up"),
        ({"approved": Decimal("1.2")}, DAY, "running out"),
    ],
)
def test_its_state_says_what_to_do(change: dict[str, Any], day: date, state: str) -> None:
    [used] = used_by([held(**change)], [service()])
    assert used.state(day) == state


def test_an_ended_one_covers_nothing_from_its_day_on() -> None:
    [used] = used_by([held(ended_on=DAY)], [])
    window = as_fact(used).window
    assert DAY - timedelta(days=1) in window
    assert DAY not in window


AUTHORIZATIONS = st.lists(
    st.builds(
        lambda number, first, length, counts, approved, codes: held(
            number,
            window=Window(DAY + timedelta(days=first), DAY + timedelta(days=first + length)),
            counts=counts,
            approved=approved,
            codes=codes,
        ),
        st.integers(1, 10**6),
        st.integers(-20, 20),
        st.integers(0, 30),
        st.sampled_from(Counts),
        st.none() | st.integers(1, 9).map(Decimal),
        st.sampled_from([(), ("90837",), ("90837", "90834")]),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
SERVICES = st.lists(
    st.builds(
        lambda day, code, units, paid, number: service(
            service_on=DAY + timedelta(days=day),
            code=code,
            units=Decimal(units),
            is_paid=paid,
            claim_number=str(number),
        ),
        st.integers(-25, 25),
        st.sampled_from(["90837", "90834", "99213"]),
        st.integers(1, 4),
        st.booleans(),
        st.integers(1, 5),
    ),
    max_size=12,
)


@given(AUTHORIZATIONS, SERVICES, st.randoms(use_true_random=False))
def test_each_unit_counts_once_and_the_order_of_claims_changes_nothing(
    authorizations: list[PriorAuthorization], services: list[CountedService], chance: Any
) -> None:
    units = [replace(one, counts=Counts.UNITS) for one in authorizations]
    used = used_by(units, services)
    covered = [one for one in services if any(each.covers(one) for each in units)]
    assert sum(one.used + one.pending for one in used) == sum(one.units for one in covered)
    assert sum(one.used for one in used) == sum(one.units for one in covered if one.is_paid)
    shuffled = list(services)
    chance.shuffle(shuffled)
    assert {one.authorization.id: one.used + one.pending for one in used_by(units, shuffled)} == {
        one.authorization.id: one.used + one.pending for one in used
    }


@given(AUTHORIZATIONS, SERVICES)
def test_taking_a_claim_back_gives_back_what_it_took(
    authorizations: list[PriorAuthorization], services: list[CountedService]
) -> None:
    before = sum(one.used + one.pending for one in used_by(authorizations, services[:-1]))
    after = sum(one.used + one.pending for one in used_by(authorizations, services))
    assert after >= before or any(one.counts is Counts.VISITS for one in authorizations)

"""Contracts: which term counts, what each form pays, and that the parts add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money
from core.claims.parties import Payer
from core.errors import InputError, RowError
from core.pricing.contract_price import ListedCharge, Schedules, price_by_contract
from core.pricing.contracts import Agreement, Contracts, OpenContract, contract_of
from core.pricing.own_prices import contracts
from core.pricing.price_files import read_charges, read_terms
from core.pricing.services import Service
from core.pricing.steps import Outcome
from core.rules.tables import Edition
from tests.core.pricing.medicare_world import BRAZORIA, DAY, SCHEDULE, priced, service

HEADER = "code,form,amount,percent,of,rates_of,modifier,place,revenue_code,drg,carve_out"
FIRST = date(2025, 1, 1)
LISTED = Schedules(
    medicare=SCHEDULE,
    listed=lambda asked: ListedCharge(
        20_000, Edition(table="CHARGES", release="2025-01-01", row=asked.code)
    ),
)


def agreement(*rows: str, **given: Any) -> Agreement:
    terms = read_terms([HEADER, *rows])
    return Agreement(
        **{"name": "Oak", "payer_ids": ("OAK",), "first": FIRST, "terms": terms, **given}
    )


def opened(*rows: str, **given: Any) -> OpenContract:
    return OpenContract(contract_of(agreement(*rows, **given)))


def outcomes(contract: OpenContract, *services: Service) -> tuple[Outcome, ...]:
    return price_by_contract(services, contract, LISTED)


def paid(contract: OpenContract, *services: Service) -> list[int | None]:
    return [one.allowed_cents for one in outcomes(contract, *services)]


def line(code: str = "", charge: int | None = 50_000, *modifiers: str, **given: Any) -> Service:
    return service(code, *modifiers, charge_cents=charge, **given)


def test_a_percentage_of_medicare_is_rounded_once_and_names_each_row() -> None:
    contract = opened("*,percent,,110,mpfs,,,,,,")
    [found] = outcomes(contract, line("99213", locality="75201"))
    assert found.allowed_cents == money.times(8932, Decimal("1.1"))
    assert [str(step.row) for step in found.steps][-2:] == [
        "MPFS RVU 2025Q4 99213",
        "contract Oak 2025-01-01 row 2 110 % of mpfs",
    ]
    # Ten times 16 % of the fee, not of what that is in whole cents.
    [knee] = priced(service("27447"))
    assert knee is not None
    twice_rounded = money.times(money.times(knee, Decimal("0.16")), Decimal(10))
    once_rounded = money.times(knee, Decimal("1.6"))
    assert twice_rounded != once_rounded
    tenfold = opened("*,percent,,1000,mpfs,,,,,,")
    assert paid(tenfold, line("27447", 10**9, "80")) == [once_rounded]


def test_rates_may_be_those_of_another_day_and_place() -> None:
    pinned = opened("*,percent,,100,mpfs,2025-03-01,,,,,", locality=BRAZORIA)
    later = line("99213", day=date(2029, 7, 4), locality="nowhere")
    assert paid(pinned, later) == [8914]
    assert paid(opened("*,percent,,100,mpfs,,,,,,"), later) == [None]


def test_what_medicare_does_not_cover_is_priced_where_values_are_published() -> None:
    assert paid(opened("*,percent,,100,mpfs,,,,,,"), line("99600"), line("99050")) == [
        money.times(32_3465, Decimal("0.01") * (Decimal("1.014") + Decimal("1.006"))),
        None,
    ]


@pytest.mark.parametrize(
    ("row", "asked", "expected"),
    [
        ("99213,fixed,80.00,,,,,,,,", line("99213", units=2), 16_000),
        ("99213,fixed,80.00,,,,,,,,", line("99213", 7_000), 7_000),
        ("*,percent,,37.5,charge,,,,,,", line("99213", 33_333), 12_500),
        ("*,percent,,60,practice,,,,,,", line("99213", units=3), 36_000),
        ("*,not_paid,,,,,,,,,", line("99213"), 0),
        ("99214,fixed,80.00,,,,,,,,", line("99213"), None),
        ("*,percent,,50,charge,,,,,,", line("99213", None), None),
    ],
)
def test_each_form_pays_what_it_says(row: str, asked: Service, expected: int | None) -> None:
    assert paid(opened(row), asked) == [expected]


def test_a_contract_without_a_lesser_of_clause_pays_above_the_charge() -> None:
    assert paid(opened("*,fixed,80.00,,,,,,,,", lesser_of_charge=False), line("99213", 5)) == [8000]


def test_the_term_that_names_the_most_counts() -> None:
    contract = opened(
        "*,fixed,1.00,,,,,,,,",
        "99202-99215,fixed,2.00,,,,,,,,",
        "99213,fixed,3.00,,,,,,,,",
        "99213,fixed,4.00,,,,,11,,,",
        "99213,fixed,5.00,,,,25,,,,",
        ",fixed,6.00,,,,,,025,,",
        ",fixed,7.00,,,,,,0250,,",
    )
    asked = [
        line("36415"),
        line("99205"),
        line("99213"),
        line("99213", place_of_service="11"),
        line("99213", 50_000, "25", place_of_service="11"),
        line("J1100", revenue_code="0259"),
        line("J1100", revenue_code="0250"),
        line("99213", revenue_code="0250"),
    ]
    assert paid(contract, *asked) == [100, 200, 300, 400, 500, 600, 700, 300]


def test_a_case_rate_pays_the_claim_and_carve_outs_beside_it() -> None:
    contract = opened(
        ",case_rate,9000.00,,,,,,,470,",
        ",percent,,50,charge,,,,0278,,yes",
        "*,percent,,60,charge,,,,,,",
    )
    stay = [
        line("27447", 700_000, drg="470", revenue_code="0360"),
        line("", 300_001, drg="470", revenue_code="0120", units=2),
        line("C1776", 400_000, drg="470", revenue_code="0278"),
    ]
    first, second, implant = paid(contract, *stay)
    assert first is not None
    assert second is not None
    assert (first + second, implant) == (900_000, 200_000)
    assert paid(contract, line("27447", 10_000, drg="469")) == [6_000]


def test_what_is_paid_together_is_held_against_its_charges_together() -> None:
    contract = opened(",case_rate,9000.00,,,,,,,470,")
    stay = [line("27447", 500_000, drg="470"), line("97110", 100, drg="470")]
    assert paid(contract, *stay) == [500_000, 100]


def test_a_per_diem_pays_days_and_includes_the_rest_but_carve_outs() -> None:
    contract = opened(
        ",per_diem,1500.00,,,,,,012,,",
        "J9999,fixed,40.00,,,,,,,,yes",
        "*,percent,,60,charge,,,,,,",
    )
    stay = [
        line("", 900_000, revenue_code="0120", units=3),
        line("97110", 50_000),
        line("J9999", 50_000, units=2),
    ]
    assert paid(contract, *stay) == [450_000, 0, 8_000]
    assert paid(contract, line("97110", 50_000)) == [30_000]


def test_a_per_diem_of_a_program_counts_each_day_once() -> None:
    contract = opened("H0015,per_diem,300.00,,,,,,,,")
    days = [line("H0015"), line("H0015", 50_000, units=4), line("H0015", day=date(2025, 11, 4))]
    assert paid(contract, *days) == [30_000, 0, 30_000]


def test_a_contract_holds_for_its_payer_plan_and_days_and_ends_where_the_next_begins() -> None:
    both = Contracts(
        contracts(
            [
                agreement("*,not_paid,,,,,,,,,", first=date(2025, 7, 1)),
                agreement("*,fixed,1.00,,,,,,,,", last=date(2030, 1, 1)),
                agreement("*,fixed,2.00,,,,,,,,", name="Oak gold", plans=("GOLD",)),
            ]
        )
    )

    def name(plan: str, day: date) -> tuple[str, date] | None:
        found = both.of_payer(Payer(payer_id="OAK", name="O", plan=plan), day)
        return (found.contract.name, found.contract.agreement.first) if found else None

    assert name("", date(2025, 6, 30)) == ("Oak", FIRST)
    assert name("", date(2025, 7, 1)) == ("Oak", date(2025, 7, 1))
    assert name("GOLD", date(2025, 7, 1)) == ("Oak gold", FIRST)
    assert name("", date(2024, 12, 31)) is None
    assert both.of_payer(Payer(payer_id="ELM", name="E"), DAY) is None


def test_two_contracts_for_one_payer_on_one_day_are_refused() -> None:
    with pytest.raises(InputError, match="Oak and Ash"):
        contracts([agreement("*,not_paid,,,,,,,,,"), agreement("*,not_paid,,,,,,,,,", name="Ash")])


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("99213,sometimes,1.00,,,,,,,,", "line 2, column form: it is one of percent, fixed,"),
        ("99213,fixed,,,,,,,,,", "line 2, column amount"),
        ("99213,fixed,-1.00,,,,,,,,", "line 2, column amount"),
        ("99213,fixed,1.001,,,,,,,,", "line 2, column amount"),
        ("9921,fixed,1.00,,,,,,,,", "line 2, column code: the code has lost its leading zeros"),
        ("99215-99202,fixed,1.00,,,,,,,,", "line 2, column code: a range of codes ends"),
        ("*,percent,,,charge,,,,,,", "line 2, column percent"),
        ("*,percent,,1e9,charge,,,,,,", "line 2, column percent"),
        ("*,percent,,Infinity,charge,,,,,,", "line 2, column percent"),
        ("*,percent,,110,,,,,,,", "line 2, column of"),
        ("*,percent,,110,mpfs,2025-02-30,,,,,", "line 2, column rates_of"),
        ("*,percent,,110,charge,2025-02-03,,,,,", "line 2, column of"),
        ("*,fixed,1.00,110,,,,,,,", "line 2, column percent"),
        ("*,not_paid,1.00,,,,,,,,", "line 2, column amount"),
        ("*,case_rate,1.00,,,,,,,,yes", "line 2, column carve_out"),
        ("*,fixed,1.00,,,,ABC,,,,", "line 2, column modifier"),
        ("*,fixed,1.00,,,,,1,,,", "line 2, column place"),
        ("*,fixed,1.00,,,,,,,4700,", "line 2, column drg"),
        ("*,fixed,1.00", "line 2: a row has 11 columns, this one 3"),
        ('*,"fixed', "a quotation mark is not closed"),
    ],
)
def test_a_damaged_term_is_refused_with_row_and_column(row: str, place: str) -> None:
    with pytest.raises(RowError) as refused:
        read_terms([HEADER, row])
    assert place in refused.value.message


def test_terms_that_speak_for_the_same_lines_are_refused() -> None:
    for one, other in (
        ("99213,fixed,1.00,,,,,,,,", "99213,fixed,2.00,,,,,,,,"),
        ("*,fixed,1.00,,,,,,,,", ",percent,,50,charge,,,,,,"),
        ("99202-99215,fixed,1.00,,,,,,,,", "99215-99220,fixed,2.00,,,,,,,,"),
    ):
        with pytest.raises(RowError, match="line 3: it speaks for the same lines as row 2"):
            read_terms([HEADER, one, other])


def test_a_charge_master_is_read_whole_or_refused() -> None:
    fees = read_charges(
        ["\ufeffCode,Amount,Modifier,Place", "99213,125.00,,", "99213,80,26,22", ""]
    )
    assert [(fee.code, fee.amount_cents, fee.modifier, fee.place) for fee in fees] == [
        ("99213", 12_500, "", ""),
        ("99213", 8_000, "26", "22"),
    ]
    for lines, place in (
        (["code"], "line 1, column amount: the column amount is missing"),
        (["code,amount,price"], "line 1: the columns are code, amount, modifier, place"),
        (["code,amount"], "line 1: there is no charge in it"),
        (["code,amount", "99213,1", "99213,2"], "line 3, column code: this code stands here twice"),
        (["code,amount", "99213,a"], "line 2, column amount"),
        ([], "line 1, column code"),
    ):
        with pytest.raises(RowError) as refused:
            read_charges(lines)
        assert refused.value.message.startswith(place)


_ROWS = st.sampled_from(
    [
        "*,percent,,110,mpfs,,,,,,",
        "*,percent,,33.3333,charge,,,,,,",
        "97110,percent,,80,practice,,,,,,yes",
        "99213,fixed,77.77,,,,,,,,yes",
        ",case_rate,1234.56,,,,,,036,,",
        ",per_diem,999.99,,,,,,012,,",
        "70450,not_paid,,,,,,,,,",
    ]
)
_LINES = st.lists(
    st.builds(
        line,
        st.sampled_from(["99213", "97110", "70450", "70486", "27447", ""]),
        st.integers(0, 400_000),
        revenue_code=st.sampled_from(["", "0120", "0360"]),
        units=st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
)


@given(st.lists(_ROWS, min_size=1, max_size=7, unique=True), _LINES)
def test_lesser_of_is_never_above_the_charges_and_the_trace_ends_at_the_amount(
    rows: list[str], lines: list[Service]
) -> None:
    whole = {"*,percent,,110,mpfs,,,,,,", "*,percent,,33.3333,charge,,,,,,"}
    chosen = rows if len(whole & set(rows)) < 2 else [row for row in rows if row not in whole]
    if not chosen:
        return
    found = outcomes(opened(*chosen), *lines)
    assert sum(one.allowed_cents or 0 for one in found) <= sum(
        asked.charge_cents or 0 for asked in lines
    )
    for one in found:
        assert one.allowed_cents is None or one.allowed_cents >= 0
        assert one.steps[-1].amount_cents == one.allowed_cents


@given(_LINES)
def test_the_parts_of_a_case_rate_add_up_to_it(lines: list[Service]) -> None:
    contract = opened("*,case_rate,1234.56,,,,,,,,", lesser_of_charge=False)
    assert sum(cents or 0 for cents in paid(contract, *lines)) == 123_456

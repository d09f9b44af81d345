"""What time, payer, age and history support, and what the payer pays: 837P documents as cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stateless import StatelessScrub

_RENDERING = {"npi": "1234567893", "credential": "MD", "specialty": "207Q00000X", "group_id": "G1"}
_SCRUB = StatelessScrub(date(2026, 5, 21))
_FEES = {
    "99213": {"nonfac": "92.00", "fac": "66.00"},
    "20610": {"nonfac": "60.01", "fac": "44.00"},
    "11042": {"nonfac": "130.00", "fac": "60.00"},
    "11045": {"nonfac": "20.00", "fac": "20.00"},
    "17000": {"nonfac": "70.00", "fac": "50.00"},
    "47562": {"nonfac": "650.55", "fac": "650.55"},
    "80053": {"nonfac": "10.56", "fac": "10.56"},
    "43239": {"nonfac": "120.00", "fac": "90.00"},
    "45378": {"nonfac": "200.00", "fac": "150.00"},
    "45380": {"nonfac": "250.00", "fac": "180.00"},
}


def _line(code: str, *modifiers: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"code": code, "modifiers": list(modifiers), "units": 1, "ptr": [1]}
    return {**given, "charge": "900.00", **more}


def _result(
    *lines: dict[str, Any],
    kind: str = "medicare",
    context: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    credential: str = "MD",
    **claim: Any,
) -> dict[str, Any]:
    document = {
        "id": "1",
        "plugins": [],
        "payer": {"kind": kind, "policy": policy or {}},
        "claim": {
            "form": "837P",
            "dos": "2026-05-12",
            "pos": "11",
            "dx": ["I10"],
            "patient": {"dob": "1955-03-14", "sex": "F"},
            "rendering": {**_RENDERING, "credential": credential},
            "lines": [{"no": no, **line} for no, line in enumerate(lines, 1)],
            **claim,
        },
        "context": context or {"reference": {"fees": _FEES}},
    }
    return _SCRUB.result(document)


def _allowed(result: dict[str, Any]) -> list[str]:
    return [line["allowed"] for line in result["pricing"].get("lines", ())]


@pytest.mark.parametrize(
    ("lines", "changes", "allowed"),
    [
        ([_line("99213")], {}, ["92.00"]),
        ([_line("99213")], {"pos": "22"}, ["66.00"]),
        ([_line("99213")], {"pos": "10"}, ["92.00"]),
        ([_line("99213", charge="50.00")], {}, ["50.00"]),
        ([_line("99213")], {"credential": "NP"}, ["78.20"]),
        ([_line("99213")], {"credential": "NP", "kind": "commercial"}, ["92.00"]),
        ([_line("99213")], {"credential": "LCSW"}, ["69.00"]),
        ([_line("17000", units=3)], {}, ["210.00"]),
        ([_line("20610", "RT"), _line("11042"), _line("17000")], {}, ["30.01", "130.00", "35.00"]),
        ([_line("11042"), _line("11045"), _line("17000")], {}, ["130.00", "20.00", "35.00"]),
        ([_line("11042"), _line("17000", dos="2026-05-13")], {}, ["130.00", "70.00"]),
        ([_line("11042"), _line("99213", "25")], {}, ["130.00", "92.00"]),
        ([_line("11042"), _line("17000")], {"kind": "commercial"}, ["130.00", "70.00"]),
        ([_line("43239"), _line("45378")], {}, ["60.00", "200.00"]),
        ([_line("45378"), _line("45380", "59")], {}, []),
        ([_line("47562", "80")], {}, ["104.09"]),
        ([_line("47562", "AS")], {"credential": "PA"}, ["88.47"]),
        ([_line("47562", "62")], {}, ["406.59"]),
        ([_line("20610", "50")], {}, []),
        ([_line("99213", "26")], {}, []),
        ([_line("99214")], {}, []),
    ],
)
def test_the_allowed_amount_is_the_fee_times_its_shares_and_at_most_the_charge(
    lines: list[dict[str, Any]], changes: dict[str, Any], allowed: list[str]
) -> None:
    assert _allowed(_result(*lines, **changes)) == allowed


@pytest.mark.parametrize(
    ("indicator", "allowed"), [("1", "90.02"), ("3", "120.02"), ("0", "60.01")]
)
def test_both_sides_are_paid_by_the_indicator(indicator: str, allowed: str) -> None:
    reference = {"fees": _FEES, "bilateral": {"20610": indicator}}
    assert _allowed(_result(_line("20610", "50"), context={"reference": reference})) == [allowed]


@pytest.mark.parametrize(
    ("modifiers", "minutes", "units", "allowed"),
    [
        (["AA"], 33, "2.2", "124.00"),
        (["QZ", "P3"], 33, "2.2", "124.00"),
        (["QK"], 33, "2.2", "62.00"),
        (["QX", "QS"], 37, "2.5", "65.00"),
        (["AD"], 33, "2.2", "60.00"),
    ],
)
def test_anesthesia_is_priced_by_base_units_and_time(
    modifiers: list[str], minutes: int, units: str, allowed: str
) -> None:
    table = {"anesthesia": {"base": {"00142": 4}, "cf": "20.00"}}
    line = _line("00142", *modifiers, unit_basis="MJ", units=minutes, minutes=minutes)
    result = _result(line, context={"reference": table})
    assert _allowed(result) == [allowed]
    assert result["derived"]["lines"][0]["time_units"] == units


def test_a_contract_tells_seen_in_person_from_seen_afar() -> None:
    contract = {"99213": {"in_person": "110.00", "telehealth": "80.00"}}
    context = {"reference": {"contract": contract}}
    here = _result(_line("99213"), kind="commercial", context=context)
    afar = _result(_line("99213", "95"), kind="commercial", context=context)
    assert (_allowed(here), _allowed(afar)) == (["110.00"], ["80.00"])


def test_the_deductible_is_used_line_by_line_and_a_laboratory_takes_none() -> None:
    context = {"reference": {"fees": _FEES}, "deductible_remaining": "50.00"}
    visit, laboratory = _result(_line("99213"), _line("80053"), context=context)["pricing"]["lines"]
    assert visit == {
        "no": 1,
        "allowed": "92.00",
        "deductible": "50.00",
        "coinsurance": "8.40",
        "payer_paid_before_sequestration": "33.60",
        "sequestration": "0.67",
        "payer_paid": "32.93",
    }
    assert (laboratory["deductible"], laboratory["payer_paid"]) == ("0.00", "10.35")


@pytest.mark.parametrize(
    ("day", "held"),
    [
        ("2021-06-01", "0.00"),
        ("2022-06-30", "0.74"),
        ("2022-07-01", "1.47"),
        ("2026-05-12", "1.47"),
    ],
)
def test_sequestration_follows_the_day_of_service(day: str, held: str) -> None:
    context = {"reference": {"fees": _FEES}, "deductible_remaining": "0.00"}
    (line,) = _result(_line("99213"), context=context, dos=day)["pricing"]["lines"]
    assert line["sequestration"] == held


def test_a_second_payer_adds_at_most_what_the_first_left_to_the_patient() -> None:
    decided = {
        "no": 1,
        "paid": "60.00",
        "cas": [
            {"group": "CO", "code": "45", "amount": "825.00"},
            {"group": "PR", "code": "2", "amount": "15.00"},
        ],
    }
    other = [{"order": "P", "paid": "60.00", "lines": [decided]}]
    second = {"payer_order": "S", "other_payers": other, "kind": "commercial"}
    (line,) = _result(_line("99213"), **second)["pricing"]["lines"]
    assert line["payer_paid"] == "15.00"
    none_known = {**second, "other_payers": [{"order": "P", "paid": "60.00"}]}
    (line,) = _result(_line("99213"), **none_known)["pricing"]["lines"]
    assert "payer_paid" not in line


@given(
    charges=st.lists(st.integers(1, 100_000), min_size=1, max_size=5),
    remaining=st.integers(0, 60_000),
)
def test_what_is_allowed_is_shared_out_to_the_cent(charges: list[int], remaining: int) -> None:
    lines = [_line("47562", "51", charge=f"{Decimal(cents) / 100:.2f}") for cents in charges]
    context = {
        "reference": {"fees": _FEES},
        "deductible_remaining": f"{Decimal(remaining) / 100:.2f}",
    }
    found = _result(*lines, context=context)["pricing"]["lines"]
    for line, charge in zip(found, charges, strict=True):
        shares = {name: Decimal(value) for name, value in line.items() if name != "no"}
        assert 0 <= shares["allowed"] <= Decimal(charge) / 100
        assert shares["allowed"] == (
            shares["deductible"]
            + shares["coinsurance"]
            + shares["sequestration"]
            + shares["payer_paid"]
        )
        assert min(shares.values()) >= 0
    assert sum(Decimal(line["deductible"]) for line in found) <= Decimal(remaining) / 100


def _derived(*lines: dict[str, Any], **changes: Any) -> dict[int, dict[str, Any]]:
    found = _result(*lines, **changes)["derived"].get("lines", ())
    return {line.pop("no"): line for line in (dict(one) for one in found)}


_SEEN = {"history": [{**_RENDERING, "rendering_npi": "1234567893", "dos": "2025-05-12",
                      "code": "99213", "status": "paid"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "context", "said"),
    [
        ("99203", _SEEN, {"category": "established", "code": "99213"}),
        ("99344", _SEEN, {"category": "established", "code": "99349"}),
        ("99386", _SEEN, {"category": "established", "code": "99397"}),
        ("99213", _SEEN, {"category": "established"}),
        ("99203", {"history": []}, {"category": "new"}),
        ("99385", {"history": []}, {"category": "new", "code": "99387"}),
        ("99203", {}, None),
        ("93000", _SEEN, None),
    ],
)
def test_history_and_age_say_new_or_established(
    code: str, context: dict[str, Any], said: dict[str, Any] | None
) -> None:
    assert _derived(_line(code), context=context).get(1) == said


@pytest.mark.parametrize(
    ("kind", "base", "minutes", "billed", "said"),
    [
        ("commercial", "99215", 54, "99417", {"code": None, "units": 0}),
        ("commercial", "99215", 55, "99417", {"code": "99417", "units": 1}),
        ("commercial", "99205", 90, "G2212", {"code": "99417", "units": 2}),
        ("medicare", "99205", 88, "99417", {"code": None, "units": 0}),
        ("medicare", "99205", 89, "99417", {"code": "G2212", "units": 1}),
        ("medicare", "99215", 99, "G2212", {"code": "G2212", "units": 3}),
    ],
)
def test_a_prolonged_visit_has_the_code_of_its_payer_and_the_units_of_its_minutes(
    kind: str, base: str, minutes: int, billed: str, said: dict[str, Any]
) -> None:
    found = _derived(_line(base, minutes=minutes), _line(billed), kind=kind, context={})
    assert found.get(2) == said


def test_therapy_units_follow_from_minutes_and_method() -> None:
    lines = [_line(code, "GP", minutes=10) for code in ("97110", "97140", "97530")]
    medicare = _result(*lines, credential="PT")
    midpoint = _result(*lines, kind="commercial", policy={"timed_unit_method": "ama_midpoint"})
    assert medicare["derived"]["total_timed_units"] == 2
    assert [line["units"] for line in medicare["derived"]["lines"]] == [1, 1, 0]
    assert midpoint["derived"]["total_timed_units"] == 3


def test_the_minutes_of_a_base_code_are_those_of_its_add_on_code_too() -> None:
    found = _result(_line("97129", "GN", minutes=38), _line("97130", "GN", units=2))
    assert found["derived"]["total_timed_units"] == 3
    assert [line["units"] for line in found["derived"]["lines"]] == [1, 2]

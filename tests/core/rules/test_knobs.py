"""Knob values as people and files give them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import InputError
from core.rules.knobs import read_knob
from core.rules.policy import EVERY_CODE, KNOBS, FrequencyLimit

GOOD: dict[str, list[tuple[Any, Any]]] = {
    "text": [("calendar", "calendar"), ("", "")],
    "number": [(365, 365), (0, 0)],
    "flag": [(True, True), (False, False)],
    "codes": [(["90837"], ("90837",)), ([], ()), ("all", EVERY_CODE)],
    "map": [({"LCSW": ["AJ", "HO"]}, {"LCSW": ("AJ", "HO")}), ({}, {})],
    "limits": [
        (
            [{"codes": ["90791"], "maximum": 1, "per": "year"}],
            (FrequencyLimit(codes=("90791",), maximum=1, per="year"),),
        ),
        ([], ()),
    ],
}
BAD: dict[str, list[Any]] = {
    "text": [1, True, ["a"], None],
    "number": ["365", 1.5, True, None],
    "flag": ["yes", 1, None],
    "codes": ["90837", [90837], {"90837": 1}, None],
    "map": [["LCSW"], {"LCSW": "AJ"}, {"LCSW": [1]}, "all"],
    "limits": [[{"codes": ["90791"]}], [{"maximum": 1, "per": "year"}], "all", {"codes": []}],
}


@pytest.mark.parametrize("name", sorted(KNOBS))
def test_every_knob_takes_its_kind_and_refuses_every_other(name: str) -> None:
    kind = KNOBS[name]
    for given, wanted in GOOD[kind]:
        assert read_knob(name, given) == wanted
        assert read_knob(name, json.loads(json.dumps(given))) == wanted
    for given in BAD[kind]:
        with pytest.raises(InputError, match="takes"):
            read_knob(name, given)


def test_a_knob_nobody_knows_is_refused() -> None:
    for name in ("timely_filing_day", "TIMELY", ""):
        with pytest.raises(InputError, match="no such knob"):
            read_knob(name, 1)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("word", "word"),
        (3, 3),
        (True, True),
        (["D0120"], ("D0120",)),
        ([], ()),
        ({"A": ["B"]}, {"A": ("B",)}),
        (
            [{"codes": ["D0120"], "maximum": 2, "per": "calendar_year"}],
            (FrequencyLimit(codes=("D0120",), maximum=2, per="calendar_year"),),
        ),
    ],
)
def test_a_knob_of_a_plugin_is_read_by_its_shape(given: Any, read: Any) -> None:
    assert read_knob("dental.frequency", given) == read


@pytest.mark.parametrize("given", [None, 1.5, [1], [{"codes": 1}], {"A": "B"}])
def test_a_shape_no_rule_reads_is_refused_for_a_plugin_too(given: Any) -> None:
    with pytest.raises(InputError, match="takes"):
        read_knob("dental.frequency", given)

"""Code lists: what they say of a code on a day, and of one that may be newer than they are."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from core.codes.lists import CodeList, Standing, parse_list
from tenants.code_tables import code_lists

DATA = Path(__file__).parents[3] / "core" / "codes" / "data"

ABOUT = {
    "name": "trial codes",
    "as_of": "2024-03-01",
    "history": "yes",
    "newer_shape": r"\d{3}|P\d{2}",
    "newer_prefix": "",
    "newer_room": "40",
}
ROWS = ["code,start,stop", "45,1995-01-01,", "300,2020-01-01,2022-12-31", "P32,2013-11-01,", "A1,,"]


def trial(**changes: str) -> CodeList:
    return parse_list(ABOUT | changes, ROWS)


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        ("45", "20260115", "good"),
        ("45", "19941231", "not_yet"),
        ("45", "19950101", "good"),
        ("300", "20191231", "not_yet"),
        ("300", "20221231", "good"),
        ("300", "20230101", "ended"),
        ("300", "", "good"),
        ("A1", "19000101", "good"),
        # Not listed: above the highest number of its series, not far above, and on a later day.
        ("340", "20260115", "newer"),
        ("340", "", "newer"),
        ("341", "20260115", "unknown"),
        ("340", "20240301", "unknown"),
        ("299", "20260115", "unknown"),
        ("P33", "20260115", "newer"),
        ("P73", "20260115", "unknown"),
        ("B33", "20260115", "unknown"),
        ("ZZ99", "20260115", "unknown"),
        ("", "20260115", "unknown"),
    ],
)
def test_a_code_stands_on_a_day_as_its_window_and_its_series_say(
    code: str, day: str, standing: str
) -> None:
    assert trial().standing(code, day) == standing


def test_a_list_without_its_ended_codes_calls_an_unlisted_one_newer_on_any_day() -> None:
    assert trial(history="").standing("340", "20100101") is Standing.NEWER


def test_a_newer_code_may_have_to_begin_as_a_listed_one_does() -> None:
    codes = trial(newer_shape=r"\d{3}", newer_prefix="2", newer_room="")
    assert codes.standing("309") is Standing.NEWER
    assert codes.standing("399") is Standing.UNKNOWN


# One code that is there, one that never was, and one that may be newer (empty: the list is closed).
@pytest.mark.parametrize(
    ("name", "good", "unknown", "newer"),
    [
        ("adjustment_reason", "45", "999", "310"),
        ("remark", "N130", "ZZ99", "N900"),
        ("claim_status", "562", "9999", "790"),
        ("claim_status_category", "A7", "ZZ", "R18"),
        ("entity", "85", "@@", "8Z"),
        ("service_type", "30", "ZZ", ""),
        ("state", "TX", "ZZ", ""),
        ("country", "US", "ZZ", ""),
        ("place_of_service", "11", "98", ""),
        ("modifier", "25", "@@", "A0"),
        ("modifier", "XU", "ZZ", "D9"),
        ("modifier", "RH", "00", ""),
        ("taxonomy", "207Q00000X", "999Q00000X", "207QB9999X"),
        ("revenue", "0450", "9999", "0735"),
        ("revenue", "0001", "0000", ""),
        ("bill_type", "13", "99", ""),
        ("claim_frequency", "7", "T", ""),
        ("admission_type", "1", "7", ""),
        ("admission_source", "1", "Z", ""),
        ("patient_status", "01", "99", ""),
        ("oral_cavity", "10", "11", ""),
        ("tooth", "32", "33", ""),
    ],
)
def test_each_list_that_ships_knows_good_codes_from_others(
    name: str, good: str, unknown: str, newer: str
) -> None:
    codes = code_lists()[name]
    assert codes.standing(good, "20260115") is Standing.GOOD
    assert codes.standing(unknown, "20260115") is Standing.UNKNOWN
    if newer:
        assert codes.standing(newer, "20260115") is Standing.NEWER


@pytest.mark.parametrize(
    ("name", "code", "day", "standing"),
    [
        ("place_of_service", "10", "20211231", "not_yet"),
        ("place_of_service", "10", "20220101", "good"),
        ("place_of_service", "27", "20230930", "not_yet"),
        ("place_of_service", "27", "20231001", "good"),
        ("adjustment_reason", "15", "20180501", "good"),
        ("adjustment_reason", "15", "20180502", "ended"),
        ("adjustment_reason", "300", "20260115", "good"),
    ],
)
def test_the_days_of_listed_codes_count(name: str, code: str, day: str, standing: str) -> None:
    assert code_lists()[name].standing(code, day) == standing


def manifest() -> list[dict[str, str]]:
    with (DATA / "lists.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_file_of_codes_is_named_in_the_manifest_with_its_source_and_day() -> None:
    rows = manifest()
    assert {row["list"] for row in rows} | {"lists"} == {path.stem for path in DATA.glob("*.csv")}
    for row in rows:
        assert row["source"]
        assert row["name"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["as_of"])


@pytest.mark.parametrize("name", [row["list"] for row in manifest()])
def test_a_file_holds_numbers_and_days_once_each_and_no_words(name: str) -> None:
    heading, *lines = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    form = {
        "code": r"[0-9A-Z]{1,10}",
        "code,start,stop": r"[0-9A-Z]{1,5}(,(\d{4}-\d\d-\d\d)?){2}",
    }
    assert all(re.fullmatch(form[heading], line) for line in lines)
    codes = [line.partition(",")[0] for line in lines]
    assert len(codes) == len(set(codes)) == len(code_lists()[name].windows)

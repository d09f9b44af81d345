"""The platform's own dated tables are whole, and agree with what is published."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from core.errors import RowError
from core.scrub import own_tables
from core.scrub.code_validity import PROCEDURE_DAYS
from core.scrub.ncci_edits import OWN_ADD_ONS
from core.scrub.new_patient import EQUIVALENTS, NEW_PATIENT
from core.scrub.own_tables import codes_of, families, rows, window_of
from core.scrub.therapy_edits import THERAPY_CODES

DATA = Path(own_tables.__file__).parent / "data"
PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "ncci" / "aoc-2024q3.csv"
CONTRACTOR = "CCCCC"
SINCE_2024 = {"99417", "99459", "90472", "90474", "90833", "90836", "90838", "99415"}
"""Their primaries of our list reach beyond those of the file: other payers', or later releases'."""


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_a_table_names_its_source_and_every_row_is_whole(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# source: ")
    found = rows(path.name)
    assert found
    for row in found:
        if "effective_from" in row:
            window_of(row)


def test_a_ragged_row_is_refused_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "codes.csv").write_text("# source: a test\ncode,kind\n99213,a\n99214\n")
    monkeypatch.setattr(own_tables.resources, "files", lambda _: tmp_path)
    with pytest.raises(RowError) as refused:
        rows("codes.csv")
    assert refused.value.row == 3


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("99202-99204", ("99202", "99203", "99204")),
        ("G0402 J0120-J0122", ("G0402", "J0120", "J0121", "J0122")),
        ("0001F-0003F", ("0001F", "0002F", "0003F")),
        ("00100-00101", ("00100", "00101")),
    ],
)
def test_a_range_keeps_its_letter_and_its_zeros(text: str, codes: tuple[str, ...]) -> None:
    assert codes_of(text) == codes


@pytest.mark.parametrize("name", sorted(families()))
def test_a_family_holds_its_own_codes_and_no_others(name: str) -> None:
    family = families()[name]
    for first, last, window in family.ranges:
        assert first <= last
        assert len(first) == len(last) == 5
        day = window.first or window.last
        assert family.holds(first, day)
        assert family.holds(last, day)
    assert not family.holds("", None)
    assert not family.holds("9921", None)


def test_a_family_is_not_entered_by_a_code_of_another_shape() -> None:
    assert families()["for_information"].holds("3044F", None)
    assert not families()["for_information"].holds("30440", None)
    assert not families()["anesthesia_by_unit"].holds("0195T", None)


def test_each_new_patient_code_has_its_established_twin() -> None:
    with_twin = {code for code in NEW_PATIENT.codes() if code not in {"99201", "99343"}}
    assert set(EQUIVALENTS) == with_twin
    assert not set(EQUIVALENTS.values()) & with_twin


def test_a_therapy_code_is_in_use_today() -> None:
    ended = {code for code in THERAPY_CODES if code in PROCEDURE_DAYS and PROCEDURE_DAYS[code].last}
    assert not ended


@pytest.mark.shared
@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published file is not beside the checkout")
def test_own_add_on_codes_agree_with_the_published_edits() -> None:
    primaries: dict[str, set[str]] = defaultdict(set)
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            primaries[row["add_on_code"]].add(row["primary_code"])
    known = {code: rule for code, rule in OWN_ADD_ONS.items() if code in primaries}
    assert len(known) > 120
    for code, rule in known.items():
        named = {one for one in primaries[code] if one != CONTRACTOR and not one.startswith("C")}
        assert named <= rule.primaries, code
        if rule.kind == 1 and code not in SINCE_2024:
            assert rule.primaries <= primaries[code], code

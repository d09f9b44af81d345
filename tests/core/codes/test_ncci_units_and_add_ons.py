"""NCCI unit limits and add-on codes: the published form and the cut, read and answered from."""

from __future__ import annotations

from datetime import date

import pytest

from core.codes.ncci_add_ons import KINDS as ADD_ON_KINDS
from core.codes.ncci_units import KINDS as UNIT_KINDS
from core.codes.published import Kind, Loaded, TableFileError
from tests.published_parts import TextPart

PRACTITIONER, _, DME = UNIT_KINDS
[ADD_ON] = ADD_ON_KINDS
JULY, SEPTEMBER = date(2024, 7, 1), date(2024, 9, 30)

PUBLISHED_UNITS = (
    '"CPT only copyright 2023 American Medical Association.  All rights reserved.",,,\n'
    '"HCPCS/\nCPT Code","Practitioner Services MUE Values",MUE Adjudication Indicator,'
    "MUE Rationale\n"
    "0001U,1,2 Date of Service Edit: Policy,Code Descriptor / CPT Instruction\n"
    "J0129,100,3 Date of Service Edit: Clinical,Prescribing Information\n"
)
PUBLISHED_ADD_ONS = (
    "Copyright\t\t\t\t\t\t\n"
    "Primary_Code\tAdd_On_Code\tAOC_Edit_Type\tAOC_Edit_Eff_DT\tAOC_Edit_Del_DT\tAOC_Del_DT\t"
    "Special_Instruct_Ind\n"
    "90832\t90785\t1\t2013001\t\t\t\n"
    "90834\t90785\t1\t2013001\t2020366\t\t\n"
    "CCCCC\t0054T\t2\t2013001\t\t\t\n"
    "99205\t99417\t3\t20210101\t\t\t\n"
    "CCCCC\t99417\t3\t20210101\t\t\t\n"
)


def opened(kind: Kind, text: str, name: str) -> tuple[object, int]:
    reading = kind.read([TextPart(text, name)], "")
    assert reading.release == "2024Q3"
    loaded = Loaded(
        release=reading.release,
        first=reading.first,
        last=reading.last,
        since=reading.since,
        data=reading.data,
    )
    return kind.open([loaded]), reading.rows


def test_the_published_units_have_words_beside_their_indicator() -> None:
    table, rows = opened(PRACTITIONER, PUBLISHED_UNITS, "MUE_Practitioner_Eff_07-01-2024.csv")
    assert rows == 2
    limit = table.limit("J0129", JULY)  # type: ignore[attr-defined]
    assert (limit.units, limit.mai) == (100, 3)
    assert str(limit.edition) == (
        "NCCI MUE practitioner 2024Q3 J0129 limit 100 MAI 3 (Prescribing Information)"
    )
    for day in (date(2024, 6, 30), date(2024, 10, 1)):
        assert table.limit("J0129", day) is None  # type: ignore[attr-defined]


def test_units_of_another_setting_are_refused_by_their_heading() -> None:
    with pytest.raises(TableFileError, match="another setting"):
        opened(DME, PUBLISHED_UNITS, "MUE_Eff_07-01-2024.csv")


@pytest.mark.parametrize(
    ("code", "day", "kind", "primaries"),
    [
        ("90785", JULY, 1, {"90832"}),
        ("90785", date(2020, 12, 31), 1, {"90832", "90834"}),  # day 366 of a leap year
        ("90785", date(2021, 1, 1), 1, {"90832"}),
        ("0054T", SEPTEMBER, 2, set()),
        ("99417", JULY, 3, {"99205"}),
    ],
)
def test_an_add_on_code_has_the_primaries_of_its_day(
    code: str, day: date, kind: int, primaries: set[str]
) -> None:
    table, rows = opened(ADD_ON, PUBLISHED_ADD_ONS, "AOC_V2024Q3-MCR.txt")
    assert rows == 5
    found = table.add_on(code, day)  # type: ignore[attr-defined]
    assert (found.kind, found.primaries) == (kind, primaries)


@pytest.mark.parametrize(("code", "day"), [("90785", date(2012, 12, 31)), ("99213", JULY)])
def test_a_code_before_its_day_or_of_its_own_is_no_add_on_code(code: str, day: date) -> None:
    table, _ = opened(ADD_ON, PUBLISHED_ADD_ONS, "AOC_V2024Q3-MCR.txt")
    assert table.add_on(code, day) is None  # type: ignore[attr-defined]


def test_a_cut_of_add_on_codes_holds_for_its_quarter() -> None:
    cut = "primary_code,add_on_code,aoc_edit_type\n90832,90785,1\n"
    table, _ = opened(ADD_ON, cut, "aoc-2024q3.csv")
    assert table.add_on("90785", JULY) is not None  # type: ignore[attr-defined]
    assert table.add_on("90785", date(2024, 6, 30)) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("90832\t90785\t1", "9083\t90785\t1", 3, "primary code"),
        ("90832\t90785\t1", "90832\t9785\t1", 3, "add-on code"),
        ("90832\t90785\t1", "90832\t90785\t4", 3, "type"),
        ("90834\t90785\t1\t2013001\t2020366", "90834\t90785\t1\t2013001\t2021366", 4, "deletion"),
        ("90834\t90785\t1\t2013001\t2020366", "90834\t90785\t1\t2013001\t2012001", 4, "deletion"),
        ("90834\t90785\t1\t2013001\t2020366", "90832\t90785\t1\t2013001\t", 4, "add-on code"),
    ],
)
def test_damaged_add_on_codes_are_refused_with_row_and_column(
    old: str, new: str, row: int, column: str
) -> None:
    with pytest.raises(TableFileError) as refused:
        opened(ADD_ON, PUBLISHED_ADD_ONS.replace(old, new), "AOC_V2024Q3-MCR.txt")
    assert (refused.value.row, refused.value.column) == (row, column)

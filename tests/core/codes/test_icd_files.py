"""ICD-10-CM as it is published: order file, addenda, tabular list, index; damage is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from core.codes.diagnoses import Diagnosis
from core.codes.diagnosis_table import IcdTable
from core.codes.icd_files import opened_years, read_order
from core.codes.icd_index import IndexYear, every_code, read_parts
from core.codes.published import Loaded, Reading, TableFileError
from core.codes.tabular import read_tabular
from tests.published_parts import TextPart


def order_row(number: int, code: str, billable: str, words: str) -> str:
    return f"{number:05d} {code:<7} {billable} {words[:60]:<60} {words}\n"


ROWS = [
    order_row(1, "E11", "0", "Type 2 diabetes mellitus"),
    order_row(2, "E119", "1", "Type 2 diabetes mellitus without complications"),
    order_row(3, "E11A", "1", "Type 2 diabetes mellitus without complications in remission"),
    order_row(4, "QA0", "1", "Neurodevelopmental disorders"),
]
ADDENDA = "Add:         1 E11A    Type 2 diabetes\nAdditions: 1\nDelete:      1 E118    Gone\n"


def order(text: str, name: str = "icd10cm_order_2026.txt") -> TextPart:
    return TextPart(text, name)


def as_loaded(reading: Reading) -> Loaded:
    return Loaded(
        release=reading.release,
        first=reading.first,
        last=reading.last,
        since=reading.since,
        data=reading.data,
    )


def test_an_order_file_gives_codes_headings_and_titles_for_its_fiscal_year() -> None:
    reading = read_order(
        [order("".join(ROWS)), order(ADDENDA, "icd10cm_order_addenda_2026.txt")], ""
    )
    assert (reading.release, reading.first, reading.last, reading.rows) == (
        "FY2026",
        date(2025, 10, 1),
        date(2026, 9, 30),
        4,
    )
    assert reading.notes == ("its addenda: 1 rows added, 1 deleted, 0 worded anew",)
    (year,) = opened_years([as_loaded(reading)])
    assert year.codes.find("E11") is Diagnosis.CATEGORY
    assert year.codes.find("E119") is Diagnosis.BILLABLE
    assert year.codes.find("E118") is Diagnosis.ABSENT
    assert year.codes.words("QA0") == "Neurodevelopmental disorders"


def test_the_list_of_april_holds_until_the_fiscal_year_ends() -> None:
    text = "order\tcode\tbillable\tdescription\n00001\tA00\t1\tCholera\n"
    reading = read_order([TextPart(text, "icd10cm-2026apr-codes.tsv")], "")
    assert (reading.release, reading.first, reading.last) == (
        "2026-04-01",
        date(2026, 4, 1),
        date(2026, 9, 30),
    )


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        (ROWS[0] + ROWS[2], 2, "order"),
        (ROWS[1], 1, "order"),
        (ROWS[0] + ROWS[1][1:], 2, "order"),
        (ROWS[0] + ROWS[1].replace("E119", "E1-9"), 2, "code"),
        (ROWS[0] + ROWS[1].replace(" 1 ", " 2 ", 1), 2, "billable"),
        (ROWS[0] + ROWS[1].replace(" 1 ", " 0 ", 1), 2, "billable"),
        (ROWS[0], 1, "billable"),
        (ROWS[0].replace(" 0 ", " 1 ") + ROWS[1], 1, "billable"),
        (ROWS[0] + ROWS[1][:70] + "\n", 2, "long title"),
        ("E119    Type 2 diabetes mellitus\n", 1, ""),
        (ROWS[3].replace("00004", "00001") + ROWS[3].replace("00004", "00002"), 2, "code"),
    ],
)
def test_a_damaged_order_file_is_refused_with_its_row(text: str, row: int, column: str) -> None:
    with pytest.raises(TableFileError) as refused:
        read_order([order(text)], "")
    assert (refused.value.row, refused.value.column) == (row, column)


@pytest.mark.parametrize(
    ("parts", "given"),
    [
        ([order("")], ""),
        ([order(ROWS[3].replace("00004", "00001"), "codes.txt")], ""),
        ([order("".join(ROWS))], "FY2025"),
        ([order("".join(ROWS))], "2026Q1"),
        ([order(ADDENDA, "icd10cm_order_addenda_2026.txt")], ""),
        ([order("".join(ROWS)), order(ADDENDA, "icd10cm_order_addenda_2025.txt")], ""),
        ([order("".join(ROWS)), order("nothing", "icd10cm_order_addenda_2026.txt")], ""),
        (
            [
                order("".join(ROWS)),
                order("Add:  1 Z999999 New\n", "icd10cm_order_addenda_2026.txt"),
            ],
            "",
        ),
        (
            [
                order("".join(ROWS)),
                order("Delete:  1 E119 Gone\n", "icd10cm_order_addenda_2026.txt"),
            ],
            "",
        ),
    ],
)
def test_files_that_are_of_no_one_release_are_refused(
    parts: Sequence[TextPart], given: str
) -> None:
    with pytest.raises(TableFileError):
        read_order(parts, given)


TABULAR = """<?xml version="1.0"?><ICD10CM.tabular><version>2026</version><chapter><name>4</name>
<desc>Endocrine</desc><section id="E08-E13"><desc>Diabetes</desc>
<diag><name>E10</name><desc>Type 1 diabetes</desc>
<excludes1><note>type 2 diabetes (E11.-)</note></excludes1>
<diag><name>E10.9</name><desc>Type 1 diabetes, plain</desc>
<inclusionTerm><note>Childhood sugar</note></inclusionTerm></diag></diag>
<diag><name>E11</name><desc>Type 2 diabetes</desc>
<sevenChrDef><extension char="A">initial encounter</extension></sevenChrDef></diag>
</section></chapter></ICD10CM.tabular>"""
INDEX = """<?xml version="1.0"?><ICD10CM.index><version>2026</version><letter><title>D</title>
<mainTerm><title>Diabetes, diabetic <nemod>(sugar)</nemod></title><code>E11.9</code>
<term level="1"><title>juvenile</title><code>E10.9</code></term></mainTerm></letter>
</ICD10CM.index>"""
DRUGS = """<ICD10CM.index><version>2026</version>
<indexHeading><head col="1">Substance</head><head col="2">Poisoning</head></indexHeading>
<letter><title>A</title><mainTerm><title>Aspirin</title><cell col="2">T39.011</cell>
<cell col="3">--</cell></mainTerm></letter></ICD10CM.index>"""


def test_notes_and_phrases_are_read_of_tabular_list_and_indexes() -> None:
    parts = [
        TextPart(TABULAR, "icd10cm_tabular_2026.xml"),
        TextPart(INDEX, "icd10cm_index_2026.xml"),
        TextPart(DRUGS, "icd10cm_drug_2026.xml"),
        TextPart("term\tcode\nSweet urine\tE11.9\n", "terms.tsv"),
    ]
    reading = read_parts(parts, "")
    year = IndexYear(as_loaded(reading))
    assert reading.release == "FY2026"
    assert {(one.code, one.words) for one in year.phrases()} == {
        ("E119", "Diabetes, diabetic (sugar)"),
        ("E109", "Diabetes, diabetic (sugar), juvenile"),
        ("T39011", "Aspirin, Poisoning"),
        ("E119", "Sweet urine"),
    }
    table = year.tabular
    assert isinstance(table, IcdTable)
    assert table.excludes("E109", "E11XXXA")
    assert table.words("E11XXXA") == "Type 2 diabetes, initial encounter"
    assert list(table.own_notes())[-1] == ("E109", "inclusionTerm", "Childhood sugar")
    assert set(every_code(read_tabular([TABULAR.encode()], "x"))) == {
        "E10",
        "E109",
        "E11",
        "E11XXXA",
    }


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (INDEX.replace("</letter>", ""), 4),
        (INDEX.replace("E11.9", "sugar"), 2),
        ("<ICD10CM.index><version>2026</version></ICD10CM.index>", 0),
        ("<html></html>", 1),
        ('<!DOCTYPE x [<!ENTITY a "aa">]>\n' + INDEX.partition("?>")[2], 1),
        (INDEX.replace("2026", "2025"), 0),
        ("<ICD10CM.index>" + "<term>" * 100, 1),
        ("words\tcode\n", 1),
        ("term\tcode\nSweet urine\n", 2),
        ("term\tcode\nSweet urine\t1\n", 2),
        ("term\tcode\n\tE11.9\n", 2),
    ],
)
def test_a_damaged_index_is_refused_with_its_row(text: str, row: int) -> None:
    with pytest.raises(TableFileError) as refused:
        read_parts([TextPart(text, "icd10cm_index_2026.xml")], "")
    assert refused.value.row == row


@pytest.mark.shared
def test_the_published_order_file_of_fy2026_is_read_whole() -> None:
    shared = Path(__file__).parents[3].parent / "shared" / "data" / "icd10cm"
    if not shared.exists():
        pytest.skip("the published examples are not beside the checkout")
    from api.tables.kinds import kind_of
    from api.tables.unpack import parts_of

    parts, _ = parts_of([shared / "icd10cm-order-files-fy2026.zip"], kind_of("icd10cm"))
    reading = read_order(parts, "")
    assert (reading.release, reading.rows) == ("FY2026", 98_186)
    table = IcdTable(reading.data)
    assert sum(table.is_billable_at(place) for place in range(len(table))) == 74_719

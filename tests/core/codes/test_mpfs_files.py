"""The files of the Medicare fee schedule: read as published, refused whole where damaged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from core.codes.mpfs_caps import CapTable, read_caps
from core.codes.mpfs_places import (
    AnesthesiaFactorTable,
    LocalityTable,
    ZipTable,
    read_anesthesia,
    read_localities,
    read_zip_codes,
)
from core.codes.mpfs_rvu import RelativeValueTable, read_relative_values
from core.codes.mpfs_rvu_layout import QUARTERLY_HEADING
from core.codes.published import Reading, TableFileError
from tests.core.pricing.medicare_world import (
    ANESTHESIA,
    PLACES,
    ROWS,
    ZIP_CODES,
    loaded,
    part,
    published_row,
    published_values,
)

DAY = date(2025, 11, 3)
CAPS = (
    "HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE\n"
    "0633T,TC,C,04412,09,120.10,121.20\n"
    "70450, ,A,04412,09,105.00,105.00\n"
)
QUARTERS = (
    ",".join(QUARTERLY_HEADING)
    + "\nPPRRVU24A,2024-01-01,2024-03-08,99213,,A,,1.30,1.33,,0.55,,0.10,2.73,1.95,0,XXX,0.00,0.00,"
    "0.00,0,0,0,0,0,,32.7442,09,0,99,0.00,0.00,0.00\n"
    "PPRRVU24AR,2024-03-09,2024-03-31,99213,,A,,1.30,1.33,,0.55,,0.10,2.73,1.95,0,XXX,0.00,0.00,"
    "0.00,0,0,0,0,0,,33.2875,09,0,99,0.00,0.00,0.00\n"
)

Read = Callable[..., Reading]


def refused(read: Read, text: str, name: str, release: str = "") -> str:
    with pytest.raises(TableFileError) as told:
        read(part(text, name), release)
    return told.value.message


def changed(text: str, before: str, after: str) -> str:
    assert before in text
    return text.replace(before, after, 1)


def test_relative_values_are_found_by_code_component_and_day() -> None:
    reading = read_relative_values(part(published_values(), "PPRRVU2025_Oct.csv"), "")
    assert (reading.release, reading.rows) == ("2025Q4", len(ROWS))
    table = RelativeValueTable([loaded(reading)])
    found = table.find("70450", "TC", DAY)
    assert found is not None
    assert (found.work, found.nonfacility_pe, found.opps_nonfacility_pe) == (0, 204, 327)
    # Where no earlier quarter is loaded, the year's first file that is answers for it.
    assert table.release(date(2025, 1, 1)) == "2025Q4"
    assert table.find("70450", "TC", date(2026, 1, 1)) is None


def test_the_quarters_of_a_year_answer_each_for_its_days() -> None:
    reading = read_relative_values(part(QUARTERS, "pprrvu_2024_quarterly.csv"), "2024")
    table = RelativeValueTable([loaded(reading)])
    factors = [
        found.conversion_factor
        for day in (date(2024, 3, 8), date(2024, 3, 9))
        if (found := table.find("99213", "", day))
    ]
    assert factors == [327_442, 332_875]
    assert table.find("99213", "", date(2024, 4, 1)) is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (published_row(ROWS[0]), published_row(ROWS[0])[1:], "row 3, column code: the code has"),
        ("99213,", "99,", "row 3, column code: the code has lost its leading zeros"),
        ("2025 National Physician", "Physician", "row 1: the title that says year and quarter"),
        ("hcpcs,mod,", "hcpcs,modifier,", "row 2, column 2: the heading MOD was expected"),
        (",1.30,1.35,", ",1.30,1.36,", "column nonfacility total: the relative values do not add"),
        (",1.30,1.35,", ",l.30,1.35,", "row 3, column work: a number with at most 2 decimals"),
        (",,A,,1.30", ",,Z,,1.30", "row 3, column status: this value is not one"),
        (",0.00,0.00,0.00\n", ",0.00,0.00\n", "row 3: a row has 31 columns, this one 30"),
        (published_row(ROWS[1]), published_row(ROWS[0]), "row 4, column code: the same code"),
    ],
)
def test_damaged_relative_values_are_refused_with_row_and_column(
    before: str, after: str, told: str
) -> None:
    text = changed(published_values(), before, after)
    assert told in refused(read_relative_values, text, "PPRRVU2025_Oct.csv")


def test_places_anesthesia_and_zip_codes_are_found() -> None:
    places = LocalityTable([loaded(read_localities(part(PLACES, "GPCI2025.csv"), ""))])
    found = places.find("02102", "01", DAY)
    assert found is not None
    assert (found[0].name, found[0].work, found[1]) == ("ALASKA", 1500, "2025")
    assert places.find("02102", "01", date(2024, 12, 31)) is None
    brazoria = places.find("04412", "09", DAY)
    assert brazoria is not None
    factors = AnesthesiaFactorTable([loaded(read_anesthesia(part(ANESTHESIA, "ANES2025.csv"), ""))])
    assert factors.cents(brazoria[0], DAY) == (2029, "2025")
    zips = ZipTable([loaded(read_zip_codes(part(ZIP_CODES, "ZIP5.txt"), ""))])
    where = zips.find("75201", DAY)
    assert where is not None
    assert (where.contractor, where.number, where.release) == ("04412", "11", "2025Q4")
    assert zips.find("75202", DAY) is None


@pytest.mark.parametrize(
    ("read", "text", "name", "before", "after", "told"),
    [
        (read_localities, PLACES, "GPCI2025.csv", "04412,TX,09", "4412,TX,09", "row 2, column con"),
        (read_localities, PLACES, "GPCI2025.csv", "04412,TX,09", "04412,TX,9", "row 2, column loc"),
        (read_localities, PLACES, "GPCI2025.csv", "1.006", "1.0065", "row 2, column PE GPCI"),
        (read_localities, PLACES, "GPCI2025.csv", "TX,11", "TX,09", "row 3, column locality"),
        (read_localities, PLACES, "GPCI2025.csv", "Contractor (MAC)", "Payer", "not a file GPCI"),
        (read_anesthesia, ANESTHESIA, "ANES2025.csv", "20.29", "20.2.9", "row 2, column anesth"),
        (read_anesthesia, ANESTHESIA, "ANES2025.csv", ",09,", ",9,", "row 2, column locality"),
        (read_anesthesia, ANESTHESIA, "ANES2025.csv", "Contractor", "Payer", "row 1: the heading"),
        (read_anesthesia, ANESTHESIA, "ANES.csv", "20.29", "20.30", "say --release 2025"),
        (read_zip_codes, ZIP_CODES, "ZIP5.txt", "75201", "7520", "row 1: a record has 80 char"),
        (read_zip_codes, ZIP_CODES, "ZIP5.txt", "0441211", "04412 1", "row 1: this record is not"),
        (read_zip_codes, ZIP_CODES, "ZIP5.txt", "\n", "\n" + ZIP_CODES, "row 2, column 3-7"),
        (read_caps, CAPS, "OPPSCAP.csv", "0633T", "633T", "row 2, column HCPCS"),
        (read_caps, CAPS, "OPPSCAP.csv", "120.10", "12o.10", "row 2, column FACILITY PRICE"),
        (read_caps, CAPS, "OPPSCAP.csv", "C,04412,09", "C,04412,9", "row 2, column locality"),
        (read_caps, CAPS, "OPPSCAP.csv", "TC,C,", "XX,C,", "row 2, column MOD"),
        (read_caps, CAPS, "OPPSCAP.csv", "HCPCS", "CODE", "its heading is missing"),
    ],
)
def test_damaged_files_are_refused_with_row_and_column(
    read: Read, text: str, name: str, before: str, after: str, told: str
) -> None:
    release = "2025Q4" if read is read_caps else ""
    assert told in refused(read, changed(text, before, after), name, release)


def test_capped_prices_are_found_and_need_a_release() -> None:
    assert "say --release 2025Q4" in refused(read_caps, CAPS, "OPPSCAP_Oct.csv")
    assert read_caps(part(CAPS, "rvu25d.zip/OPPSCAP_Oct.csv"), "").release == "2025Q4"
    table = CapTable([loaded(read_caps(part(CAPS, "OPPSCAP_Oct.csv"), "2025Q4"))])
    found = table.find("0633T", "TC", "04412", "09", DAY)
    assert found is not None
    assert (found[0].facility_cents, found[0].nonfacility_cents) == (12_010, 12_120)
    assert table.find("0633T", "TC", "04412", "11", DAY) is None

"""Lists as their owners publish them: read by heading, answered by day, refused when damaged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from api.tables.kinds import kind_of
from core.codes.lists import CodeList, Standing
from core.codes.lists_in_force import ListInForce
from core.codes.published import Loaded, Reading, TableFileError
from core.codes.published_lists import PublishedList
from core.codes.tables import CodeTables
from tests.published_parts import TextPart


def read(kind: str, text: str, given: str = "2024", name: str = "list.csv") -> Reading:
    return kind_of(kind).read([TextPart(text, name)], given)


def opened(kind: str, *readings: Reading) -> PublishedList:
    table = kind_of(kind).open(
        [
            Loaded(
                release=one.release,
                first=one.first,
                last=one.last,
                since=one.since,
                data=one.data,
            )
            for one in readings
        ]
    )
    assert isinstance(table, PublishedList)
    return table


CARC = (
    "code,type,start,last_modified,stop\nCO,Group,,,\n1,CARC,1995-01-01,,\n"
    "15,CARC,01/01/1995,,20180501\nM1,RARC,1997-01-01,,\n"
)


def test_codes_are_answered_by_their_own_days_also_before_the_release() -> None:
    table = opened("carc", read("carc", CARC))
    assert table.holds("15", date(2018, 5, 1))
    assert not table.holds("15", date(2018, 5, 2))
    assert not table.holds("M1", date(2024, 1, 1))
    assert table.release(date(1995, 1, 1)) == "2024"
    assert table.release(date(1994, 12, 31)) is None
    assert table.release(date(2025, 1, 1)) is None


@pytest.mark.parametrize(
    ("kind", "text", "code", "words"),
    [
        ("rarc", CARC, "M1", ""),
        ("pos", "pos_code,pos_name\n02,Telehealth\n28,Unassigned\n", "02", "Telehealth"),
        ("pos", "codeset,code\npos,11\nstates,AA\n", "11", ""),
        ("modifiers", "modifier,hcpcs_description\nKX,Met\nKX,Met\n25,\n", "KX", "Met"),
        ("taxonomy", "Code,Display Name\n207Q00000X,Family\n", "207Q00000X", "Family"),
        ("claim-status", "codeset,code\nclaim_status,20\n", "20", ""),
        ("cpt", "CPT Code,Long Description\n99213,not kept\n", "99213", ""),
        ("cdt", "Code\tNomenclature\nD0120\tnot kept\n", "D0120", ""),
        ("hcpcs", "hcpcs_code,date_added\nA0021,1985-01-01\n", "A0021", ""),
        ("hcpcs", "hcpcs\ttype\tdescription\nA0021\tLong\tVan\nA0021\tShort\tV\n", "A0021", "Van"),
    ],
)
def test_each_list_is_read_by_its_headings(kind: str, text: str, code: str, words: str) -> None:
    assert opened(kind, read(kind, text)).word(code, date(2024, 6, 1)) == words


def test_a_list_of_a_licence_keeps_no_words() -> None:
    assert b"not kept" not in read("cpt", "code,description\n99213,not kept\n").data


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("pos-codes-2024.csv", "2024"),
        ("nucc_taxonomy_240.csv", "2024-01-01"),
        ("nucc-taxonomy-24.1-codes.csv", "2024-07-01"),
    ],
)
def test_the_name_says_the_release(name: str, release: str) -> None:
    text = "code\n207Q00000X\n"
    assert read("taxonomy", text, given="", name=name).release == release


@pytest.mark.parametrize(
    ("kind", "text", "row", "column"),
    [
        ("pos", "pos_code\n2\n", 2, "code"),
        ("pos", "pos_code\n11\n11\n", 3, "code"),
        ("pos", "name\nOffice\n", 2, ""),
        ("pos", "pos_code\n", 0, ""),
        ("cpt", "code\n213\n", 2, "code"),
        ("cpt", "code\n\n,\n", 0, ""),
        ("cdt", "code\n99213\n", 2, "code"),
        ("carc", CARC.replace("20180501", "20181301"), 4, "last"),
        ("carc", CARC.replace("20180501", "19940101"), 4, "last"),
        ("carc", CARC.replace("1,CARC,1995-01-01,,", "1,CARC"), 3, ""),
        ("taxonomy", "code\n207Q00000\n", 2, "code"),
    ],
)
def test_a_damaged_list_is_refused_with_row_and_column(
    kind: str, text: str, row: int, column: str
) -> None:
    with pytest.raises(TableFileError) as refused:
        read(kind, text)
    assert (refused.value.row, refused.value.column) == (row, column)


def test_without_a_release_it_is_refused() -> None:
    for given in ("", "someday"):
        with pytest.raises(TableFileError):
            read("pos", "pos_code\n11\n", given=given)


def hcpcs_row(code: str, record: str, words: str, added: str = "", ended: str = "") -> str:
    row = f"{code:>5}00100{record}{words:<80}".ljust(268)
    return f"{row}{added:<8}{'':<8}{ended:<8}N".ljust(320) + "\n"


ANWEB = (
    hcpcs_row("A0021", "3", "Ambulance service, outside", "19850101")
    + hcpcs_row("A0021", "4", "state per mile")
    + hcpcs_row("K0001", "3", "Wheelchair", "19930101", "20190630")
    + hcpcs_row("A1", "7", "Dressing for one wound", "20020701")
)


def test_the_file_of_fixed_width_is_read_with_modifiers_and_days() -> None:
    reading = read("hcpcs", "Disclaimers\t\n" + ANWEB, "", "HCPC2019_CONTR_ANWEB.txt")
    table = opened("hcpcs", reading)
    assert (reading.release, reading.rows) == ("2019", 3)
    assert table.word("A0021", date(2019, 2, 1)) == "Ambulance service, outside state per mile"
    assert table.holds("A1", date(2019, 2, 1))
    assert table.holds("K0001", date(2019, 6, 30))
    assert not table.holds("K0001", date(2019, 7, 1))
    assert read("hcpcs", ANWEB, "", "HCPC2024_APR_ANWEB.txt").release == "2024Q2"


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        (ANWEB[:200] + "\n", 1),
        (ANWEB.replace("19850101", "19851301"), 1),
        (ANWEB[321:], 1),
        (ANWEB + ANWEB[:321], 5),
        (ANWEB + "spoiled\n", 5),
        (ANWEB.replace("   A1", "A1   "), 4),
        (ANWEB.replace("K0001", "D0001"), 3),
    ],
)
def test_a_damaged_file_of_fixed_width_is_refused_with_its_row(rows: str, row: int) -> None:
    with pytest.raises(TableFileError) as refused:
        read("hcpcs", rows)
    assert refused.value.row == row


SHIPPED = CodeList(name="reasons", as_of="20200101", windows={"1": ("", ""), "9": ("", "")})


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        ("1", "20240601", Standing.GOOD),
        ("9", "20240601", Standing.UNKNOWN),
        ("15", "20180501", Standing.GOOD),
        ("15", "20180502", Standing.ENDED),
        ("1", "19940101", Standing.GOOD),  # no release answers: the list that ships does
        ("9", "20250101", Standing.GOOD),
        ("15", "", Standing.GOOD),
        ("9", "", Standing.GOOD),
        ("77", "", Standing.UNKNOWN),
    ],
)
def test_a_loaded_list_answers_on_its_days_and_the_one_that_ships_on_the_others(
    code: str, day: str, standing: Standing
) -> None:
    codes = ListInForce(SHIPPED, opened("carc", read("carc", CARC)))
    assert codes.standing(code, day) is standing


def test_days_that_see_other_codes_have_other_periods() -> None:
    codes = ListInForce(SHIPPED, opened("carc", read("carc", CARC)))
    period = CodeTables({"adjustment_reason": codes}).period
    days: Sequence[str] = ["", "19940101", "20180501", "20180502", "20240601", "20250101"]
    assert len({period(day) for day in days}) == len(days)

"""NCCI procedure-to-procedure edits: the published form and the cut, read and answered from."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.ncci_pairs import KINDS, PublishedPairs
from core.codes.published import Loaded, Reading, TableFileError
from tests.published_parts import TextPart

PRACTITIONER, OUTPATIENT = KINDS

# As published: a copyright, a title, a heading over several rows, then the edits.
PUBLISHED = (
    '"CPT only copyright 2023 American Medical Association.  All rights reserved."\t\t\t\t\t\t\n'
    "Column1/Column 2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t* = in\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\texistence\tDate\tDate\t0=not allowed\t\n"
    "\t\tprior to 1996\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
    "0001A\t0591T\t\t20220101\t20231231\t1\tMisuse of Column Two code with Column One code\n"
    "13121\t13120\t\t19960101\t19960101\t9\tCPT Manual or CMS manual coding instruction\n"
    "13121\t13120\t*\t19960101\t*\t0\tCPT Manual or CMS manual coding instruction\n"
    "17000\t17281\t\t19990701\t20041231\t1\tMutually exclusive procedures\n"
    "17000\t17281\t\t20240101\t*\t0\tMutually exclusive procedures\n"
    "80053\t82947\t\t20000605\t*\t1\tStandards of medical practice\n"
)
CUT = "column1\tcolumn2\tmodifier_indicator\n80053\t82947\t1\n13121\t13120\t0\n"


def read(text: str, name: str = "ccipra-v302r0-f1.txt", release: str = "") -> Reading:
    return PRACTITIONER.read([TextPart(text, name)], release)


def table(*readings: Reading) -> PublishedPairs:
    return PublishedPairs(
        PRACTITIONER.title,
        [
            Loaded(release=r.release, first=r.first, last=r.last, since=r.since, data=r.data)
            for r in readings
        ],
    )


ONE_TABLE = table(read(PUBLISHED))
CODES = ("0001A", "0591T", "13120", "13121", "17000", "17281", "80053", "82947", "99999")
DAYS = (date(1990, 1, 1), date(2004, 12, 31), date(2010, 1, 1), date(2024, 8, 1), date(2025, 1, 1))


def test_the_published_form_says_its_quarter_and_counts_its_rows() -> None:
    reading = read(PUBLISHED)
    assert (reading.release, reading.first, reading.last) == (
        "2024Q3",
        date(2024, 7, 1),
        date(2024, 9, 30),
    )
    assert reading.rows == 6
    assert reading.since == date(1996, 1, 1)


@pytest.mark.parametrize(
    ("one", "other", "day", "expected"),
    [
        ("80053", "82947", date(2024, 8, 1), ("80053", "82947", "1")),
        ("82947", "80053", date(2024, 8, 1), ("80053", "82947", "1")),
        ("0001A", "0591T", date(2024, 8, 1), None),  # deleted before
        ("0001A", "0591T", date(2023, 12, 31), ("0001A", "0591T", "1")),  # its last day
        ("0001A", "0591T", date(2024, 1, 1), None),
        ("13121", "13120", date(2024, 8, 1), ("13121", "13120", "0")),  # beside an indicator 9
        ("17000", "17281", date(2004, 12, 31), ("17000", "17281", "1")),
        ("17000", "17281", date(2010, 1, 1), None),
        ("17000", "17281", date(2024, 1, 1), ("17000", "17281", "0")),
        ("80053", "82947", date(2000, 6, 4), None),  # the day before it began
        ("80053", "82947", date(2024, 10, 1), None),  # after the release: no opinion
        ("80053", "99999", date(2024, 8, 1), None),
        ("80053", "80053", date(2024, 8, 1), None),
    ],
)
def test_the_edit_in_force_on_a_day(
    one: str, other: str, day: date, expected: tuple[str, str, str] | None
) -> None:
    pair = table(read(PUBLISHED)).pair(one, other, day)
    assert (pair and (pair.column1, pair.column2, pair.indicator)) == expected


@given(st.lists(st.tuples(*[st.sampled_from(CODES)] * 2)), st.sampled_from(DAYS))
def test_many_pairs_at_once_are_answered_as_one_by_one(
    pairs: list[tuple[str, str]], day: date
) -> None:
    one_by_one = [ONE_TABLE.pair(*pair, day) for pair in pairs]
    expected = [pair and pair.indicator for pair in one_by_one]
    assert ONE_TABLE.indicators(pairs, day) == expected
    assert ONE_TABLE.indicators(pairs * 2, day) == expected * 2


def test_a_cut_holds_for_its_quarter_alone() -> None:
    cut = table(read(CUT, "cut.tsv", "2024Q3"))
    pair = cut.pair("82947", "80053", date(2024, 7, 1))
    assert pair is not None
    assert str(pair.edition) == "NCCI PTP practitioner 2024Q3 80053/82947 indicator 1"
    assert cut.release(date(2024, 9, 30)) == "2024Q3"
    for day in (date(2024, 6, 30), date(2024, 10, 1)):
        assert cut.pair("80053", "82947", day) is None
        assert cut.release(day) is None


def test_each_release_answers_for_its_own_days() -> None:
    second = read(CUT + "99213\t36415\t1\n", "x.tsv", "2024Q2")
    both = table(read(CUT, "x.tsv", "2024Q3"), second)
    assert both.pair("99213", "36415", date(2024, 6, 30)) is not None
    assert both.pair("99213", "36415", date(2024, 7, 1)) is None
    assert both.release(date(2024, 4, 1)) == "2024Q2"


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        (PUBLISHED.replace("80053\t82947", "8005\t82947"), 12, "column 1"),
        (PUBLISHED.replace("80053\t82947", "80053\t829"), 12, "column 2"),
        (PUBLISHED.replace("20000605\t*\t1", "20000605\t*\t2"), 12, "modifier"),
        (PUBLISHED.replace("20000605\t*\t1", "20000631\t*\t1"), 12, "effective date"),
        (PUBLISHED.replace("20000605\t*\t1", "20000605\t20000604\t1"), 12, "deletion date"),
        (PUBLISHED.replace("20000605\t*\t1", "20000605\t\t1"), 12, "deletion date"),
        (PUBLISHED.replace("20000605\t*\t1\tStan", "20000605\t*\tStan"), 12, ""),
        (PUBLISHED + "80053\t82947\t\t20010101\t*\t0\tAgain\n", 13, "column 1"),
        (PUBLISHED.replace("Column 1\tColumn 2", "Code\tOther"), 12, ""),
        ("80053\t82947\t1\n", 1, ""),
        (CUT + "80053\t82947\t1\n", 4, "column 1"),
        (CUT + "80053\t82947\t0\n", 4, "column 1"),
    ],
)
def test_a_damaged_file_is_refused_with_row_and_column(text: str, row: int, column: str) -> None:
    with pytest.raises(TableFileError) as refused:
        read(text)
    assert (refused.value.row, refused.value.column) == (row, column)
    assert refused.value.message.startswith("ccipra-v302r0-f1.txt, row ")


def test_a_file_that_says_no_quarter_is_refused_with_what_to_do() -> None:
    with pytest.raises(TableFileError, match="--release 2024Q3"):
        read(CUT, "cut.tsv")


def test_a_quarter_that_is_given_must_be_that_of_the_file() -> None:
    with pytest.raises(TableFileError, match="2024Q2, 2024Q3"):
        read(PUBLISHED, release="2024Q2")


def test_the_table_of_another_setting_is_refused() -> None:
    with pytest.raises(TableFileError, match="another setting"):
        read(CUT, "ptp-outpatient-2024q3.tsv")

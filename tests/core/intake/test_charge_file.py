"""The charge file: what is taken, what is refused, and that nothing is lost between the two."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.claim import Form, Tooth
from core.claims.parties import Sex
from core.errors import RowError
from core.intake.charge_file import read_charge_file
from core.intake.charge_rows import OPTIONAL, REQUIRED
from tests.core.intake.charge_rows import (
    BILLING,
    COLUMNS,
    OTHER,
    ROW,
    SECOND,
    new_ids,
    read,
    text_of,
)


def test_rows_of_a_visit_become_one_encounter_with_everything_they_say() -> None:
    rows = [
        {
            **ROW,
            "middle_name": "b",
            "address": "1 Elm St",
            "city": "Austin",
            "state": "tx",
            "postal_code": "78701-0001",
            "phone": "(512) 555-0100",
            "payer_name": "Bluestone",
            "group_number": "G1",
            "payer2_id": "40004",
            "member2_id": "K1",
            "place_of_service": "02",
            "rendering_npi": "1245319599",
            "rendering_last_name": "Stone",
            "rendering_taxonomy": "1041C0700X",
            "rendering_credential": "LCSW",
            "auth_number": "A1",
            "modifiers": "95:GT",
            "units": "1.5",
            "charge": "$1,200.50",
            "pointers": "1",
            "minutes": "45",
            "start": "9:30",
            "end": "10:15",
        },
        SECOND,
    ]
    [visit], faults = read(text_of(rows))
    assert not faults
    assert (visit.line, visit.rows) == (2, 2)
    encounter = visit.encounter
    assert encounter.external_id == "V1"
    assert (encounter.form, encounter.diagnoses) == (Form.PROFESSIONAL, ("F411",))
    assert (encounter.place_of_service, encounter.auth_number) == ("02", "A1")
    person = encounter.patient.person
    assert (person.name.last, person.name.middle) == ("QUILLFEATHER", "B")
    assert (person.birth_date, person.sex, person.phone) == (
        date(1981, 4, 9),
        Sex.FEMALE,
        "5125550100",
    )
    assert person.address is not None
    assert (person.address.state, person.address.postal_code) == ("TX", "787010001")
    first, second = encounter.coverages
    assert (first.rank, first.payer.name, first.subscriber.group_number) == (1, "BLUESTONE", "G1")
    assert (second.rank, second.payer.name, second.subscriber.member_id) == (2, "PAYER 40004", "K1")
    assert encounter.rendering is not None
    assert (encounter.rendering.npi, encounter.rendering.credential) == ("1245319599", "LCSW")
    one, two = encounter.charges
    assert (one.line_no, one.code, one.modifiers) == (1, "90834", ("95", "GT"))
    assert (one.units, one.charge_cents, one.minutes) == (Decimal("1.5"), 120050, 45)
    assert (one.start, one.end) == (time(9, 30), time(10, 15))
    assert (two.line_no, two.code, two.charge_cents, two.minutes) == (2, "90785", None, None)
    assert len({encounter.id, encounter.patient.id, one.id, two.id, first.id, second.id}) == 6


def test_a_dental_row_has_a_tooth_and_needs_no_diagnosis() -> None:
    row = {**ROW, "form": "837d", "code": "D2391", "diagnoses": "", "tooth": "3", "surfaces": "mo"}
    [visit], faults = read(text_of([row]))
    assert not faults
    [charge] = visit.encounter.charges
    assert (visit.encounter.form, charge.code_qualifier) == (Form.DENTAL, "AD")
    assert (charge.teeth, charge.pointers) == ((Tooth(number="3", surfaces="MO"),), ())


def test_a_subscriber_who_is_not_the_patient_is_a_person_of_their_own() -> None:
    row = {
        **ROW,
        "relationship": "19",
        "subscriber_last_name": "Elder",
        "subscriber_first_name": "Sam",
        "subscriber_birth_date": "1950-02-03",
        "subscriber_sex": "M",
    }
    [visit], _ = read(text_of([row]))
    subscriber = visit.encounter.coverages[0].subscriber
    assert (subscriber.person.name.last, subscriber.relationship) == ("ELDER", "19")
    assert subscriber.person.birth_date == date(1950, 2, 3)


BAD_CELLS = [
    ("birth_date", "1981-02-30"),
    ("birth_date", ""),
    ("date_of_service", "yesterday"),
    ("date_of_service", ""),
    ("code", "9083"),
    ("code", "90834X"),
    ("code", "00000"),
    ("code", "９０８３４"),
    ("code", ""),
    ("sex", "X"),
    ("sex", ""),
    ("visit_id", ""),
    ("patient_number", ""),
    ("last_name", ""),
    ("payer_id", ""),
    ("member_id", ""),
    ("diagnoses", ""),
    ("diagnoses", "41.1F"),
    ("diagnoses", "F41.1;XX"),
    ("diagnoses", "F٤1"),
    ("diagnoses", " ".join(["F411"] * 13)),
    ("form", "837I"),
    ("rendering_npi", "1245319590"),
    ("rendering_npi", "1245319599"),  # and no last name
    ("units", "0"),
    ("units", "-1"),
    ("units", "many"),
    ("units", "NaN"),
    ("units", "Infinity"),
    ("units", "1e400"),
    ("units", "1.2345"),
    ("units", "999999999"),
    ("charge", "-1.00"),
    ("charge", "12.345"),
    ("charge", "twelve"),
    ("charge", "99999999999999999"),
    ("minutes", "-5"),
    ("minutes", "45.5"),
    ("minutes", "1441"),
    ("minutes", "٤٥"),
    ("start", "25:00"),
    ("start", "10:00+05:00"),
    ("end", "noon"),
    ("pointers", "2"),
    ("pointers", "0"),
    ("pointers", "A"),
    ("relationship", "19"),  # and no subscriber
    ("payer2_id", "40004"),  # and no member id there
    ("address", "1 Elm St"),  # and no city
    ("last_name", "QUILL\x00FEATHER"),
    ("last_name", "QUILL\u2028FEATHER"),
]


@pytest.mark.parametrize(("column", "cell"), BAD_CELLS, ids=str)
def test_a_bad_cell_refuses_its_row_by_line_and_column_and_the_rest_goes_on(
    column: str, cell: str
) -> None:
    bad = {**ROW, column: cell, "visit_id": "" if column == "visit_id" else "BAD"}
    visits, faults = read(text_of([ROW, SECOND, bad, OTHER]))
    assert [(visit.line, visit.rows) for visit in visits] == [(2, 2), (5, 1)]
    [fault] = faults
    assert fault.row == 4
    named = {
        "rendering_npi": ("rendering_npi", "rendering_last_name"),
        "relationship": ("subscriber_last_name",),
        "payer2_id": ("member2_id",),
        "address": ("city",),
        "last_name": ("last_name", ""),
    }
    assert fault.column in named.get(column, (column,))
    assert fault.reason
    for told in (bad["last_name"], bad["member_id"], cell if len(cell) > 5 else "Odette"):
        assert not told or told not in fault.message


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_row_refuses_its_whole_visit_with_every_line(place: int) -> None:
    rows = [ROW, SECOND, {**ROW, "code": "96127"}]
    rows[place] = {**rows[place], "date_of_service": "2026-13-01"}
    visits, faults = read(text_of([*rows, OTHER]))
    assert [visit.encounter.external_id for visit in visits] == ["V2"]
    assert sorted(fault.row for fault in faults) == [2, 3, 4]
    [own] = [fault for fault in faults if fault.column]
    assert (own.row, own.column) == (place + 2, "date_of_service")
    assert sum("another row" in fault.reason for fault in faults) == 2


@pytest.mark.parametrize(
    ("column", "cell"),
    [("patient_number", "P2"), ("last_name", "OTHER"), ("payer_id", "1"), ("diagnoses", "I10")],
)
def test_rows_of_one_visit_that_contradict_each_other_are_refused(column: str, cell: str) -> None:
    visits, faults = read(text_of([ROW, {**SECOND, column: cell}]))
    assert not visits
    assert [(fault.row, fault.column) for fault in faults] == [(3, column), (2, "")]


def test_a_further_row_may_leave_out_what_the_first_row_said() -> None:
    bare = dict.fromkeys(ROW, "") | {
        "visit_id": "V1",
        "code": "90785",
        "date_of_service": "1/5/2026",
    }
    [visit], faults = read(text_of([ROW, bare]))
    assert not faults
    assert [charge.code for charge in visit.encounter.charges] == ["90834", "90785"]


@pytest.mark.parametrize("change", ["short", "long", "blank id"])
def test_a_broken_row_takes_the_visit_around_it_along(change: str) -> None:
    lines = text_of([ROW, SECOND, {**ROW, "code": "96127"}, OTHER]).splitlines()
    lines[2] = {
        "short": "V1,P1",
        "long": lines[2] + ",,more",
        "blank id": lines[2].removeprefix("V1"),
    }[change]
    visits, faults = read("\n".join(lines))
    assert [visit.encounter.external_id for visit in visits] == ["V2"]
    assert sorted(fault.row for fault in faults) == [2, 3, 4]


def test_a_footer_without_a_visit_is_refused_alone() -> None:
    visits, faults = read(text_of([ROW, SECOND]) + "\n,,,,,,,,,,\n,total 2\n")
    assert [(visit.rows, visit.line) for visit in visits] == [(2, 2)]
    assert [(fault.row, fault.reason) for fault in faults] == [
        (6, "has 2 cells, the header has 11")
    ]


def test_the_fifty_first_line_refuses_the_visit() -> None:
    visits, faults = read(text_of([ROW] * 50))
    assert [visit.rows for visit in visits] == [50]
    visits, faults = read(text_of([ROW] * 51))
    assert not visits
    assert len(faults) == 51


@pytest.mark.parametrize(
    ("header", "column", "words"),
    [
        ("", "", "missing"),
        (",".join(COLUMNS[:-1]), "", "missing: code"),
        (",".join((*COLUMNS, "dob")), "12", "no column"),
        (",".join((*COLUMNS, "code")), "", "twice"),
        (",".join((*COLUMNS, "")), "12", "no column"),
        ("Quillfeather,Odette,1981-04-09", "1", "no column"),
        ('"visit_id"x,code', "", "quotes"),
    ],
)
def test_a_header_that_is_none_refuses_the_file_and_repeats_nothing_of_it(
    header: str, column: str, words: str
) -> None:
    with pytest.raises(RowError) as refused:
        read(header + "\n" + text_of([ROW]).split("\n", 1)[1])
    assert (refused.value.row, refused.value.column) == (1, column)
    assert words in refused.value.message
    assert "uillfeather" not in refused.value.message


def test_a_header_may_be_spaced_capital_and_begin_with_a_byte_order_mark() -> None:
    text = "\ufeff" + text_of([ROW])
    head, _, body = text.partition("\n")
    [visit], faults = read(head.replace(",", " , ").upper() + "\r\n" + body)
    assert not faults
    assert visit.encounter.charges[0].code == "90834"


def test_quotes_that_do_not_close_stop_the_file_with_the_line() -> None:
    with pytest.raises(RowError) as refused:
        read(text_of([ROW]) + '"V2,P1\nV3,P1\n')
    assert refused.value.row >= 3
    assert "quotes" in refused.value.message


def test_commas_quotes_and_line_ends_inside_a_cell_are_that_cell() -> None:
    names = ('O"Hara, Jr', "Van  Dyke", "Ünal\x85"[:4])
    for name in names:
        [visit], faults = read(text_of([{**ROW, "last_name": name}]))
        assert not faults
        assert visit.encounter.patient.person.name.last == name.upper()
    _, [fault] = read(text_of([{**ROW, "last_name": "Two\nLines"}, OTHER]))
    assert "cannot be printed" in fault.reason


CELLS = st.sampled_from(
    ["", "V1", "V2", "X", "2026-01-05", "90834", "F411", "-1", "F", '"', ",", "\u2028", "١"]
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, int]:
    """A file and how many rows it has."""
    extra = draw(st.lists(st.sampled_from(OPTIONAL), unique=True, max_size=4))
    names = [*REQUIRED, *extra]
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        row = {**ROW, "visit_id": draw(st.sampled_from(["V1", "V2", "V3"]))}
        for name in draw(st.lists(st.sampled_from(names), max_size=2)):
            row[name] = draw(CELLS)
        rows.append(row)
    lines = text_of(rows, names).split("\n")
    for place in range(1, len(lines) - 1):
        if draw(st.integers(0, 9)) == 0:
            lines[place] += ",more"
    blank = draw(st.sampled_from(["", "\n", ",,\n"]))
    return "\n".join(lines) + blank, len(rows)


@settings(max_examples=150, deadline=None)
@given(files())
def test_rows_in_are_always_rows_of_visits_plus_refusals(file: tuple[str, int]) -> None:
    text, count = file
    visits, faults = read(text)
    assert sum(visit.rows for visit in visits) + len(faults) == count
    assert all(visit.rows == len(visit.encounter.charges) for visit in visits)
    lines = [fault.row for fault in faults]
    assert len(set(lines)) == len(lines)
    whole = {visit.encounter.external_id for visit in visits}
    assert "" not in whole


def test_a_file_is_read_as_it_streams() -> None:
    def lines() -> st.SearchStrategy[str]:
        yield from text_of([ROW, SECOND, OTHER]).splitlines(keepends=True)
        raise AssertionError("read to the end before the first visit came")

    ids = new_ids()
    first = next(iter(read_charge_file(lines(), billing=BILLING, new_id=lambda: next(ids))))
    assert not isinstance(first, RowError)
    assert first.rows == 2


@pytest.mark.attack("S-39")
@pytest.mark.parametrize(
    "bomb", ["," * 60_000, ',"\n"' * 20_000, '"' + "x\n" * 40_000, "x" * 60_000]
)
def test_a_row_beyond_all_measure_refuses_the_file_with_its_line(bomb: str) -> None:
    for text in (bomb, text_of([ROW]) + bomb):
        with pytest.raises(RowError, match="too long"):
            read(text)

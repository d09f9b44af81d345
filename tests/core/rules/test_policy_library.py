"""The library of payer policies: files taken whole or refused, what follows what, what is stale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.parties import Payer, PayerKind
from core.dates import Window
from core.errors import ConflictError, InputError, RowError
from core.rules.knobs import read_knob, said_knob
from core.rules.policy import in_rank_order, resolve
from core.rules.policy_file import read_policies, rows_of
from core.rules.policy_library import (
    LibraryEntry,
    Stale,
    check_new,
    ended,
    latest,
    policies_of,
    standings,
)
from core.rules.rule import Layer
from core.usecases.masters import knob_value

DAY = date(2026, 3, 10)
GOOD = "knob,value,payer,document,first_day\n"


def entry(knob: str = "timely_filing_days", value: object = 90, **more: Any) -> LibraryEntry:
    given_fields = {
        "id": uuid4(), "layer": Layer.PAYER, "knob": knob, "value": value, "document": "Manual",
    }  # fmt: skip
    return LibraryEntry(**(given_fields | more))


def read(text: str, *, as_json: bool = False) -> tuple[LibraryEntry, ...]:
    return read_policies(
        rows_of(text, as_json=as_json), layer=Layer.PAYER, read_value=knob_value, new_id=uuid4
    )


def test_a_file_is_read_as_csv_and_as_json_alike() -> None:
    text = GOOD + 'auth_required_codes,90837 90834,bluhb,"Manual, 2026",2026-01-01\n'
    [one] = read("\ufeff" + text)
    assert (one.value, one.payer_id, one.document) == (
        ["90837", "90834"], "BLUHB", "Manual, 2026",
    )  # fmt: skip
    json = (
        '{"policies": [{"knob": "auth_required_codes", "value": ["90837", "90834"],'
        ' "payer": "BLUHB", "document": "Manual, 2026", "first_day": "2026-01-01"}]}'
    )
    [two] = read(json, as_json=True)
    assert read_knob(two.knob, two.value) == read_knob(one.knob, one.value)
    assert (two.payer_id, two.first_day) == (one.payer_id, one.first_day)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("knob,value\n", "line 1: column document is missing"),
        (GOOD.replace("payer", "who") + "x,1,,M,\n", "line 1: a column is not known"),
        (GOOD + "requires_ndc,perhaps,,M,\n", "line 2, column value: this policy is answered"),
        (GOOD + "requires_ndc,yes,,M,\nrequires_ndc,yes,,,\n", "line 3, column document"),
        (GOOD + "no_such,yes,,M,\n", "line 2, column knob: there is no such knob"),
        (GOOD + "requires_ndc,yes,,M,2026-13-01\n", "line 2, column first_day"),
        (GOOD + "requires_ndc,yes,,M\n", "line 2: this row has another number of columns"),
        (GOOD + "requires_ndc,yes,,M,,\n", "line 2: this row has another number of columns"),
        ("knob,value,document,plan\nrequires_ndc,yes,M,Gold\n", "line 2, column plan"),
        ("knob,value,document,state\nrequires_ndc,yes,M,Penn\n", "line 2, column state"),
        ("knob,value,document,payer_kind\nrequires_ndc,yes,M,church\n", "column payer_kind"),
        (GOOD, "no policies"),
    ],
)
def test_a_damaged_file_is_refused_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(text)


@pytest.mark.parametrize("text", ["[]", "{}", '{"policies": [7]}', '[{"knob": 7}]', "nonsense"])
def test_damaged_json_is_refused(text: str) -> None:
    with pytest.raises((InputError, RowError)):
        read(text, as_json=True)


def test_an_entry_holds_until_the_day_before_the_next_and_an_ending_opens_what_is_below() -> None:
    first = entry(value=90, payer_id="P")
    second = entry(value=60, payer_id="P", first_day=DAY, supersedes=first.id)
    last = ended(second, uuid4(), on=DAY + timedelta(days=9), document="Letter")
    general = entry(value=365)
    known = (first, second, last, general)
    book = in_rank_order(policies_of(known))
    payer = Payer(payer_id="P", name="P", kind=PayerKind.COMMERCIAL)

    def days_on(day: date) -> int | None:
        return resolve(book, payer, day).number("timely_filing_days")

    assert days_on(DAY - timedelta(days=1)) == 90
    assert days_on(DAY) == 60
    assert days_on(DAY + timedelta(days=8)) == 60
    assert days_on(DAY + timedelta(days=9)) == 365
    assert [one.window for one in standings(known, DAY)][:2] == [
        Window(None, DAY - timedelta(days=1)),
        Window(DAY, DAY + timedelta(days=8)),
    ]


def test_precedence_is_practice_then_payer_plan_state_kind() -> None:
    payer = Payer(payer_id="P", name="P", kind=PayerKind.MEDICAID, plan="Gold", state="PA")
    narrowing = [
        entry(value=1, payer_kind="medicaid"),
        entry(value=2, state="PA"),
        entry(value=3, payer_id="P"),
        entry(value=4, payer_id="P", plan="Gold"),
        entry(value=5, layer=Layer.PRACTICE),
        entry(value=6, layer=Layer.PRACTICE, payer_id="P"),
    ]
    for count in range(1, len(narrowing) + 1):
        book = in_rank_order(policies_of(reversed(narrowing[:count])))
        assert resolve(book, payer, DAY).number("timely_filing_days") == count


def test_what_disagrees_names_both_papers_and_what_follows_is_of_the_same_question() -> None:
    one = entry(document="Manual", page="7")
    with pytest.raises(ConflictError, match="Bulletin 3 and Manual 7 disagree"):
        check_new(entry(value=60, document="Bulletin 3"), (one,))
    check_new(entry(value=90, document="Bulletin 3"), (one,))
    check_new(entry(value=60, first_day=DAY, supersedes=one.id), (one,))
    assert latest((one,), entry(value=60, first_day=DAY)) is one
    assert latest((one,), entry("requires_ndc", True)) is None
    with pytest.raises(ConflictError, match="same question"):
        check_new(entry("requires_ndc", True, supersedes=one.id), (one,))
    with pytest.raises(ConflictError, match="follow the latest"):
        check_new(
            entry(value=30, supersedes=one.id),
            (one, entry(value=60, first_day=DAY, supersedes=one.id)),
        )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"last_day": DAY - timedelta(days=1)}, (Stale.EXPIRED,)),
        ({"last_day": DAY}, ()),
        ({"review_by": DAY + timedelta(days=30)}, (Stale.REVIEW_DUE,)),
        ({"review_by": DAY + timedelta(days=31)}, ()),
        ({"document": " "}, (Stale.NO_DOCUMENT,)),
        ({"value": None}, ()),
    ],
)
def test_what_wants_looking_at(change: dict[str, Any], why: tuple[Stale, ...]) -> None:
    [one] = standings([entry(**change)], DAY)
    assert one.stale == why


@pytest.mark.parametrize(
    "change",
    [{"document": ""}, {"plan": "Gold"}, {"value": "x"},
     {"first_day": DAY, "last_day": DAY - timedelta(days=1)}],
)  # fmt: skip
def test_what_cannot_be_an_entry_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        check_new(entry(**change), ())


CODES = st.lists(st.sampled_from(["90837", "G2211", "99213", "H0004"]), min_size=1, max_size=5)


@given(st.sampled_from(["yes", "no"]), st.integers(1, 9999), CODES)
def test_a_value_is_shown_as_it_is_typed(flag: str, number: int, codes: list[str]) -> None:
    assert said_knob(knob_value("requires_ndc", flag)) == flag
    assert said_knob(knob_value("timely_filing_days", str(number))) == str(number)
    assert said_knob(knob_value("auth_required_codes", " ".join(codes))) == " ".join(codes)


def test_tables_and_limits_are_shown_as_they_are_typed() -> None:
    for knob, typed in (
        ("credential_modifiers", "LCSW: AJ; PSYD: AH HP"),
        ("frequency_limits", "90791 90792: 1 per year"),
    ):
        assert said_knob(knob_value(knob, typed.replace("; ", "\n"))) == typed

"""The shipped table of CARCs, and its parser."""

import csv
from datetime import date
from pathlib import Path

import pytest

from core.denials.causes import GROUPS, Cause, Disposition, parse_causes
from core.denials.items import DEFAULT_PLAYS
from core.errors import InputError, RowError

ROOT = Path(__file__).parents[3]
with (ROOT / "core/denials/data/carc_dispositions.csv").open(encoding="utf-8") as lines:
    ROWS = list(csv.DictReader(lines))
TABLE = parse_causes(ROWS)
DAY = date(2026, 3, 2)
D = Disposition


@pytest.mark.parametrize(
    ("group", "carc", "disposition", "cause"),
    [
        ("CO", "45", D.CONTRACTUAL, None),
        ("PR", "45", D.PATIENT, None),
        ("CO", "253", D.CONTRACTUAL, None),
        ("CO", "59", D.CONTRACTUAL, None),
        ("PR", "1", D.PATIENT, None),
        ("PR", "2", D.PATIENT, None),
        ("PR", "3", D.PATIENT, None),
        ("CO", "1", D.CONTRACTUAL, None),
        ("OA", "1", D.DENIAL, Cause.UNLISTED),
        ("OA", "23", D.PRIOR_PAYER, None),
        ("CO", "144", D.INFORMATIONAL, None),
        ("CO", "50", D.DENIAL, Cause.MEDICAL_NECESSITY),
        ("PR", "50", D.PATIENT, None),
        ("CO", "96", D.DENIAL, Cause.NONCOVERED),
        ("PR", "96", D.PATIENT, None),
        ("PR", "27", D.DENIAL, Cause.ELIGIBILITY),
        ("CO", "22", D.DENIAL, Cause.COB),
        ("CO", "197", D.DENIAL, Cause.AUTHORISATION),
        ("CO", "B7", D.DENIAL, Cause.CREDENTIALING),
        ("CO", "119", D.DENIAL, Cause.BENEFIT_LIMIT),
        ("OA", "100", D.PATIENT, None),
        ("CO", "no such", D.DENIAL, Cause.UNLISTED),
        ("PR", "no such", D.PATIENT, None),
        ("??", "45", D.DENIAL, Cause.UNLISTED),
    ],
)
def test_group_and_carc_decide(group, carc, disposition, cause) -> None:
    ruling = TABLE.ruling(group, carc, DAY)
    assert (ruling.disposition, ruling.cause) == (disposition, cause)


def test_a_code_that_has_ended_rules_only_on_its_days() -> None:
    assert TABLE.ruling("CO", "15", date(2018, 4, 1)).cause is Cause.AUTHORISATION
    assert TABLE.ruling("CO", "15", DAY).cause is Cause.UNLISTED


def test_the_table_covers_the_common_codes_with_labels_and_sources() -> None:
    assert len(TABLE) >= 80
    assert all(row["label"] and row["source"] and row["valid_from"] for row in ROWS)
    assert all(len(row["label"]) <= 70 for row in ROWS)


def test_what_the_patient_may_owe_is_never_taken_off_and_a_denial_never_written_off() -> None:
    for row in ROWS:
        if row["disposition"] == "contractual":
            assert "PR" not in row["groups"].split()
            assert row["groups"] != "*"


def test_every_cause_has_a_play_and_a_row() -> None:
    assert set(DEFAULT_PLAYS) == set(Cause)
    assert {row["cause"] for row in ROWS} - {""} == set(Cause) - {Cause.UNLISTED}


def test_the_codes_are_published_codes() -> None:
    published = ROOT.parent / "shared/data/reference/carc-rarc-codes-2024.csv"
    if not published.exists():
        pytest.skip("the published code list is not beside the checkout")
    with published.open(encoding="utf-8") as rows:
        known = {row["code"]: row for row in csv.DictReader(rows) if row["type"] == "CARC"}
    for row in ROWS:
        assert (row["valid_from"], row["valid_to"]) == (
            known[row["carc"]]["start"],
            known[row["carc"]]["stop"],
        )


GOOD = {
    "carc": "45",
    "groups": "CO",
    "disposition": "contractual",
    "cause": "",
    "label": "x",
    "source": "y",
    "valid_from": "2020-01-01",
    "valid_to": "",
}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"carc": " "}, "carc"),
        ({"groups": ""}, "groups"),
        ({"groups": "CO XX"}, "groups"),
        ({"disposition": "write_off"}, "disposition"),
        ({"disposition": "denial"}, "cause"),
        ({"cause": "cob"}, "cause"),
        ({"disposition": "denial", "cause": "bad luck"}, "cause"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_to": "2019-01-01"}, "valid_to"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_column(change, column) -> None:
    with pytest.raises(RowError) as refused:
        parse_causes([GOOD, GOOD | change])
    assert (refused.value.row, refused.value.column) == (3, column)


def test_two_rows_may_not_rule_on_one_day() -> None:
    with pytest.raises(InputError, match="two rows"):
        parse_causes([GOOD, GOOD | {"groups": "*"}])
    ended = GOOD | {"valid_to": "2021-12-31"}
    after = GOOD | {"valid_from": "2022-01-01", "disposition": "denial", "cause": "coding"}
    table = parse_causes([ended, after])
    assert table.ruling("CO", "45", date(2021, 12, 31)).disposition is D.CONTRACTUAL
    assert table.ruling("CO", "45", date(2022, 1, 1)).disposition is D.DENIAL
    assert set(GROUPS) == {"CO", "OA", "PI", "PR"}

"""One defect a file: it is named at its segment, and nothing else is."""

from __future__ import annotations

import pytest

from api.x12_options import x12_options
from core.x12.check import FileReport, Status, X12Error, check
from tests.core.x12.defect_bases import BASES
from tests.core.x12.defect_edits import Defect, Segments, counted, drop, find, put
from tests.core.x12.guide_variations import JUDGED
from tests.core.x12.pyx12_oracle import judge, judged
from tests.core.x12.single_defects import (
    CODE_SETS,
    DEFECTS,
    NOT_WRONG,
    SITUATIONS,
    WARNED,
)


def as_bytes(segments: Segments) -> bytes:
    return ("~".join(segments) + "~").encode()


def serious(report: FileReport) -> list[X12Error]:
    every = [*report.errors, *(e for t in report.transactions for e in t.errors)]
    return [error for error in every if error.severity == "error"]


def edited(defect: Defect) -> Segments:
    """The base with the defect; SE01 stays as it is where the edit was about it."""
    segments = defect.edit(BASES[defect.base])
    return segments if "SE0" in defect.name else counted(segments)


# Everything on that needs no partner.
ALL = x12_options()


@pytest.mark.parametrize("kind", sorted(BASES))
def test_a_good_base_has_no_finding(kind: str) -> None:
    report = check(as_bytes(BASES[kind]), ALL)
    assert report.errors == ()
    assert [(each.status, each.errors) for each in report.transactions] == [(Status.ACCEPTED, ())]


@pytest.mark.parametrize("kind", sorted(set(BASES) - {"837D"}))
def test_the_judge_takes_a_good_base(kind: str) -> None:
    assert judge(as_bytes(BASES[kind]))[0]


@pytest.mark.control("R32")
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda each: f"{each.base}: {each.name}")
def test_a_single_defect_is_named_where_it_is_and_nothing_else(defect: Defect) -> None:
    segments = edited(defect)
    found = serious(check(as_bytes(segments), ALL))
    at = find(segments, defect.at) + 1
    told = [(error.snip, error.segment, error.element, error.code) for error in found]
    assert (defect.snip, at, defect.element, defect.code) in told, told
    others = {error.code for error in found} - {defect.code}
    assert "*" in defect.also or others <= set(defect.also), told


@pytest.mark.parametrize(
    "defect",
    [each for each in DEFECTS if each.judge != "blind" and each.base in (*JUDGED, "COB")],
    ids=lambda each: f"{each.base}: {each.name}",
)
def test_the_judge_refuses_the_same_at_the_same_segment(defect: Defect) -> None:
    segments = edited(defect)
    valid, places = judged(as_bytes(segments))
    assert not valid
    if defect.judge == "same":
        assert places[0][0] == find(segments, defect.at) + 1


@pytest.mark.parametrize(
    "defect", [*SITUATIONS, *CODE_SETS], ids=lambda each: f"{each.base}: {each.name}"
)
def test_a_defect_of_situation_or_code_is_named_where_it_is_and_nothing_else(
    defect: Defect,
) -> None:
    segments = edited(defect)
    found = serious(check(as_bytes(segments), ALL))
    at = find(segments, defect.at) + 1
    assert {(error.snip, error.segment) for error in found} == {(defect.snip, at)}
    assert not defect.element or {error.element for error in found} == {defect.element}


def test_what_cannot_be_read_hides_nothing_beside_it() -> None:
    """Two causes in one segment, even in one element, are two findings."""
    for edits, expected in (
        ((put("CLM#2", 6, "X"), drop("REF*F8")), {(2, 6, 0), (4, 5, 3)}),
        ((put("SV1", 7, "13:12"),), {(2, 7, 1), (4, 7, 2)}),
        ((put("SV1", 1, "ZZ:99213:@@"), put("SV1", 3, "XX")), {(2, 1, 1), (2, 3, 0)}),
    ):
        segments = BASES["837P"]
        for edit in edits:
            segments = edit(segments)
        found = serious(check(as_bytes(counted(segments)), ALL))
        assert {(error.snip, error.element, error.component) for error in found} == expected


@pytest.mark.parametrize("defect", WARNED, ids=lambda each: each.name)
def test_what_is_read_in_one_way_only_is_a_warning(defect: Defect) -> None:
    segments = edited(defect)
    (report,) = check(as_bytes(segments), ALL).transactions
    told = [(e.severity, e.segment, e.element, e.code) for e in report.errors]
    place = find(segments, defect.at) + 1
    assert told == [("warning", place, defect.element, defect.code)]
    assert report.status is Status.ACCEPTED
    assert judge(as_bytes(segments))[0]


@pytest.mark.parametrize("harmless", NOT_WRONG, ids=lambda each: f"{each.base}: {each.name}")
def test_what_is_not_wrong_raises_no_error(harmless: Defect) -> None:
    assert serious(check(as_bytes(edited(harmless)), ALL)) == []


def test_no_two_defects_have_one_name() -> None:
    names = [(each.base, each.name) for each in (*DEFECTS, *SITUATIONS, *CODE_SETS)]
    assert len(set(names)) == len(names)
    assert len(DEFECTS) >= 120

"""Rules that follow from documented time: both sides of every boundary."""

from __future__ import annotations

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
    DAY,
    Trial,
    answer,
    before,
    derived,
    document,
    held,
    judge,
    line,
    said,
    units,
)

EM = line("99214")


def code(value: str | None) -> dict[int, dict[str, object]]:
    return {1: {"code": value}}


def count(no: int, value: int) -> dict[int, dict[str, object]]:
    return {no: {"units": value}}


TRIALS = (
    Trial(
        "BH-001",
        document(line("90832", 15)),
        document(line("90832", 16)),
        derived=code(None),
        quiet_derived=code("90832"),
    ),
    Trial(
        "BH-001",
        document(EM, line("90833", 15), by="MD"),
        document(EM, line("90833", 16), by="MD"),
        found="deny 2",
        derived={2: {"code": None}},
        quiet_derived={2: {"code": "90833"}},
    ),
    Trial("BH-001", document(line("90837", 0)), document(line("90837", 53)), derived=code(None)),
    # The time may stand as start and end instead of minutes.
    Trial(
        "BH-001",
        document(line("90832", start="14:00", end="14:15")),
        document(line("90832", start="14:00", end="14:16")),
        derived=code(None),
    ),
    Trial(
        "BH-002", document(line("90834", 37)), document(line("90834", 38)), derived=code("90832")
    ),
    Trial(
        "BH-002", document(line("90837", 52)), document(line("90837", 53)), derived=code("90834")
    ),
    Trial(
        "BH-002", document(line("90837", 16)), document(line("90832", 37)), derived=code("90832")
    ),
    Trial(
        "BH-002",
        document(line("90832", 38)),
        document(line("90832", 37)),
        found="warn 1",
        derived=code("90834"),
    ),
    Trial(
        "BH-002",
        document(line("90834", 53)),
        document(line("90834", 52)),
        found="warn 1",
        derived=code("90837"),
    ),
    Trial(
        "BH-002",
        document(EM, line("90838", 52), by="NP"),
        document(EM, line("90838", 53), by="NP"),
        found="deny 2",
        derived={2: {"code": "90836"}},
    ),
    Trial(
        "BH-002",
        document(EM, line("90833", 38), by="MD"),
        document(EM, line("90836", 38), by="MD"),
        found="warn 2",
        derived={2: {"code": "90836"}},
        quiet_derived={2: {"code": "90836"}},
    ),
    Trial("BH-003", document(line("90834")), document(line("90834", 45)), found="warn 1"),
    Trial(
        "BH-003",
        document(line("90837", 60), policy={"requires_start_stop": True}),
        document(
            line("90837", 60, start="10:00", end="11:00"), policy={"requires_start_stop": True}
        ),
        found="warn 1",
    ),
    Trial("BH-003", document(line("H2017"), by="BHT"), document(line("90853")), found="warn 1"),
    Trial(
        "BH-004",
        document(line("90833", 20), by="MD"),
        document(line("90833", 20), EM, by="MD"),
        derived=code("90832"),
        quiet_derived=code("90833"),
    ),
    Trial(
        "BH-004",
        document(line("90838", 60), by="NP"),
        document(line("90838", 60), by="NP", history=[before("99213")]),
        derived=code("90837"),
        quiet_derived=code("90838"),
    ),
    # An evaluation of another day, of another person, or of a claim that was denied is none.
    Trial(
        "BH-004",
        document(line("90836", 45), by="MD", history=[before("99213", "2026-05-11")]),
        document(line("90836", 45), by="MD", history=[before("99213", status="pending")]),
        derived=code("90834"),
    ),
    Trial(
        "BH-004",
        document(line("90836", 45), by="MD", history=[before("99213", rendering_npi="1456789126")]),
        document(
            line("90836", 45),
            by="MD",
            policy={"same_day_scope": "group"},
            history=[before("99213", rendering_npi="1456789126", specialty="2084P0800X")],
        ),
    ),
    Trial(
        "BH-004",
        document(line("90836", 45), by="MD", history=[before("99213", status="denied")]),
        document(line("90836", 45), line("99285"), by="MD", pos="23"),
    ),
    Trial(
        "BH-005",
        document(line("99213"), line("90832", 20), by="MD"),
        document(line("99213"), line("90833", 20), by="MD"),
        found="deny 2",
        derived={2: {"code": "90833"}},
    ),
    Trial(
        "BH-005",
        document(line("90837", 60), by="NP", history=[before("99214")]),
        document(line("90837", 60), by="NP", history=[before("99214", rendering_npi="1456789126")]),
        derived=code("90838"),
        quiet_derived=code("90837"),
    ),
    # 25 does not make a stand-alone session right.
    Trial(
        "BH-005",
        document(line("99214", None, "25"), line("90834", 45), by="MD"),
        document(line("99214", None, "25"), line("90836", 45), by="MD"),
        found="deny 2",
        derived={2: {"code": "90836"}},
    ),
    # Band and family are two questions: the derived code answers both.
    Trial(
        "BH-005",
        document(line("99214"), line("90837", 45), by="MD"),
        document(line("99214"), line("90836", 45), by="MD"),
        found="deny 2",
        also=("BH-002 deny 2",),
        derived={2: {"code": "90836"}},
    ),
    Trial(
        "BH-009", document(line("90839", 29)), document(line("90839", 30)), derived=code("90832")
    ),
    Trial(
        "BH-009", document(line("90839", 16)), document(line("90839", 74)), derived=code("90832")
    ),
    Trial(
        "BH-009",
        document(line("90839", 15)),
        document(line("90839", 75)),
        derived=code(None),
        quiet_derived=code("90839"),
    ),
    Trial(
        "BH-010",
        document(line("90839", 74), line("90840")),
        document(line("90839", 75), line("90840")),
        found="deny 2",
        derived=count(2, 0),
        quiet_derived=count(2, 1),
    ),
    Trial(
        "BH-010",
        document(line("90839", 104), units("90840", 2)),
        document(line("90839", 105), units("90840", 2)),
        found="deny 2",
        derived=count(2, 1),
        quiet_derived=count(2, 2),
    ),
    Trial(
        "BH-010",
        document(line("90839", 134), units("90840", 3)),
        document(line("90839", 135), units("90840", 3)),
        found="deny 2",
        derived=count(2, 2),
        quiet_derived=count(2, 3),
    ),
    Trial(
        "BH-010",
        document(line("90840")),
        document(line("90840"), history=[before("90839")]),
        derived=count(1, 0),
    ),
    Trial(
        "BH-010",
        document(line("90839", 20), line("90840")),
        document(line("90839", 134), units("90840", 2)),
        found="deny 2",
        also=("BH-009 deny 1",),
        derived={1: {"code": "90832"}, 2: {"units": 0}},
    ),
    Trial("BH-012", document(line("90847", 25)), document(line("90847", 26)), derived=code(None)),
    Trial(
        "BH-012",
        document(line("90846", 25)),
        document(line("90846", 26)),
        derived=code(None),
        quiet_derived=code("90846"),
    ),
    Trial(
        "BH-023",
        document(units("H0004", 1, 7), payer="medicaid", by="LPC"),
        document(units("H0004", 1, 8), payer="medicaid", by="LPC"),
        derived=count(1, 0),
        quiet_derived=count(1, 1),
    ),
    Trial(
        "BH-023",
        document(units("H2019", 2, 22), by="BHT"),
        document(units("H2019", 2, 23), by="BHT"),
        derived=count(1, 1),
    ),
    Trial(
        "BH-023",
        document(units("97153", 4, 52), by="RBT", dx=["F84.0"]),
        document(units("97153", 4, 53), by="RBT", dx=["F84.0"]),
        derived=count(1, 3),
    ),
    # Whole quarters where the payer counts so.
    Trial(
        "BH-023",
        document(units("T1017", 2, 29), by="BHT", policy={"timed_unit_method": "full_unit"}),
        document(units("T1017", 2, 30), by="BHT", policy={"timed_unit_method": "full_unit"}),
        derived=count(1, 1),
        quiet_derived=count(1, 2),
    ),
    Trial(
        "BH-023",
        document(units("H2014", 1, 14), by="BHT", policy={"timed_unit_method": "full_unit"}),
        document(units("H2014", 1, 14), by="BHT", policy={"timed_unit_method": "ama_midpoint"}),
        derived=count(1, 0),
        quiet_derived=count(1, 1),
    ),
    Trial(
        "BH-024",
        document(line("96130", 30), by="CP"),
        document(line("96130", 31), by="CP"),
        derived=code(None),
        quiet_derived=code("96130"),
    ),
    Trial(
        "BH-024",
        document(line("96132", 90), line("96133"), by="CP"),
        document(line("96132", 91), line("96133"), by="CP"),
        found="deny 2",
        derived=count(2, 0),
        quiet_derived=count(2, 1),
    ),
    Trial(
        "BH-024",
        document(line("96130", 150), units("96131", 2), by="CP"),
        document(line("96130", 151), units("96131", 2), by="CP"),
        found="deny 2",
        derived=count(2, 1),
        quiet_derived=count(2, 2),
    ),
    Trial(
        "BH-024",
        document(line("96136", 15), by="CP"),
        document(line("96136", 16), by="CP"),
        derived=code(None),
    ),
    Trial(
        "BH-024",
        document(line("96138", 45), line("96139"), by="CP"),
        document(line("96138", 46), line("96139"), by="CP"),
        found="deny 2",
        derived=count(2, 0),
        quiet_derived=count(2, 1),
    ),
    Trial(
        "BH-024",
        document(line("96136", 75), units("96137", 2), by="CP"),
        document(line("96136", 76), units("96137", 2), by="CP"),
        found="deny 2",
        derived=count(2, 1),
        quiet_derived=count(2, 2),
    ),
    Trial(
        "BH-024",
        document(line("96130", 30), line("96131"), by="CP"),
        document(line("96130", 200), units("96131", 2), by="CP"),
        also=("BH-024 deny 2",),
        derived={1: {"code": None}, 2: {"units": 0}},
    ),
    # Without its base the add-on is the platform's matter, and its minutes say nothing.
    Trial(
        "BH-024",
        document(line("96138", 15), line("96139", 90), by="CP"),
        document(line("96139", 90), by="CP"),
        also=("BH-024 deny 2",),
        quiet_found=("PS-044 deny 1",),
    ),
    Trial(
        "BH-025",
        document(EM, units("96127", 3), by="MD", instruments=2),
        document(EM, units("96127", 2), by="MD", instruments=2),
        found="deny 2",
        derived=count(2, 2),
    ),
    Trial(
        "BH-025",
        document(units("96127", 1), by="MD", instruments=0),
        document(units("96127", 3), by="MD"),
        derived=count(1, 0),
    ),
    Trial(
        "BH-025",
        document(units("96146", 2), by="CP"),
        document(units("96146", 1), by="CP"),
        derived=count(1, 1),
    ),
    Trial(
        "BH-031",
        document(line("96158", 15), by="CP", dx=["E11.9"]),
        document(line("96158", 16), by="CP", dx=["E11.9"]),
        reason="minutes",
        derived=code(None),
    ),
    Trial(
        "BH-031",
        document(line("96158", 37), line("96159"), by="CP", dx=["E11.9"]),
        document(line("96158", 38), line("96159"), by="CP", dx=["E11.9"]),
        found="deny 2",
        derived=count(2, 0),
        quiet_derived=count(2, 1),
    ),
    Trial(
        "BH-031",
        document(line("96164", 52), units("96165", 2), by="CP", dx=["E11.9"]),
        document(line("96164", 53), units("96165", 2), by="CP", dx=["E11.9"]),
        found="deny 2",
        derived=count(2, 1),
        quiet_derived=count(2, 2),
    ),
    Trial(
        "BH-031",
        document(line("96170", 15), by="CP", dx=["E11.9"]),
        document(line("96167", 16), by="CP", dx=["E11.9"]),
    ),
    Trial(
        "BH-031",
        document(line("96156"), by="CP", dx=["F43.23", "E11.9"]),
        document(line("96156"), by="CP", dx=["E11.9", "F43.23"]),
    ),
    # The first pointer counts, not the first diagnosis of the claim.
    Trial(
        "BH-031",
        document(line("96158", 30, ptr=[2, 1]), by="CP", dx=["E11.9", "F43.23"]),
        document(line("96158", 30, ptr=[2, 1]), by="CP", dx=["F43.23", "E11.9"]),
    ),
)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_boundary_is_where_the_sheet_has_it(trial: Trial, icd: IcdBook) -> None:
    assert judge(trial, icd) == []


def test_a_missing_time_is_no_opinion_of_any_rule_but_the_question_for_it(icd: IcdBook) -> None:
    for given in (
        document(line("90837")),
        document(line("90839"), units("90840", 3)),
        document(line("96130"), units("96131", 5), by="CP"),
        document(line("96158"), units("96159", 5), by="CP", dx=["E11.9"]),
        document(units("H2017", 40), by="BHT"),
        document(line("99492"), units("99494", 9), by="MD"),
        document(line("99408"), by="MD"),
    ):
        result = answer(given, icd)
        assert held(result) == set()
        assert "BH-003 warn 1" in said(result)


def test_a_code_that_is_dead_that_day_gets_no_further_coding_finding(icd: IcdBook) -> None:
    prolonged = document(line("90837", 95), line("99354"))
    assert held(answer(prolonged, icd)) == {"PS-031 reject 2"}
    early = document(line("G0568"), payer="medicare", by="MD", day="2025-12-31")
    assert held(answer(early, icd)) == {"PS-031 reject 1"}


def test_ninety_minutes_are_one_session_of_the_longest_code(icd: IcdBook) -> None:
    result = answer(document(line("90837", 120)), icd)
    assert held(result) == set()
    assert derived(result, 1) == {"no": 1, "code": "90837", "units": 1}


def test_a_social_worker_beside_a_colleagues_evaluation_keeps_the_stand_alone_code(
    icd: IcdBook,
) -> None:
    visit = before("99214", DAY, rendering_npi="1456789126", specialty="2084P0800X")
    result = answer(document(line("90834", 45), history=[visit]), icd)
    assert held(result) == set()
    assert derived(result, 1)["code"] == "90834"

"""Rules about what stands beside a line: the same day, the same practitioner, either claim."""

from __future__ import annotations

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
    DAY,
    OTHER_NPI,
    Trial,
    answer,
    before,
    document,
    held,
    judge,
    line,
    units,
)

EM = line("99214")
GROUP = {"same_day_scope": "group"}
ELSEWHERE = {"rendering_npi": OTHER_NPI, "specialty": "2084P0800X"}
PAIR = {"from": "2020-01-01", "to": None}


def ptp(one: str, two: str, indicator: int) -> dict[str, object]:
    return {"ptp": [{"col1": one, "col2": two, "indicator": indicator, **PAIR}]}


TRIALS = (
    Trial(
        "BH-006",
        document(line("90832", 20), line("90837", 60)),
        document(line("90832", 20), line("90837", 60, "59")),
    ),
    Trial(
        "BH-006",
        document(line("90837", 60), line("90834", 45)),
        document(line("90837", 60), line("90834", 45, "XE")),
        found="deny 2",
    ),
    # Of equal ones the later gives way; the platform sees the same line twice as well.
    Trial(
        "BH-006",
        document(line("90834", 45), line("90834", 45)),
        document(line("90834", 45, "XE"), line("90834", 45)),
        found="deny 2",
        also=("PS-039 deny 2",),
    ),
    Trial(
        "BH-006",
        document(line("90834", 50), line("90834", 40)),
        document(line("90834", 50), line("90834", 40, dos="2026-05-13")),
        found="deny 2",
        also=("PS-039 deny 2",),
    ),
    Trial(
        "BH-006",
        document(line("90837", 60), history=[before("90834")]),
        document(line("90837", 60), history=[before("90834", DAY, "59")]),
    ),
    Trial(
        "BH-006",
        document(
            line("90837", 60), policy=GROUP, history=[before("90834", rendering_npi=OTHER_NPI)]
        ),
        document(line("90837", 60), history=[before("90834", rendering_npi=OTHER_NPI)]),
    ),
    Trial(
        "BH-007",
        document(line("90791"), line("90837", 60)),
        document(line("90791"), line("90837", 60, dos="2026-05-13")),
        found="deny 2",
    ),
    Trial(
        "BH-007",
        document(line("90832", 20, "XE"), history=[before("90791")]),
        document(line("90832", 20), history=[before("90791", **ELSEWHERE)]),
    ),
    Trial(
        "BH-007",
        document(line("90792"), line("90839", 80), line("90840"), by="MD"),
        document(line("90792"), by="MD"),
        found="deny 2",
        also=("BH-007 deny 3",),
    ),
    # The therapy was paid already: what is left to hold is the evaluation.
    Trial(
        "BH-007",
        document(line("90791"), history=[before("90834")]),
        document(line("90791"), history=[before("90834", status="voided")]),
    ),
    Trial(
        "BH-008",
        document(line("90791"), EM, by="MD"),
        document(line("90791"), line("99214", dos="2026-05-13"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-008", document(line("90791"), line("90792"), by="MD"), document(line("90792"), by="NP")
    ),
    Trial(
        "BH-008",
        document(line("90792"), line("99204", None, "25"), by="NP"),
        document(line("99204"), by="NP"),
        found="deny 2",
    ),
    Trial(
        "BH-008",
        document(
            line("90792"),
            by="MD",
            policy=GROUP,
            history=[before("90791", **ELSEWHERE)],
        ),
        document(
            line("90792"), by="MD", policy=GROUP, history=[before("90791", rendering_npi=OTHER_NPI)]
        ),
    ),
    Trial(
        "BH-011",
        document(line("90839", 60), line("90834", 45)),
        document(line("90839", 60), line("90834", 45, dos="2026-05-13")),
        found="deny 2",
    ),
    Trial(
        "BH-011",
        document(line("90839", 60), line("90785")),
        document(line("90834", 45), line("90785")),
        found="deny 2",
    ),
    Trial(
        "BH-011",
        document(line("90837", 60, "59"), history=[before("90839")]),
        document(line("90837", 60), history=[before("90839", **ELSEWHERE)]),
    ),
    Trial(
        "BH-011",
        document(EM, line("90833", 20), line("90839", 60), by="MD"),
        document(EM, line("90839", 60), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-013",
        document(line("90837", 60), line("90847", 50)),
        document(line("90837", 60), line("90847", 50, "59")),
        found="deny 2",
    ),
    Trial(
        "BH-013",
        document(line("90846", 50), line("90834", 45)),
        document(line("90846", 50), line("90834", 45, "XE")),
    ),
    Trial(
        "BH-013",
        document(EM, line("90836", 45), line("90847", 50), by="MD"),
        document(EM, line("90847", 50), by="MD"),
        found="deny 3",
    ),
    Trial(
        "BH-013",
        document(line("90847", 50), history=[before("90834")]),
        document(line("90847", 50), history=[before("90834", DAY, "XE")]),
    ),
    Trial(
        "BH-014",
        document(line("90834", 45), line("90853")),
        document(line("90834", 45), line("90853", None, "59")),
        found="deny 2",
    ),
    Trial(
        "BH-014",
        document(line("90853"), line("90834", 45)),
        document(line("90853"), line("90834", 45, "XE")),
    ),
    Trial(
        "BH-014",
        document(line("90853"), history=[before("90837")]),
        document(line("90853"), history=[before("90837", **ELSEWHERE)]),
    ),
    Trial("BH-015", document(line("90785")), document(line("90785"), line("90853"))),
    Trial(
        "BH-015",
        document(line("90847", 50), line("90785")),
        document(line("90791"), line("90785")),
        found="deny 2",
    ),
    Trial(
        "BH-015",
        document(EM, line("90785"), by="MD"),
        document(EM, line("90833", 20), line("90785"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-015",
        document(line("97153", 15), line("90785"), by="RBT", dx=["F84.0"]),
        document(line("90785"), history=[before("90837")]),
        found="deny 2",
    ),
    Trial(
        "BH-015",
        document(line("96130", 60), line("90785"), by="CP"),
        document(line("90792"), line("90785"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-015",
        document(line("90849"), line("90785")),
        document(line("90838", 60), EM, by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-017",
        document(line("90837", 95), line("99417")),
        document(line("90837", 95)),
        found="deny 2",
    ),
    Trial(
        "BH-017",
        document(line("90837", 95), line("G2212"), payer="medicare"),
        document(line("99215", 75), line("G2212"), payer="medicare", by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-017",
        document(line("99415"), line("90834", 50), by="MD"),
        document(line("99215", 60), line("99417"), line("90836", 45), by="MD"),
    ),
    # Neither psychotherapy nor an evaluation: that is the platform's to say.
    Trial(
        "BH-017",
        document(line("90847", 80), line("99417"), by="MD"),
        document(line("99417"), by="MD"),
        found="deny 2",
        quiet_found=("PS-044 deny 1",),
    ),
    Trial(
        "BH-030",
        document(line("96158", 30), line("90834", 45), by="CP", dx=["E11.9"]),
        document(line("96158", 30), line("90834", 45, dos="2026-05-13"), by="CP", dx=["E11.9"]),
    ),
    Trial(
        "BH-030",
        document(line("96156"), by="CP", dx=["E11.9"], history=[before("90791")]),
        document(line("96156"), by="CP", dx=["E11.9"], history=[before("90791", **ELSEWHERE)]),
    ),
    Trial(
        "BH-044",
        document(line("90834", 45), line("90863"), payer="medicare", by="CP"),
        document(line("90834", 45), line("90863"), by="CP"),
        found="deny 2",
    ),
    Trial(
        "BH-044",
        document(EM, line("90863"), by="MD"),
        document(line("99214", dos="2026-05-11"), line("90863"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-049",
        document(
            line("90870"), line("00104", 30, "AA", unit_basis="MJ", units=30), by="MD", pos="11"
        ),
        document(line("00104", 30, "AA", unit_basis="MJ", units=30), by="MD", pos="11"),
        found="deny 2",
    ),
    Trial(
        "BH-049",
        document(
            line("00104", 30, "AA", unit_basis="MJ", units=30), by="MD", history=[before("90870")]
        ),
        document(
            line("00104", 30, "AA", unit_basis="MJ", units=30),
            by="MD",
            history=[before("90870", **ELSEWHERE)],
        ),
    ),
    Trial(
        "BH-028",
        document(line("90867"), line("90868"), by="MD"),
        document(line("90867"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-028",
        document(line("90868"), line("90869"), by="MD"),
        document(line("90868"), line("90869", dos="2026-05-13"), by="MD"),
    ),
    Trial(
        "BH-028",
        document(line("90869"), line("90867"), by="MD"),
        document(line("90869"), by="MD"),
        found="deny 2",
    ),
    Trial(
        "BH-028",
        document(line("90867"), by="MD", history=[before("90867", "2025-11-14")]),
        document(line("90867"), by="MD", history=[before("90867", "2025-11-13")]),
        derived={1: {"code": "90868"}},
    ),
    Trial(
        "BH-028",
        document(line("90868"), by="MD", history=[before("90869")]),
        document(line("90868"), by="MD", history=[before("90867", "2026-05-11")]),
    ),
)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_company_a_line_keeps(trial: Trial, icd: IcdBook) -> None:
    assert judge(trial, icd) == []


def test_evaluation_with_add_on_and_complexity_is_right(icd: IcdBook) -> None:
    right = document(EM, line("90836", 45), line("90785"), by="MD", payer="medicare")
    assert held(answer(right, icd)) == set()
    assert held(answer(document(line("90791"), line("90785")), icd)) == set()


def test_crisis_on_the_day_of_an_evaluation_is_named_once(icd: IcdBook) -> None:
    result = answer(document(line("90791"), line("90839", 60)), icd)
    assert held(result) == {"BH-007 deny 2"}


def test_a_loaded_table_decides_what_parts_a_pair_and_which_line_gives_way(icd: IcdBook) -> None:
    both = (line("90837", 60), line("90847", 50, "59"))
    never = answer(document(*both, reference=ptp("90847", "90837", 0)), icd)
    assert "BH-013 deny 1" in held(never)
    parted = answer(document(*both, reference=ptp("90837", "90847", 1)), icd)
    assert held(parted) == set()
    plain = (line("90837", 60), line("90847", 50))
    deleted = answer(document(*plain, reference=ptp("90837", "90847", 9)), icd)
    assert held(deleted) == set()
    other = answer(document(*plain, reference=ptp("90837", "90853", 1)), icd)
    assert held(other) == {"BH-013 deny 2"}


def test_two_units_of_a_session_are_not_two_lines(icd: IcdBook) -> None:
    assert held(answer(document(units("90853", 1)), icd)) == set()

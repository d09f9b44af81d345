"""Rules about who rendered a service, how it is shown to the payer, and where it was done."""

from __future__ import annotations

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
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

HO = {"credential_modifiers": {"LPC": ["HO"], "LCSW": ["HO", "AJ"], "BHT": ["HM"], "CP": ["HP"]}}
FIRST_VISIT = {"flag": True, "new_patient": False, "new_problem": False}


def helper(**facts: object) -> dict[str, object]:
    """What a right incident-to service states, and what the trial changes."""
    return {
        "flag": True,
        "new_patient": False,
        "new_problem": False,
        "supervision": "direct",
        "auxiliary_credential": "LPC",
        **facts,
    }


SEEN = [before("90791", "2026-01-05")]

TRIALS = (
    Trial("BH-018", document(line("90792"), by="LCSW"), document(line("90791"), by="LCSW")),
    Trial("BH-018", document(line("90792"), by="CP"), document(line("90792"), by="NP")),
    Trial("BH-018", document(line("99213"), by="LMFT"), document(line("99213"), by="PA")),
    Trial("BH-018", document(line("90837", 60), by="CADC"), document(line("90837", 60), by="LPC")),
    Trial("BH-018", document(line("90853"), by="PEER"), document(line("90853"), by="CNS")),
    Trial("BH-018", document(line("90791"), by="RN"), document(line("90791"), by="LMFT")),
    Trial("BH-018", document(line("90834", 45), by="BHT"), document(line("H2017", 15), by="BHT")),
    Trial("BH-018", document(line("96130", 60), by="LPC"), document(line("96130", 60), by="CP")),
    Trial("BH-018", document(line("96132", 60), by="LMFT"), document(line("96132", 60), by="DO")),
    # Medicare closes testing to social workers; other payers may not.
    Trial(
        "BH-018",
        document(line("96130", 60), by="LCSW", payer="medicare"),
        document(line("96130", 60), by="LCSW"),
    ),
    Trial(
        "BH-018",
        document(line("97151", 15), by="RBT", dx=["F84.0"]),
        document(line("97153", 15), by="RBT", dx=["F84.0"]),
    ),
    Trial(
        "BH-018",
        document(line("97155", 15), by="RBT", dx=["F84.0"]),
        document(line("97155", 15), by="BCBA", dx=["F84.0"]),
    ),
    Trial(
        "BH-018",
        document(line("97156", 15), by="BCaBA", dx=["F84.0"]),
        document(line("97154", 15), by="BCaBA", dx=["F84.0"]),
    ),
    Trial(
        "BH-018",
        document(line("90834", 45), by="BCBA", dx=["F84.0"]),
        document(line("97152", 15), by="RBT", dx=["F84.0"]),
    ),
    # Eligibility comes before pairing: nobody tells a social worker to add an evaluation.
    Trial(
        "BH-018",
        document(line("90833", 20), by="LCSW"),
        document(line("90832", 20), by="LCSW"),
        derived={1: {"code": "90832"}},
    ),
    Trial(
        "BH-018",
        document(line("99213"), line("90836", 45), by="LCSW"),
        document(line("99213"), line("90836", 45), by="MD"),
        also=("BH-018 deny 2",),
    ),
    Trial(
        "BH-018",
        document(line("96158", 30), by="LCSW", payer="medicare", dx=["E11.9"], day="2023-12-31"),
        document(line("96158", 30), by="LCSW", payer="medicare", dx=["E11.9"], day="2024-01-01"),
    ),
    Trial(
        "BH-019",
        document(line("90834", 45), by="LPC", payer="medicare", day="2023-12-31"),
        document(line("90834", 45), by="LPC", payer="medicare", day="2024-01-01"),
    ),
    Trial(
        "BH-019",
        document(line("90834", 45), by="LMFT", payer="medicare", day="2023-12-31"),
        document(line("90834", 45), by="LMFT", payer="commercial", day="2023-12-31"),
    ),
    Trial(
        "BH-019",
        document(line("97155", 15), by="BCBA", payer="medicare", dx=["F84.0"]),
        document(
            line("97155", 15),
            by="BCBA",
            payer="medicaid",
            dx=["F84.0"],
            policy={"requires_taxonomy": False},
        ),
    ),
    Trial(
        "BH-019",
        document(line("97153", 15), by="RBT", payer="medicare", dx=["F84.0"]),
        document(line("97153", 15), by="RBT", dx=["F84.0"]),
    ),
    Trial(
        "BH-019",
        document(line("H0004", 15), by="CADC", payer="medicare", dx=["F10.20"]),
        document(line("H0004", 15), by="CADC", payer="medicaid", dx=["F10.20"]),
    ),
    Trial(
        "BH-019",
        document(line("G0323", 20), by="LPC", payer="medicare", day="2023-06-01"),
        document(line("G0323", 20), by="LPC", payer="medicare", day="2024-01-01"),
    ),
    # Something else is wrong too, so enrolment is not what to look at.
    Trial(
        "BH-018",
        document(line("90792"), by="LMFT", payer="medicare", day="2023-12-31"),
        document(line("90791"), by="LMFT", payer="medicare", day="2024-01-01"),
    ),
    Trial(
        "BH-022",
        document(line("90834", 45), by="LPC", policy=HO),
        document(line("90834", 45, "HO"), by="LPC", policy=HO),
        found="reject 1",
        derived={1: {"modifiers": ("HO",)}},
    ),
    Trial(
        "BH-022",
        document(line("90834", 45, "HO", "HN"), by="LPC", policy=HO),
        document(line("90834", 45, "HO", "U1"), by="LPC", policy=HO),
        found="reject 1",
        derived={1: {"modifiers": ("HO",)}},
    ),
    Trial(
        "BH-022",
        document(line("90834", 45, "HN", "U4"), by="LPC", policy=HO),
        document(line("90834", 45, "AJ"), by="LCSW", policy=HO),
        found="reject 1",
        derived={1: {"modifiers": ("HO", "U4")}},
    ),
    Trial(
        "BH-022",
        document(line("90837", 60, "HO"), by="CP", policy=HO),
        document(line("90837", 60), by="MD", policy=HO),
        found="reject 1",
    ),
    Trial(
        "BH-022",
        document(line("H2017", 15, "HM"), line("H2014", 15), by="BHT", policy=HO),
        document(line("H2017", 15), by="BHT"),
        found="reject 2",
    ),
    Trial(
        "BH-021",
        document(line("90834", 45), by="MD", incident_to=helper(new_patient=True)),
        document(line("90834", 45), by="MD", incident_to=helper()),
        reason="new_patient",
    ),
    Trial(
        "BH-021",
        document(line("90834", 45), by="MD", incident_to=helper(new_problem=True)),
        document(line("90834", 45), by="MD", incident_to=helper(flag=False, new_problem=True)),
        reason="new_problem",
    ),
    *(
        Trial(
            "BH-021",
            document(line("90834", 45), by="MD", pos=place, incident_to=helper()),
            document(line("90834", 45), by="MD", pos="12", incident_to=helper()),
            reason="facility_pos",
        )
        for place in ("19", "22", "23", "31")
    ),
    Trial(
        "BH-021",
        document(line("90834", 45), by="MD", incident_to=helper(supervision="none")),
        document(line("90834", 45), by="MD", incident_to=helper(supervision="general")),
        reason="supervision",
    ),
    Trial(
        "BH-021",
        document(
            line("90834", 45), by="MD", day="2022-12-31", incident_to=helper(supervision="general")
        ),
        document(
            line("90834", 45), by="MD", day="2023-01-01", incident_to=helper(supervision="general")
        ),
        reason="supervision",
    ),
    # General supervision is for behavioral health; an office visit needs direct.
    Trial(
        "BH-021",
        document(line("99213"), by="MD", incident_to=helper(supervision="general")),
        document(line("99213"), by="MD", incident_to=helper(supervision="direct")),
        reason="supervision",
    ),
    Trial(
        "BH-021",
        document(
            line("90834", 45), by="MD", policy={"incident_to": "forbidden"}, incident_to=helper()
        ),
        document(
            line("90834", 45), by="MD", policy={"incident_to": "medicare"}, incident_to=helper()
        ),
        reason="payer_forbids",
    ),
    Trial(
        "BH-021",
        document(
            line("90834", 45, "HO"),
            by="MD",
            policy={"incident_to": "modifier HO+SA, UD"},
            incident_to=helper(),
        ),
        document(
            line("90834", 45, "SA", "HO"),
            by="MD",
            policy={"incident_to": "modifier HO+SA, UD"},
            incident_to=helper(),
        ),
        reason="payer_forbids",
    ),
    Trial(
        "BH-021",
        document(line("90834", 45), by="MD", policy={"incident_to": "UD"}, incident_to=helper()),
        document(
            line("90834", 45, "UD"), by="MD", policy={"incident_to": "UD"}, incident_to=helper()
        ),
        reason="payer_forbids",
    ),
    Trial(
        "BH-021",
        document(line("90791"), by="MD", incident_to=helper()),
        document(line("90791"), by="MD", incident_to=helper(), history=SEEN),
        reason="new_patient",
    ),
    Trial(
        "BH-021",
        document(line("90834", 45), line("90785"), by="MD", incident_to=helper(new_problem=True)),
        document(line("90834", 45), line("90785"), by="MD"),
        also=("BH-021 deny 2",),
    ),
    Trial(
        "BH-047",
        document(line("G0017", 60), payer="medicare", pos="11"),
        document(line("G0017", 60), payer="medicare", pos="12"),
        derived={1: {"code": "90839"}},
    ),
    *(
        Trial(
            "BH-047",
            document(line("G0017", 60), units("G0018", 1), payer="medicare", pos=place),
            document(line("G0017", 60), units("G0018", 1), payer="medicare", pos=free),
            also=("BH-047 deny 2",),
        )
        for place, free in (("19", "15"), ("22", "99"), ("23", "04"))
    ),
)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_who_may_and_where(trial: Trial, icd: IcdBook) -> None:
    assert judge(trial, icd) == []


def test_a_credential_the_table_does_not_have_is_no_opinion(icd: IcdBook) -> None:
    for credential in ("", "CNM", "RD", "SLP"):
        assert held(answer(document(line("90837", 60), by=credential), icd)) == set()


def test_a_social_worker_at_an_inpatients_bedside_is_a_question_not_a_hold(icd: IcdBook) -> None:
    stay = {"admission_date": "2026-05-10"}
    for place, asked in (("21", True), ("31", True), ("32", False)):
        given = document(line("90834", 45), payer="medicare", pos=place, claim=stay)
        result = answer(given, icd)
        assert held(result) == set()
        assert ("BH-018 warn 1" in said(result)) is asked


def test_missing_facts_of_supervision_are_no_opinion(icd: IcdBook) -> None:
    given = document(line("90834", 45), by="MD", incident_to={"flag": True})
    assert held(answer(given, icd)) == set()
    assert derived(answer(given, icd), 1)["code"] == "90834"


@pytest.mark.parametrize(
    ("by", "day", "allowed"),
    [
        ("MD", "2026-05-12", "160.00"),
        ("CP", "2026-05-12", "160.00"),
        ("NP", "2026-05-12", "136.00"),
        ("PA", "2026-05-12", "136.00"),
        ("CNS", "2026-05-12", "136.00"),
        ("LCSW", "2026-05-12", "120.00"),
        ("LMFT", "2024-01-01", "120.00"),
        ("LPC", "2026-05-12", "120.00"),
    ],
)
def test_medicare_pays_each_credential_its_share(
    by: str, day: str, allowed: str, icd: IcdBook
) -> None:
    fees = {"fees": {"90837": {"nonfac": "160.00", "fac": "130.00"}}}
    session = line("90837", 60, charge="300.00")
    given = document(session, payer="medicare", by=by, day=day, reference=fees)
    (row,) = answer(given, icd)["pricing"]["lines"]
    assert row["allowed"] == allowed


def test_a_crisis_outside_the_office_is_priced_at_one_and_a_half(icd: IcdBook) -> None:
    fees = {"90839": {"nonfac": "150.00", "fac": "120.00"}, "90840": {"nonfac": "70.00"}}
    lines = (line("G0017", 60, charge="400.00"), units("G0018", 2, charge="400.00"))
    given = document(
        *lines,
        payer="medicare",
        by="CP",
        pos="15",
        reference={"fees": fees},
        deductible_remaining="0.00",
    )
    first, more = answer(given, icd)["pricing"]["lines"]
    assert (first["allowed"], more["allowed"]) == ("225.00", "210.00")
    assert first["payer_paid_before_sequestration"] == "180.00"
    own = document(
        *lines[:1], payer="medicare", by="CP", pos="15",
        reference={"fees": {**fees, "G0017": {"nonfac": "230.00"}}},
    )  # fmt: skip
    assert answer(own, icd)["pricing"]["lines"][0]["allowed"] == "230.00"

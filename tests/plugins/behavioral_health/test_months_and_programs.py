"""Monthly care, screening, opioid programs and program days."""

from __future__ import annotations

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
    OTHER_NPI,
    Trial,
    answer,
    before,
    derived,
    document,
    held,
    judge,
    line,
    units,
)

MD = {"by": "MD"}
CARE = {"by": "MD", "payer": "medicare"}
OTP = {
    "by": "MD", "payer": "medicare", "dx": ["F11.20"], "pos": "58",
    "claim": {"billing": {"otp_enrolled": True}},
}  # fmt: skip
PROGRAM = {"by": "LPC", "dx": ["F10.20"]}


def otp(*lines: dict[str, object], **changes: object) -> dict[str, object]:
    return document(*lines, **{**OTP, **changes})  # type: ignore[arg-type]


MONTHS = (
    Trial(
        "BH-032",
        document(line("99492", 35), **CARE),
        document(line("99492", 36), **CARE),
        derived={1: {"code": "G2214"}},
        quiet_derived={1: {"code": "99492"}},
    ),
    Trial(
        "BH-032",
        document(line("99492", 35), by="MD"),
        document(line("99492", 85), by="MD"),
        derived={1: {"code": None}},
    ),
    Trial(
        "BH-032",
        document(line("99493", 30), **CARE),
        document(line("99493", 31), **CARE),
        derived={1: {"code": "G2214"}},
    ),
    Trial(
        "BH-032",
        document(line("99493", 15), **CARE),
        document(line("99493", 75), **CARE),
        derived={1: {"code": None}},
    ),
    Trial(
        "BH-032",
        document(line("G2214", 15), **CARE),
        document(line("G2214", 16), **CARE),
        derived={1: {"code": None}},
        quiet_derived={1: {"code": "G2214"}},
    ),
    Trial(
        "BH-032",
        document(line("99492", 85), line("99494"), **CARE),
        document(line("99492", 86), line("99494"), **CARE),
        found="deny 2",
        derived={2: {"units": 0}},
        quiet_derived={2: {"units": 1}},
    ),
    Trial(
        "BH-032",
        document(line("99492", 115), units("99494", 2), **CARE),
        document(line("99492", 116), units("99494", 2), **CARE),
        found="deny 2",
        derived={2: {"units": 1}},
    ),
    Trial(
        "BH-032",
        document(line("99493", 75), line("99494"), **CARE),
        document(line("99493", 76), line("99494"), **CARE),
        found="deny 2",
        derived={2: {"units": 0}},
        quiet_derived={2: {"units": 1}},
    ),
    Trial(
        "BH-032",
        document(line("99493", 105), units("99494", 2), **CARE),
        document(line("99493", 106), units("99494", 2), **CARE),
        found="deny 2",
        derived={2: {"units": 1}},
        quiet_derived={2: {"units": 2}},
    ),
    # The add-on may stand on another day of the month.
    Trial(
        "BH-032",
        document(line("99493", 75), line("99494", dos="2026-05-29"), **CARE),
        document(line("99493", 76), line("99494", dos="2026-05-29"), **CARE),
        found="deny 2",
    ),
    Trial(
        "BH-032",
        document(line("99484", 19), **CARE),
        document(line("99484", 20), **CARE),
        derived={1: {"code": None}},
        quiet_derived={1: {"code": "99484"}},
    ),
    Trial(
        "BH-032",
        document(line("G0323", 19), payer="medicare", by="CP"),
        document(line("G0323", 20), payer="medicare", by="CP"),
    ),
    Trial(
        "BH-032",
        document(line("99484", 25), history=[before("99484", "2026-05-02")], **CARE),
        document(line("99484", 25), history=[before("99484", "2026-04-30")], **CARE),
    ),
    Trial(
        "BH-032",
        document(line("99484", 25), line("99484", 25, dos="2026-05-20"), **CARE),
        document(line("99484", 25), line("99484", 25, dos="2026-06-01"), **CARE),
        found="deny 2",
    ),
    Trial(
        "BH-032",
        document(line("99493", 60), history=[before("99493", "2026-05-02")], **CARE),
        document(
            line("99493", 60),
            history=[before("99493", "2026-05-02", rendering_npi=OTHER_NPI)],
            **CARE,
        ),
    ),
    Trial("BH-032", document(units("99484", 2, 40), **CARE), document(line("99484", 40), **CARE)),
    Trial(
        "BH-032",
        document(line("99492", 70), history=[before("99493", "2026-02-10")], **CARE),
        document(line("99492", 70), history=[before("99493", "2025-10-31")], **CARE),
        derived={1: {"code": "99493"}},
        quiet_derived={1: {"code": "99492"}},
    ),
    Trial(
        "BH-033",
        document(line("99484", 25), line("99493", 45), **CARE),
        document(line("99484", 25), line("99493", 45, dos="2026-06-01"), **CARE),
    ),
    Trial(
        "BH-033",
        document(line("99484", 25), history=[before("G2214", "2026-05-30")], **CARE),
        document(
            line("99484", 25),
            history=[before("G2214", "2026-05-30", rendering_npi=OTHER_NPI)],
            **CARE,
        ),
    ),
    Trial(
        "BH-033",
        document(
            line("G0323", 25), history=[before("99492", "2026-05-01")], payer="medicare", by="CP"
        ),
        document(
            line("G0323", 25), history=[before("99492", "2026-04-30")], payer="medicare", by="CP"
        ),
    ),
    Trial(
        "BH-048",
        document(line("G0568"), **CARE),
        document(line("G0568"), line("G0557"), **CARE),
    ),
    Trial(
        "BH-048",
        document(line("G0570"), history=[before("G0556", "2026-04-30")], **CARE),
        document(line("G0570"), history=[before("G0556", "2026-05-01")], **CARE),
    ),
    Trial(
        "BH-048",
        document(
            line("G0569"), history=[before("G0558", "2026-05-01", rendering_npi=OTHER_NPI)], **CARE
        ),
        document(line("G0569"), history=[before("G0558", "2026-05-01")], **CARE),
    ),
)

SUBSTANCES = (
    Trial(
        "BH-034",
        document(line("99408", 14), dx=["F10.10"], **MD),
        document(line("99408", 15), dx=["F10.10"], **MD),
        derived={1: {"code": None}},
        quiet_derived={1: {"code": "99408"}},
    ),
    Trial(
        "BH-034",
        document(line("99409", 30), dx=["F10.10"], **MD),
        document(line("99409", 31), dx=["F10.10"], **MD),
        derived={1: {"code": "99408"}},
    ),
    Trial(
        "BH-034",
        document(line("99408", 20), dx=["F10.10"], **CARE),
        document(line("G0396", 20), dx=["F10.10"], **CARE),
        derived={1: {"code": "G0396"}},
    ),
    Trial(
        "BH-034",
        document(line("99409", 40), dx=["F10.10"], **CARE),
        document(line("G0397", 31), dx=["F10.10"], **CARE),
        derived={1: {"code": "G0397"}},
    ),
    Trial(
        "BH-034",
        document(line("G0396", 14), dx=["F10.10"], **CARE),
        document(line("G2011", 14), dx=["F10.10"], **CARE),
        derived={1: {"code": "G2011"}},
    ),
    Trial(
        "BH-034",
        document(line("G0397", 30), dx=["F10.10"], **CARE),
        document(line("G0396", 30), dx=["F10.10"], **CARE),
        derived={1: {"code": "G0396"}},
    ),
    Trial(
        "BH-034",
        document(line("G2011", 4), dx=["F10.10"], **CARE),
        document(line("G2011", 5), dx=["F10.10"], **CARE),
        derived={1: {"code": None}},
    ),
    Trial(
        "BH-034",
        document(line("99408", 20), dx=["F10.10"], payer="medicaid", policy={"sbirt": "g"}, **MD),
        document(line("99408", 20), dx=["F10.10"], payer="medicaid", policy={"sbirt": "cpt"}, **MD),
        derived={1: {"code": "G0396"}},
    ),
    Trial(
        "BH-034",
        document(
            line("99408", 20), dx=["F10.10"], payer="medicaid", policy={"sbirt": "h0050"}, **MD
        ),
        document(
            line("H0050", 20), dx=["F10.10"], payer="medicaid", policy={"sbirt": "h0050"}, **MD
        ),
        derived={1: {"code": "H0050"}},
    ),
    Trial(
        "BH-034",
        document(line("99408"), dx=["F10.10"], **CARE),
        document(line("99408"), dx=["F10.10"], payer="medicaid", **MD),
        derived={1: {"code": "G0396"}},
    ),
    Trial(
        "BH-035",
        otp(line("G2067"), history=[before("G2067", "2026-05-06")]),
        otp(line("G2067"), history=[before("G2067", "2026-05-05")]),
    ),
    Trial(
        "BH-035",
        otp(line("G2068"), history=[before("G2067", "2026-05-11", rendering_npi=OTHER_NPI)]),
        otp(
            line("G2068"),
            history=[before("G2067", "2026-05-11", rendering_npi=OTHER_NPI, group_id="G9")],
        ),
    ),
    Trial(
        "BH-035",
        otp(line("G2067"), line("G2074", dos="2026-05-18")),
        otp(line("G2067"), line("G2074", dos="2026-05-19")),
        found="deny 2",
    ),
    Trial("BH-035", otp(line("G2067"), pos="11"), otp(line("G2067"))),
    Trial("BH-035", otp(line("G2067"), dx=["F10.20"]), otp(line("G2067"), dx=["F11.20"])),
    Trial(
        "BH-035",
        otp(line("G2067"), claim={"billing": {"otp_enrolled": False}}),
        otp(line("G2067")),
    ),
    Trial("BH-035", otp(line("G2067"), claim={}), otp(line("G2075"))),
    Trial("BH-035", otp(line("G2078")), otp(line("G2078"), line("G2067"))),
    Trial(
        "BH-035",
        otp(line("G2080"), history=[before("G2067", "2026-05-05")]),
        otp(line("G2080"), history=[before("G2067", "2026-05-06")]),
    ),
    Trial("BH-035", otp(line("G2076")), otp(line("G2076"), line("G2067"))),
    Trial(
        "BH-035",
        otp(line("G2076"), line("G2067"), history=[before("G2067", "2026-05-05")]),
        otp(line("G2077"), line("G2067"), history=[before("G2067", "2026-05-05")]),
    ),
    Trial(
        "BH-046",
        document(line("G2088"), dx=["F11.20"], **CARE),
        document(line("G2087"), line("G2088"), dx=["F11.20"], **CARE),
    ),
    Trial(
        "BH-046",
        document(line("G2088"), dx=["F11.20"], history=[before("G2086", "2026-04-30")], **CARE),
        document(line("G2088"), dx=["F11.20"], history=[before("G2086", "2026-05-01")], **CARE),
    ),
    Trial(
        "BH-046",
        document(line("G2086"), dx=["F11.20"], history=[before("G2067", "2026-05-20")], **CARE),
        document(line("G2086"), dx=["F11.20"], history=[before("G2067", "2026-04-30")], **CARE),
    ),
    Trial(
        "BH-046",
        document(line("G2086"), dx=["F11.20"], history=[before("G2086", "2026-04-02")], **CARE),
        document(line("G2087"), dx=["F11.20"], history=[before("G2086", "2026-04-02")], **CARE),
        derived={1: {"code": "G2087"}},
    ),
    Trial(
        "BH-036",
        document(units("H0015", 2), program_minutes=190, **PROGRAM),
        document(units("H0015", 1), program_minutes=190, **PROGRAM),
        found="reject 1",
        derived={1: {"units": 1}},
    ),
    Trial(
        "BH-036",
        document(units("S9480", 3)),
        document(units("S9480", 3, dos="2026-05-12", dos_to="2026-05-14")),
        found="reject 1",
    ),
    Trial(
        "BH-036",
        document(line("H0035"), program_minutes=179),
        document(line("H0035"), program_minutes=180),
        derived={1: {"units": 0}},
    ),
    Trial("BH-036", document(line("S0201"), program_minutes=60), document(line("S0201"))),
    Trial(
        "BH-036",
        document(line("H0015", rev="0906"), **PROGRAM),
        document(line("H0015"), **PROGRAM),
        found="reject 1",
    ),
    Trial(
        "BH-036",
        document(line("90834", 45, rev="0914")),
        document(line("90834", 45)),
        found="reject 1",
    ),
    Trial(
        "BH-036",
        document(line("H0015"), claim={"tob": "0131"}, **PROGRAM),
        document(line("H0015"), claim={"condition_codes": ["A1"]}, **PROGRAM),
        found="reject 1",
    ),
    Trial(
        "BH-036",
        document(line("99213"), line("S9480"), by="MD", claim={"condition_codes": ["92"]}),
        document(line("99213"), line("S9480"), by="MD"),
        found="reject 2",
    ),
    Trial(
        "BH-037",
        document(line("H0015"), line("90834", 45), **PROGRAM),
        document(line("H0015"), line("90834", 45), policy={"iop_inclusive": False}, **PROGRAM),
        found="deny 2",
    ),
    Trial(
        "BH-037",
        document(line("S9480"), line("90853")),
        document(line("S9480"), line("90853", dos="2026-05-13")),
        found="deny 2",
    ),
    Trial(
        "BH-037",
        document(line("90837", 60), history=[before("H0035")]),
        document(line("90847", 60), history=[before("H0035")]),
    ),
)

TRIALS = (*MONTHS, *SUBSTANCES)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_rule_is_as_the_sheet_has_it(trial: Trial, icd: IcdBook) -> None:
    assert judge(trial, icd) == []


def test_first_and_later_month_of_collaborative_care_are_right(icd: IcdBook) -> None:
    later = document(line("99493", 61), history=[before("99492", "2026-04-30")], **CARE)
    assert held(answer(later, icd)) == set()
    assert derived(answer(later, icd), 1) == {"no": 1, "code": "99493", "units": 1}


def test_a_document_without_a_history_is_no_opinion_about_the_past(icd: IcdBook) -> None:
    for given in (
        document(line("90867"), by="MD"),
        document(line("99492", 70), **CARE),
    ):
        del given["context"]["history"]
        assert held(answer(given, icd)) == set()

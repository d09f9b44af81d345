"""Telehealth and behavioral health on one claim: each says its own, and neither the other's."""

from __future__ import annotations

from tests.plugins.telehealth.documents import (
    AUDIO,
    VISIT,
    Document,
    Row,
    answer,
    at,
    doc,
    faults,
    held,
    ln,
    said,
)

BOTH = ("behavioral_health", "telehealth")
FEES = {"reference": {"fees": {"90834": {"nonfac": "100.00", "fac": "80.00"}}}}


def therapy(*modifiers: str, code: str = "90834", minutes: int = 45, **changes: object) -> Document:
    given = {"by": "LCSW", "dx": ("F33.1",), "plugins": BOTH, **changes}
    return doc(ln(code, *modifiers, minutes=minutes), **given)  # type: ignore[arg-type]


ROWS = (
    Row("by telephone from home", therapy("93", visit=AUDIO), "", {"pos": "10", "code": "90834"}),
    Row("by video from home", therapy(), "", {"pos": "10"}),
    Row("both say what is wrong", therapy(code="90837", visit=AUDIO), "BH-002@1 TH-005@1"),
    Row(
        "place and time together",
        therapy("93", code="90837", pos="11", visit=AUDIO),
        "BH-002@1 TH-001",
        {"code": "90834", "pos": "10"},
    ),
    Row(
        "who may do what is said by each",
        therapy(by="PEER"),
        "BH-018@1 TH-035",
    ),
    Row(
        "evaluation with psychotherapy at a commercial payer",
        doc(
            ln("99214", "95"),
            ln("90833", "95", minutes=20),
            payer="commercial",
            dx=("F33.1",),
            plugins=BOTH,
        ),
    ),
    Row(
        "the add-on lacks its modifier",
        doc(
            ln("99214", "95"),
            ln("90833", minutes=20),
            payer="commercial",
            dx=("F33.1",),
            plugins=BOTH,
        ),
        "TH-004@2",
    ),
    Row(
        "the modifiers of both",
        therapy(
            "HN",
            payer="medicaid",
            pos="02",
            knobs={"credential_modifiers": {"LCSW": ["HO"]}},
        ),
        "BH-022@1 TH-004@1",
        {"modifiers": ["HO", "GT"]},
    ),
    Row("not licensed there", therapy(visit={**VISIT, "patient_state": "OK"}), "TH-013"),
)


def test_both_specialties_judge_one_claim() -> None:
    assert faults(ROWS) == []


def test_a_social_worker_by_telephone_from_home_is_paid_three_quarters_of_the_office_fee() -> None:
    session = therapy("93", visit=AUDIO, context={**FEES, "deductible_remaining": "0.00"})
    result = answer(session)
    assert held(result) == set()
    assert said(result, 1)["pos"] == "10"
    (line,) = result["pricing"]["lines"]
    assert (line["allowed"], line["payer_paid_before_sequestration"]) == ("75.00", "60.00")


def test_from_a_clinic_it_is_three_quarters_of_the_facility_fee() -> None:
    clinic = at("facility", patient_facility_type="CMHC")
    (line,) = answer(therapy(pos="02", visit=clinic, context=FEES))["pricing"]["lines"]
    assert line["allowed"] == "60.00"

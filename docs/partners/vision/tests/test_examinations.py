"""Examinations: each rule with a claim that trips it and one that just does not."""

from __future__ import annotations

import pytest

from plugins import PayerKind
from plugins.testing import facts, line, payer, prior_service, professional_claim

MEDICARE = payer(PayerKind.MEDICARE, filing_indicator="MB")
VISION_PLAN = payer(payer_id="70007")


@pytest.fixture
def plugin_settings():
    return {"vision_plans": ["70007"]}


def eye_claim(*lines, **changes):
    return professional_claim(*lines, **{"diagnoses": ("H2513",), **changes})


@pytest.mark.parametrize(
    ("insurer", "modifiers", "severity"),
    [
        (MEDICARE, (), "deny"),
        (MEDICARE, ("GY",), "info"),
        (payer(), (), None),
        (payer(PayerKind.MEDICARE_ADVANTAGE), (), None),
    ],
)
def test_a_refraction_is_the_patients_with_medicare_alone(findings, insurer, modifiers, severity):
    said = findings(eye_claim(line("92015", modifiers=modifiers), payer=insurer))
    assert next((one.severity for one in said if one.rule == "VIS-001"), None) == severity


def test_what_is_suggested_for_a_refraction_answers_the_finding(findings):
    (found,) = [
        one
        for one in findings(eye_claim(line("92015", modifiers=("RT",)), payer=MEDICARE))
        if one.rule == "VIS-001"
    ]
    mended = line("92015", modifiers=tuple(found.fix.value.split()))
    said = findings(eye_claim(mended, payer=MEDICARE))
    assert not [one for one in said if one.rule == "VIS-001" and one.severity.holds]


@pytest.mark.parametrize(
    ("codes", "trips"),
    [(("92014", "99213"), True), (("92014", "92015"), False), (("99213",), False)],
)
def test_an_eye_examination_and_an_office_visit_are_one_service(raised, codes, trips):
    claim = eye_claim(*(line(code, number) for number, code in enumerate(codes, 1)))
    assert ("VIS-010" in raised(claim)) is trips


@pytest.mark.parametrize(
    ("diagnosis", "insurer", "severity"),
    [
        ("H5213", MEDICARE, "deny"),
        ("H5213", payer(), "warn"),
        ("H5213", VISION_PLAN, None),
        ("H2513", MEDICARE, None),
    ],
)
def test_a_routine_diagnosis_is_for_the_vision_plan(findings, diagnosis, insurer, severity):
    said = findings(eye_claim(line("92014"), payer=insurer, diagnoses=(diagnosis,)))
    assert next((one.severity for one in said if one.rule == "VIS-012"), None) == severity


@pytest.mark.parametrize(
    ("code", "days", "insurer", "trips"),
    [
        ("92014", 364, VISION_PLAN, True),
        ("92014", 365, VISION_PLAN, False),
        ("V2020", 729, VISION_PLAN, True),
        ("V2020", 731, VISION_PLAN, False),
        ("92014", 30, payer(), False),
    ],
)
def test_a_vision_plan_pays_once_in_its_months(raised, code, days, insurer, trips):
    known = facts(history=(prior_service(code, days_before=days),))
    claim = eye_claim(line(code), payer=insurer)
    assert ("VIS-013" in raised(claim, facts=known)) is trips


def test_what_was_denied_does_not_count(raised):
    known = facts(history=(prior_service("92014", status="denied"),))
    assert "VIS-013" not in raised(eye_claim(line("92014"), payer=VISION_PLAN), facts=known)

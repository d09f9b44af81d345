"""Each institutional edit and each of our own: a claim that trips it, one that just does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.claims.claim import (
    Claim,
    CodedAmount,
    CodedDate,
    CodedSpan,
)
from core.claims.parties import (
    Name,
)
from core.rules.facts import ClaimFacts
from core.scrub.platform import EDITS
from tests.core.scrub.trials import (
    CLEAN,
    CLINIC_LINE,
    DAY,
    MEDICARE,
    PATIENT,
    PERSON,
    TODAY,
    Trial,
    billed_by,
    claim,
    dental,
    findings,
    line,
    member,
    replace,
    stay,
    visit,
)

INSTITUTIONAL = (
    Trial("INST-001", stay(type_of_bill="111"), stay()),
    Trial("INST-002", stay(type_of_bill="0117"), stay(type_of_bill="0117", payer_claim_number="X")),
    Trial(
        "INST-003",
        stay(statement_to=TODAY + timedelta(1)),
        stay(statement_to=TODAY),
    ),
    Trial(
        "INST-004", stay(admission_date=DAY - timedelta(1)), stay(statement_from=DAY - timedelta(1))
    ),
    Trial("INST-005", stay(discharge_hour=""), stay(discharge_hour="", patient_status="30")),
    Trial("INST-006", stay(admission_type="6"), stay(admission_type="9")),
    Trial("INST-007", stay(point_of_origin="7"), stay(point_of_origin="8")),
    Trial("INST-007", stay(admission_type="4"), stay(admission_type="4", point_of_origin="5")),
    Trial("INST-008", stay(patient_status="44"), stay(patient_status="43")),
    Trial("INST-009", stay(patient_status="30"), visit(patient_status="30")),
    Trial("INST-010", stay(line("", revenue_code="120")), stay()),
    Trial("INST-011", visit(line("", revenue_code="0300")), visit(line("", revenue_code="0250"))),
    Trial("INST-011", stay(line("", revenue_code="0636")), stay(line("", revenue_code="0300"))),
    Trial(
        "INST-015",
        visit(replace(CLINIC_LINE, noncovered_cents=15_001)),
        visit(replace(CLINIC_LINE, noncovered_cents=15_000)),
    ),
    Trial(
        "INST-016",
        stay(occurrence_spans=(CodedSpan(code="70", first=DAY, last=DAY - timedelta(1)),)),
        stay(occurrence_spans=(CodedSpan(code="70", first=DAY, last=DAY),)),
    ),
    Trial("INST-017", stay(value_codes=(CodedAmount(code="8", amount_cents=1),)), stay()),
    Trial(
        "INST-017",
        stay(value_codes=(CodedAmount(code="80", amount_cents=1),) * 2),
        stay(value_codes=(CodedAmount(code="80", amount_cents=1),)),
    ),
    Trial("INST-018", stay(condition_codes=("41", "41")), stay(condition_codes=("41",))),
    Trial("INST-020", stay(attending=replace(PERSON, npi="1234567890")), stay()),
    Trial("INST-021", stay(diagnoses=()), stay()),
    Trial("INST-022", stay(diagnoses=("I10", "I10")), stay()),
    Trial(
        "INST-023",
        visit(replace(CLINIC_LINE, service_from=DAY + timedelta(4))),
        visit(replace(CLINIC_LINE, service_from=DAY + timedelta(3))),
    ),
    Trial(
        "INST-024",
        stay(procedures=(CodedDate(code="0DTJ4ZZ", on=DAY - timedelta(4)),)),
        stay(procedures=(CodedDate(code="0DTJ4ZZ", on=DAY - timedelta(3)),)),
    ),
    Trial(
        "INST-025",
        stay(procedures=(CodedDate(code="0DTJ4ZZ", on=DAY),)),
        stay(procedures=(CodedDate(code="0DTJ4ZZ", on=DAY),), operating=PERSON),
    ),
    Trial("INST-027", visit(replace(CLINIC_LINE, units=Decimal(0))), visit()),
    Trial(
        "INST-028",
        stay(payer=MEDICARE, statement_from=date(2025, 5, 1), statement_to=date(2025, 5, 20)),
        stay(payer=MEDICARE, statement_from=date(2025, 5, 1), statement_to=date(2025, 5, 21)),
    ),
    Trial(
        "INST-030",
        visit(line("99283", revenue_code="0450"), reason_diagnoses=()),
        visit(line("99283", revenue_code="0450")),
    ),
    Trial("INST-031", stay(line("", revenue_code="0023")), stay(line("", revenue_code="0024"))),
    Trial("INST-032", stay(admitting_diagnosis=""), stay()),
)

OWN = (
    Trial("CW-005", claim(diagnoses=("I.10",)), CLEAN),
    Trial("CW-006", claim(line("00000")), CLEAN),
    Trial("CW-006", claim(line("")), stay()),
    Trial("CW-007", claim(place_of_service="00"), claim(place_of_service="02")),
    Trial("CW-008", claim(line(modifiers=("5",))), claim(line(modifiers=("25",)))),
    Trial("CW-009", claim(line(service_from=None)), CLEAN),
    Trial("CW-010", claim(line(charge_cents=0)), claim(line("3044F", charge_cents=0))),
    Trial("CW-011", claim(**billed_by(taxonomy="261QM0801")), CLEAN),
    Trial("CW-012", claim(line(charge_cents=0, fee_source="")), claim(line(charge_cents=0))),
    Trial("CW-013", dental(**billed_by(npi="1333444557")), dental()),
    Trial("CW-014", dental(**billed_by(tax_id="")), dental()),
    Trial("CW-015", dental(**member("")), dental()),
    Trial("CW-016", dental(**billed_by(address=None)), dental()),
    Trial("CW-017", dental(patient=replace(PATIENT, birth_date=None)), dental()),
    Trial("CW-018", dental(patient=replace(PATIENT, name=Name(last="Else"))), dental()),
    Trial("CW-019", dental(line("D0120", service_from=TODAY + timedelta(1))), dental()),
    Trial("CW-020", dental(frequency="8"), dental(frequency="8", payer_claim_number="X")),
    Trial(
        "CW-021",
        dental(line("D0120", service_from=TODAY - timedelta(366))),
        dental(line("D0120", service_from=TODAY - timedelta(365))),
        {"timely_filing_days": 365},
    ),
    Trial("CW-022", dental(rendering=None), dental()),
)

TRIALS = (*INSTITUTIONAL, *OWN)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_rule_fires_there_and_stays_silent_here(trial: Trial) -> None:
    fired = findings(trial.fires, trial.knobs, trial.facts)
    silent = findings(trial.quiet, trial.knobs, trial.quiet_facts or trial.facts)
    assert trial.rule in {one.rule for one in fired}
    assert trial.rule not in {one.rule for one in silent}
    assert not [one for one in (*fired, *silent) if one.reason == "rule_failed"]
    assert all("Ines" not in one.message and "1EG4" not in one.message for one in fired)


def test_every_rule_has_a_trial() -> None:
    own = {edit.id for edit in EDITS if edit.id.startswith(("INST-", "CW-"))}
    assert own == {trial.rule for trial in TRIALS}


@pytest.mark.parametrize("given", [CLEAN, stay(), visit(), dental()])
def test_a_right_claim_has_no_finding(given: Claim) -> None:
    assert findings(given, {}, ClaimFacts()) == ()

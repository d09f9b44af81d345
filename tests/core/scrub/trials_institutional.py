"""INST-*: each a bill that trips the edit and one that just does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from core.claims.claim import CodedAmount, CodedDate, CodedSpan
from tests.core.scrub.trials import (
    CLINIC_LINE,
    DAY,
    MEDICARE,
    PERSON,
    ROOM,
    TODAY,
    TOTAL,
    Trial,
    line,
    replace,
    stay,
    visit,
)

ONE_DAY = replace(ROOM, units=Decimal(1))
TWO_DAYS = replace(ROOM, units=Decimal(2), line_no=2)
COVERED_2 = CodedAmount(code="80", amount_cents=200)

TRIALS = (
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
    Trial("INST-012", stay(replace(ROOM, rate_cents=None)), stay()),
    Trial("INST-012", stay(replace(ROOM, rate_cents=None)), stay(ROOM, total_lines=None)),
    Trial("INST-013", stay(replace(ROOM, units=Decimal(4))), stay()),
    Trial(
        "INST-013",
        stay(patient_status="30", type_of_bill="0112"),
        stay(replace(ROOM, units=Decimal(4)), patient_status="30", type_of_bill="0112"),
    ),
    Trial("INST-013", stay(statement_to=DAY), stay(ONE_DAY, statement_to=DAY)),
    Trial("INST-013", stay(ROOM, replace(ONE_DAY, line_no=2)), stay(TWO_DAYS, ONE_DAY)),
    Trial("INST-014", stay(total_lines=(replace(TOTAL, charge_cents=15_001),)), stay()),
    Trial("INST-014", stay(ROOM, ONE_DAY, total_lines=(TOTAL,)), stay(total_lines=None)),
    Trial("INST-019", stay(present_on_admission=("Y", "")), stay(present_on_admission=("W", "U"))),
    Trial("INST-019", stay(present_on_admission=("1", "Y")), visit(present_on_admission=())),
    Trial(
        "INST-019",
        stay(present_on_admission=()),
        stay(present_on_admission=("N", ""), diagnoses=("I10", "Z794")),
    ),
    Trial(
        "INST-019",
        stay(diagnoses=("I10", "Z370"), present_on_admission=("1", "")),
        stay(diagnoses=("I10", "Z370"), present_on_admission=("W", "")),
    ),
    Trial("INST-026", stay(total_lines=()), stay()),
    Trial("INST-026", stay(total_lines=(TOTAL, replace(TOTAL, line_no=98))), stay()),
    Trial("INST-026", stay(total_line_is_last=False), stay(total_lines=None)),
    Trial(
        "INST-029",
        stay(value_codes=(COVERED_2,)),
        stay(value_codes=(COVERED_2, CodedAmount(code="81", amount_cents=100))),
    ),
    Trial("INST-029", stay(value_codes=(COVERED_2,)), visit(value_codes=(COVERED_2,))),
    Trial("INST-016", stay(occurrences=(CodedDate(code="11", on=None),)), stay()),
    Trial(
        "INST-016",
        stay(occurrence_spans=(CodedSpan(code="70", first=DAY, last=None),)),
        stay(),
    ),
    Trial("INST-017", stay(value_codes=(CodedAmount(code="45", amount_cents=None),)), stay()),
)

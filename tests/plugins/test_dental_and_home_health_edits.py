"""Each rule of dental and home health: where it fires, where it just does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.claims.claim import (
    Accident,
    Claim,
    CodedAmount,
    CodedDate,
    Dental,
    ServiceLine,
)
from core.rules.facts import ClaimFacts, PriorService
from core.rules.policy import FrequencyLimit
from plugins import seal
from plugins.home_health.records import EPISODE, Episode
from plugins.testing import (
    SERVICE_DAY,
    TODAY,
    findings,
    home_health_claim,
)
from tests.plugins.trials import Trial, book_with, d, dental, plain_book, replace, undated

PREDETERMINATION = Dental(predetermination=True)
DEN = (
    Trial("DEN-001", dental(d("D2740", prosthesis="I")), dental(d("D2740", "3", prosthesis="I"))),
    Trial("DEN-002", dental(d("D7140", "33")), dental(d("D7140", "32"))),
    Trial("DEN-002", dental(d("D7140", "US")), dental(d("D7140", "TS"))),
    Trial("DEN-003", dental(d("D2930", "3")), dental(d("D2930", "A"))),
    Trial("DEN-004", dental(d("D2150", "3")), dental(d("D2150", "3", "MO"))),
    Trial("DEN-005", dental(d("D2150", "3", "MX")), dental(d("D2150", "3", "MO"))),
    Trial("DEN-006", dental(d("D2150", "3", "MI")), dental(d("D2150", "3", "MO"))),
    Trial("DEN-007", dental(d("D2150", "3", "MF")), dental(d("D2150", "3", "MB"))),
    Trial("DEN-008", dental(d("D2150", "3", "MM")), dental(d("D2150", "3", "MO"))),
    Trial("DEN-009", dental(d("D2161", "3", "MOD")), dental(d("D2161", "3", "MODB"))),
    Trial("DEN-010", dental(d("D2330", "3", "M")), dental(d("D2330", "8", "M"))),
    Trial("DEN-011", dental(d("D4341")), dental(d("D4341", oral_cavity=("10",)))),
    Trial(
        "DEN-012",
        dental(d("D4341", oral_cavity=("01",))),
        dental(d("D4341", oral_cavity=("40",))),
    ),
    Trial(
        "DEN-013",
        dental(d("D4342", "9", oral_cavity=("10",))),
        dental(d("D4342", "8", oral_cavity=("10",))),
    ),
    Trial("DEN-014", dental(d("D1110", "3")), dental(d("D0140", "3"))),
    Trial(
        "DEN-030",
        dental(d("D0120")),
        dental(d("D0140")),
        {"dental.frequency": (FrequencyLimit(codes=("D0120",), maximum=1, per="calendar_year"),)},
        ClaimFacts(history=(PriorService(service_on=date(2026, 1, 1), code="D0120"),)),
    ),
    Trial(
        "DEN-041",
        dental(d("D1206"), d("D1208", no=2)),
        dental(d("D1206"), d("D1351", "3", no=2)),
    ),
    Trial(
        "DEN-042",
        dental(d("D2391", "3", "M"), d("D2391", "3", "M", no=2)),
        dental(d("D2391", "3", "M"), d("D2391", "3", "D", no=2)),
    ),
    Trial("DEN-052", dental(d("D9999")), dental(d("D9999", description="see note"))),
    Trial(
        "DEN-060",
        dental(d("D2740", "3", prosthesis="R")),
        dental(d("D2740", "3", prosthesis="R", prosthesis_prior_on=date(2015, 1, 1))),
    ),
    Trial("DEN-063", dental(d("D0120"), dental=PREDETERMINATION), dental(d("D0120"))),
    Trial("DEN-064", dental(undated("D0120")), dental(undated("D0120"), dental=PREDETERMINATION)),
    Trial(
        "DEN-066",
        dental(d("D0140"), accident=Accident(kind="AA", on=SERVICE_DAY)),
        dental(d("D0140"), accident=Accident(kind="AA", on=SERVICE_DAY, state="TX")),
    ),
    Trial("DEN-067", dental(d("D9223")), dental(d("D9222"), d("D9223", no=2))),
    Trial(
        "DEN-068",
        dental(replace(d("D0140"), pointers=(2,))),
        dental(replace(d("D0140"), pointers=(1,))),
    ),
    Trial(
        "DEN-091",
        dental(d("D1515", service_from=date(2020, 1, 1), oral_cavity=("01",))),
        dental(d("D1515", service_from=date(2019, 12, 31), oral_cavity=("01",))),
    ),
)

PERIOD = home_health_claim()
FIRST = date(2026, 3, 2)


def period(**changes: Any) -> Claim:
    """The sample period with changes to its institutional part."""
    assert PERIOD.institutional is not None
    return replace(PERIOD, institutional=replace(PERIOD.institutional, **changes))


def lines(*changed: ServiceLine) -> Claim:
    """The sample period with lines replaced by number; a line of number 0 is left out."""
    by_number = {one.line_no: one for one in PERIOD.lines}
    by_number.update({one.line_no: one for one in changed})
    return replace(PERIOD, lines=tuple(by_number[number] for number in sorted(by_number)))


def without(number: int) -> Claim:
    return replace(PERIOD, lines=tuple(one for one in PERIOD.lines if one.line_no != number))


def admitted(**changes: Any) -> Claim:
    given = {
        "start_of_care": FIRST,
        "notice_received": FIRST + timedelta(5),
        "face_to_face": FIRST - timedelta(90),
        "plan_signed": TODAY,
        "assessment_accepted": True,
        **changes,
    }
    return replace(PERIOD, records=(seal(EPISODE, Episode(**given)),))


GROUP, PLACE, NURSE = PERIOD.lines
HH = (
    Trial("HH-001", period(type_of_bill="0322"), PERIOD),
    Trial("HH-002", admitted(notice_received=FIRST + timedelta(6)), admitted()),
    Trial("HH-003", admitted(notice_received=None), admitted()),
    Trial("HH-004", period(statement_to=FIRST + timedelta(30)), PERIOD),
    Trial("HH-004", period(statement_to=FIRST + timedelta(28)), PERIOD),
    Trial(
        "HH-005",
        period(admission_date=FIRST - timedelta(29)),
        period(admission_date=FIRST - timedelta(30)),
    ),
    Trial("HH-006", without(1), PERIOD),
    Trial("HH-007", lines(replace(GROUP, line_no=4)), PERIOD),
    Trial("HH-008", lines(replace(GROUP, code="5HB11")), lines(replace(GROUP, code="4LC31"))),
    Trial("HH-014", period(occurrences=()), PERIOD),
    Trial("HH-016", period(value_codes=(CodedAmount(code="85", amount_cents=100),)), PERIOD),
    Trial("HH-017", period(value_codes=(CodedAmount(code="61", amount_cents=100),)), PERIOD),
    Trial(
        "HH-018",
        period(value_codes=(CodedAmount(code="61", amount_cents=37_964),)),
        period(value_codes=(CodedAmount(code="61", amount_cents=3_796_400),)),
    ),
    Trial("HH-019", without(2), PERIOD),
    Trial("HH-021", lines(replace(NURSE, revenue_code="0421")), PERIOD),
    Trial(
        "HH-022",
        lines(replace(NURSE, code="G0154", service_from=date(2016, 1, 1))),
        lines(replace(NURSE, code="G0154", service_from=date(2015, 12, 31))),
    ),
    Trial(
        "HH-023",
        lines(replace(NURSE, service_from=FIRST + timedelta(30))),
        lines(replace(NURSE, service_from=FIRST + timedelta(29))),
    ),
    Trial("HH-024", lines(replace(NURSE, units=Decimal(0))), PERIOD),
    Trial("HH-028", replace(PERIOD, attending=None), PERIOD),
    Trial("HH-029", admitted(face_to_face=FIRST - timedelta(91)), admitted()),
    Trial(
        "HH-029",
        admitted(face_to_face=FIRST + timedelta(31)),
        admitted(face_to_face=FIRST + timedelta(30)),
    ),
    Trial("HH-030", admitted(plan_signed=TODAY + timedelta(1)), admitted()),
    Trial("HH-031", admitted(assessment_accepted=None), admitted()),
    Trial("HH-033", lines(replace(GROUP, service_from=FIRST + timedelta(1))), PERIOD),
    Trial(
        "HH-034",
        replace(period(type_of_bill="0327"), payer_claim_number="X", condition_codes=("D5",)),
        replace(period(type_of_bill="0327"), payer_claim_number="X", condition_codes=("D9",)),
    ),
    Trial(
        "HH-035",
        period(patient_status="20"),
        period(
            patient_status="20",
            occurrences=(CodedDate(code="55", on=FIRST), CodedDate(code="50", on=FIRST)),
        ),
    ),
    Trial("HH-043", without(3), PERIOD),
    Trial(
        "HH-044",
        lines(replace(NURSE, code="G0156", revenue_code="0571")),
        replace(lines(replace(NURSE, code="G0156", revenue_code="0571")), condition_codes=("54",)),
    ),
    Trial("HH-055", lines(replace(GROUP, charge_cents=1)), PERIOD),
)

TRIALS = (*DEN, *HH)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_rule_fires_there_and_stays_silent_here(trial: Trial) -> None:
    book = book_with(trial.knobs)
    as_of = TODAY if (trial.fires.service_from or TODAY) <= TODAY else date(2027, 1, 1)
    fired = findings(trial.fires, book, facts=trial.facts, as_of=as_of)
    silent = findings(trial.quiet, book, facts=trial.facts, as_of=as_of)
    assert trial.rule in {one.rule for one in fired}
    assert trial.rule not in {one.rule for one in silent}
    assert not [one for one in (*fired, *silent) if one.reason == "rule_failed"]
    assert all("Invented" not in one.message for one in fired)


def test_every_rule_of_the_two_has_a_trial() -> None:
    own = {one.rule.id for one in plain_book().lookers if one.family in {"dental", "home_health"}}
    assert own == {trial.rule for trial in TRIALS}


def test_the_sample_claims_are_clean() -> None:
    for claim in (PERIOD, admitted(), dental(d("D0120"))):
        held = [one.rule for one in findings(claim, plain_book()) if one.severity.holds]
        assert held == []


def test_a_finding_gives_way_only_to_one_as_grave() -> None:
    late = lines(replace(NURSE, service_from=FIRST + timedelta(30)))
    found = [one.rule for one in findings(late, plain_book())]
    assert "HH-023" in found
    assert "INST-023" not in found

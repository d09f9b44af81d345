"""Each rule of behavioral health and telehealth: where it fires, where it just does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from core.consent import Consent as EnteredConsent
from core.rules.facts import ClaimFacts
from plugins import ConsentKind, ConsentPurpose, seal
from plugins.behavioral_health.records import (
    ATTACHED_NOTE,
    PART_TWO,
    AttachedNote,
    Consent,
    PartTwo,
)
from plugins.testing import (
    TODAY,
    findings,
    line,
    professional_claim,
)
from tests.plugins.trials import MEDICARE, Trial, book_with, p, plain_book, replace, tele, timed


def entered(kind: ConsentKind, *payer_ids: str) -> ClaimFacts:
    """A patient with one consent in force."""
    consent = EnteredConsent(
        id=UUID(int=1),
        patient_id=UUID(int=2),
        kind=kind,
        signed_on=date(2020, 1, 1),
        purposes=(ConsentPurpose.PAYMENT,),
        recipients=payer_ids,
    )
    return ClaimFacts(consents=(consent,))


BH = (
    Trial("BH-001", p(timed("90832", 15)), p(timed("90832", 16))),
    Trial("BH-002", p(timed("90837", 52)), p(timed("90837", 53))),
    Trial("BH-003", p(timed("90834", None)), p(timed("90834", 45))),
    Trial("BH-004", p(timed("90833", 20)), p(timed("90833", 20), line("99213", 2))),
    Trial("BH-005", p(timed("90832", 20), line("99213", 2)), p(timed("90832", 20))),
    Trial("BH-007", p(timed("90834", 45), line("90791", 2)), p(timed("90834", 45))),
    Trial("BH-009", p(timed("90839", 29)), p(timed("90839", 30))),
    Trial(
        "BH-010",
        p(timed("90839", 74), line("90840", 2)),
        p(timed("90839", 75), line("90840", 2)),
    ),
    Trial("BH-011", p(timed("90834", 45), timed("90839", 60, 2)), p(timed("90839", 60, 2))),
    Trial("BH-012", p(timed("90847", 25)), p(timed("90847", 26))),
    Trial("BH-015", p(line("90785")), p(line("90785"), line("90853", 2))),
    Trial(
        "BH-018",
        p(line("90792"), credential="LCSW"),
        p(line("90791"), credential="LCSW"),
    ),
    Trial(
        "BH-019",
        p(line("90834", service_from=date(2023, 12, 31)), credential="LPC", payer=MEDICARE),
        p(line("90834", service_from=date(2024, 1, 1)), credential="LPC", payer=MEDICARE),
    ),
    Trial(
        "BH-022",
        p(line("90834", modifiers=("HO", "HN")), credential="LCSW"),
        p(line("90834", modifiers=("HO",)), credential="LCSW"),
        {"credential_modifiers": {"LCSW": ("HO",)}},
    ),
    Trial(
        "BH-023",
        p(timed("H0004", 22, units=Decimal(2))),
        p(timed("H0004", 23, units=Decimal(2))),
    ),
    Trial(
        "BH-040",
        p(records=(seal(PART_TWO, PartTwo(True, Consent(date(2026, 1, 1), TODAY))),)),
        p(
            records=(
                seal(PART_TWO, PartTwo(True, Consent(date(2026, 1, 1), TODAY + timedelta(1)))),
            )
        ),
    ),
    Trial(
        "BH-041",
        p(records=(seal(ATTACHED_NOTE, AttachedNote("psychotherapy_notes")),)),
        p(records=(seal(ATTACHED_NOTE, AttachedNote("psychotherapy_notes", True)),)),
    ),
)

PROGRAM = (seal(PART_TWO, PartTwo(True)),)
BH += (
    # Entered consents count beside the one that came with the visit: for this payer, this kind.
    Trial(
        "BH-040",
        p(records=PROGRAM, payer=replace(MEDICARE, payer_id="ANOTHER")),
        p(records=PROGRAM),
        facts=entered(ConsentKind.PART_TWO, p().payer.payer_id),
    ),
    Trial(
        "BH-041",
        p(records=(seal(ATTACHED_NOTE, AttachedNote("sud_counseling_notes")),)),
        p(records=(seal(ATTACHED_NOTE, AttachedNote("psychotherapy_notes")),)),
        facts=entered(ConsentKind.PSYCHOTHERAPY_NOTES),
    ),
)

TH = (
    Trial("TH-001", tele("95", place="02"), tele("95", place="10")),
    Trial(
        "TH-002",
        tele(place="11", payer=MEDICARE, day=date(2023, 12, 31)),
        tele("95", place="11", payer=MEDICARE, day=date(2023, 12, 31)),
    ),
    Trial(
        "TH-003",
        tele("95", place="11", facts={"modality": "none"}),
        tele(place="11", facts={"modality": "none"}),
    ),
    Trial("TH-004", tele(), tele("95")),
    Trial(
        "TH-005",
        tele(facts={"modality": "audio"}),
        tele("93", facts={"modality": "audio"}),
    ),
    Trial("TH-006", tele("95", "93"), tele("95")),
    Trial(
        "TH-008",
        tele("93", facts={"modality": "audio"}),
        tele("93", code="99214", facts={"modality": "audio"}),
        {"telehealth.audio_codes": ("99214",)},
    ),
    Trial(
        "TH-008",
        tele(
            "93", payer=MEDICARE, facts={"modality": "audio", "practitioner_video_capable": False}
        ),
        tele(
            "93",
            payer=MEDICARE,
            day=date(2024, 12, 31),
            facts={"modality": "audio", "practitioner_video_capable": False},
        ),
    ),
    Trial("TH-009", tele("GT", payer=MEDICARE), tele("GT")),
    Trial(
        "TH-013",
        tele("95", facts={"patient_state": "OK"}),
        tele("95", facts={"patient_state": "OK", "privilege_states": ("OK",)}),
    ),
    Trial("TH-014", tele("95", facts={"patient_state": ""}), tele("95")),
    Trial(
        "TH-015",
        tele("95"),
        tele("95", facts={"consent_documented": True}),
        {"telehealth.requires_consent": True},
    ),
    Trial("TH-016", tele(code="98005", place="11"), tele("95", code="99213")),
    Trial(
        "TH-017",
        tele(code="98012", place="11", facts={"modality": "audio", "audio_minutes": 10}),
        tele(code="98012", place="11", facts={"modality": "audio", "audio_minutes": 11}),
    ),
    Trial(
        "TH-018",
        professional_claim(line("99442", service_from=date(2025, 1, 1))),
        professional_claim(line("99442", service_from=date(2024, 12, 31))),
    ),
    Trial("TH-030", p(line("G0320")), p(line("G0323"))),
)


TRIALS = (*BH, *TH)


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
    own = {
        one.rule.id
        for one in plain_book().lookers
        if one.family in {"behavioral_health", "telehealth"}
    }
    assert own == {trial.rule for trial in TRIALS}


def test_the_sample_claims_are_clean() -> None:
    for claim in (p(timed("90834", 45)), tele("95")):
        held = [one.rule for one in findings(claim, plain_book()) if one.severity.holds]
        assert held == []


@pytest.mark.parametrize(
    ("rule", "first", "last"),
    [
        ("TH-002", date(2020, 3, 1), date(2023, 12, 31)),
        ("TH-009", date(2018, 1, 1), None),
        ("TH-016", date(2025, 1, 1), None),
        ("TH-017", date(2025, 1, 1), None),
        ("TH-018", date(2025, 1, 1), None),
    ],
)
def test_a_window_holds_at_both_ends(rule: str, first: date, last: date | None) -> None:
    trial = next(one for one in TRIALS if one.rule == rule)
    days = {first - timedelta(1): False, first: True}
    if last:
        days |= {last: True, last + timedelta(1): False}
    for day, fires in days.items():
        moved = replace(
            trial.fires, lines=tuple(replace(one, service_from=day) for one in trial.fires.lines)
        )
        found = {one.rule for one in findings(moved, plain_book())}
        assert (rule in found) is fires, day


def test_a_higher_band_is_a_denial_and_a_lower_one_a_question() -> None:
    for code, severity in (("90837", "deny"), ("90832", "warn")):
        (found,) = (
            one for one in findings(p(timed(code, 45)), plain_book()) if one.rule == "BH-002"
        )
        assert found.severity == severity
        assert found.suggestion == "Bill 90834"

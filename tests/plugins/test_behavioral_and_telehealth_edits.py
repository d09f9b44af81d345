"""Each rule of behavioral health: where it fires, where it just does not."""

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
)
from tests.plugins.trials import MEDICARE, Trial, book_with, p, plain_book, replace, timed


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

TRIALS = BH


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


def test_every_rule_has_a_trial() -> None:
    own = {one.rule.id for one in plain_book().lookers if one.family == "behavioral_health"}
    assert own == {trial.rule for trial in TRIALS}


def test_the_sample_claim_is_clean() -> None:
    found = findings(p(timed("90834", 45)), plain_book())
    assert [one.rule for one in found if one.severity.holds] == []


def test_a_higher_band_is_a_denial_and_a_lower_one_a_question() -> None:
    for code, severity in (("90837", "deny"), ("90832", "warn")):
        (found,) = (
            one for one in findings(p(timed(code, 45)), plain_book()) if one.rule == "BH-002"
        )
        assert found.severity == severity
        assert found.suggestion == "Bill 90834"

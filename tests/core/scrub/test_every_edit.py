"""Every edit of the platform: a claim that trips it, and one that just does not."""

from __future__ import annotations

import pytest

from api.rules_page import shown_by
from core.codes.diagnosis_book import IcdBook
from core.rules.facts import ClaimFacts
from core.scrub.platform import EDITS
from tests.core.scrub.every_trial import NAMES, TRIALS
from tests.core.scrub.trials import CLEAN, Trial, dental, findings, stay, visit


@pytest.mark.parametrize("trial", TRIALS, ids=NAMES)
def test_the_rule_fires_there_and_stays_silent_here(trial: Trial, icd: IcdBook) -> None:
    fired = findings(trial.fires, trial.knobs, trial.facts, trial.tables_of_fires(icd))
    quiet_facts = trial.quiet_facts or trial.facts
    silent = findings(trial.quiet, trial.knobs, quiet_facts, trial.tables_of_quiet(icd))
    assert trial.rule in {one.rule for one in fired}
    assert trial.rule not in {one.rule for one in silent}
    assert not [one for one in (*fired, *silent) if one.reason == "rule_failed"]
    assert all("Ines" not in one.message and "1EG4" not in one.message for one in fired)


def test_every_rule_has_a_trial() -> None:
    assert {edit.id for edit in EDITS} == {trial.rule for trial in TRIALS}


def test_the_page_of_rules_names_the_first_trial_of_every_edit() -> None:
    assert all(f"{edit.id}-1" in NAMES for edit in EDITS)
    assert all(shown_by()[edit.id].startswith(f"`{edit.id}-1`") for edit in EDITS)


@pytest.mark.parametrize("given", [CLEAN, stay(), visit(), dental()])
def test_a_right_claim_has_no_finding(given: object) -> None:
    assert findings(given, {}, ClaimFacts()) == ()

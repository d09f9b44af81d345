"""Every telehealth rule has its trial, what it says is fit to be read, and its days hold."""

from __future__ import annotations

from datetime import date

import pytest

from api.rules_page import shown_by
from plugins.host import EnabledPlugin, default_host
from plugins.telehealth import edits, status
from plugins.telehealth.codes import PACKAGE
from plugins.testing import settings_faults
from tests.plugins.telehealth.documents import answer
from tests.plugins.telehealth.trials import NAMES, TRIALS, Trial

IDS = {edit.id for edit in edits.EDITS}


@pytest.mark.parametrize("trial", TRIALS, ids=NAMES)
def test_the_rule_fires_there_and_stays_silent_here(trial: Trial) -> None:
    fired, quiet = answer(trial.fires), answer(trial.quiet)
    found = [one for one in fired["findings"] if one["rule"] == trial.rule]
    assert found
    assert trial.rule not in {one["rule"] for one in quiet["findings"]}
    for one in found:
        assert one["source"].startswith("telehealth.md")
        assert one["version"]
        assert one["layer"] == "specialty"
    said = [*fired["findings"], *quiet["findings"]]
    assert not [one for one in said if one.get("reason") == "rule_failed"]
    assert not [one for one in said if "I10" in one["message"] or "F33" in one["message"]]


def test_every_rule_has_a_trial_and_the_page_of_rules_names_it() -> None:
    assert {trial.rule for trial in TRIALS} == IDS
    assert all(shown_by()[rule].startswith(f"`{rule}-1`") for rule in IDS)


def test_no_number_of_the_sheet_is_left_out() -> None:
    numbers = {*range(1, 31), 31, 33, 34, 35, 40}
    assert {f"TH-{number:03d}" for number in numbers} == IDS


def test_fees_of_the_demonstration_are_a_setting() -> None:
    import plugins.telehealth as plugin

    assert settings_faults(plugin, b'{"demonstration_fees":true}') == ()


def test_rules_of_current_law_begin_when_the_last_act_ends() -> None:
    windows = {edit.id: edit.effective for edit in edits.EDITS}
    assert windows["TH-034"].first == status.ends("any_site") == date(2028, 1, 1)
    assert windows["TH-012"].first == status.ends("no_in_person")


def test_every_rule_of_every_kind_names_its_source() -> None:
    rules = default_host().rule_set(EnabledPlugin(name="telehealth")).rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(len(rule.source) > 5 for rule in rules)
    assert PACKAGE == "plugins.telehealth"

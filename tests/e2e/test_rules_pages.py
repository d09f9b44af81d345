"""Somebody who does not program writes a rule, tries it and switches it on, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.api.http import pages_world as world
from tests.e2e.windows import Window, assert_usable, in_a_browser

pytestmark = in_a_browser

ONE, TWO = world.PRACTICES[0], world.PRACTICES[1]


def pictured(window: Window, name: str) -> None:
    """Keep a picture where ``CLAIMWRIGHT_PICTURES`` names a folder, for whoever wants to look."""
    folder = os.environ.get("CLAIMWRIGHT_PICTURES")
    if folder:
        window.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def usable(window: Window) -> None:
    try:
        assert_usable(window)
    except pytest.skip.Exception:
        # Without axe the rest of the walk is worth taking all the same.
        return


def test_a_rule_is_written_tried_and_switched_on_without_programming(window: Window) -> None:
    window.enter("lead", f"/practices/{ONE.slug}/denials")
    page = window.page
    pictured(window, "denials")
    usable(window)
    page.goto(f"{window.base}/practices/{ONE.slug}/rules/new?carc=197&code=90837")
    page.get_by_label("In a line").fill("Long sessions need an authorization")
    page.get_by_label("Rests on").fill("Manual 2026")
    page.get_by_label("What a biller reads").fill("This code needs an authorization")
    page.get_by_label("Tags").fill("Needs note")
    page.get_by_label("Condition 2: field").fill("line units")
    page.get_by_label("Condition 2: compared").select_option("at_least")
    page.get_by_label("Condition 2: with").fill("2")
    page.get_by_role("button", name="Check only").click()
    assert "a tag has small letters" in page.locator("main").text_content()
    assert page.get_by_label("Condition 2: with").input_value() == "2", "nothing typed is lost"
    pictured(window, "rule-form")
    usable(window)
    page.get_by_label("Tags").fill("needs-note")
    page.get_by_label("Why").fill("many denials of last quarter")
    page.get_by_role("button", name="Save as a draft").press("Enter")
    page.wait_for_url("**/rules/OWN-CARC197-90837-1")
    assert "units is at least 2" in page.locator("main").text_content()
    page.get_by_role("button", name="Try it").click()
    assert "No claim was changed" in page.locator("main").text_content()
    pictured(window, "rule")
    usable(window)
    page.get_by_label("Why").first.fill("tried on three months of claims")
    page.get_by_role("button", name="Switch version 1 on").click()
    page.wait_for_url("**/rules/OWN-CARC197-90837-1")
    page.goto(f"{window.base}/practices/{ONE.slug}/rules")
    assert "in force" in page.locator("main").text_content()
    pictured(window, "rules")
    usable(window)


def test_policies_and_authorizations_are_entered_by_everybody(window: Window) -> None:
    window.enter("lead", f"/practices/{ONE.slug}/policies")
    page = window.page
    page.get_by_label("Policy", exact=True).select_option("auth_required_codes")
    page.get_by_label("Value").fill("90837")
    page.get_by_label("Document").last.fill("Manual 2026")
    page.get_by_label("Look at it again by").fill("2020-01-31")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="What wants looking at").click()
    assert "review due" in page.locator("main").text_content()
    pictured(window, "policies")
    usable(window)
    claim = f"/practices/{TWO.slug}/claims/{world.seed(TWO, 'dental')}"
    page.goto(f"{window.base}{claim}/authorizations")
    page.get_by_label("Number", exact=True).fill("A-22")
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_label("Until").fill("2099-12-31")
    page.get_by_label("How many").fill("10")
    page.get_by_role("button", name="Enter").click()
    assert "10 units" in page.locator("main").text_content()
    pictured(window, "patient-authorizations")
    usable(window)
    page.goto(f"{window.base}/practices/{TWO.slug}/authorizations")
    assert "A-22" in page.locator("main").text_content()
    pictured(window, "authorizations")
    usable(window)

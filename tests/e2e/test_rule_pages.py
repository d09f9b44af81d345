"""The pages of suggestions, waivers, back-tests and why, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from api import backtests
from core.scrub.finding import Finding, Fix, Severity
from tests.api.http import pages_world as world
from tests.e2e.windows import Window, assert_usable, in_a_browser

pytestmark = [*in_a_browser, pytest.mark.xdist_group("e2e")]

THREE = world.PRACTICES[0]
HELD = world.seed(THREE, "held")
AT = f"/practices/{THREE.slug}"


def test_a_suggestion_can_be_applied_by_everybody(window: Window) -> None:
    bundled = Finding(
        rule="PS-041", severity=Severity.DENY, message="More units than this payer takes a day",
        line_no=2, suggestion="Bill one unit", source="CMS NCCI MUE", carc="151",
        place_837="SV104", table_row="NCCI MUE practitioner 2026Q1 96127 limit 1 MAI 2",
        fix=Fix(field="units", value="1", line_no=2),
    )  # fmt: skip
    with world.runtime().unit_of_work(THREE.tenant_id) as uow:
        before = [one.finding for one in uow.claims.findings(HELD)]
        own = replace(bundled, rule="PS-012", fix=Fix(field="modifiers", value="25", line_no=1))
        uow.claims.replace_findings({HELD: [bundled, own, *before]})
        uow.record("claim.scrubbed", {"claim": [HELD]})
    window.enter("biller", f"{AT}/claims/{HELD}")
    assert_usable(window, skips=True)
    page = window.page
    assert page.locator(".fix ins").all_text_contents() == ["1", "25"]
    page.get_by_role("button", name="Apply: modifiers of line 1 becomes 25").click()
    page.wait_for_url(lambda url: url.endswith(str(HELD)))
    left = page.locator(".fix ins").all_text_contents()
    assert not {"1", "25"} & set(left), "it was scrubbed again, and no rule says these any more"
    page.get_by_role("link", name="Every rule that looked at this claim").click()
    assert_usable(window)
    page.locator("summary").last.click()
    assert_usable(window)


def test_waivers_can_be_asked_for_and_approved_by_everybody(window: Window) -> None:
    last = (world.today() + timedelta(days=20)).isoformat()
    window.enter("lead", f"{AT}/waivers")
    page = window.page
    page.get_by_label("Rule", exact=True).select_option("PS-012")
    page.get_by_label("Last day").fill("yesterday")
    for label, words in (("Why", "The payer lifted the limit."), ("Document", "Bulletin 2026-4")):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.get_by_label("Rule", exact=True).input_value() == "PS-012"
    assert_usable(window)
    page.get_by_label("Last day").fill(last)
    page.get_by_role("button", name="Ask", exact=True).click()
    assert_usable(window)
    window.enter("admin", f"{AT}/waivers")
    page.get_by_role("button", name="Approve the waiver of PS-012").click()
    assert page.get_by_text("in force", exact=True).count() == 1
    assert_usable(window)


def test_a_back_test_can_be_asked_for_and_read_by_everybody(window: Window) -> None:
    window.enter("lead", f"{AT}/back-tests")
    page = window.page
    page.get_by_label("What").select_option("rule:PS-038")
    page.get_by_role("button", name="Begin").click()
    assert_usable(window)
    backtests.work(world.runtime(), seconds=60)
    page.reload()
    assert_usable(window)
    page.locator(".told summary").click()
    assert page.locator(".told a").count() > 0, "the claims it would have held"
    assert_usable(window)
    page.get_by_role("link", name="Back-tests").click()
    assert_usable(window)

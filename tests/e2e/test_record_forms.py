"""A record's form in a real browser: by keyboard alone, on a wide screen and on a phone (K8)."""

from __future__ import annotations

from typing import Any

from api.http.sessions import SESSION_COOKIE
from tenants.staff import Role
from tests.api.http import test_record_pages as records
from tests.api.http.visitors import session_of
from tests.e2e.windows import Window, assert_usable, in_a_browser

pytestmark = in_a_browser
WHY = "the chart says another day"


def enter_as(window: Window, role: Role) -> None:
    records.practice()
    cookie: Any = {
        "name": SESSION_COOKIE,
        "value": session_of(records.person(role).id),
        "url": window.base.replace("http:", "https:"),
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
    }
    window.context.add_cookies([cookie])


def test_a_record_is_entered_and_corrected_by_keyboard_and_its_change_is_seen(
    window: Window,
) -> None:
    enter_as(window, Role.CODER)
    page, base = window.page, window.base
    page.goto(base + records.at("rejected", "/new?kind=home_health.episode&line=2"))
    assert_usable(window)
    page.get_by_label("Notice received").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Start of care: a day such as").wait_for()
    assert_usable(window)
    assert page.get_by_label("Start of care").get_attribute("aria-invalid") == "true"
    page.get_by_label("Start of care").fill("2026-01-05")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records")
    page.get_by_role("link", name="Correct Home health admission, Line 2").click()
    page.get_by_label("Start of care").fill("2026-01-06")
    page.get_by_label("Why it is corrected").fill(WHY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/records")
    page.get_by_text("2 versions").click()
    assert page.locator("del").inner_text() == "Jan 5, 2026"
    assert_usable(window)


def test_a_group_that_is_not_there_is_out_of_the_way_and_a_phone_is_wide_enough(
    window: Window,
) -> None:
    enter_as(window, Role.CODER)
    page = window.page
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(window.base + records.at("held", "/new?kind=behavioral_health.part2&line="))
    signed = page.locator('[name="f.consent.signed"]')
    assert not signed.is_visible()
    page.get_by_label("Consent: there or not").select_option("yes")
    assert signed.is_visible()
    assert_usable(window)

"""A biller's morning in a real browser: sign in, walk the queue by keys, put a claim right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.http import pages_world as world
from tests.e2e.windows import Window, assert_accessible, assert_usable, in_a_browser

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def admin(chromium: Any, base: str) -> Iterator[Window]:
    """One signed-in window for the tests that only look."""
    made = Window(chromium, base)
    made.enter("admin")
    yield made
    made.context.close()
    made.check()


@pytest.fixture(scope="module")
def portal(chromium: Any, base: str) -> Iterator[Window]:
    """The portal of a practice, to be looked at in several widths."""
    made = Window(chromium, base)
    made.enter("director", "/portal")
    yield made
    made.context.close()
    made.check()


def claim(place: int, name: str) -> str:
    practice = world.PRACTICES[place]
    return f"/practices/{practice.slug}/claims/{world.seed(practice, name)}"


def test_a_cookie_for_this_host_alone_holds_on_plain_localhost(window: Window) -> None:
    window.sign_in("biller")
    [cookie] = window.context.cookies()
    assert cookie["name"] == "__Host-claimwright"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    window.page.get_by_role("button", name="Sign out").click()
    window.page.wait_for_url("**/sign-in")
    window.page.goto(f"{window.base}/queue")
    assert "/sign-in" in window.page.url


def test_the_queue_is_worked_by_keys_alone(window: Window) -> None:
    window.enter("biller")
    page = window.page
    focused = "document.activeElement.textContent"
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    assert page.evaluate(focused) == rows.nth(0).text_content()
    for key in "jjk":
        page.keyboard.press(key)
    assert page.evaluate(focused) == rows.nth(1).text_content()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("000100000001")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{claim(0, 'held')}")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")
    page.go_back()
    page.keyboard.press("q")
    page.wait_for_url("**/queue")


def test_a_filter_swaps_the_list_and_the_way_back_works(window: Window) -> None:
    from playwright.sync_api import expect

    window.enter("biller")
    page = window.page
    total = page.get_by_role("status").text_content()
    page.get_by_role("checkbox", name="Denied").check()
    page.wait_for_url("**stage=denied**")
    expect(page.locator("td .tag").first).to_have_text("Denied")
    assert set(page.locator("td .tag").all_text_contents()) == {"Denied"}
    assert page.get_by_role("checkbox", name="Denied").is_checked()
    assert page.evaluate("document.activeElement.value") == "denied", "the focus stays"
    page.go_back()
    page.wait_for_url(lambda url: "denied" not in url)
    expect(page.get_by_role("status")).to_have_text(total)


def test_a_held_claim_is_put_right_with_a_diff_and_its_reason_is_gone(window: Window) -> None:
    window.enter("biller", claim(0, "dental"))
    page = window.page
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Surfaces, line 1").fill("mod")
    page.get_by_role("button", name="Show what changes").click()
    row = page.locator(".diff tbody tr")
    assert row.count() == 1
    assert [cell.strip() for cell in row.locator("td, th").all_text_contents()] == [
        "1",
        "Surfaces",
        "MO",
        "MOD",
    ]
    page.get_by_role("button", name="Save and scrub again").click()
    page.wait_for_url(f"**{claim(0, 'dental')}")
    assert "14 MOD" in page.get_by_label("Service lines, table").text_content()
    assert "edit" in page.locator(".time").text_content()


def test_forms_work_without_any_script(chromium: Any, base: str) -> None:
    window = Window(chromium, base, java_script_enabled=False)
    window.sign_in("lead")
    page = window.page
    page.get_by_role("checkbox", name="Rejected").check()
    page.get_by_role("button", name="Show").click()
    assert "stage=rejected" in page.url
    page.goto(window.base + claim(1, "overridable"))
    page.get_by_text("Send it all the same").click()
    page.get_by_label("Why this finding does not hold here").fill("The record shows separate work.")
    page.get_by_role("button", name="Override").click()
    page.get_by_role("button", name="Release").click()
    assert "Ready to send" in page.locator(".answers").text_content()
    window.context.close()
    window.check()


def test_a_practice_reads_its_own_overview(window: Window) -> None:
    window.enter("director")
    assert window.page.url.endswith("/portal")
    text = window.page.locator("main").text_content()
    assert world.PRACTICES[0].name in text
    assert world.PRACTICES[1].name not in text


@pytest.mark.parametrize(
    "path",
    [
        "/queue",
        "/find?number=000",
        claim(0, "held"),
        claim(0, "paid"),
        f"{claim(0, 'held')}/edit",
        f"{claim(0, 'paid')}/prices",
        "/practices",
        f"/practices/{world.PRACTICES[0].slug}/files",
        f"/practices/{world.PRACTICES[0].slug}/rules",
        f"/practices/{world.PRACTICES[0].slug}/rules/new?carc=197&code=90837&payer=BLUHB",
        f"/practices/{world.PRACTICES[0].slug}/policies",
        "/plugins",
        f"/practices/{world.PRACTICES[0].slug}/plugins",
        f"/practices/{world.PRACTICES[0].slug}/plugins/telehealth",
        f"{claim(0, 'held')}/records",
        f"/practices/{world.PRACTICES[0].slug}/denials",
        "/password",
        "/security",
        "/providers",
        "/payers",
        f"/payers/{world.some_id('payer')}",
        "/enrolment",
        "/staff",
        f"/staff/{world.PEOPLE['biller'].id}",
        "/programs",
        f"/practices/{world.PRACTICES[0].slug}/demands",
        "/emergency",
        "/emergencies",
    ],
)
def test_a_page_can_be_used_by_everybody(admin: Window, path: str) -> None:
    assert_accessible(admin, path)


def test_the_pages_of_consents_and_of_notes_can_be_used_by_everybody(window: Window) -> None:
    window.enter("lead", f"{claim(0, 'held')}/consents")
    assert_usable(window, skips=True)
    window.enter("provider", "/notes")
    assert_usable(window, skips=True)
    window.enter("coder", claim(0, "held"))
    window.page.locator(".reveal summary").click()
    assert_usable(window)
    window.page.get_by_role("button", name="Show it once").click()
    assert_usable(window)


def test_a_page_that_answers_a_form_can_be_used_by_everybody(window: Window) -> None:
    window.enter("lead", f"{claim(1, 'held')}/edit")
    page = window.page
    page.get_by_label("Birth date").fill("nonsense")
    page.get_by_role("button", name="Show what changes").click()
    assert page.get_by_label("Birth date").input_value() == "nonsense"
    assert_usable(window)
    page.get_by_label("Birth date").fill("4/10/1981")
    page.get_by_label("Sex").select_option("M")
    page.get_by_label("Authorisation number").fill("A-77")
    page.get_by_role("button", name="Show what changes").click()
    assert page.locator(".diff ins").all_text_contents() == ["A-77", "1981-04-10", "male"]
    assert page.evaluate("document.activeElement.textContent") == "Save and scrub again"
    assert_usable(window)


def test_the_page_of_a_code_for_a_password_can_be_used_by_everybody(window: Window) -> None:
    window.enter("admin", "/staff")
    page = window.page
    page.get_by_label("Name", exact=True).fill("Once Example")
    page.get_by_label("E-mail").fill("once@example.org")
    page.get_by_label("Role").select_option("biller")
    page.get_by_role("button", name="Enter").click()
    assert page.locator(".secret").count() == 2
    assert_usable(window)


def test_the_pages_of_a_program_and_its_token_can_be_used_by_everybody(admin: Window) -> None:
    page = admin.page
    page.goto(f"{admin.base}/programs")
    page.get_by_label("Name", exact=True).fill("The system of a practice")
    page.get_by_label(world.PRACTICES[0].name).check()
    page.get_by_label("see where claims stand").check()
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("button", name="Make a token").click()
    assert page.locator(".secret").text_content().startswith("cwt_")
    assert_usable(admin)
    page.get_by_role("link", name="Back to the program").click()
    assert page.get_by_role("button", name="Revoke").count() == 1
    assert_usable(admin)


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_no_table_of_the_portal_is_cut_by_its_neighbour(portal: Window, width: int) -> None:
    portal.page.set_viewport_size({"width": width, "height": 900})
    cut = portal.page.evaluate(
        "[...document.querySelectorAll('main table')].filter((table) =>"
        " table.getBoundingClientRect().right >"
        " table.closest('.card').getBoundingClientRect().right + 1).length"
    )
    assert portal.page.locator("main table").count() >= 3
    assert cut == 0


def test_the_reason_of_a_row_is_shown_whole_where_there_is_room(window: Window) -> None:
    window.page.set_viewport_size({"width": 1920, "height": 900})
    window.enter("biller", "/queue?stage=rejected")
    cells = window.page.locator("td.why").filter(has_text="277CA")
    assert cells.count() > 0
    for place in range(min(3, cells.count())):
        assert cells.nth(place).evaluate("(cell) => cell.scrollWidth <= cell.clientWidth")
        assert "277CA" in cells.nth(place).get_attribute("title")


def test_the_door_and_the_portal_can_be_used_by_everybody(window: Window) -> None:
    assert_accessible(window, "/sign-in")
    window.enter("viewer", "/portal")
    assert_usable(window, skips=True)

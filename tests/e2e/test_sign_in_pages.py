"""The door in a real browser: first factor, passkey, code, a late form, and a code by a link."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from api import accounts
from api.http.sessions import digest_of
from core.crypto.one_time_codes import code_at, step_of
from tenants.codes import new_code
from tenants.staff import Role, Staff
from tenants.store.sessions import PASSWORD
from tests.api.http import pages_world as world
from tests.api.http.test_second_factor import run
from tests.e2e.windows import Window, assert_accessible, assert_usable, in_a_browser

pytestmark = in_a_browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def newcomer(role: Role = Role.BILLER) -> Staff:
    """Somebody who was given a password and has no second factor."""
    return world.add_person(f"browser-{new_code()[:6]}", role, app=False)


def give_password(window: Window, person: Staff) -> None:
    window.page.goto(f"{window.base}/sign-in")
    window.page.get_by_label("E-mail address").fill(person.email)
    window.page.get_by_label("Password").fill(world.PASSWORD)
    window.page.get_by_role("button", name="Sign in", exact=True).click()


def with_passkeys(window: Window, **changes: Any) -> tuple[Any, str]:
    """Give the browser an authenticator, as a machine with a fingerprint reader has one."""
    tools = window.context.new_cdp_session(window.page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, **changes}})
    return tools, made["authenticatorId"]


@pytest.mark.control("R19")
def test_a_passkey_is_added_at_the_first_sign_in_and_is_a_sign_in_from_then_on(
    window: Window,
) -> None:
    person, page = newcomer(), window.page
    with_passkeys(window)
    give_password(window, person)
    page.wait_for_url("**/enrol")
    assert_usable(window)
    page.get_by_label("A name for it").fill("My laptop")
    page.get_by_role("button", name="Add a security key").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    assert page.locator(".codes li").count() == 10
    assert_usable(window)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/queue")
    page.goto(f"{window.base}/security")
    assert "My laptop" in page.locator("main").text_content()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/queue")


@pytest.mark.attack("S-26")
def test_a_passkey_whose_user_was_not_verified_opens_nothing(
    window: Window,
) -> None:
    person, page = newcomer(), window.page
    tools, authenticator = with_passkeys(window)
    give_password(window, person)
    page.get_by_role("button", name="Add a security key").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    page.context.clear_cookies()
    tools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    give_password(window, person)
    page.get_by_role("button", name="Use your security key").click()
    page.get_by_text("did not answer").wait_for()
    assert "/second-factor" in page.url


def test_an_app_is_added_by_its_key_and_a_code_without_any_script(
    chromium: Any,
    base: str,
) -> None:
    window = Window(chromium, base, java_script_enabled=False)
    page = window.page
    give_password(window, newcomer())
    page.get_by_role("button", name="Set up an app").click()
    picture = page.locator("svg.qr").bounding_box()
    assert picture is not None
    assert picture["width"] >= 190
    secret = base64.b32decode(page.locator(".secret").text_content().replace(" ", ""))
    now = step_of(int(world.runtime().clock().timestamp()))
    page.get_by_label("The code the app shows now").fill(code_at(secret, now))
    page.get_by_role("button", name="Confirm").click()
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    assert page.url.endswith("/queue")
    window.context.close()
    window.check()


def test_a_form_that_comes_late_is_kept_and_sent_with_the_factor(
    window: Window,
) -> None:
    window.enter("admin", "/staff")
    page = window.page
    page.get_by_label("Name", exact=True).fill("Late Example")
    page.get_by_label("E-mail").fill("late@example.org")
    page.get_by_label("Role").select_option("biller")
    [cookie] = window.context.cookies()
    run(
        "UPDATE web_session SET proven_at = proven_at - interval '6 minutes' WHERE id_sha256 = :d",
        d=digest_of(cookie["value"]),
    )
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("heading", name="Is it still you?").wait_for()
    assert_usable(window)
    page.get_by_label("Code from your authenticator app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    assert "not the right code" in page.get_by_role("alert").first.text_content()
    page.get_by_label("Code from your authenticator app").fill(world.app_code("admin"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="A code for Late Example").wait_for()
    page.goto(f"{window.base}/queue")
    assert page.url.endswith("/queue"), "and the renewed session goes on"


@pytest.mark.attack("S-27")
def test_the_code_of_a_link_fills_in_the_form_and_leaves_the_address(
    window: Window,
) -> None:
    runtime, person = world.runtime(), world.add_person(f"link-{new_code()[:6]}", Role.BILLER)
    _, code = accounts.issue_password_code(
        runtime, person.id, actor=runtime.person(world.PEOPLE["admin"].id)
    )
    page = window.page
    page.goto(f"{window.base}/reset#{code}")
    assert page.get_by_label("The code from your administrator").input_value() == code
    assert page.url == f"{window.base}/reset"
    assert_usable(window)
    page.get_by_label("New password", exact=True).fill("seven other plain words entirely")
    page.get_by_label("New password again").fill("seven other plain words entirely")
    page.get_by_role("button", name="Set the password").click()
    page.wait_for_url("**/sign-in")
    assert all(code not in url.partition("#")[0] for url in window.requests)
    assert not any(re.search(r"[?&]code=", url) for url in window.requests)


@pytest.mark.parametrize("name", ["biller", "auditor"])
def test_the_pages_of_the_door_can_be_used_by_everybody(
    window: Window,
    name: str,
) -> None:
    window.enter(name, assurance=PASSWORD)
    assert window.page.url.startswith(f"{window.base}/second-factor")
    assert_usable(window)
    window.page.get_by_label("Code from your authenticator app").fill("1")
    window.page.keyboard.press("Enter")
    window.page.get_by_role("alert").first.wait_for()
    assert_usable(window)


def test_setting_up_an_app_can_be_used_by_everybody(window: Window) -> None:
    window.enter("lead", "/enrol")
    assert_usable(window, skips=True)
    window.page.get_by_role("button", name="Set up an app").click()
    window.page.get_by_role("heading", name="Your authenticator app").wait_for()
    assert_usable(window)
    assert_accessible(window, "/security")

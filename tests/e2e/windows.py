"""A window of a real browser for tests, and what must hold of every page it shows.

Nothing may leave the machine, nothing may stand in the console, and every page must pass axe where
axe is there (``CLAIMWRIGHT_AXE`` names the file, or node_modules holds it).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.http.sessions import SESSION_COOKIE
from tenants.store.sessions import TWO_FACTORS
from tests.api.http import pages_world as world
from tests.api.http.visitors import start_session

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no chromium here"),
]


def axe_source() -> str:
    for path in (
        os.environ.get("CLAIMWRIGHT_AXE", ""),
        str(ROOT / "node_modules" / "axe-core" / "axe.min.js"),
    ):
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8")
    return ""


class Window:
    """A browser window that notes every request and every line of the console."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda line: self.said.append(line.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def sign_in(self, name: str) -> None:
        self.page.goto(f"{self.base}/sign-in")
        self.page.get_by_label("E-mail address").fill(world.PEOPLE[name].email)
        self.page.get_by_label("Password").fill(world.PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_label("Code from your authenticator app").fill(world.app_code(name))
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url and "/second" not in url)

    def enter(self, name: str, *, assurance: int = TWO_FACTORS) -> None:
        """Be signed in without the door, where the door is not what is tested."""
        # A driver may set such a cookie for https only; the browser then sends it to localhost too.
        cookie = {
            "name": SESSION_COOKIE,
            "value": start_session(name, assurance=assurance),
            "url": self.base.replace("http:", "https:"),
            "secure": True,
            "httpOnly": True,
            "sameSite": "Lax",
        }
        self.context.add_cookies([cookie])
        self.page.goto(self.base)

    def check(self) -> None:
        """What must hold after any walk through the pages."""
        away = [url for url in self.requests if not url.startswith(f"{self.base}/")]
        assert away == [], "a request left the machine"
        # Chromium reports the clearing at sign-out, and a form that is shown again, as lines.
        shown_again = "Failed to load resource: the server responded with a status of "
        own = ("Clear-Site-Data header", *(shown_again + code for code in ("422", "403")))
        said = [line for line in self.said if not line.startswith(own)]
        assert said == []


def assert_accessible(window: Window, path: str) -> None:
    window.page.goto(window.base + path)
    assert_usable(window, skips=path != "/sign-in")


def assert_usable(window: Window, *, skips: bool = False) -> None:
    """The page as it stands: one heading, nothing beside the screen, and axe content."""
    source = axe_source()
    page = window.page
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
    if skips:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    if not source:
        pytest.skip("axe is not here; set CLAIMWRIGHT_AXE to its axe.min.js")
    page.evaluate(source)
    found = page.evaluate(
        "async (rules) => (await axe.run(document, {runOnly: rules})).violations.map("
        "(one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])",
        RULES,
    )
    assert found == [], found

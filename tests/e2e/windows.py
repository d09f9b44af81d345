"""A window of a real browser for tests, and what must hold of every page it shows.

Nothing may leave the machine, nothing may stand in the console, and every page must pass axe where
axe is there (``CLAIMWRIGHT_AXE`` names the file, or node_modules holds it).
"""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.http.sessions import SESSION_COOKIE
from tenants.store.sessions import TWO_FACTORS
from tests.api.http import pages_world as world
from tests.api.http.visitors import start_session

# Without windows of its own it does half the work.
CHROMIUM = (
    shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
)
ROOT = Path(__file__).parents[2]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}

# The last switch of a name is the one chromium heeds: what its driver switches off stands first.
_SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # The suggestions of an address bar nobody types into are pages of the browser's own, and each
    # context loads them: more work than the pages a test looks at.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
SWITCHES = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    f"--disable-features={','.join(_SWITCHED_OFF)}",
]

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no chromium here"),
]


@functools.cache
def axe_source() -> str:
    for path in (
        os.environ.get("CLAIMWRIGHT_AXE", ""),
        str(ROOT / "node_modules" / "axe-core" / "axe.min.js"),
    ):
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8")
    return ""


_FITS = "document.documentElement.scrollWidth <= innerWidth"
_VIOLATIONS = """async (rules) =>
  (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations.map(
    (one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])"""


class Window:
    """A browser window that notes every request and every line of the console."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = browser.new_context(viewport=WIDE, **options)
        # Known to the browser once: page after page it then finds the script compiled.
        self.context.add_init_script(axe_source())
        self.page = self.context.new_page()
        # Nothing is timed; and the first page of a process makes its code tables.
        self.page.set_default_timeout(60_000)
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

    def enter(self, name: str, path: str = "/", *, assurance: int = TWO_FACTORS) -> None:
        """Be signed in without the door, where that is not tested, and look at a page."""
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
        self.page.goto(self.base + path)

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
    """The page as it stands: one heading, nothing beside the screen or a phone's, axe content."""
    page = window.page
    stands = page.evaluate("[document.querySelectorAll('h1').length, " + _FITS + "]")
    assert stands == [1, True], "one heading, and nothing sticks out"
    if skips:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    if axe_source():
        assert (found := page.evaluate(_VIOLATIONS, RULES)) == [], found
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    assert page.evaluate(_FITS), "nothing sticks out of a phone's screen"
    page.set_viewport_size(size)
    if not axe_source():
        pytest.skip("axe is not here; set CLAIMWRIGHT_AXE to its axe.min.js")

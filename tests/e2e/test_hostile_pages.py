"""S-34 in a real browser: nothing written by somebody else runs, loads, or is even tried."""

from __future__ import annotations

from typing import Any

import pytest

from api.bootstrap import Runtime
from api.http.app import create_app
from api.http.sessions import SESSION_COOKIE
from tenants.staff import Role
from tests.api.http.hostile_world import PAYLOADS, Hostile
from tests.e2e.page_server import served
from tests.e2e.windows import in_a_browser

pytestmark = in_a_browser

# Runs in every page before anything of ours: what the policy had to stop is written down.
LISTENER = """
window.reports = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.reports.push([event.violatedDirective, event.blockedURI, event.sample]));
"""


def cookie(base: str, session: str) -> dict[str, Any]:
    return {
        "name": SESSION_COOKIE,
        "value": session,
        "url": base.replace("http:", "https:"),
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
    }


@pytest.mark.attack("S-34")
def test_an_attack_in_any_text_is_read_as_a_text_and_the_policy_has_nothing_to_stop(
    running: Runtime, chromium: Any
) -> None:
    hostile = Hostile(running)
    with served(lambda origin: create_app(running, origin=origin)) as base:
        context = chromium.new_context()
        context.add_init_script(LISTENER)
        page = context.new_page()
        asked, dialogs, faults = [], [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        read = ""
        for role, paths in ((Role.ADMIN, hostile.pages()), (Role.DIRECTOR, ("/portal",))):
            context.add_cookies([cookie(base, hostile.session(role))])
            for path in paths:
                page.goto(base + path)
                assert page.url.startswith(base), path
                assert page.evaluate("window.reports") == [], path
                assert page.evaluate("window.taken") is None, path
                assert page.locator("iframe, object, embed, base").count() == 0, path
                read += page.locator("body").inner_text()
        assert all(payload.strip() in read for payload in PAYLOADS[:3])
        assert [url for url in asked if not url.startswith(f"{base}/")] == []
        assert (dialogs, faults) == ([], [])

        page.goto(f"{base}/sign-in")
        page.evaluate("(text) => document.body.insertAdjacentHTML('beforeend', text)", PAYLOADS[1])
        for _ in range(100):
            if page.evaluate("window.reports.length"):
                break
            page.wait_for_timeout(20)
        assert page.evaluate("window.reports.length"), "the listener hears"
        assert page.evaluate("window.taken") is None, "the policy stops what a mistake would let in"
        context.close()

"""S-34: a text that attacks is a text, on every page, in a file and in an answer to a program."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from litestar.testing import TestClient

from api.bootstrap import Runtime
from api.documents import csv_file
from api.http.app import create_app
from api.http.security import form_token
from api.http.sessions import SESSION_COOKIE
from tenants.staff import Role
from tests.api.documents.test_statement_pdf import objects
from tests.api.http.hostile_world import PAYLOADS, TEXT, Hostile

# What no template of ours has: whatever shows up here came out of a text.
FORBIDDEN_TAGS = {"iframe", "base", "style", "object", "embed", "svg", "math", "template"}
LOCAL = re.compile(r"(/|#|\Z)")


class Page(HTMLParser):
    """What a browser would make of a page: its tags, and the texts between them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came out of a text: {data}")

    def attacks(self) -> list[object]:
        """Tags and attributes that run, load or send something of somebody else's."""
        found: list[object] = []
        for tag, given in self.tags:
            if tag in FORBIDDEN_TAGS or (tag == "meta" and "http-equiv" in given):
                found.append(tag)
            for name, value in given.items():
                if name.startswith("on") or name in ("style", "srcdoc", "autofocus"):
                    found.append((tag, name))
                if name in ("src", "href", "action", "formaction") and not LOCAL.match(value or ""):
                    found.append((tag, name, value))
                if name in ("src", "href", "action") and (value or "").startswith("//"):
                    found.append((tag, name, value))
            if tag == "script" and not (given.get("src") or "").startswith("/static/"):
                found.append((tag, given))
        return found


@pytest.fixture
def hostile(running: Runtime) -> Hostile:
    return Hostile(running)


@pytest.mark.attack("S-34")
@pytest.mark.attack("S-35")
def test_no_text_of_anybody_runs_on_a_page_in_a_file_or_in_an_answer(hostile: Hostile) -> None:
    shown = 0
    with TestClient(
        create_app(hostile.running, origin="https://claimwright.local"),
        base_url="https://claimwright.local",
        raise_server_exceptions=False,
    ) as client:

        def ask(role: Role, method: str, path: str, accept: str = "text/html", **given: Any) -> Any:
            session = hostile.session(role)
            if "data" in given:
                given["data"] = given["data"] | {"token": form_token(session)}
            headers = {"accept": accept, "cookie": f"{SESSION_COOKIE}={session}"}
            return client.request(method, path, headers=headers, follow_redirects=False, **given)

        pages = [ask(Role.ADMIN, "GET", path) for path in hostile.pages()]
        pages.append(ask(Role.DIRECTOR, "GET", "/portal"))
        claim = f"/practices/river/claims/{hostile.claim_id}"
        echoed = dict.fromkeys(("dx1", "name", "email", "slug", "reason", "last_name"), TEXT)
        for path in (f"{claim}/edit", f"{claim}/override", "/staff", "/practices", "/payers"):
            pages.append(ask(Role.ADMIN, "POST", path, data=echoed | {"version": "1"}))
        token = {"token": ""}
        handed = {"file": (TEXT, b"%PDF")}
        pages.append(ask(Role.ADMIN, "POST", "/practices/river/files", data=token, files=handed))
        for answer in pages:
            assert answer.headers["content-type"].startswith("text/html"), answer.url
            assert answer.status_code in (200, 403, 409, 422), answer.url
            page = Page(answer.text)
            assert page.attacks() == [], answer.url
            assert "49" not in [text.strip() for text in page.texts], "a template was run"
            values = " ".join(v or "" for _, given in page.tags for v in given.values())
            shown += PAYLOADS[0] in " ".join(page.texts) + values
        assert shown >= 13

        program = ask(Role.ADMIN, "GET", f"/{TEXT}", accept="application/json")
        assert program.headers["content-type"] == "application/problem+json"
        assert "taken" not in program.text

        listed = ask(Role.ADMIN, "GET", "/practices/river/claims.csv")
        header, row = csv_file.read(listed.content)
        assert dict(zip(header, row, strict=True))["payer"] == TEXT
        pdf = ask(Role.ADMIN, "GET", f"/practices/river/statements/{hostile.statement_id}/pdf")
        opened = objects(pdf.content)
        assert pdf.content.startswith(b"%PDF")
        for act in (b"/JavaScript", b"/JS", b"/OpenAction", b"/Launch", b"/EmbeddedFile", b"/AA"):
            assert not re.search(re.escape(act) + rb"\b", opened), act
        assert b"/URI" not in opened, "no text became a link"

"""The pages for programs: entered, given a token that shows once, revoked, closed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from litestar.testing import TestClient

from tenants.programs import TOKEN
from tests.api.http import pages_world as world
from tests.api.http.callers import ProgramAtWork
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
SLUG = world.PRACTICES[0].slug
CLAIMS = f"/api/v1/practices/{SLUG}/claims"
GIVEN = {"name": "Harbor's own system", "practice": SLUG, "scope": "claims:read"}


@pytest.mark.control("R12")
def test_a_program_is_entered_used_revoked_and_closed(visit: Visit, client: TestClient) -> None:
    admin = visit("admin")
    made = admin.post("/programs", GIVEN)
    assert made.status_code == 303
    address = made.headers["location"]
    shown = admin.post(f"{address}/tokens", {"days": "30"}).text
    [secret] = set(TOKEN.findall(shown))
    caller = ProgramAtWork(client, secret)
    assert caller.get(CLAIMS).status_code == 200
    page = admin.get(address).text
    assert secret not in page
    assert secret.split("_")[1] in page
    [revoke] = re.findall(r'action="(/programs/[^"]+/revoke)"', page)
    assert admin.post(revoke).status_code == 303
    assert caller.get(CLAIMS).status_code == 401
    assert "revoked" in admin.get(address).text
    second = TOKEN.findall(admin.post(f"{address}/tokens", {"days": "90"}).text)[0]
    assert admin.post(f"{address}/close").status_code == 303
    assert ProgramAtWork(client, second).get(CLAIMS).status_code == 401
    assert admin.post(f"{address}/tokens", {"days": "90"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "name is missing"),
        ({"name": "x" * 81}, "1 to 80"),
        ({"name": "Twice"}, "of this name already"),
        ({"scope": ""}, "scope"),
        ({"scope": "claims:everything"}, "scope is one of"),
        ({"scope": "claims.clinical:read"}, "together with claims:read"),
        ({"networks": "the office"}, "network looks like"),
        ({"networks": "192.0.2.1/24"}, "network looks like"),
    ],
)
def test_a_program_that_cannot_be_is_shown_again_with_why(
    visit: Visit, change: dict[str, str], words: str
) -> None:
    admin = visit("admin")
    admin.post("/programs", GIVEN | {"name": "Twice"})
    answer = admin.post("/programs", GIVEN | {"name": "Once"} | change)
    assert answer.status_code in (409, 422)
    assert words in answer.text


@pytest.mark.control("R4")
@pytest.mark.parametrize("role", ["lead", "biller", "coder", "poster", "auditor", "director"])
def test_only_an_administrator_gives_programs_a_way_in(visit: Visit, role: str) -> None:
    assert visit(role).post("/programs", GIVEN | {"name": role}).status_code == 403


def test_every_page_that_gives_or_takes_a_way_in_asks_for_a_step_up() -> None:
    from api.http.programs import PROGRAM_PAGES

    for handler in PROGRAM_PAGES:
        assert handler.opt.get("step_up", False) is ("POST" in handler.http_methods)

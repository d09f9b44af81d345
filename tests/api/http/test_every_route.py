"""Every route of the app, found in its own router: who is kept out, and what every answer carries.

A new route is in the table by being in the app. What it cannot say of itself (a valid form, an id
that exists) is not needed: whoever may not use it is stopped before that.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from litestar.handlers import HTTPRouteHandler

from api.http import downloads
from api.http.app import HANDLERS, create_app
from api.http.security import HEADERS
from api.http.sessions import ANYBODY, PUBLIC
from core.errors import SetupError
from tenants.programs import TokenScope
from tenants.staff import RIGHTS, Right, Role
from tests.api.http import pages_world as world
from tests.api.http.visitors import Visitor

EVERY = [
    (method, path, handler.opt["access"])
    for handler in HANDLERS
    for path in sorted(handler.paths)
    for method in sorted(handler.http_methods)
]
# The routes for programs have a walk of their own: test_every_api_route.py.
ROUTES = [route for route in EVERY if not isinstance(route[2], TokenScope)]
GUARDED = [route for route in ROUTES if route[2] not in (PUBLIC, ANYBODY)]
OF_A_ROW = [route for route in ROUTES if "{slug:str}" in route[1] and ":uuid}" in route[1]]
OF_A_PRACTICE = [route for route in ROUTES if "{slug:str}" in route[1]]
OF_A_ROW = [route for route in OF_A_PRACTICE if "_id:uuid}" in route[1]]
POSTS = [route for route in ROUTES if route[0] == "POST"]

NOBODYS = UUID("11111111-2222-4333-8444-555555555555")
FOURTH = world.PRACTICES[3].slug

Visit = Callable[[str], Visitor]


def filled(path: str, *, slug: str = world.PRACTICES[0].slug, row: UUID = NOBODYS) -> str:
    """A path with something of the right shape for every parameter."""
    return (
        path.replace("{slug:str}", slug)
        .replace("{claim_id:uuid}", str(row))
        .replace("{provider_id:uuid}", str(row))
        .replace("{payer_ref:uuid}", str(row))
        .replace("{staff_id:uuid}", str(row))
        .replace("{statement_id:uuid}", str(row))
        .replace("{program_id:uuid}", str(row))
        .replace("{token_id:uuid}", str(row))
        .replace("{key_id:uuid}", str(row))
        .replace("{session_id:uuid}", str(row))
        .replace("{emergency_id:uuid}", str(row))
        .replace("{consent_id:uuid}", str(row))
        .replace("{note_id:uuid}", str(row))
        .replace("{demand_id:uuid}", str(row))
        .replace("{credential_id:uuid}", str(row))
        .replace("{request_id:uuid}", str(row))
        .replace("{review_id:uuid}", str(row))
        .replace("{policy_id:uuid}", str(row))
        .replace("{authorization_id:uuid}", str(row))
        .replace("{rule:str}", "OWN-NOBODYS")
        .replace("{place:str}", "visit-1")
        .replace("{plugin:str}", "telehealth")
        .replace("{waiver_id:uuid}", str(row))
        .replace("{back_test_id:uuid}", str(row))
        .replace("{version:str}", "x")
        .replace("{name:str}", "app.css")
    )


def somebody_with(access: str) -> str:
    """The administrator where that role gets there, else somebody who does."""
    inside = RIGHTS[Right(access)] if access in tuple(Right) else frozenset(Role)
    return "admin" if Role.ADMIN in inside else sorted(inside)[0].value


def ask(visitor: Visitor, method: str, path: str, **headers: str):
    return visitor.get(path, **headers) if method == "GET" else visitor.post(path, **headers)


def test_the_router_has_no_route_beside_the_table() -> None:
    app = create_app(world.runtime())
    served = {
        (method, route.path_format)
        for route in app.routes
        for handler in route.route_handlers
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert served == {(m, p.replace(":str", "").replace(":uuid", "")) for m, p, _ in EVERY}
    assert not any("{" in filled(path) for _, path, _ in ROUTES)


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(monkeypatch) -> None:
    monkeypatch.setitem(HANDLERS[0].opt, "access", "everybody, probably")
    with pytest.raises(SetupError, match="who may use it"):
        create_app(world.runtime())


OF_THE_ANSWER = {"content-type", "content-length", "location", "set-cookie", "clear-site-data"}


@pytest.mark.attack("S-36")
@pytest.mark.parametrize(("method", "path", "access"), ROUTES)
def test_every_answer_carries_these_headers_and_no_other(
    visit: Visit, method: str, path: str, access
) -> None:
    for name in ("", "admin", "director"):
        answer = ask(
            visit(name), method, filled(path), x_request_id="mine", host="claimwright.local"
        )
        wanted = HEADERS | {"cache-control": "no-store"}
        told = dict(answer.headers)
        if "content-disposition" in told:
            assert told.pop("content-disposition").startswith("attachment; filename=")
            wanted = wanted | {"content-security-policy": downloads.CONTENT_SECURITY_POLICY}
        assert UUID(told.pop("x-request-id"))
        assert {key: told[key] for key in set(told) - OF_THE_ANSWER} == dict(wanted)
        assert answer.status_code < 500


@pytest.mark.attack("S-36")
@pytest.mark.parametrize("path", ["/queue", "/portal", "/sign-in", "/health"])
def test_no_other_site_may_read_an_answer(visit: Visit, path: str) -> None:
    lead = visit("lead")
    for origin in (
        "https://elsewhere.example",
        "null",
        "https://claimwright.local.elsewhere.example",
    ):
        for method in ("GET", "OPTIONS"):
            answer = lead.ask(method, path, origin=origin, access_control_request_method="POST")
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(("method", "path", "access"), GUARDED)
def test_nobody_gets_in_without_a_session(visit: Visit, method: str, path: str, access) -> None:
    page = ask(visit(""), method, filled(path))
    if method == "GET":
        assert page.status_code == 303
        assert page.headers["location"].startswith("/sign-in?next=")
    else:
        assert page.status_code == 401
    program = ask(visit(""), method, filled(path), accept="application/json")
    assert program.status_code == 401
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "access"), GUARDED)
def test_a_role_without_the_right_is_refused(
    standing: Visit, method: str, path: str, access
) -> None:
    without = sorted(frozenset(Role) - RIGHTS[Right(access)])
    assert without, "a right that everybody has needs no guard"
    for role in without:
        assert ask(standing(role.value), method, filled(path)).status_code == 403


@pytest.mark.parametrize(("method", "path", "access"), OF_A_PRACTICE)
def test_another_practice_is_as_if_it_were_not_there(
    standing: Visit, method: str, path: str, access
) -> None:
    admin = standing(somebody_with(access))
    theirs = ask(admin, method, filled(path, slug=FOURTH, row=world.some_id("claim of theirs")))
    nobodys = ask(admin, method, filled(path, slug="no-such-practice"))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text == nobodys.text


@pytest.mark.parametrize(("method", "path", "access"), OF_A_ROW)
def test_another_practices_row_under_ones_own_practice_is_not_there_either(
    standing: Visit, method: str, path: str, access
) -> None:
    lead = standing(somebody_with(access))
    row = world.seed(world.PRACTICES[1], "held")
    fields = {"finding": str(NOBODYS), "reason": "long enough to be one", "version": "1"}
    fields |= {"outcome": "cleared"}
    under = filled(path, row=row)
    unknown = filled(path)
    if method == "GET":
        theirs, nobodys = lead.get(under), lead.get(unknown)
    else:
        theirs, nobodys = lead.post(under, fields), lead.post(unknown, fields)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text == nobodys.text


@pytest.mark.attack("S-20")
@pytest.mark.parametrize(("method", "path", "access"), POSTS)
def test_a_form_that_is_not_ours_is_refused(
    visit: Visit, standing: Visit, method: str, path: str, access
) -> None:
    name = somebody_with(access)
    visitor, other = standing(name), visit(name)
    target = filled(path)
    assert visitor.post(target, token="").status_code == 403
    assert visitor.post(target, token=other.token).status_code == 403
    assert visitor.post(target, origin="https://elsewhere.example").status_code == 403
    assert visitor.post(target, origin="null").status_code == 403
    assert visitor.post(target, sec_fetch_site="cross-site").status_code == 403
    assert visitor.post(target, sec_fetch_site="same-site").status_code == 403


def test_only_a_get_is_free_of_tokens_and_no_get_changes_anything() -> None:
    assert {method for method, _, _ in ROUTES} == {"GET", "POST"}


def test_unknown_addresses_and_methods_have_a_page_with_the_same_headers(visit: Visit) -> None:
    for answer in (visit("").get("/nothing-of-ours"), visit("admin").post("/queue")):
        assert answer.status_code in (404, 405)
        assert "<h1>" in answer.text
        assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]

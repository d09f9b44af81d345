"""Every route for programs, found in the app's own table: who is kept out, what answers carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.http.security import HEADERS
from api.http.sessions import SESSION_COOKIE
from audit.event import KINDS, Category, Purpose
from tenants.programs import TokenScope, new_token
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.callers import EVERY_SCOPE, ProgramAtWork, program, said, token
from tests.api.http.test_every_route import EVERY, NOBODYS, filled
from tests.api.http.visitors import start_session

ROUTES = [route for route in EVERY if isinstance(route[2], TokenScope)]
OF_A_PRACTICE = [route for route in ROUTES if "{slug:str}" in route[1]]
WITH_A_ROW = [route for route in ROUTES if ":uuid}" in route[1]]
THEIRS = world.PRACTICES[1].slug

Call = Callable[[str], ProgramAtWork]


@pytest.fixture
def call(client: TestClient) -> Call:
    """A program with this token."""
    return lambda sent: ProgramAtWork(client, sent)


def ask(at_work: ProgramAtWork, method: str, path: str, **headers: str):
    return at_work.call(method, path, b"" if method == "POST" else None, **headers)


def test_there_are_routes_and_all_begin_alike() -> None:
    assert len(ROUTES) >= 6
    assert {access for _, _, access in ROUTES} <= EVERY_SCOPE
    assert all(path.startswith("/api/v1/") for _, path, _ in ROUTES)
    assert all(isinstance(a, TokenScope) for _, p, a in EVERY if p.startswith("/api/"))


@pytest.mark.attack("S-36")
@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_answer_carries_the_headers_and_a_number(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    for sent in ("", token()):
        answer = ask(call(sent), method, filled(path))
        assert {key: answer.headers[key] for key in HEADERS} == dict(HEADERS)
        assert answer.headers["cache-control"] == "no-store"
        assert UUID(answer.headers["x-request-id"])
        assert answer.status_code < 500
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")


@pytest.mark.attack("S-28")
@pytest.mark.control("R12")
@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_nobody_gets_in_without_a_token_that_holds(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    cookie = f"{SESSION_COOKIE}={start_session('admin')}"
    good = token()
    for sent, headers in (
        ("", {}),
        ("", {"cookie": cookie}),
        ("", {"authorization": good}),
        ("", {"authorization": f"Basic {good}"}),
        ("", {"x-api-key": good}),
        (new_token(), {}),
        (good[:-1] + ("0" if good[-1] != "0" else "1"), {}),
        ("cwt_", {}),
        (good + "0", {}),
    ):
        answer = ask(call(sent), method, filled(path), accept="text/html", **headers)
        assert answer.status_code == 401, (sent, headers)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert said(answer)["type"] == "urn:claimwright:token-refused"


@pytest.mark.attack("S-28")
@pytest.mark.control("R4")
@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_token_without_the_scope_is_refused_with_every_other_scope(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    answer = ask(call(token(EVERY_SCOPE - {scope})), method, filled(path))
    assert answer.status_code == 403
    assert str(scope) in said(answer)["detail"]


@pytest.mark.attack("S-01")
@pytest.mark.attack("S-28")
@pytest.mark.parametrize(("method", "path", "scope"), OF_A_PRACTICE)
def test_another_practice_is_as_if_it_were_not_there(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    row = world.seed(world.PRACTICES[1], "held")
    theirs = ask(call(token()), method, filled(path, slug=THEIRS, row=row))
    nobodys = ask(call(token()), method, filled(path, slug="no-such-practice", row=row))
    assert theirs.status_code == nobodys.status_code == 404
    assert said(theirs) == said(nobodys)
    assert dict(theirs.headers).keys() == dict(nobodys.headers).keys()


@pytest.mark.attack("S-01")
@pytest.mark.parametrize(("method", "path", "scope"), WITH_A_ROW)
def test_another_practices_row_under_ones_own_practice_is_not_there_either(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    theirs = ask(call(token()), method, filled(path, row=world.seed(world.PRACTICES[1], "held")))
    nobodys = ask(call(token()), method, filled(path, row=NOBODYS))
    own = ask(call(token()), method, filled(path, row=world.seed(world.PRACTICES[0], "held")))
    assert theirs.status_code == nobodys.status_code == 404
    assert said(theirs) == said(nobodys)
    assert own.status_code == 200


@pytest.mark.control("R16")
@pytest.mark.parametrize(("method", "path", "scope"), WITH_A_ROW)
def test_every_route_to_one_row_is_one_event_of_the_program_in_the_practices_log(
    call: Call, method: str, path: str, scope: TokenScope
) -> None:
    practice = world.PRACTICES[0]

    def seen() -> list[Any]:
        with tenant_transaction(world.runtime().engine, practice.tenant_id) as connection:
            rows = connection.execute(
                text(
                    "SELECT kind, purpose FROM audit_event WHERE actor_kind = 'client'"
                    " AND actor_id = :id ORDER BY at, id"
                ),
                {"id": program().id},
            )
            return list(rows)

    before = seen()
    own = ask(call(token()), method, filled(path, row=world.seed(practice, "paid")))
    assert own.status_code == 200
    [(kind, purpose)] = seen()[len(before) :]
    assert KINDS[kind].category is Category.READ
    assert purpose != Purpose.UNSTATED
    ask(call(token()), method, filled(path, row=NOBODYS))
    assert len(seen()) == len(before) + 1


@pytest.mark.attack("S-28")
@pytest.mark.parametrize(("method", "path", "access"), EVERY)
def test_a_token_in_an_address_or_a_cookie_is_refused_on_every_route_and_page(
    call: Call, method: str, path: str, access: object
) -> None:
    leaked = new_token()
    for where, headers in (
        (f"{filled(path)}?access_token={leaked}", {}),
        (f"{filled(path)}?t=%63wt{leaked[3:]}", {}),
        (filled(path), {"cookie": f"token={leaked}"}),
    ):
        answer = ask(call(token()), method, where, **headers)
        assert answer.status_code == 400
        assert said(answer)["type"] == "urn:claimwright:token-exposed"


@pytest.mark.attack("S-28")
def test_a_token_is_nothing_on_a_page(call: Call) -> None:
    for method, path, access in EVERY:
        if not isinstance(access, TokenScope) and access != "public":
            assert ask(call(token()), method, filled(path)).status_code == 401

"""The second factor: nobody passes without, a code works once, and it is asked for again."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.http import throttle
from api.http.app import HANDLERS
from api.http.sessions import PUBLIC, SESSION_COOKIE, digest_of
from audit.event import DEPLOYMENT
from core.crypto.one_time_codes import code_at, step_of
from tenants.codes import code_digest, new_code
from tenants.programs import TokenScope
from tenants.session import deployment_transaction, tenant_transaction
from tenants.staff import Role
from tenants.store import factors, sessions
from tenants.store.sessions import PASSWORD
from tests.api.http import pages_world as world
from tests.api.http.test_every_route import ask, filled, somebody_with
from tests.api.http.visitors import Visitor, session_of, signed_in
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    run("DELETE FROM sign_in_throttle")


def run(sql: str, **values: Any) -> Any:
    with by_hand(world.runtime().engine) as connection:
        return connection.execute(text(sql), values)


def half_way(client: TestClient, name: str) -> Visitor:
    """Somebody who gave their password and nothing else."""
    return signed_in(client, name, assurance=PASSWORD)


def renewed(client: TestClient, answer: Any) -> Visitor:
    """Whoever goes on with the cookie of this answer."""
    return Visitor(client, answer.cookies[SESSION_COOKIE])


def last_kinds(count: int) -> list[str]:
    """The newest events of the deployment."""
    with tenant_transaction(world.runtime().engine, DEPLOYMENT) as connection:
        rows = connection.execute(
            # Without those of what a test did by hand.
            text(
                "SELECT kind FROM audit_event WHERE kind <> 'practice.changed'"
                " ORDER BY id DESC LIMIT :count"
            ),
            {"count": count},
        )
        return list(rows.scalars())[::-1]


ROUTES = [
    (method, path, handler.opt)
    for handler in HANDLERS
    for path in sorted(handler.paths)
    for method in sorted(handler.http_methods)
    if handler.opt["access"] != PUBLIC and not isinstance(handler.opt["access"], TokenScope)
]
BEFORE = {
    ("GET", "/second-factor"),
    ("POST", "/second-factor"),
    ("POST", "/second-factor/challenge"),
    ("POST", "/sign-out"),
}
ENROLS = {
    ("GET", "/enrol"),
    ("POST", "/enrol/app"),
    ("POST", "/enrol/app/confirm"),
    ("POST", "/enrol/challenge"),
    ("POST", "/enrol/key"),
}


def test_the_routes_before_the_second_factor_are_these_and_no_other() -> None:
    assert {(m, p) for m, p, opt in ROUTES if opt.get("before_factor")} == BEFORE
    assert {(m, p) for m, p, opt in ROUTES if opt.get("enrols")} == ENROLS


@pytest.mark.control("R19")
@pytest.mark.parametrize(("method", "path", "opt"), ROUTES)
def test_a_password_alone_reaches_nothing(client: TestClient, method: str, path: str, opt) -> None:
    if opt.get("before_factor"):
        return
    for name, door in (("admin", "/second-factor"), ("director", "/second-factor")):
        visitor = half_way(client, name)
        answer = ask(visitor, method, filled(path))
        if method == "GET":
            assert answer.status_code == 303
            assert answer.headers["location"].partition("?")[0] == door
        else:
            assert answer.status_code == 401
        program = ask(visitor, method, filled(path), accept="application/json")
        assert program.status_code == 401
        assert "proof-needed" in program.text


@pytest.mark.control("R19")
@pytest.mark.parametrize(("method", "path", "opt"), ROUTES)
def test_who_has_no_second_factor_yet_reaches_only_where_one_is_added(
    client: TestClient, method: str, path: str, opt
) -> None:
    if opt.get("before_factor") or opt.get("enrols"):
        return
    answer = ask(half_way(client, "idle"), method, filled(path))
    assert answer.status_code == (303 if method == "GET" else 401)
    if method == "GET":
        assert answer.headers["location"].partition("?")[0] == "/enrol"


def test_between_password_and_factor_somebody_may_take_a_quarter_of_an_hour(
    client: TestClient,
) -> None:
    visitor = half_way(client, "biller")
    for age, status in ((timedelta(minutes=14), 200), (timedelta(minutes=15, seconds=1), 303)):
        run(
            "UPDATE web_session SET created_at = now() - CAST(:age AS interval)"
            " WHERE id_sha256 = :digest",
            age=age,
            digest=digest_of(visitor.session_id),
        )
        assert visitor.get("/second-factor").status_code == status


@pytest.mark.attack("S-24")
def test_a_code_signs_in_once(client: TestClient) -> None:
    code = world.app_code("biller")
    first, second = half_way(client, "biller"), half_way(client, "biller")
    answer = first.post("/second-factor", {"proof_code": code, "next": "/queue"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert renewed(client, answer).get("/queue").status_code == 200
    refused = second.post("/second-factor", {"proof_code": code, "next": "/queue"})
    assert refused.status_code == 403
    assert SESSION_COOKIE not in refused.cookies
    assert "used before" in refused.text
    assert code not in refused.text
    assert second.get("/queue").status_code == 303
    assert last_kinds(2) == ["staff.signed_in", "factor.refused"]


@pytest.mark.attack("S-24")
def test_of_a_code_that_is_sent_many_times_at_once_one_is_taken() -> None:
    runtime, person = world.runtime(), world.PEOPLE["poster"]
    code = world.app_code("poster")
    start, taken = threading.Barrier(6), []

    def use() -> None:
        with by_hand(runtime.engine) as connection:
            sealer = runtime.keys.for_tenant(connection, DEPLOYMENT)
            start.wait()
            taken.append(factors.use_app_code(connection, sealer, person.id, code))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found is not None for found in taken) == [False] * 5 + [True]


@pytest.mark.attack("S-57")
def test_the_clock_that_counts_is_the_databases(client: TestClient, monkeypatch) -> None:
    runtime = world.runtime()
    now = runtime.clock()
    monkeypatch.setattr(runtime, "clock", lambda: now + timedelta(days=1))
    code = world.app_code("biller")
    answer = half_way(client, "biller").post("/second-factor", {"proof_code": code})
    assert answer.status_code == 303
    assert renewed(client, answer).get("/queue").status_code == 200, "and no session ended early"
    tomorrow = step_of(int(runtime.clock().timestamp()))
    late = code_at(world.app_secret("biller"), tomorrow)
    refused = half_way(client, "biller").post("/second-factor", {"proof_code": late})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "given", ["", "12345", "1234567", "abcdef", "０１２３４５", "a b-c", "x" * 500]
)
def test_what_is_no_code_is_refused_in_the_same_words(client: TestClient, given: str) -> None:
    answer = half_way(client, "biller").post("/second-factor", {"proof_code": given})
    assert answer.status_code == 403
    assert "not the right code" in answer.text


@pytest.mark.attack("S-22")
@pytest.mark.control("R5")
def test_guessing_codes_is_slowed_and_the_owner_at_their_own_desk_is_not(
    client: TestClient, monkeypatch
) -> None:
    network = "203.0.113.0/24"
    monkeypatch.setattr("api.http.proof.visitor_network", lambda request: network)
    code = world.app_code("lead")
    own = half_way(client, "lead").post("/second-factor", {"proof_code": code})
    assert own.status_code == 303, "the owner was here before"
    for place in range(3):
        network = f"198.51.{place}.0/24"
        answer = half_way(client, "lead").post("/second-factor", {"proof_code": "000000"})
        assert answer.status_code == 403
    everywhere = throttle.factor_keys(world.PEOPLE["lead"].id, network)["network_key"]
    tried = "SELECT failures FROM sign_in_throttle WHERE key = :key"
    assert run(tried, key=everywhere).scalar_one() == 3, "of all networks together"
    run("UPDATE sign_in_throttle SET failures = 51 WHERE key = :key", key=everywhere)
    statuses = []
    for place in range(4):
        network = f"100.64.{place}.0/24"
        answer = half_way(client, "lead").post("/second-factor", {"proof_code": "000000"})
        statuses.append(answer.status_code)
    assert statuses == [403, 429, 429, 429]
    assert int(answer.headers["retry-after"]) >= 1
    network = "192.0.2.0/24"
    right = {"proof_code": world.app_code("lead")}
    assert half_way(client, "lead").post("/second-factor", right).status_code == 429
    network = "203.0.113.0/24"
    assert half_way(client, "lead").post("/second-factor", right).status_code == 303


def test_a_recovery_code_stands_in_once_and_is_never_slowed(client: TestClient) -> None:
    person, code = world.PEOPLE["auditor"], new_code()
    with by_hand(world.runtime().engine) as connection:
        digests = [code_digest(code), code_digest(new_code())]
        factors.replace_recovery_codes(connection, person.id, digests)
    for place in range(12):
        half_way(client, "auditor").post("/second-factor", {"proof_code": f"{place:06d}"})
    assert half_way(client, "auditor").post(
        "/second-factor", {"proof_code": "000000"}
    ).status_code == 429  # fmt: skip
    typed = {"proof_code": code.replace("-", " ").upper()}
    answer = half_way(client, "auditor").post("/second-factor", typed)
    assert answer.headers["location"] == "/security?recovered=1"
    page = renewed(client, answer).get("/security?recovered=1").text
    assert "signed in with a recovery code" in page
    assert "1 code left" in page
    assert half_way(client, "auditor").post("/second-factor", typed).status_code == 403
    assert last_kinds(3) == ["staff.signed_in", "factor.recovery_used", "factor.refused"]


@pytest.fixture
def newcomer(client: TestClient) -> Iterator[Visitor]:
    """Somebody with a password and no second factor, as after the first sign-in."""
    name = f"newcomer-{new_code()[:6]}"
    person = world.add_person(name, Role.BILLER, app=False)
    yield Visitor(client, session_of(person.id, assurance=PASSWORD))
    del world.PEOPLE[name]


def begin(visitor: Visitor) -> bytes:
    """The secret an app is set up with."""
    page = visitor.post("/enrol/app")
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count("<svg") == 1
    assert "style=" not in page.text
    shown = re.search(r'class="secret mono small">([A-Z2-7 ]+)<', page.text)[1]
    assert shown.replace(" ", "") in unescape(page.text).split("otpauth://")[1]
    return base64.b32decode(shown.replace(" ", ""))


def code_now(secret: bytes) -> str:
    return code_at(secret, step_of(int(world.runtime().clock().timestamp())))


def test_the_first_sign_in_adds_a_factor_and_gives_recovery_codes(
    client: TestClient, newcomer: Visitor
) -> None:
    assert newcomer.get("/enrol").status_code == 200
    secret = begin(newcomer)
    wrong = newcomer.post("/enrol/app/confirm", {"code": "000000"})
    assert wrong.status_code == 422
    assert newcomer.get("/queue").status_code == 303, "nothing counts before it is confirmed"
    done = newcomer.post("/enrol/app/confirm", {"code": code_now(secret)})
    codes = re.findall(r"<li>([a-z0-9-]{26})</li>", done.text)
    assert len(set(codes)) == 10
    inside = renewed(client, done)
    assert inside.session_id != newcomer.session_id
    assert inside.get("/queue").status_code == 200
    assert newcomer.get("/queue").headers["location"].startswith("/sign-in")
    again = code_now(secret)
    assert inside.get("/security").text.count(codes[0]) == 0, "shown once"
    assert last_kinds(3) == ["factor.enrolled", "staff.signed_in", "factor.recovery_made"]
    stored = run("SELECT * FROM authenticator_app").all()
    assert secret not in repr(stored).encode()
    assert all(bytes(row.secret)[:1] == b"\xe1" for row in stored), "sealed"
    answer = inside.post("/second-factor", {"proof_code": again})
    assert answer.status_code == 303, "who is in goes on; nothing is spent"


def test_a_second_app_is_added_by_a_factor_only_and_takes_the_place_of_the_first(
    client: TestClient, newcomer: Visitor
) -> None:
    first = begin(newcomer)
    done = newcomer.post("/enrol/app/confirm", {"code": code_now(first)})
    inside = renewed(client, done)
    run("UPDATE web_session SET proven_at = now() - interval '6 minutes' WHERE id_sha256 = :d",
        d=digest_of(inside.session_id))  # fmt: skip
    assert inside.get("/enrol").headers["location"] == "/step-up?next=%2Fenrol"
    assert inside.post("/enrol/app").status_code == 403
    run("UPDATE web_session SET proven_at = now() WHERE id_sha256 = :d",
        d=digest_of(inside.session_id))  # fmt: skip
    second = begin(inside)
    done = inside.post("/enrol/app/confirm", {"code": code_now(second)})
    assert done.headers["location"] == "/security"
    assert last_kinds(3) == ["factor.removed", "factor.enrolled", "staff.stepped_up"]
    person = run("SELECT staff_id FROM web_session WHERE id_sha256 = :d",
                 d=digest_of(renewed(client, done).session_id)).scalar_one()  # fmt: skip
    half = Visitor(client, session_of(person, assurance=PASSWORD))
    old = {"proof_code": code_at(first, step_of(int(world.runtime().clock().timestamp())) + 1)}
    assert half.post("/second-factor", old).status_code == 403


def later(visitor: Visitor) -> None:
    """Six minutes go by."""
    run(
        "UPDATE web_session SET proven_at = proven_at - interval '6 minutes' WHERE id_sha256 = :d",
        d=digest_of(visitor.session_id),
    )


ACCESS = [(path, opt["access"]) for _, path, opt in ROUTES]
STEP_UP = [(method, path) for method, path, opt in ROUTES if opt.get("step_up")]


def test_what_changes_who_may_sign_in_asks_for_the_factor_again() -> None:
    assert {path for _, path in STEP_UP} >= {
        "/staff",
        "/staff/{staff_id:uuid}",
        "/staff/{staff_id:uuid}/password",
        "/staff/{staff_id:uuid}/factors",
        "/staff/{staff_id:uuid}/sessions",
        "/security/recovery",
        "/security/app/remove",
        "/security/keys/{key_id:uuid}/remove",
    }


@pytest.mark.parametrize(("method", "path"), STEP_UP)
def test_a_form_sent_too_late_does_nothing_and_comes_back_with_its_fields(
    client: TestClient, visit: Visit, method: str, path: str
) -> None:
    admin = visit(somebody_with(dict(ACCESS)[path]))
    later(admin)
    target = filled(path, row=world.PEOPLE["biller"].id)
    fields = {"name": "Tom & <Jerry>", "practice": ["a", "b"], "next": "/staff"}
    if method == "GET":
        assert admin.get(target).headers["location"].startswith("/step-up?next=")
        return
    page = admin.post(target, fields)
    assert page.status_code == 403
    assert f'action="{target}"' in unescape(page.text)
    assert 'name="name" value="Tom &amp; &lt;Jerry&gt;"' in page.text
    assert page.text.count('name="practice"') == 2
    assert 'name="token"' in page.text
    program = admin.post(target, fields, accept="application/json")
    assert (program.status_code, program.headers["content-type"]) == (
        403,
        "application/problem+json",
    )


def test_with_the_factor_the_form_does_what_it_was_sent_for(
    client: TestClient, visit: Visit
) -> None:
    admin, person = visit("admin"), world.PEOPLE["viewer"]
    later(admin)
    target = f"/staff/{person.id}/sessions"
    theirs = visit("viewer")
    wrong = admin.post(target, {"proof_code": "000000"})
    assert wrong.status_code == 403
    assert theirs.get("/portal").status_code == 200, "nothing was done"
    done = admin.post(target, {"proof_code": world.app_code("admin")})
    assert done.headers["location"] == f"/staff/{person.id}"
    assert theirs.get("/portal").status_code == 303
    inside = renewed(client, done)
    assert inside.session_id != admin.session_id
    assert admin.get("/staff").status_code == 303, "the id before is nobody's"
    assert inside.get("/staff").status_code == 200
    # A form that stood open in another tab still carries the token it was made with.
    assert inside.post(target, token=admin.token).status_code == 303
    assert inside.post(target, token=inside.token).status_code == 403


def test_who_may_not_do_it_is_refused_before_any_factor_is_asked_for(visit: Visit) -> None:
    coder = visit("coder")
    later(coder)
    refused = coder.post("/staff", {"proof_code": world.app_code("coder")})
    assert refused.status_code == 403
    assert "your role does not include this" in refused.text.lower()
    assert SESSION_COOKIE not in refused.cookies


def test_a_page_that_needs_it_is_come_back_to(client: TestClient, visit: Visit) -> None:
    admin = visit("admin")
    later(admin)
    page = admin.get("/step-up?next=/staff")
    assert page.status_code == 200
    assert 'name="next" value="/staff"' in unescape(page.text)
    fields = {"proof_code": world.app_code("admin"), "next": "/staff"}
    assert admin.post("/step-up", fields).headers["location"] == "/staff"
    admin = visit("admin")
    later(admin)
    away = {"proof_code": world.app_code("admin"), "next": "//elsewhere.example"}
    assert admin.post("/step-up", away).headers["location"] == "/"


def test_a_new_password_is_no_second_factor(client: TestClient, visit: Visit, monkeypatch) -> None:
    monkeypatch.setattr("api.http.account.password_matches", lambda stored, given: True)
    monkeypatch.setattr("api.http.account.password_hash", lambda given: "$none$")
    name = f"changer-{new_code()[:6]}"
    world.add_person(name, Role.ADMIN)
    visitor = visit(name)
    later(visitor)
    fresh = "seven other plain words entirely"
    fields = {"current": world.PASSWORD, "fresh": fresh, "again": fresh}
    inside = renewed(client, visitor.post("/password", fields))
    assert inside.get("/queue").status_code == 200
    with deployment_transaction(world.runtime().engine) as connection:
        found = sessions.find(connection, digest_of(inside.session_id))
    assert found is not None
    assert not found.is_fresh
    assert last_kinds(1) == ["staff.password_changed"]


def test_networks_and_accounts_are_counted_apart() -> None:
    one, two = world.PEOPLE["biller"].id, world.PEOPLE["coder"].id
    keys = [
        throttle.throttle_keys("a@example.org", "n"),
        throttle.factor_keys(one, "n"),
        throttle.factor_keys(two, "n"),
        throttle.reset_keys(b"x" * 32, "n"),
    ]
    assert len({value for key in keys for value in key.values()}) == 7
    assert keys[0]["network_key"] == keys[3]["network_key"]

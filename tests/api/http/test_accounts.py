"""Accounts in other hands: codes for passwords, a new start, closing, and open sessions."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from api import accounts
from api.http.app import create_app
from api.http.sessions import PUBLIC, SESSION_COOKIE, SIGN_IN_COOKIE, digest_of
from core.errors import ConflictError
from tenants.codes import code_digest, new_code
from tenants.session import deployment_transaction
from tenants.staff import Role, Staff
from tenants.store import factors, sessions
from tenants.store.sessions import PASSWORD
from tests.api.http import pages_world as world
from tests.api.http.test_every_route import ROUTES, ask, filled
from tests.api.http.test_second_factor import last_kinds, run
from tests.api.http.visitors import Visitor, session_of
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]

FRESH = "seven other plain words entirely"


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    run("DELETE FROM sign_in_throttle")


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords without their price; what was hashed."""
    hashed: list[str] = []
    monkeypatch.setattr("api.http.reset.password_hash", lambda given: hashed.append(given) or "$0$")
    return hashed


def somebody(role: Role = Role.BILLER) -> Staff:
    """A person of the test's own, with password and app."""
    return world.add_person(f"person-{new_code()[:6]}", role)


def issue(admin: Visitor, person: Staff, way: str = "password") -> str:
    """The code an administrator is shown for a person."""
    page = admin.post(f"/staff/{person.id}/{way}")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    return re.search(r'class="secret mono">([a-z0-9-]{26})<', page.text)[1]


def use(client: TestClient, code: str, fresh: str = FRESH, again: str = "") -> Any:
    client.cookies.clear()
    page = client.get("/reset")
    token = re.search(r'name="token" value="(\w+)"', page.text)[1]
    cookie = f"{SIGN_IN_COOKIE}={page.cookies[SIGN_IN_COOKIE]}"
    client.cookies.clear()
    return client.post(
        "/reset",
        data={"token": token, "code": code, "fresh": fresh, "again": again or fresh},
        headers={"cookie": cookie, "accept": "text/html"},
        follow_redirects=False,
    )


@pytest.mark.attack("S-27")
def test_a_code_sets_a_password_once_and_signs_nobody_in(
    client: TestClient, visit: Visit, cheap: list[str]
) -> None:
    person = somebody()
    code = issue(visit("admin"), person)
    assert last_kinds(2) == ["staff.sessions_ended", "staff.reset_issued"]
    done = use(client, code)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert SESSION_COOKIE not in done.cookies
    assert cheap == [FRESH]
    assert last_kinds(1) == ["staff.reset_used"]
    again = use(client, code)
    assert again.status_code == 403
    assert "was used" in again.text
    assert code not in again.text
    assert cheap == [FRESH]
    assert last_kinds(1) == ["staff.reset_refused"]
    half = Visitor(client, session_of(person.id, assurance=PASSWORD))
    assert half.get("/queue").headers["location"].startswith("/second-factor"), "still needed"


@pytest.mark.attack("S-27")
def test_a_code_lives_for_ten_minutes_and_the_next_one_makes_it_worthless(
    client: TestClient, visit: Visit, cheap: list[str]
) -> None:
    person, admin = somebody(), visit("admin")
    first, second = issue(admin, person), issue(admin, person)
    assert use(client, first).status_code == 403
    later = "UPDATE password_reset SET expires_at = expires_at - CAST(:by AS interval)"
    run(later, by="9 minutes 55 seconds")
    with by_hand(world.runtime().engine) as connection:
        assert factors.reset_holder(connection, code_digest(second)) == person.id
    run(later, by="6 seconds")
    assert use(client, second).status_code == 403
    assert cheap == []


@pytest.mark.attack("S-27")
def test_the_code_stands_in_no_address_that_is_sent_and_only_its_digest_is_kept(
    client: TestClient, visit: Visit
) -> None:
    admin, person = visit("admin"), somebody()
    page = admin.post(f"/staff/{person.id}/password", x_forwarded_host="elsewhere.example")
    code, address = re.findall(r'class="secret mono[^"]*">([^<]+)<', page.text)
    assert unescape(address) == f"{world.ORIGIN}/reset#{code}"
    assert code not in admin.get(f"/staff/{person.id}").text
    rows = run("SELECT * FROM password_reset").all()
    assert code.replace("-", "") not in repr(rows)
    assert client.get("/reset").headers["referrer-policy"] == "no-referrer"
    assert use(client, "").status_code == 403
    assert f"?code={code}" not in use(client, code, "too short").text


@pytest.mark.attack("S-27")
def test_of_two_that_use_a_code_at_once_one_sets_a_password() -> None:
    runtime, person = world.runtime(), somebody()
    _, code = accounts.issue_password_code(
        runtime, person.id, actor=runtime.person(world.PEOPLE["admin"].id)
    )
    start, got = threading.Barrier(4), []

    def take() -> None:
        with by_hand(runtime.engine) as connection:
            start.wait()
            got.append(factors.use_reset(connection, code_digest(code)))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(map(bool, got)) == [False, False, False, True]


def test_a_password_that_is_not_taken_does_not_spend_the_code(
    client: TestClient, visit: Visit, cheap: list[str]
) -> None:
    person = somebody()
    code = issue(visit("admin"), person)
    assert "15 to 256" in use(client, code, "short").text
    assert "the same twice" in use(client, code, FRESH, "another").text
    assert "easily guessed" in use(client, code, f"{person.name} {person.name}").text
    assert cheap == []
    assert use(client, code).status_code == 303


def test_wrong_codes_from_one_network_are_slowed(client: TestClient) -> None:
    network = {use(client, new_code()).status_code for _ in range(50)}
    assert network == {403}
    answer = use(client, new_code())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def state(person: Staff) -> tuple[bool, int, int, int]:
    """Whether there is a password; factors; recovery codes; sessions."""
    row = run(
        "SELECT password_hash IS NOT NULL AS password,"
        " (SELECT count(*) FROM authenticator_app a WHERE a.staff_id = s.id)"
        " + (SELECT count(*) FROM security_key k WHERE k.staff_id = s.id) AS factors,"
        " (SELECT count(*) FROM recovery_code c WHERE c.staff_id = s.id) AS codes,"
        " (SELECT count(*) FROM web_session w WHERE w.staff_id = s.id) AS sessions"
        " FROM staff s WHERE s.id = :id",
        id=person.id,
    ).one()
    return tuple(row)


def with_codes(person: Staff) -> None:
    with by_hand(world.runtime().engine) as connection:
        factors.replace_recovery_codes(connection, person.id, [code_digest(new_code())])


def test_a_code_for_a_password_leaves_the_factors_and_one_for_a_new_start_does_not(
    client: TestClient, visit: Visit
) -> None:
    admin, person = visit("admin"), somebody()
    with_codes(person)
    session_of(person.id)
    assert state(person) == (True, 1, 1, 1)
    issue(admin, person)
    assert state(person) == (False, 1, 1, 0)
    code = issue(admin, person, "factors")
    assert state(person) == (False, 0, 0, 0)
    assert last_kinds(3) == ["staff.sessions_ended", "factor.reset", "staff.reset_issued"]
    with by_hand(world.runtime().engine) as connection:
        assert factors.reset_holder(connection, code_digest(code)) == person.id


@pytest.mark.attack("S-29")
@pytest.mark.control("R3")
def test_closing_an_account_takes_everything_away_in_one_transaction(
    client: TestClient, visit: Visit, monkeypatch
) -> None:
    admin, person = visit("admin"), somebody(Role.CODER)
    with_codes(person)
    session_of(person.id)
    accounts.issue_password_code(
        world.runtime(), person.id, actor=world.runtime().person(world.PEOPLE["admin"].id)
    )
    run("UPDATE staff SET password_hash = '$0$' WHERE id = :id", id=person.id)
    session_of(person.id)
    fields = {"name": person.name, "role": "coder", "practice": world.PRACTICES[0].slug}

    def fail(*given: Any) -> int:
        raise ConflictError("in the middle")

    with monkeypatch.context() as broken:
        broken.setattr(factors, "forget_all_of", fail)
        assert admin.post(f"/staff/{person.id}", fields).status_code == 409
    assert state(person) == (True, 1, 1, 1), "nothing or everything"
    assert admin.post(f"/staff/{person.id}", fields).status_code == 303
    assert state(person) == (False, 0, 0, 0)
    assert not run("SELECT FROM password_reset WHERE staff_id = :id", id=person.id).all()
    assert "staff.closed" in last_kinds(3)
    assert admin.post(f"/staff/{person.id}/password").status_code == 409, "open it first"
    assert admin.post(f"/staff/{person.id}", fields | {"active": "1"}).status_code == 303
    assert state(person) == (False, 0, 0, 0), "it begins anew"


@pytest.mark.attack("S-29")
@pytest.mark.control("R3")
def test_who_was_closed_is_out_on_every_route_and_in_every_process_at_once(
    client: TestClient,
) -> None:
    runtime = world.runtime()
    person = somebody(Role.ADMIN)
    session_id = session_of(person.id)
    with TestClient(create_app(runtime), base_url=world.ORIGIN) as elsewhere:
        here, there = Visitor(client, session_id), Visitor(elsewhere, session_id)
        for visitor in (here, there):
            assert visitor.get("/queue").status_code == 200
        run("UPDATE staff SET active = false WHERE id = :id", id=person.id)
        for method, path, access in ROUTES:
            if access == PUBLIC:
                continue
            for visitor in (here, there):
                answer = ask(visitor, method, filled(path))
                if method == "GET":
                    assert answer.headers["location"].startswith("/sign-in"), path
                else:
                    assert answer.status_code == 401, path


@pytest.mark.attack("S-29")
@pytest.mark.parametrize(
    ("way", "fields"),
    [
        ("", {"role": "lead", "active": "1"}),
        ("", {"role": "biller", "active": "1", "practice": ["bright-dental"]}),
        ("", {"role": "biller"}),
        ("/password", {}),
        ("/factors", {}),
        ("/sessions", {}),
    ],
    ids=["role", "practices", "closed", "password", "factors", "sessions"],
)
def test_what_changes_the_rights_of_a_person_ends_their_sessions(
    client: TestClient, visit: Visit, way: str, fields: dict[str, Any]
) -> None:
    person = somebody()
    visitor = Visitor(client, session_of(person.id))
    assert visitor.get("/queue").status_code == 200
    every = [practice.slug for practice in world.PRACTICES[:3]]
    sent = {"name": person.name, "practice": every} | fields if not way else fields
    assert visit("admin").post(f"/staff/{person.id}{way}", sent).status_code in (200, 303)
    assert visitor.get("/queue").headers["location"].startswith("/sign-in")


def test_a_name_alone_is_changed_without_an_end_of_sessions(
    client: TestClient, visit: Visit
) -> None:
    person = somebody()
    visitor = Visitor(client, session_of(person.id))
    every = [practice.slug for practice in world.PRACTICES[:3]]
    fields = {"name": "Another Name", "role": "biller", "practice": every, "active": "1"}
    assert visit("admin").post(f"/staff/{person.id}", fields).status_code == 303
    assert visitor.get("/queue").status_code == 200


def test_nobody_makes_a_code_for_themselves(visit: Visit) -> None:
    admin = visit("admin")
    for way in ("password", "factors"):
        assert admin.post(f"/staff/{world.PEOPLE['admin'].id}/{way}").status_code == 409
    assert admin.get("/queue").status_code == 200


def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses(
    client: TestClient, visit: Visit
) -> None:
    person = somebody()
    here = Visitor(client, session_of(person.id))
    there = Visitor(client, session_of(person.id))
    stranger = visit("biller")
    page = unescape(here.get("/security").text)
    [address] = re.findall(r"/security/sessions/[0-9a-f-]{36}/end", page)
    assert page.count("this one") == 1
    assert here.session_id not in page
    assert stranger.post(address).status_code == 404
    assert there.get("/queue").status_code == 200
    assert here.post(address).status_code == 303
    assert last_kinds(1) == ["staff.sessions_ended"]
    assert there.get("/queue").status_code == 303
    assert here.get("/queue").status_code == 200
    assert here.post(address).status_code == 404


@pytest.mark.attack("S-29")
def test_signing_out_everywhere_ends_every_session_this_one_too(client: TestClient) -> None:
    person = somebody()
    mine = [Visitor(client, session_of(person.id)) for _ in range(3)]
    answer = mine[0].post("/security/sign-out-everywhere")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert [one.get("/queue").status_code for one in mine] == [303, 303, 303]


def test_the_digest_of_a_session_is_all_the_table_knows(client: TestClient) -> None:
    person = somebody()
    session_id = session_of(person.id)
    with deployment_transaction(world.runtime().engine) as connection:
        [found] = sessions.of_person(connection, person.id)
    assert digest_of(session_id).hex() not in repr(found)
    assert session_id not in repr(run("SELECT * FROM web_session").all())

"""Signing in: sessions that we made, passwords at one price, no lock-out by strangers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient
from sqlalchemy import text

from api.http import sign_in, throttle
from api.http.sessions import SESSION_COOKIE, SIGN_IN_COOKIE, digest_of
from core.errors import InputError
from tenants.session import deployment_transaction
from tenants.staff import check_new_password, hash_is_old, password_hash, password_matches
from tenants.store import sessions
from tests.api.http import pages_world as world
from tests.api.http.visitors import Visitor
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    with deployment_transaction(world.runtime().engine) as connection:
        connection.execute(text("DELETE FROM sign_in_throttle"))


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password check without its price, where the price is not what is tested."""
    monkeypatch.setattr(
        sign_in,
        "password_matches",
        lambda stored, given: stored is not None and given == world.PASSWORD,
    )


def attempt(client: TestClient, email: str, password: str, *, back: str = "/", cookie: str = ""):
    client.cookies.clear()
    page = client.get("/sign-in")
    token = re.search(r'name="token" value="(\w+)"', page.text)[1]
    sent = f"{SIGN_IN_COOKIE}={page.cookies[SIGN_IN_COOKIE]}"
    client.cookies.clear()
    return client.post(
        "/sign-in",
        data={"token": token, "email": email, "password": password, "next": back},
        headers={"cookie": f"{sent}; {cookie}" if cookie else sent, "accept": "text/html"},
        follow_redirects=False,
    )


def through(client: TestClient, name: str, *, back: str = "/"):
    """The answer of the whole door: the password, then the code of the app."""
    first = attempt(client, world.PEOPLE[name].email, world.PASSWORD, back=back)
    assert first.status_code == 303
    half_way = Visitor(client, first.cookies[SESSION_COOKIE])
    return half_way.post("/second-factor", {"proof_code": world.app_code(name), "next": back})


def test_password_and_code_open_a_session_with_a_strict_cookie(client: TestClient) -> None:
    first = attempt(client, "BILLER@example.org ", world.PASSWORD, back="/queue?stage=held")
    assert first.headers["location"] == "/second-factor?next=%2Fqueue%3Fstage%3Dheld"
    answer = through(client, "biller", back="/queue?stage=held")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue?stage=held"
    for one in (first, answer):
        [cookie] = [c for c in one.headers.get_list("set-cookie") if f"{SESSION_COOKIE}=" in c]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    assert Visitor(client, answer.cookies[SESSION_COOKIE]).get("/queue").status_code == 200


@pytest.mark.attack("S-21")
def test_every_step_of_signing_in_makes_a_new_id_and_the_one_before_is_nobodys(
    client: TestClient, cheap: None
) -> None:
    first = attempt(client, "lead@example.org", world.PASSWORD)
    half_way = Visitor(client, first.cookies[SESSION_COOKIE])
    answer = half_way.post("/second-factor", {"proof_code": world.app_code("lead")})
    whole = Visitor(client, answer.cookies[SESSION_COOKIE])
    assert whole.session_id != half_way.session_id
    assert whole.get("/queue").status_code == 200
    assert half_way.get("/second-factor").headers["location"].startswith("/sign-in")
    assert half_way.token != whole.token
    again = whole.post("/step-up", {"proof_code": world.app_code("lead"), "next": "/staff"})
    assert SESSION_COOKIE not in again.cookies, "a factor shown just now is asked for once"


@pytest.mark.attack("S-21")
def test_an_id_we_did_not_make_is_nobodys_and_is_never_taken_over(
    client: TestClient, cheap: None
) -> None:
    planted = secrets.token_urlsafe(32)
    assert Visitor(client, planted).get("/queue").status_code == 303
    answer = attempt(
        client, "biller@example.org", world.PASSWORD, cookie=f"{SESSION_COOKIE}={planted}"
    )
    assert answer.cookies[SESSION_COOKIE] != planted
    assert Visitor(client, planted).get("/queue").status_code == 303


def test_signing_in_again_ends_the_session_before_and_makes_a_new_id(
    client: TestClient, visit: Visit
) -> None:
    first = visit("biller")
    with deployment_transaction(world.runtime().engine) as connection:
        found = sessions.find(connection, digest_of(first.session_id))
        assert found is not None
    page = first.get("/sign-in")
    assert page.status_code == 303, "who is signed in is shown no form"


def test_the_table_holds_digests_only(client: TestClient, cheap: None) -> None:
    session_id = attempt(client, "coder@example.org", world.PASSWORD).cookies[SESSION_COOKIE]
    with deployment_transaction(world.runtime().engine) as connection:
        rows = connection.execute(text("SELECT * FROM web_session")).all()
    assert digest_of(session_id) in [bytes(row.id_sha256) for row in rows]
    assert session_id not in repr(rows)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("biller@example.org", "not the password at all"),
        ("nobody@example.org", world.PASSWORD),
        ("left@example.org", world.PASSWORD),
        ("", ""),
    ],
)
def test_every_refusal_reads_the_same(client: TestClient, email: str, password: str) -> None:
    answer = attempt(client, email, password)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert SESSION_COOKIE not in answer.cookies
    assert password not in answer.text or not password


@pytest.mark.usefixtures("full_price")
@pytest.mark.attack("S-25")
def test_an_unknown_person_costs_the_work_of_a_wrong_password(monkeypatch) -> None:
    checked = []
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, stored, given: checked.append(stored) or True
    )
    assert password_matches(None, "anything") is False
    parameters = re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=1\$", checked[0])
    assert parameters, "the same costs as a real hash"


@pytest.mark.usefixtures("full_price")
def test_passwords_are_hashed_at_the_price_we_promise() -> None:
    stored = password_hash("four unrelated plain words")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert password_matches(stored, "four unrelated plain words")
    assert not password_matches(stored, "four unrelated plain word")
    assert not password_matches("not a hash", "x")
    assert not hash_is_old(stored)


@pytest.mark.usefixtures("full_price")
def test_a_hash_of_lower_cost_is_renewed_at_sign_in(client: TestClient) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(world.PASSWORD)
    engine, person = world.runtime().engine, world.PEOPLE["poster"]
    with by_hand(engine) as connection:
        connection.execute(
            text("UPDATE staff SET password_hash = :h WHERE id = :i"), {"h": weak, "i": person.id}
        )
    assert attempt(client, person.email, world.PASSWORD).status_code == 303
    with deployment_transaction(engine) as connection:
        stored = connection.execute(
            text("SELECT password_hash FROM staff WHERE id = :i"), {"i": person.id}
        ).scalar()
    assert str(stored).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.parametrize(
    "password", ["too short", "aaaaaaaaaaaaaaaaaaaa", "biller-biller-biller-42", "x" * 300]
)
def test_a_guessable_password_is_not_taken(password: str) -> None:
    with pytest.raises(InputError):
        check_new_password(password, email="biller@example.org")


@pytest.mark.attack("S-22")
@pytest.mark.control("R5")
def test_guessing_is_slowed_down_and_the_owner_elsewhere_is_not(
    client: TestClient, cheap: None, monkeypatch
) -> None:
    email = "lead@example.org"
    monkeypatch.setattr(sign_in, "visitor_network", lambda request: "203.0.113.0/24")
    answers = [attempt(client, email, "guess") for _ in range(8)]
    assert [answer.status_code for answer in answers[:5]] == [401] * 5
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    refused = attempt(client, email, world.PASSWORD)
    assert refused.status_code == 429, "the right password waits as well: guessing learns nothing"
    unknown = [attempt(client, "nobody@example.org", "guess") for _ in range(8)]
    assert [a.status_code for a in unknown] == [a.status_code for a in answers]
    monkeypatch.setattr(sign_in, "visitor_network", lambda request: "198.51.100.0/24")
    assert attempt(client, email, world.PASSWORD).status_code == 303


@pytest.mark.attack("S-22")
def test_one_password_on_many_accounts_is_slowed_down_but_not_for_who_is_known_there(
    client: TestClient, cheap: None
) -> None:
    assert attempt(client, "auditor@example.org", world.PASSWORD).status_code == 303
    codes = [
        attempt(client, f"person{n}@example.org", "Spring2026!").status_code for n in range(60)
    ]
    assert 429 in codes
    assert attempt(client, "coder@example.org", world.PASSWORD).status_code == 429
    assert attempt(client, "auditor@example.org", world.PASSWORD).status_code == 303


def test_the_delay_doubles_and_has_an_end() -> None:
    keys = {"account_key": secrets.token_bytes(32), "network_key": secrets.token_bytes(32)}
    engine = world.runtime().engine
    waits = []
    for _ in range(18):
        with deployment_transaction(engine) as connection:
            # The wait is over, as far as the table knows.
            connection.execute(text("UPDATE sign_in_throttle SET open_at = now()"))
            assert sessions.attempt(connection, **keys) == 0
            waits.append(
                connection.execute(
                    text(
                        "SELECT greatest(extract(epoch FROM open_at - now()), 0)::integer"
                        " FROM sign_in_throttle WHERE key = :k"
                    ),
                    {"k": keys["account_key"]},
                ).scalar()
            )
    assert waits[:9] == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert waits[-1] == 15 * 60


def aged(session_id: str, column: str, age: timedelta) -> None:
    with deployment_transaction(world.runtime().engine) as connection:
        connection.execute(
            text(
                f"UPDATE web_session SET {column} = now() - CAST(:a AS interval)"
                " WHERE id_sha256 = :d"
            ),
            {"a": age, "d": digest_of(session_id)},
        )


@pytest.mark.control("R14")
@pytest.mark.parametrize(
    ("column", "age", "alive"),
    [
        ("seen_at", timedelta(minutes=14, seconds=50), True),
        ("seen_at", timedelta(minutes=15, seconds=1), False),
        ("created_at", timedelta(hours=11, minutes=59), True),
        ("created_at", timedelta(hours=12, seconds=1), False),
    ],
)
def test_a_session_ends_unused_and_after_a_day_of_work(
    visit: Visit, column: str, age: timedelta, alive: bool
) -> None:
    visitor = visit("biller")
    aged(visitor.session_id, column, age)
    assert visitor.get("/queue").status_code == (200 if alive else 303)


def test_using_a_session_keeps_it_alive(visit: Visit) -> None:
    visitor = visit("biller")
    for _ in range(2):
        aged(visitor.session_id, "seen_at", timedelta(minutes=14))
        assert visitor.get("/queue").status_code == 200


def test_a_closed_account_is_out_at_once(visit: Visit) -> None:
    visitor, person = visit("idle"), world.PEOPLE["idle"]
    assert visitor.get("/queue").status_code == 200
    with by_hand(world.runtime().engine) as connection:
        connection.execute(text("UPDATE staff SET active = false WHERE id = :i"), {"i": person.id})
    try:
        assert visitor.get("/queue").status_code == 303
    finally:
        with by_hand(world.runtime().engine) as connection:
            connection.execute(
                text("UPDATE staff SET active = true WHERE id = :i"), {"i": person.id}
            )


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(visit: Visit) -> None:
    visitor = visit("biller")
    answer = visitor.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert visitor.get("/queue").status_code == 303


@pytest.mark.parametrize(
    "away",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "queue",
        "/\r\nX: y",
    ],
)
def test_signing_in_never_leads_to_a_strangers_site(
    client: TestClient, cheap: None, away: str
) -> None:
    answer = attempt(client, "biller@example.org", world.PASSWORD, back=away)
    assert answer.headers["location"] == "/second-factor"
    half_way = Visitor(client, answer.cookies[SESSION_COOKIE])
    fields = {"proof_code": world.app_code("biller"), "next": away}
    assert half_way.post("/second-factor", fields).headers["location"] == "/"


def test_sign_ins_and_refusals_are_in_the_audit_log(client: TestClient, cheap: None) -> None:
    through(client, "coder")
    attempt(client, "coder@example.org", "wrong")
    with deployment_transaction(world.runtime().engine) as connection:
        kinds = (
            connection.execute(
                text("SELECT kind FROM audit_event WHERE :who = ANY(object_ids) ORDER BY at, id"),
                {"who": world.PEOPLE["coder"].id},
            )
            .scalars()
            .all()
        )
    assert kinds[-3:] == ["staff.password_given", "staff.signed_in", "staff.sign_in_refused"]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
        ("testclient", "local"),
    ],
)
def test_a_network_is_known_by_its_address(host: str, network: str) -> None:
    assert throttle.network_of(host) == network


NEW_PASSWORD = "seven other plain words entirely"


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        (
            {"current": "wrong", "fresh": NEW_PASSWORD, "again": NEW_PASSWORD},
            422,
            "not your present",
        ),
        ({"current": world.PASSWORD, "fresh": NEW_PASSWORD, "again": "x"}, 422, "the same twice"),
        ({"current": world.PASSWORD, "fresh": "short", "again": "short"}, 422, "15 to 256"),
    ],
)
def test_a_password_is_not_changed_by_who_cannot_say_the_old_one(
    visit: Visit, fields: dict[str, str], status: int, says: str
) -> None:
    answer = visit("idle").post("/password", fields)
    assert answer.status_code == status
    assert says in answer.text
    assert not any(value in answer.text for value in fields.values() if len(value) > 6)


def test_changing_a_password_ends_every_other_session(client: TestClient, visit: Visit) -> None:
    here, elsewhere = visit("idle"), visit("idle")
    fields = {"current": world.PASSWORD, "fresh": NEW_PASSWORD, "again": NEW_PASSWORD}
    try:
        answer = here.post("/password", fields)
        assert answer.status_code == 303
        assert elsewhere.get("/queue").status_code == 303
        assert here.get("/queue").status_code == 303, "the id is new as well"
        assert Visitor(client, answer.cookies[SESSION_COOKIE]).get("/queue").status_code == 200
        assert attempt(client, "idle@example.org", world.PASSWORD).status_code == 401
        assert attempt(client, "idle@example.org", NEW_PASSWORD).status_code == 303
        assert answer.cookies[SESSION_COOKIE] != here.session_id
    finally:
        with by_hand(world.runtime().engine) as connection:
            connection.execute(
                text("UPDATE staff SET password_hash = :h WHERE id = :i"),
                {"h": password_hash(world.PASSWORD), "i": world.PEOPLE["idle"].id},
            )

"""Guessing passwords: many tries, many accounts, unknown accounts, and all at once."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient
from sqlalchemy import event

from api.http import sign_in
from api.http.house import _PASSWORDS_AT_ONCE, PASSWORDS_WAITING_MAX
from api.http.sessions import SIGN_IN_COOKIE
from tenants.session import deployment_transaction
from tenants.store import sessions
from tests.api.http import pages_world as world
from tests.api.http.test_second_factor import run
from tests.api.http.test_sign_in import attempt
from tests.api.http.visitors import Visitor
from tests.campaign import SOAK

Visit = Callable[[str], Visitor]

# Each answer has its own.
OF_THE_ANSWER = ("set-cookie", "date", "x-request-id")

# Each costs a few statements, and after the first hundred nothing new happens.
TRIES = 10_000 if SOAK else 300


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    run("DELETE FROM sign_in_throttle")


def key() -> bytes:
    return secrets.token_bytes(32)


@pytest.mark.campaign
@pytest.mark.attack("S-22")
def test_one_account_tried_ten_thousand_times_is_looked_at_five_times_a_moment() -> None:
    account, network, elsewhere = key(), key(), key()
    with deployment_transaction(world.runtime().engine) as connection:
        # One transaction is one moment: the database's clock stands still in it.
        looked_at = sum(
            sessions.attempt(connection, account_key=account, network_key=network) == 0
            for _ in range(TRIES)
        )
        owner = sessions.attempt(connection, account_key=elsewhere, network_key=key())
        connection.rollback()
    assert looked_at == 5
    assert owner == 0, "the owner elsewhere is not held up"


@pytest.mark.campaign
@pytest.mark.attack("S-22")
def test_ten_thousand_accounts_tried_once_from_a_network_are_looked_at_fifty_times() -> None:
    network, known = key(), key()
    with deployment_transaction(world.runtime().engine) as connection:
        assert sessions.attempt(connection, account_key=known, network_key=network) == 0
        sessions.succeeded(connection, account_key=known, network_key=network)
        looked_at = sum(
            sessions.attempt(connection, account_key=key(), network_key=network) == 0
            for _ in range(TRIES)
        )
        owner = sessions.attempt(connection, account_key=known, network_key=network)
        connection.rollback()
    assert looked_at == 50
    assert owner == 0, "who signs in from here is not held up"


def test_people_who_sign_in_from_one_office_in_one_moment_do_not_make_each_other_wait() -> None:
    """The one whose transaction began first counts last."""
    engine, network, accounts = world.runtime().engine, key(), (key(), key())
    with deployment_transaction(engine) as first:
        first.exec_driver_sql("SELECT now()")
        with deployment_transaction(engine) as second:
            keys = {"account_key": accounts[1], "network_key": network}
            assert sessions.attempt(second, **keys) == 0
            sessions.succeeded(second, **keys)
        for account in accounts:
            assert sessions.attempt(first, account_key=account, network_key=network) == 0


def statements(act: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What ``act`` gives, and the words of every statement the database was sent."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    engine = world.runtime().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        return act(), sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.attack("S-25")
def test_an_unknown_person_and_a_wrong_password_do_the_same_work_and_say_the_same(
    client: TestClient, monkeypatch
) -> None:
    hashed: list[str] = []

    def verify(self: Any, stored: str, given: str) -> bool:
        hashed.append(stored.rpartition("$")[0].rpartition("$")[0])
        return False

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    seen = []
    for email in ("biller@example.org", "nobody@example.org", "left-1@example.org"):
        answer, sent = statements(lambda email=email: attempt(client, email, "wrong"))
        text = re.sub(r'name="token" value="\w+"', "", answer.text).replace(email, "")
        headers = {n: v for n, v in answer.headers.items() if n not in OF_THE_ANSWER}
        size = int(headers.pop("content-length")) - len(email)
        seen.append((answer.status_code, text, headers, size, sent))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 401
    assert len(hashed) == 3, "one hash each"
    assert len(set(hashed)) == 1, "at the same price"


@pytest.mark.attack("S-25")
def test_the_code_page_and_the_challenge_say_nothing_about_who_is_known(client: TestClient) -> None:
    """Neither takes an address: there is nothing to ask them."""
    for path in ("/reset", "/sign-in"):
        client.cookies.clear()
        page = client.get(path).text
        for person in world.PEOPLE.values():
            assert person.email not in page
    assert 'name="email"' not in client.get("/reset").text


class _Gate:
    """Stands in for the price of a password: whoever is inside waits until the gate opens."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.lock = threading.Lock()
        self.inside = 0
        self.most = 0
        self.full = threading.Event()

    def __call__(self, stored: str | None, given: str) -> bool:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == _PASSWORDS_AT_ONCE:
                self.full.set()
        self.open.wait(60)
        with self.lock:
            self.inside -= 1
        return False


@pytest.mark.control("R5")
def test_many_who_sign_in_at_once_leave_the_pages_to_the_others(
    client: TestClient, visit: Visit, monkeypatch
) -> None:
    gate = _Gate()
    monkeypatch.setattr(sign_in, "password_matches", gate)
    client.cookies.clear()
    page = client.get("/sign-in")
    token = re.search(r'name="token" value="(\w+)"', page.text)[1]
    headers = {"cookie": f"{SIGN_IN_COOKIE}={page.cookies[SIGN_IN_COOKIE]}"}
    client.cookies.clear()
    many, codes = _PASSWORDS_AT_ONCE + PASSWORDS_WAITING_MAX + 6, []

    def knock(place: int) -> None:
        fields = {"token": token, "email": f"p{place}@example.org", "password": "x"}
        answer = client.post("/sign-in", data=fields, headers=headers, follow_redirects=False)
        codes.append(answer.status_code)
        answered.set()

    answered = threading.Event()
    threads = [threading.Thread(target=knock, args=(place,)) for place in range(many)]
    for one in threads:
        one.start()
    try:
        assert gate.full.wait(40)
        # The others share the client: nobody touches it while one of them still begins.
        waiting = client.app.state["house"].passwords.statistics
        while waiting().tasks_waiting + len(codes) + _PASSWORDS_AT_ONCE < many:
            assert any(one.is_alive() for one in threads)
            time.sleep(0.01)
        biller = visit("biller")
        assert [biller.get("/queue").status_code for _ in range(3)] == [200] * 3
        # While the gate is shut only who is turned away has an answer.
        assert answered.wait(40)
    finally:
        gate.open.set()
        for one in threads:
            one.join(60)
    assert gate.most == _PASSWORDS_AT_ONCE
    assert len(codes) == many
    assert set(codes) <= {401, 503}
    assert codes.count(503) >= 1, "who stands far back is told to come again"

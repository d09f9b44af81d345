"""Security keys: enrolled by their user, for our site alone, and a copy is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.http.sessions import SESSION_COOKIE, SIGN_IN_COOKIE
from tenants.codes import new_code
from tenants.session import deployment_transaction
from tenants.staff import Role
from tenants.store.sessions import PASSWORD
from tests.api.http import pages_world as world
from tests.api.http.software_key import PRESENT, SoftwareKey, encoded
from tests.api.http.test_second_factor import last_kinds, later, renewed, run
from tests.api.http.visitors import Visitor, session_of

Visit = Callable[[str], Visitor]

DOMAIN = world.ORIGIN.removeprefix("https://")


class Owner:
    """Somebody who has a password and one security key."""

    def __init__(self, client: TestClient, role: Role = Role.BILLER) -> None:
        self.client = client
        self.name = f"holder-{new_code()[:6]}"
        self.person = world.add_person(self.name, role, app=False)
        self.key = SoftwareKey(origin=world.ORIGIN, domain=DOMAIN)
        self.inside = self.enrol(self.half_way(), self.key)

    def half_way(self) -> Visitor:
        return Visitor(self.client, session_of(self.person.id, assurance=PASSWORD))

    def enrol(self, visitor: Visitor, key: SoftwareKey) -> Visitor:
        done = visitor.post("/enrol/key", key.register(asked(visitor, "/enrol/challenge")))
        return renewed(self.client, done)


def asked(visitor: Visitor, path: str = "/second-factor/challenge") -> dict[str, Any]:
    answer = visitor.post(path, accept="application/json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def owner(client: TestClient) -> Iterator[Owner]:
    made = Owner(client)
    yield made
    del world.PEOPLE[made.name]


def test_a_key_is_asked_for_with_its_user_verified_and_for_our_site(owner: Owner) -> None:
    options = asked(owner.inside, "/enrol/challenge")
    assert options["rp"] == {"name": "Claimwright", "id": DOMAIN}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [one["id"] for one in options["excludeCredentials"]] == [
        encoded(owner.key.credential_id)
    ]
    proof = asked(owner.half_way())
    assert proof["rpId"] == DOMAIN
    assert proof["userVerification"] == "required"
    assert [one["id"] for one in proof["allowCredentials"]] == [encoded(owner.key.credential_id)]
    assert len(proof["challenge"]) >= 43


def test_a_key_is_a_second_factor_and_steps_up(owner: Owner, client: TestClient) -> None:
    visitor = owner.half_way()
    answer = visitor.post("/second-factor", owner.key.answer(asked(visitor)))
    assert answer.status_code == 303
    inside = renewed(client, answer)
    assert inside.get("/queue").status_code == 200
    assert last_kinds(1) == ["staff.signed_in"]
    later(inside)
    proof = owner.key.answer(asked(inside))
    again = inside.post("/security/recovery", proof)
    assert len(re.findall(r"<li>[a-z0-9-]{26}</li>", again.text)) == 10
    assert last_kinds(2) == ["staff.stepped_up", "factor.recovery_made"]


def bent(key: SoftwareKey, **changes: Any) -> SoftwareKey:
    """The same key, with one thing about it or its browser changed."""
    key.counter += 1
    return replace(key, **changes)


@pytest.mark.attack("S-26")
@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://claimwright.local.elsewhere.example"},
        {"origin": "http://claimwright.local"},
        {"origin": "https://claimwright.local:8443"},
        {"domain": "elsewhere.example"},
        {"flags": PRESENT},
        {"flags": 0x04},
        {"credential_id": b"another key entirely"},
    ],
    ids=["origin", "no-tls", "port", "site", "user-not-verified", "nobody-there", "unknown-key"],
)
def test_a_key_of_another_site_or_without_its_user_is_refused(
    owner: Owner, changes: dict[str, Any]
) -> None:
    visitor = owner.half_way()
    answer = visitor.post("/second-factor", bent(owner.key, **changes).answer(asked(visitor)))
    assert answer.status_code == 403
    assert "security key was not accepted" in answer.text
    assert SESSION_COOKIE not in answer.cookies
    assert last_kinds(1) == ["factor.refused"]


@pytest.mark.attack("S-26")
def test_an_answer_works_once_and_for_its_own_challenge(owner: Owner) -> None:
    visitor, other = owner.half_way(), owner.half_way()
    old, theirs = asked(visitor), asked(other)
    new = asked(visitor)
    assert visitor.post("/second-factor", owner.key.answer(old)).status_code == 403
    right = owner.key.answer(new)
    assert visitor.post("/second-factor", right).status_code == 403, "a refusal spends it"
    assert visitor.post("/second-factor", owner.key.answer(theirs)).status_code == 403
    proof = owner.key.answer(asked(visitor))
    assert visitor.post("/second-factor", proof).status_code == 303
    late = owner.half_way()
    assert late.post("/second-factor", proof).status_code == 403, "no challenge, no proof"
    asked(late)
    assert late.post("/second-factor", proof).status_code == 403


@pytest.mark.attack("S-26")
def test_a_challenge_lives_for_minutes(owner: Owner) -> None:
    visitor = owner.half_way()
    proof = owner.key.answer(asked(visitor))
    run("UPDATE key_challenge SET expires_at = now() - interval '1 second'")
    assert visitor.post("/second-factor", proof).status_code == 403


@pytest.mark.attack("S-26")
def test_a_copied_key_is_refused_as_soon_as_both_are_used(owner: Owner) -> None:
    copy = replace(owner.key)
    visitor = owner.half_way()
    assert visitor.post("/second-factor", owner.key.answer(asked(visitor))).status_code == 303
    visitor = owner.half_way()
    assert visitor.post("/second-factor", copy.answer(asked(visitor))).status_code == 403
    assert last_kinds(1) == ["factor.refused"]


@pytest.mark.attack("S-26")
def test_a_signature_bent_by_one_bit_is_refused(owner: Owner) -> None:
    visitor = owner.half_way()
    for name in ("proof_signature", "proof_authenticator_data", "proof_client_data"):
        proof = owner.key.answer(asked(visitor))
        proof[name] = proof[name][:-3] + ("A" if proof[name][-3] != "A" else "B") + proof[name][-2:]
        assert visitor.post("/second-factor", proof).status_code == 403


@pytest.mark.parametrize("content", ["", "not base64 at all!", "////", "AAAA", "e30"])
def test_an_answer_no_browser_makes_is_refused_plainly(owner: Owner, content: str) -> None:
    visitor = owner.half_way()
    asked(visitor)
    names = ("proof_client_data", "proof_authenticator_data", "proof_signature")
    fields = dict.fromkeys(names, content)
    for key in (content, encoded(owner.key.credential_id)):
        asked(visitor)
        answer = visitor.post("/second-factor", {**fields, "proof_key": key})
        assert answer.status_code == 403


def test_somebody_elses_key_proves_nobody_but_them(owner: Owner, client: TestClient) -> None:
    other = Owner(client)
    visitor = other.half_way()
    assert visitor.post("/second-factor", owner.key.answer(asked(visitor))).status_code == 403
    again = other.inside.post(
        "/enrol/key", owner.key.register(asked(other.inside, "/enrol/challenge"))
    )
    assert again.status_code == 409
    assert "enrolled already" in again.text


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://elsewhere.example"}, {"domain": "elsewhere.example"}, {"flags": PRESENT}],
)
@pytest.mark.attack("S-26")
def test_a_new_key_of_another_site_or_without_its_user_is_not_enrolled(
    owner: Owner, changes: dict[str, Any]
) -> None:
    new = replace(SoftwareKey(origin=world.ORIGIN, domain=DOMAIN), **changes)
    fields = new.register(asked(owner.inside, "/enrol/challenge"))
    assert owner.inside.post("/enrol/key", fields).status_code == 403
    proof = asked(owner.half_way())
    assert encoded(new.credential_id) not in [one["id"] for one in proof["allowCredentials"]]


class Door:
    """The sign-in page, as one browser has it open."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        client.cookies.clear()
        page = client.get("/sign-in")
        self.token = re.search(r'name="token" value="(\w+)"', page.text)[1]
        self._cookie = f"{SIGN_IN_COOKIE}={page.cookies[SIGN_IN_COOKIE]}"

    def post(self, path: str, fields: dict[str, str] | None = None) -> Any:
        self._client.cookies.clear()
        return self._client.post(
            path,
            data={"token": self.token, **(fields or {})},
            headers={"cookie": self._cookie, "accept": "text/html"},
            follow_redirects=False,
        )


def test_a_passkey_alone_signs_in_and_the_challenge_names_nobody(
    owner: Owner, client: TestClient
) -> None:
    door = Door(client)
    options = door.post("/sign-in/challenge").json()
    assert options["allowCredentials"] == []
    assert owner.person.email not in str(options)
    proof = owner.key.answer(options, handle=owner.person.id.bytes)
    answer = door.post("/sign-in/key", {**proof, "next": "/queue"})
    assert answer.headers["location"] == "/queue"
    assert renewed(client, answer).get("/queue").status_code == 200
    assert door.post("/sign-in/key", proof).status_code == 401, "once"
    other = Door(client)
    theirs = owner.key.answer(other.post("/sign-in/challenge").json())
    assert Door(client).post("/sign-in/key", theirs).status_code == 401, "for its own form"


@pytest.mark.attack("S-26")
def test_a_passkey_that_says_it_is_somebody_else_or_of_a_closed_account_opens_nothing(
    client: TestClient,
) -> None:
    gone = Owner(client)
    door = Door(client)
    wrong = gone.key.answer(
        door.post("/sign-in/challenge").json(), handle=world.PEOPLE["admin"].id.bytes
    )
    refused = door.post("/sign-in/key", wrong)
    assert refused.status_code == 401
    assert last_kinds(1) == ["staff.sign_in_refused"]
    run("UPDATE staff SET active = false WHERE id = :id", id=gone.person.id)
    door = Door(client)
    closed = door.post("/sign-in/key", gone.key.answer(door.post("/sign-in/challenge").json()))
    assert closed.status_code == 401
    said = "opens no account here"
    assert said in refused.text
    assert said in closed.text


def test_administrators_show_a_key_where_the_company_wants_it(
    client: TestClient, monkeypatch
) -> None:
    house = client.app.state["house"]
    monkeypatch.setattr(house, "admins_need_key", True)
    name = f"chief-{new_code()[:6]}"
    person = world.add_person(name, Role.ADMIN)
    first = Visitor(client, session_of(person.id))
    assert first.get("/staff").headers["location"].startswith("/enrol")
    assert "administrators sign in with a security key" in first.get("/enrol").text.lower()
    key = SoftwareKey(origin=world.ORIGIN, domain=DOMAIN)
    made = first.post("/enrol/key", key.register(asked(first, "/enrol/challenge")))
    assert renewed(client, made).get("/staff").status_code == 200
    half = Visitor(client, session_of(person.id, assurance=PASSWORD))
    code = {"proof_code": world.app_code(name)}
    refused = half.post("/second-factor", code)
    assert refused.status_code == 403
    assert "an app&#x27;s code is not enough" in refused.text
    assert half.post("/second-factor", key.answer(asked(half))).status_code == 303
    biller = Visitor(client, session_of(world.PEOPLE["biller"].id))
    assert biller.get("/queue").status_code == 200, "only of administrators"


def test_a_key_is_taken_away_but_not_the_last_factor(client: TestClient) -> None:
    mine = Owner(client)
    page = mine.inside.get("/security").text
    address = re.search(r"/security/keys/[0-9a-f-]{36}/remove", page.replace("&#x2f;", "/"))[0]
    refused = mine.inside.post(address)
    assert refused.status_code == 409
    assert "your only second factor" in refused.text
    assert mine.inside.post("/security/app/remove").status_code == 409
    second = SoftwareKey(origin=world.ORIGIN, domain=DOMAIN)
    inside = mine.enrol(mine.inside, second)
    elsewhere = Visitor(client, session_of(mine.person.id))
    stranger = Owner(client)
    assert stranger.inside.post(address).status_code in (404, 409), "not theirs"
    # A renewed session goes on with the token its forms were made with.
    assert inside.post(address, token=mine.inside.token).status_code == 303
    assert elsewhere.get("/queue").status_code == 303, "every other session is over"
    assert inside.get("/queue").status_code == 200
    assert last_kinds(1) == ["factor.removed"]
    half = mine.half_way()
    assert half.post("/second-factor", mine.key.answer(asked(half))).status_code == 403
    assert half.post("/second-factor", second.answer(asked(half))).status_code == 303


def test_challenges_that_nobody_answered_do_not_pile_up(owner: Owner) -> None:
    old = timedelta(minutes=6)
    for _ in range(3):
        asked(owner.half_way())
    run("UPDATE key_challenge SET expires_at = now() - CAST(:old AS interval)", old=old)
    asked(owner.half_way())
    with deployment_transaction(world.runtime().engine) as connection:
        left = connection.execute(text("SELECT count(*) FROM key_challenge")).scalar_one()
    assert left == 1

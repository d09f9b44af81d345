"""Signing in through the company's identity provider, honest and not."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest
from httpx import Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from litestar.testing import TestClient
from sqlalchemy import text

from api.bootstrap import Runtime
from api.company_identity import IdentityProvider
from api.http.app import create_app
from api.http.company_sign_in import COMPANY_COOKIE, Begun, _network_key, oidc_sign_in
from api.http.house import House
from api.http.sessions import SESSION_COOKIE
from api.outgoing import Outgoing
from api.settings import CompanyIdentity, environment, read
from audit.event import DEPLOYMENT
from core.errors import SetupError
from tenants.session import tenant_transaction, transaction
from tenants.store import company_sign_ins
from tests.api.http import pages_world as world
from tests.api.http.identity_provider import CLIENT, SECRET, Provider, providing
from tests.api.http.visitors import start_session
from tests.by_hand import by_hand

PUBLIC_URL = "https://claimwright.local"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Provider]:
    with providing() as made:
        yield made


@pytest.fixture
def provider(one_provider: Provider) -> Iterator[Provider]:
    one_provider.be_honest()
    yield one_provider
    with by_hand(world.runtime().engine) as connection:
        connection.execute(text("DELETE FROM staff_identity"))
        connection.execute(
            text("DELETE FROM sign_in_throttle WHERE key = :key"),
            {"key": _network_key("testclient")},
        )


class Office:
    """Our side: an app that trusts the provider, and a browser with a cookie jar of its own."""

    def __init__(self, provider: Provider, **given: Any) -> None:
        company = CompanyIdentity(
            issuer=provider.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            public_url=PUBLIC_URL,
            **({"link_by_email": True} | given),
        )
        settings = msgspec.structs.replace(world.runtime().settings, company=company)
        self.runtime = Runtime(settings, world.runtime().urls)
        world.closing(self.runtime.close)
        self.provider = provider
        self.now = timedelta()
        clock = self.runtime.clock
        self.runtime.clock = lambda: clock() + self.now
        self.app = create_app(self.runtime)
        self._outgoing = Outgoing(self.runtime)
        self.browser = TestClient(self.app, base_url=PUBLIC_URL)

    def forget(self) -> None:
        """As at the beginning: nobody signed in, nothing kept of the provider."""
        self.now = timedelta()
        self.browser.cookies.clear()
        assert self.runtime.settings.company is not None
        self.house.company = IdentityProvider(
            self.runtime.settings.company, self._outgoing, self.runtime.clock
        )

    @property
    def house(self) -> House:
        found = self.app.state["house"]
        assert isinstance(found, House)
        return found

    def begin(self, back: str = "/queue") -> str:
        answer = self.browser.get(f"/sign-in/company?next={back}", follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def end(self, query: dict[str, str]) -> Response:
        return self.browser.get(
            "/sign-in/company/return",
            params=query,
            headers={"accept": "text/html"},
            follow_redirects=False,
        )

    def sign_in(self) -> Response:
        return self.end(self.provider.approve(self.begin()))


Made = Callable[..., Office]


@pytest.fixture(scope="module")
def offices(one_provider: Provider) -> Iterator[Made]:
    """One app for each way of trusting the provider, and one more for another browser."""
    made: dict[str, Office] = {}
    with ExitStack() as stack:

        def office(**given: Any) -> Office:
            name = str(given)
            trusted = {key: value for key, value in given.items() if key != "another"}
            if name not in made:
                made[name] = Office(one_provider, **trusted)
                stack.callback(made[name].runtime.close)
                stack.enter_context(made[name].browser)
            made[name].forget()
            return made[name]

        yield office


@pytest.fixture
def office(offices: Made, provider: Provider) -> Made:
    return offices


def person(provider: Provider, name: str = "biller", **claims: Any) -> None:
    provider.claims = {
        "email": world.PEOPLE[name].email, "email_verified": True, "sub": f"subject of {name}",
    } | claims  # fmt: skip


def last_event() -> Any:
    with tenant_transaction(world.runtime().engine, DEPLOYMENT) as connection:
        return connection.execute(
            # By transaction: another test's clock may have been ahead.
            text("SELECT * FROM audit_event ORDER BY transaction_id DESC, id DESC LIMIT 1")
        ).one()


def is_in(office: Office) -> bool:
    """Whether there is a session, if only one that waits for the second factor."""
    asked = {"accept": "text/html"}
    answer = office.browser.get("/queue", headers=asked, follow_redirects=False)
    return not answer.headers.get("location", "").startswith("/sign-in")


@pytest.mark.control("R19")
@pytest.mark.control("R5")
def test_a_person_of_the_company_comes_in_and_goes_where_they_wanted(
    provider: Provider, office: Made
) -> None:
    person(provider)
    here = office()
    address = here.begin("/queue?stage=held")
    assert address.startswith(f"{provider.issuer}/authorize?")
    answer = here.end(provider.approve(address))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/second-factor?next=%2Fqueue%3Fstage%3Dheld",
    )
    assert is_in(here)
    event = last_event()
    assert event.kind == "staff.signed_in_by_company"
    assert event.actor_id == world.PEOPLE["biller"].id
    assert event.counts == {"second_factor": 0}
    assert provider.claims["sub"] not in str(event)


def test_the_link_holds_when_the_address_of_the_person_changes(
    provider: Provider, office: Made
) -> None:
    person(provider)
    assert office().sign_in().status_code == 303
    person(provider, email="married@example.org", email_verified=False)
    assert office(link_by_email=False).sign_in().status_code == 303


@pytest.mark.attack("S-21")
def test_a_session_planted_before_is_not_taken_over(provider: Provider, office: Made) -> None:
    person(provider)
    here = office()
    planted = start_session("viewer")
    here.browser.cookies.set(SESSION_COOKIE, planted, domain="claimwright.local", path="/")
    answer = here.sign_in()
    cookies = answer.headers.get_list("set-cookie")
    fresh = [value for value in cookies if value.startswith(f"{SESSION_COOKIE}=")]
    assert len(fresh) == 1
    assert planted not in fresh[0]
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in fresh[0]


# Whose account.


@pytest.mark.parametrize(
    ("claims", "given"),
    [
        ({"email_verified": False}, {}),
        ({"email_verified": "true"}, {}),
        ({"email_verified": None}, {}),
        ({"email": None}, {}),
        ({"email": "nobody@example.org"}, {}),
        ({"email": world.PEOPLE["left"].email}, {}),
        ({"email": world.PEOPLE["director"].email}, {}),
        ({"email": ["biller@example.org"]}, {}),
        ({}, {"link_by_email": False}),
    ],
)
def test_nobody_is_let_in_by_an_address_that_proves_nothing(
    provider: Provider, office: Made, claims: dict[str, Any], given: dict[str, Any]
) -> None:
    person(provider, **claims)
    here = office(**given)
    answer = here.sign_in()
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.text
    assert not is_in(here)
    assert last_event().kind == "staff.sign_in_refused"


def test_a_second_identity_does_not_open_an_account_that_has_one(
    provider: Provider, office: Made
) -> None:
    person(provider)
    assert office().sign_in().status_code == 303
    person(provider, sub="somebody else with the same address")
    assert office().sign_in().status_code == 403


def test_a_closed_account_is_closed_to_the_company_too(provider: Provider, office: Made) -> None:
    with by_hand(world.runtime().engine) as connection:
        company_sign_ins.link(
            connection,
            issuer=provider.issuer,
            subject="subject of left",
            staff_id=world.PEOPLE["left"].id,
        )
    person(provider, "left")
    assert office().sign_in().status_code == 403


@pytest.mark.control("R19")
@pytest.mark.parametrize(
    ("claims", "counted", "second"),
    [
        ({"amr": ["pwd", "mfa"]}, {"mfa"}, True),
        ({"amr": ["pwd"]}, {"mfa"}, False),
        ({"amr": ["mfa"]}, set(), False),
        ({"amr": "mfa"}, {"mfa"}, False),
        ({"acr": "urn:example:strong"}, {"urn:example:strong"}, True),
        ({}, {"mfa"}, False),
    ],
)
def test_a_second_factor_counts_only_as_it_was_agreed(
    provider: Provider, office: Made, claims: dict[str, Any], counted: set[str], second: bool
) -> None:
    person(provider, **claims)
    here = office(second_factor=frozenset(counted))
    house = here.house
    assert house.company is not None
    address = house.company.address(state="s", nonce="n", verifier="v" * 43)
    code = provider.approve(address)["code"]
    identity = house.company.redeem(code=code, verifier="v" * 43, nonce="n")
    assert oidc_sign_in(house, identity) == (world.PEOPLE["biller"].id, second)
    # Without one our own is asked for before any page.
    assert here.sign_in().headers["location"] == (
        "/queue" if second else "/second-factor?next=%2Fqueue"
    )
    shown = here.browser.get("/queue", follow_redirects=False)
    assert (shown.status_code == 200) is second


# What comes back.


@pytest.mark.attack("S-20")
def test_what_comes_back_was_begun_here_in_this_browser_and_comes_once(
    provider: Provider, office: Made
) -> None:
    person(provider)
    here, elsewhere = office(), office(another=True)
    query = provider.approve(here.begin())
    stolen = dict(query)
    assert elsewhere.end(stolen).status_code == 403, "another browser"
    elsewhere.begin()
    assert elsewhere.end(stolen).status_code == 403, "another browser, on its own way in"
    assert here.end(query).status_code == 303
    here.browser.cookies.delete(SESSION_COOKIE)
    assert here.end(query).status_code == 403, "a second time"
    for wrong in ({}, {"state": "x", "code": "y"}, {"code": query["code"]}, {"error": "denied"}):
        assert here.end(wrong).status_code == 403
    query = provider.approve(here.begin())
    assert here.end(query | {"iss": "https://other.example"}).status_code == 403
    query = provider.approve(here.begin())
    here.begin()
    assert here.end(query).status_code == 403, "begun anew meanwhile"


@pytest.mark.attack("S-20")
def test_a_code_that_the_provider_takes_twice_is_still_good_once(
    provider: Provider, office: Made
) -> None:
    person(provider)
    here = office()
    query = provider.approve(here.begin())
    kept = here.browser.cookies.get(COMPANY_COOKIE)
    assert here.end(query).status_code == 303
    provider.codes[query["code"]] = provider.approved
    here.browser.cookies.clear()
    here.browser.cookies.set(COMPANY_COOKIE, kept, domain="claimwright.local", path="/")
    answer = here.end(query)
    assert answer.status_code == 403
    assert "used already" in answer.text


@pytest.mark.attack("S-22")
def test_who_has_proved_nothing_stores_nothing_and_is_slowed_down(
    provider: Provider, office: Made
) -> None:
    here = office()

    def rows() -> Any:
        with transaction(world.runtime().engine) as connection:
            return connection.execute(text("SELECT count(*) FROM company_sign_in")).scalar()

    before = rows()
    for _ in range(3):
        here.begin()
    answers = [here.end({"state": "x", "code": "y"}).status_code for _ in range(60)]
    assert (answers[0], answers[-1]) == (403, 429)
    assert rows() == before


def test_each_sign_in_has_secrets_of_its_own(provider: Provider, office: Made) -> None:
    here = office()
    queries = [parse_qs(urlsplit(here.begin()).query) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name][0] for one in queries}) == 3
        assert all(len(one[name][0]) >= 43 for one in queries)


@pytest.mark.attack("S-27")
@pytest.mark.parametrize(
    "kept",
    [
        "",
        ".",
        "x",
        "x" * 43,
        "x" * 43 + ".!",
        "x" * 43 + "./w==",
        "x" * 43 + "._w==",
        "ü.ü",
        "x." * 99,
    ],
)
def test_a_cookie_that_is_none_of_ours_begins_nothing(kept: str) -> None:
    found = Begun.of(kept)
    assert found is None or found.back == "/"


def test_the_way_back_is_kept_in_the_browser_and_stays_in_the_house() -> None:
    begun = Begun(secret="s" * 43, back="/queue?stage=held&x=1")
    assert Begun.of(begun.kept) == begun
    away = Begun(secret="s" * 43, back="//elsewhere.example").kept
    assert Begun.of(away) == Begun(secret="s" * 43, back="/")


HOUR = 3600


@pytest.mark.attack("S-20")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT, "another-client"]},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"aud": None},
        {"aud": []},
        {"aud": {CLIENT: 1}},
        {"exp": int(time.time()) - 61},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 1e400},
        {"iat": int(time.time()) - HOUR},
        {"iat": int(time.time()) + HOUR},
        {"iat": None},
        {"nbf": int(time.time()) + HOUR},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 42},
    ],
    ids=lambda claims: f"{next(iter(claims))} {type(next(iter(claims.values()))).__name__}",
)
def test_a_token_that_says_something_wrong_proves_nobody(
    provider: Provider, office: Made, claims: dict[str, Any]
) -> None:
    person(provider, **claims)
    here = office()
    assert here.sign_in().status_code == 403
    assert not is_in(here)


def test_a_clock_that_is_a_little_off_and_two_audiences_are_taken(
    provider: Provider, office: Made
) -> None:
    now = int(time.time())
    for claims in (
        {"exp": now - 20, "iat": now - 300}, {"iat": now + 30},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
    ):  # fmt: skip
        person(provider, **claims)
        assert office().sign_in().status_code == 303


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(provider: Provider, header: dict[str, Any]) -> Callable[[dict[str, str]], str]:
    def token(asked: dict[str, str]) -> str:
        _, claims, _ = provider.id_token(asked["nonce"]).split(".")
        return f"{part(header)}.{claims}."

    return token


def signed_with(provider: Provider, key: Any, algorithm: str, **header: Any) -> Any:
    def token(asked: dict[str, str]) -> str:
        _, claims, _ = provider.id_token(asked["nonce"]).split(".")
        whole = json.loads(base64.urlsafe_b64decode(claims + "=="))
        return jwt.encode({"alg": algorithm} | header, whole, key, algorithms=[algorithm])

    return token


@pytest.mark.attack("S-20")
@pytest.mark.parametrize("case", range(13))
def test_a_token_that_is_not_signed_by_the_providers_key_proves_nobody(
    provider: Provider, office: Made, case: int
) -> None:
    person(provider)
    public = provider.key.as_pem(private=False)
    stranger = RSAKey.generate_key(2048, parameters={"kid": "one"})

    def altered(asked: dict[str, str]) -> str:
        head, claims, signature = provider.id_token(asked["nonce"]).split(".")
        return f"{head}.{claims[:-2]}{'A' if claims[-2] != 'A' else 'B'}{claims[-1]}.{signature}"

    provider.token = (
        unsigned(provider, {"alg": "none"}),
        unsigned(provider, {"alg": "none", "kid": "one"}),
        unsigned(provider, {"alg": "None", "kid": "one"}),
        unsigned(provider, {"alg": "RS256", "kid": "one"}),
        signed_with(provider, OctKey.import_key(SECRET * 2), "HS256", kid="one"),
        # The public key as if it were a shared secret.
        signed_with(provider, OctKey.import_key(base64.b64encode(public)), "HS256", kid="one"),
        signed_with(provider, stranger, "RS256", kid="one"),
        signed_with(provider, stranger, "RS256"),
        signed_with(provider, stranger, "RS256", kid="nobody's"),
        signed_with(provider, stranger, "RS256", kid="one", jwk=stranger.as_dict(private=False)),
        altered,
        lambda _: "no token at all",
        lambda _: None,
    )[case]
    here = office()
    assert here.sign_in().status_code == 403
    assert not is_in(here)


def test_a_header_that_brings_conditions_of_its_own_is_refused(
    provider: Provider, office: Made
) -> None:
    person(provider)
    for extra in ({"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}):
        provider.token = lambda asked, extra=extra: ".".join(
            (part({"alg": "RS256", "kid": "one"} | extra),
             *provider.id_token(asked["nonce"]).split(".")[1:])
        )  # fmt: skip
        assert office().sign_in().status_code == 403


def test_weak_keys_and_keys_for_another_use_are_not_keys(provider: Provider, office: Made) -> None:
    person(provider)
    whole = provider.key.as_dict(private=False)
    for published in (
        [whole | {"use": "enc"}], [{"kty": "oct", "k": "AAAA", "kid": "one"}], [], ["x"], [{}],
        [whole | {"n": whole["n"][:171]}],
    ):  # fmt: skip
        provider.published = published
        assert office().sign_in().status_code == 403


@pytest.mark.control("R19")
def test_a_key_that_changed_is_fetched_once_and_an_unknown_one_not_again_and_again(
    provider: Provider, office: Made
) -> None:
    person(provider)
    here = office()
    assert here.sign_in().status_code == 303
    assert provider.asked.count("/keys") == 1
    provider.rotate()
    assert here.sign_in().status_code == 403, "asked a moment ago"
    here.now = timedelta(minutes=2)
    assert here.sign_in().status_code == 303
    assert provider.asked.count("/keys") == 2
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "three"})
    provider.algorithm, provider.published = "RS256", []
    here.now = timedelta(minutes=4)
    assert [here.sign_in().status_code for _ in range(4)] == [403] * 4
    assert provider.asked.count("/keys") == 3
    assert provider.asked.count("/.well-known/openid-configuration") == 1


# A provider that does not answer as agreed.


@pytest.mark.attack("S-38")
@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://elsewhere.example"},
        {"authorization_endpoint": "https://elsewhere.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"token_endpoint": "https://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
    ids=str,
)
def test_a_provider_cannot_send_us_or_a_person_elsewhere(
    provider: Provider, office: Made, discovery: dict[str, Any]
) -> None:
    provider.discovery = discovery
    answer = office().browser.get("/sign-in/company", follow_redirects=False)
    assert answer.status_code == 503
    assert "location" not in answer.headers
    assert COMPANY_COOKIE not in answer.headers.get("set-cookie", "")


@pytest.mark.attack("S-38")
@pytest.mark.attack("S-39")
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 150_000,
        b'HTTP/1.1 200 OK\r\n\r\n{"issuer":1,"issuer":2,"keys":[],"keys":[]}',
        b"HTTP/1.1 200 OK\r\n\r\nnull",
        b"HTTP/1.1 500 Oh\r\n\r\n{}",
        b"",
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_a_huge_broken_or_leading_answer_lets_nobody_in(
    provider: Provider, office: Made, path: str, raw: bytes
) -> None:
    person(provider)
    provider.raw[path] = raw
    here = office()
    begun = here.browser.get("/sign-in/company", follow_redirects=False)
    if path == "/.well-known/openid-configuration":
        assert begun.status_code == 503
        return
    answer = here.end(provider.approve(begun.headers["location"]))
    assert answer.status_code in (403, 503)
    assert not is_in(here)


def test_without_a_provider_there_is_no_such_way_in(client: TestClient) -> None:
    for path in ("/sign-in/company", "/sign-in/company/return"):
        assert client.get(path, follow_redirects=False).status_code == 404
    assert "/sign-in/company" not in client.get("/sign-in").text


def test_the_door_offers_it_and_only_leads_back_into_the_house(
    provider: Provider, office: Made
) -> None:
    here = office()
    door = here.browser.get("/sign-in?next=/queue").text
    [way] = re.findall(r'href="(/sign-in/company[^"]*)"', door)
    assert unquote(html.unescape(way)) == "/sign-in/company?next=/queue"
    person(provider)
    answer = here.end(provider.approve(here.begin("//elsewhere.example")))
    assert answer.headers["location"] == "/second-factor"


GIVEN = {
    "CLAIMWRIGHT_OIDC_ISSUER": "https://login.example.org",
    "CLAIMWRIGHT_OIDC_CLIENT_ID": CLIENT,
    "CLAIMWRIGHT_ORIGIN": "https://billing.example.org",
    "CLAIMWRIGHT_OIDC_SECOND_FACTOR": "mfa hwk",
}


@pytest.mark.attack("S-31")
def test_the_provider_is_read_from_the_environment_and_its_secret_is_not_printed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o644)
    with pytest.raises(SetupError, match="others may read it"):
        read(GIVEN | {"CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE": str(file)})
    file.chmod(0o600)
    settings = read(GIVEN | {"CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE": str(file)})
    assert settings.company is not None
    assert settings.company.client_secret == SECRET
    assert settings.company.return_address == ("https://billing.example.org/sign-in/company/return")
    assert settings.company.second_factor == {"mfa", "hwk"}
    assert SECRET not in repr(settings)
    assert read(environment(settings)).company == settings.company
    with pytest.raises(SetupError, match="client secret"):
        read(GIVEN)
    with pytest.raises(SetupError, match="cannot be read"):
        read(GIVEN | {"CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "none")})

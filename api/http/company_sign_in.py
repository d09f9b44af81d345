"""Signing in through the company's identity provider."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get

from api.company_identity import Identity, IdentityProvider, NotProvedError
from api.deployment import DeploymentWork
from api.http.answers import in_thread, see_other
from api.http.house import House
from api.http.sessions import (
    NOTHING_HERE,
    PUBLIC,
    SESSION_COOKIE,
    PageRequest,
    cookie,
    digest_of,
    gone,
    house_of,
    new_session_id,
)
from api.http.sign_in import local_path, sign_in_form, way_to_second_factor
from api.http.throttle import network_of, visitor_network
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import ClaimwrightError, ConflictError, NotFoundError
from tenants.ids import new_id
from tenants.staff import Staff
from tenants.store import company_sign_ins as store
from tenants.store import sessions, staff

COMPANY_COOKIE = "__Host-claimwright-company"

_SECRET_SIGNS = 43
_BACK_SIGNS_MAX = 1_000  # a browser keeps cookies of 4 kB

_NOT_BEGUN = "this sign-in was not begun in this browser, or was used already; begin again"
_UNKNOWN = (
    "The company's identity provider knows you, and nobody here does. Ask an administrator to link "
    "your account."
)


@get("/sign-in/company", opt={"access": PUBLIC})
@in_thread
def begin_company_sign_in(request: PageRequest) -> Response[Any]:
    """Send a person to the company's identity provider.

    State, nonce and verifier are made from a secret that the browser keeps: nothing is stored here
    for somebody who has proved nothing.
    """
    provider = _provider(request)
    back = local_path(request.query_params.get("next", "")[:_BACK_SIGNS_MAX])
    begun = Begun(secret=new_session_id(), back=back)
    answer = see_other(
        provider.address(state=begun.state, nonce=begun.nonce, verifier=begun.verifier)
    )
    answer.set_cookie(cookie(COMPANY_COOKIE, begun.kept))
    return answer


@get("/sign-in/company/return", opt={"access": PUBLIC})
@in_thread
def end_company_sign_in(request: PageRequest) -> Response[Any]:
    """A person comes back from the provider: who are they, and is there an account?"""
    house, provider = house_of(request), _provider(request)
    key = _network_key(request.client.host if request.client else "")
    with house.deployment_work(None) as work:
        wait = sessions.slowed(work.connection, key)
    if wait:
        return sign_in_form(house, back="/", status=429, wait=wait)
    try:
        begun, identity = _came_back(request, provider)
        account, second_factor = oidc_sign_in(house, identity)
    except ClaimwrightError as problem:
        with house.deployment_work(None) as work:
            work.record(
                "staff.sign_in_refused",
                {},
                actor=machine("company-sign-in"),
                purpose=Purpose.SECURITY,
                counts={"attempts": 1},
            )
        sentence = f"{problem.message[:1].upper()}{problem.message[1:]}"
        answer = sign_in_form(house, back="/", status=problem.http_status, problem=sentence)
        answer.set_cookie(gone(COMPANY_COOKIE))
        return answer
    session_id = _start(house, account, key, second_factor=second_factor, request=request)
    # Without one seen by the provider, ours is asked for before anything else.
    answer = see_other(begun.back if second_factor else way_to_second_factor(begun.back))
    answer.set_cookie(cookie(SESSION_COOKIE, session_id))
    answer.set_cookie(gone(COMPANY_COOKIE))
    return answer


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that was begun in a browser: its secret, and where the person wanted to go."""

    secret: str
    back: str

    @property
    def kept(self) -> str:
        """The value of the cookie."""
        return f"{self.secret}.{base64.urlsafe_b64encode(self.back.encode()).decode()}"

    @property
    def state(self) -> str:
        """What goes to the provider and comes back through the browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the provider writes into its token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What proves to the provider that who redeems the code is who asked for it (PKCE)."""
        return self._derived("verifier")

    def _derived(self, what: str) -> str:
        made = hmac.digest(self.secret.encode(), f"claimwright company {what}".encode(), "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    @classmethod
    def of(cls, kept: str) -> Begun | None:
        """From the cookie; None for what is none of ours."""
        secret, _, back = kept.partition(".")
        try:
            path = base64.urlsafe_b64decode(back).decode()
        except ValueError:
            return None
        return cls(secret=secret, back=local_path(path)) if len(secret) == _SECRET_SIGNS else None


def oidc_sign_in(house: House, identity: Identity) -> tuple[UUID, bool]:
    """The account an identity opens, and whether the provider saw a second factor.

    By the link an administrator made; else, where the setting allows, by an e-mail address that the
    provider verified, which links it from now on. Only people of the company come in this way.
    ``NotProvedError`` when there is no such account.
    """
    with house.deployment_work(None) as work:
        account = store.account_of(
            work.connection, issuer=identity.issuer, subject=identity.subject
        ) or _linked_by_email(house, work, identity)
    if account is None or account.role.is_client:
        raise NotProvedError(_UNKNOWN)
    return account.id, identity.has_second_factor


def _linked_by_email(house: House, work: DeploymentWork, identity: Identity) -> Staff | None:
    assert house.company is not None, "the route is there"
    if not (house.company.given.link_by_email and identity.email):
        return None
    found = staff.with_hash(work.connection, identity.email)
    if found is None or found[0].role.is_client:
        return None
    try:
        store.link(
            work.connection,
            issuer=identity.issuer,
            subject=identity.subject,
            staff_id=found[0].id,
        )
    except ConflictError:
        # The address belongs to an account that another identity opens: no second way in.
        return None
    work.record(
        "staff.identity_linked",
        {ObjectType.STAFF: (found[0].id,)},
        actor=machine("company-sign-in"),
        purpose=Purpose.SECURITY,
    )
    return found[0]


def _came_back(request: PageRequest, provider: IdentityProvider) -> tuple[Begun, Identity]:
    given = request.query_params
    begun = Begun.of(request.cookies.get(COMPANY_COOKIE, ""))
    code, state = given.get("code", ""), given.get("state", "")
    # RFC 9207: a provider that says who it is must be the one that was asked.
    asked = given.get("iss", provider.given.issuer) == provider.given.issuer
    if begun is None or not code or not asked:
        raise NotProvedError(_NOT_BEGUN)
    if not hmac.compare_digest(begun.state.encode(), state.encode()):
        raise NotProvedError(_NOT_BEGUN)
    identity = provider.redeem(code=code, verifier=begun.verifier, nonce=begun.nonce)
    with house_of(request).deployment_work(None) as work:
        if not store.use_up(work.connection, digest_of(begun.state)):
            raise NotProvedError(_NOT_BEGUN)
    return begun, identity


def _network_key(host: str) -> bytes:
    return hashlib.sha256(b"company\0" + network_of(host).encode()).digest()


def _start(
    house: House, person: UUID, key: bytes, *, second_factor: bool, request: PageRequest
) -> str:
    session_id, public_id = new_session_id(), new_id()
    with house.deployment_work(person) as work:
        sessions.succeeded(work.connection, account_key=key, network_key=key)
        if request.auth is not None:
            sessions.end(work.connection, digest_of(request.auth))
        sessions.start(
            work.connection,
            digest=digest_of(session_id),
            session_id=public_id,
            staff_id=person,
            assurance=sessions.TWO_FACTORS if second_factor else sessions.PASSWORD,
            network=visitor_network(request),
        )
        work.record(
            "staff.signed_in_by_company",
            {ObjectType.STAFF: (person,), ObjectType.SESSION: (public_id,)},
            actor=Actor(kind=ActorKind.PERSON, id=person),
            purpose=Purpose.SECURITY,
            counts={"second_factor": int(second_factor)},
        )
    return session_id


def _provider(request: PageRequest) -> IdentityProvider:
    found = house_of(request).company
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    return found

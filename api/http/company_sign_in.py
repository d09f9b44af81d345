"""Signing in through the company's identity provider."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get

from api.company_identity import Identity, IdentityProvider, NotProvedError
from api.http.answers import in_thread, see_other
from api.http.house import DeploymentWork, House
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
from api.http.sign_in import local_path, sign_in_form
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import ClaimwrightError, ConflictError, NotFoundError
from tenants.ids import new_id
from tenants.staff import Staff
from tenants.store import company_sign_ins as store
from tenants.store import sessions, staff

COMPANY_COOKIE = "__Host-claimwright-company"

_UNKNOWN = (
    "The company's identity provider knows you, and nobody here does. Ask an administrator to link "
    "your account."
)


@get("/sign-in/company", opt={"access": PUBLIC})
@in_thread
def begin_company_sign_in(request: PageRequest) -> Response[Any]:
    """Send a person to the company's identity provider."""
    house, provider = house_of(request), _provider(request)
    state, browser = new_session_id(), new_session_id()
    begun = store.Begun(
        nonce=new_session_id(),
        verifier=new_session_id(),
        back=local_path(request.query_params.get("next", "")),
    )
    address = provider.address(state=state, nonce=begun.nonce, verifier=begun.verifier)
    with house.deployment_work(None) as work:
        store.begin(
            work.connection,
            state_sha256=digest_of(state),
            browser_sha256=digest_of(browser),
            begun=begun,
        )
    answer = see_other(address)
    answer.set_cookie(cookie(COMPANY_COOKIE, browser))
    return answer


@get("/sign-in/company/return", opt={"access": PUBLIC})
@in_thread
def end_company_sign_in(request: PageRequest) -> Response[Any]:
    """A person comes back from the provider: who are they, and is there an account?"""
    house, provider = house_of(request), _provider(request)
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
    session_id = _start(house, account, second_factor=second_factor, old=request.auth)
    answer = see_other(begun.back)
    answer.set_cookie(cookie(SESSION_COOKIE, session_id))
    answer.set_cookie(gone(COMPANY_COOKIE))
    return answer


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


def _came_back(request: PageRequest, provider: IdentityProvider) -> tuple[store.Begun, Identity]:
    given = request.query_params
    state, code = given.get("state", ""), given.get("code", "")
    browser = request.cookies.get(COMPANY_COOKIE, "")
    with house_of(request).deployment_work(None) as work:
        begun = store.use_up(
            work.connection, state_sha256=digest_of(state), browser_sha256=digest_of(browser)
        )
    # RFC 9207: a provider that says who it is must be the one that was asked.
    if (
        begun is None
        or not code
        or given.get("iss", provider.given.issuer) != (provider.given.issuer)
    ):
        raise NotProvedError("this sign-in was not begun here, took too long, or was used already")
    return begun, provider.redeem(code=code, verifier=begun.verifier, nonce=begun.nonce)


def _start(house: House, person: UUID, *, second_factor: bool, old: str | None) -> str:
    session_id, public_id = new_session_id(), new_id()
    with house.deployment_work(person) as work:
        if old is not None:
            sessions.end(work.connection, digest_of(old))
        sessions.start(
            work.connection, digest=digest_of(session_id), session_id=public_id, staff_id=person
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

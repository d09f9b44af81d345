"""Signing in and out: the password and then the second factor, or a security key alone.

A security key that checked its user (PIN, finger, face) is two factors in one.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from litestar import MediaType, Response, get, post

from api.deployment import DeploymentWork
from api.http.answers import in_thread, json_answer, see_other
from api.http.forms import Form
from api.http.house import House
from api.http.proof import key_answer, use_key
from api.http.refusals import FLOOD
from api.http.security import form_token
from api.http.sessions import (
    ANYBODY,
    PUBLIC,
    SESSION_COOKIE,
    SIGN_IN_COOKIE,
    PageRequest,
    cookie,
    digest_of,
    form_of,
    gone,
    house_of,
    new_session_id,
    visitor,
)
from api.http.throttle import throttle_keys, visitor_network
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import NotFoundError
from tenants import security_keys
from tenants.ids import new_id
from tenants.staff import PASSWORD_CHARACTERS_MAX, hash_is_old, password_hash, password_matches
from tenants.store import factors, sessions, staff
from tenants.store.factors import Use
from tenants.store.sessions import TWO_FACTORS

_WRONG = "E-mail address and password do not belong together. Check both and try again."
_WRONG_KEY = "This security key opens no account here. Sign in with your password."


@get("/sign-in", opt={"access": PUBLIC})
@in_thread
def sign_in_page(request: PageRequest) -> Response[Any]:
    """The form to sign in; who is signed in already goes on."""
    back = local_path(request.query_params.get("next", ""))
    if request.user is not None:
        return see_other(back)
    return sign_in_form(house_of(request), back=back)


@post("/sign-in", opt={"access": PUBLIC})
async def sign_in(request: PageRequest) -> Response[Any]:
    """Check the password in the bounded pool; a new session id, whatever cookie came along."""
    house = house_of(request)
    with house.place_in_line():
        return await to_thread.run_sync(
            _sign_in,
            house,
            form_of(request),
            visitor_network(request),
            request.auth,
            limiter=house.passwords,
        )


def _sign_in(house: House, form: Form, network: str, old: str | None) -> Response[Any]:
    email = form.text("email").lower()
    password = form.raw("password")[:PASSWORD_CHARACTERS_MAX]
    back = local_path(form.text("next"))
    keys = throttle_keys(email, network)
    with house.deployment_work(None) as work:
        wait = sessions.attempt(work.connection, **keys)
        found = None if wait else staff.with_hash(work.connection, email)
    if wait:
        if attempts := FLOOD.attempts(f"sign-in {network}", time.monotonic()):
            with house.deployment_work(None) as work:
                _record_refusal(work, {}, attempts)
        return sign_in_form(house, back=back, email=email, status=429, wait=wait)
    person, stored = found or (None, None)
    if not password_matches(stored, password) or person is None or stored is None:
        with house.deployment_work(None) as work:
            _record_refusal(work, {ObjectType.STAFF: (person.id,)} if person else {})
        return sign_in_form(house, back=back, email=email, status=401, problem=_WRONG)
    renewed = password_hash(password) if hash_is_old(stored) else None
    session_id, public_id = new_session_id(), new_id()
    with house.deployment_work(person.id) as work:
        sessions.succeeded(work.connection, **keys)
        if old is not None:
            sessions.end(work.connection, digest_of(old))
        sessions.start(
            work.connection,
            digest=digest_of(session_id),
            session_id=public_id,
            staff_id=person.id,
            network=network,
        )
        if renewed is not None:
            staff.set_password_hash(work.connection, person.id, renewed)
        about = {ObjectType.STAFF: (person.id,), ObjectType.SESSION: (public_id,)}
        work.record("staff.password_given", about, purpose=Purpose.SECURITY)
    return _let_in(session_id, way_to_second_factor(back))


def way_to_second_factor(back: str) -> str:
    """Where the second factor is asked for, on the way to ``back``."""
    return "/second-factor" + ("" if back == "/" else f"?next={quote(back, safe='')}")


def _let_in(session_id: str, way: str) -> Response[Any]:
    answer = see_other(way)
    answer.set_cookie(cookie(SESSION_COOKIE, session_id))
    answer.set_cookie(gone(SIGN_IN_COOKIE))
    return answer


@post("/sign-in/challenge", opt={"access": PUBLIC})
@in_thread
def sign_in_challenge(request: PageRequest) -> Response[Any]:
    """What the browser asks any security key that knows this site; it names nobody."""
    house = house_of(request)
    asked = security_keys.ask_for_proof(house.site)
    with house.deployment_work(None) as work:
        factors.give_challenge(
            work.connection, holder=_holder(request), use=Use.PROVE, challenge=asked.challenge
        )
    return json_answer(asked.options)


@post("/sign-in/key", opt={"access": PUBLIC})
@in_thread
def sign_in_by_key(request: PageRequest) -> Response[Any]:
    """Sign in with a security key that checked its user; the key says who is there."""
    house, form = house_of(request), form_of(request)
    back, network = local_path(form.text("next")), visitor_network(request)
    session_id, public_id = new_session_id(), new_id()
    with house.deployment_work(None) as work:
        challenge = factors.take_challenge(work.connection, holder=_holder(request), use=Use.PROVE)
        key = use_key(house, work, challenge, key_answer(form))
        if key is None:
            _record_refusal(work, {})
        else:
            if request.auth is not None:
                sessions.end(work.connection, digest_of(request.auth))
            sessions.start(
                work.connection,
                digest=digest_of(session_id),
                session_id=public_id,
                staff_id=key.staff_id,
                assurance=TWO_FACTORS,
                network=network,
            )
            about = {
                ObjectType.STAFF: (key.staff_id,),
                ObjectType.SESSION: (public_id,),
                ObjectType.FACTOR: (key.id,),
            }
            actor = Actor(kind=ActorKind.PERSON, id=key.staff_id)
            work.record("staff.signed_in", about, actor=actor, purpose=Purpose.SECURITY)
    if key is None:
        return sign_in_form(house, back=back, status=401, problem=_WRONG_KEY)
    return _let_in(session_id, back)


def _holder(request: PageRequest) -> bytes:
    """Whom a challenge before sign-in is given to: the holder of this sign-in form."""
    held = request.cookies.get(SIGN_IN_COOKIE)
    if held is None:
        raise NotFoundError("open the sign-in page again and start from there")
    return digest_of(held)


def _record_refusal(
    work: DeploymentWork, about: dict[ObjectType, tuple[UUID, ...]], attempts: int = 1
) -> None:
    work.record(
        "staff.sign_in_refused",
        about,
        actor=machine("sign-in"),
        purpose=Purpose.SECURITY,
        counts={"attempts": attempts},
    )


@post("/sign-out", opt={"access": ANYBODY, "before_factor": True})
@in_thread
def sign_out(request: PageRequest) -> Response[Any]:
    """End the session, and have the browser forget what it kept of our pages."""
    who = visitor(request)
    assert request.auth is not None, "the route is not public"
    with house_of(request).deployment_work(who.staff.id) as work:
        sessions.end(work.connection, digest_of(request.auth))
        work.record(
            "staff.signed_out",
            {ObjectType.STAFF: (who.staff.id,), ObjectType.SESSION: (who.session_id,)},
            purpose=Purpose.SECURITY,
        )
    answer = see_other("/sign-in")
    answer.set_cookie(gone(SESSION_COOKIE))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


def sign_in_form(
    house: House,
    *,
    back: str,
    email: str = "",
    status: int = 200,
    problem: str = "",
    wait: int = 0,
) -> Response[Any]:
    """The page to sign in, with what was wrong."""
    secret = new_session_id()
    if wait:
        problem = (
            f"Too many attempts for this address from here. Wait {wait} seconds, then try again."
        )
    page = house.pages.render(
        "sign_in.html",
        token=form_token(secret),
        back=back,
        email=email,
        problem=problem,
        company=house.company is not None,
    )
    answer = Response(content=page, media_type=MediaType.HTML, status_code=status)
    answer.set_cookie(cookie(SIGN_IN_COOKIE, secret))
    if wait:
        answer.headers["retry-after"] = str(wait)
    return answer


def local_path(path: str) -> str:
    """``path`` if it is one of ours, else the front page: no way out to a stranger's site."""
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if ours and path.isascii() and "\\" not in path else "/"

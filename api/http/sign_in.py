"""Signing in and out."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any
from uuid import UUID

from anyio import to_thread
from litestar import MediaType, Response, get, post

from api.http.answers import in_thread, see_other
from api.http.forms import Form
from api.http.house import PASSWORDS_WAITING_MAX, House
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
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import UnavailableError
from tenants.ids import new_id
from tenants.staff import PASSWORD_CHARACTERS_MAX, hash_is_old, password_hash, password_matches
from tenants.store import sessions, staff

_WRONG = "E-mail address and password do not belong together. Check both and try again."


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
    house, form = house_of(request), form_of(request)
    if house.passwords.statistics().tasks_waiting > PASSWORDS_WAITING_MAX:
        raise UnavailableError("too many people are signing in just now; try again in a minute")
    host = request.client.host if request.client else ""
    return await to_thread.run_sync(
        _sign_in, house, form, network_of(host), request.auth, limiter=house.passwords
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
        return sign_in_form(house, back=back, email=email, status=429, wait=wait)
    person, stored = found or (None, None)
    if not password_matches(stored, password) or person is None or stored is None:
        with house.deployment_work(None) as work:
            about = {ObjectType.STAFF: (person.id,)} if person else {}
            work.record(
                "staff.sign_in_refused",
                about,
                actor=machine("sign-in"),
                purpose=Purpose.SECURITY,
                counts={"attempts": 1},
            )
        return sign_in_form(house, back=back, email=email, status=401, problem=_WRONG)
    fresh = password_hash(password) if hash_is_old(stored) else None
    session_id = _start(house, person.id, keys, fresh=fresh, old=old)
    answer = see_other(back)
    answer.set_cookie(cookie(SESSION_COOKIE, session_id))
    answer.set_cookie(gone(SIGN_IN_COOKIE))
    return answer


def _start(
    house: House, person: UUID, keys: dict[str, bytes], *, fresh: str | None, old: str | None
) -> str:
    session_id, public_id = new_session_id(), new_id()
    with house.deployment_work(person) as work:
        sessions.succeeded(work.connection, **keys)
        if old is not None:
            sessions.end(work.connection, digest_of(old))
        sessions.start(
            work.connection, digest=digest_of(session_id), session_id=public_id, staff_id=person
        )
        if fresh is not None:
            staff.set_password_hash(work.connection, person, fresh)
        work.record(
            "staff.signed_in",
            {ObjectType.STAFF: (person,), ObjectType.SESSION: (public_id,)},
            actor=Actor(kind=ActorKind.PERSON, id=person),
            purpose=Purpose.SECURITY,
        )
    return session_id


@post("/sign-out", opt={"access": ANYBODY})
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


def network_of(host: str) -> str:
    """The network an address belongs to: /24 of IPv4, /56 of IPv6; headers are never asked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "local"
    length = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def throttle_keys(email: str, network: str) -> dict[str, bytes]:
    """What attempts are counted by: this account from this network, and the network."""
    return {
        "account_key": _key("account", email, network),
        "network_key": _key("network", network),
    }


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


def local_path(path: str) -> str:
    """``path`` if it is one of ours, else the front page: no way out to a stranger's site."""
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if ours and path.isascii() and "\\" not in path else "/"

"""One's own password."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.forms import FieldError, Form
from api.http.sessions import (
    ANYBODY,
    SESSION_COOKIE,
    PageRequest,
    cookie,
    digest_of,
    form_of,
    house_of,
    new_session_id,
    visitor,
)
from api.http.throttle import TooManyAttemptsError, throttle_keys, visitor_network
from audit.event import ObjectType, Purpose
from core.errors import InputError
from tenants.staff import (
    PASSWORD_CHARACTERS_MAX,
    check_new_password,
    password_hash,
    password_matches,
)
from tenants.store import sessions, staff


@get("/password", opt={"access": ANYBODY})
@in_thread
def password_page(request: PageRequest) -> Response[Any]:
    """The form for a new password."""
    return form_page(request, "own_password.html", None, None, here="security")


@post("/password", opt={"access": ANYBODY})
async def change_password(request: PageRequest) -> Response[Any]:
    """A new password for who knows the old one; every other session of theirs ends."""
    return await to_thread.run_sync(
        _change,
        request,
        form_of(request),
        visitor_network(request),
        limiter=house_of(request).passwords,
    )


def _change(request: PageRequest, form: Form, network: str) -> Response[Any]:
    try:
        session_id = _checked_change(request, form, network)
    except (InputError, TooManyAttemptsError) as problem:
        return form_page(request, "own_password.html", None, problem, here="security")
    answer = see_other("/")
    answer.set_cookie(cookie(SESSION_COOKIE, session_id))
    return answer


def _checked_change(request: PageRequest, form: Form, network: str) -> str:
    house, who = house_of(request), visitor(request).staff
    keys = throttle_keys(who.email, network)
    with house.deployment_work(who.id) as work:
        wait = sessions.attempt(work.connection, **keys)
        found = None if wait else staff.with_hash(work.connection, who.email)
    if wait:
        raise TooManyAttemptsError(wait)
    stored = found[1] if found else None
    if not password_matches(stored, form.raw("current")[:PASSWORD_CHARACTERS_MAX]):
        raise FieldError("current", "this is not your present password")
    fresh = form.raw("fresh")
    if fresh != form.raw("again"):
        raise FieldError("again", "the new password was not typed the same twice")
    company = house.runtime.settings.sender_name
    check_new_password(fresh, email=who.email, name=who.name, company=company)
    hashed = password_hash(fresh)
    session_id = new_session_id()
    with house.deployment_work(who.id) as work:
        sessions.succeeded(work.connection, **keys)
        staff.set_password_hash(work.connection, who.id, hashed)
        sessions.end_all_of(work.connection, who.id, but=visitor(request).session_id)
        # The session goes on as it was proven, under a new id: a password proves no more than that.
        assert request.auth is not None, "the route is not public"
        sessions.renew(work.connection, digest_of(request.auth), digest_of(session_id))
        about = {ObjectType.STAFF: (who.id,)}
        work.record("staff.password_changed", about, purpose=Purpose.SECURITY)
    return session_id

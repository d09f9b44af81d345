"""Setting a password with a code that an administrator handed out.

The code stands in the fragment of the link, which a browser sends to nobody: it is in no log, no
``Referer`` and no query. Our script puts it into the form; without script it is typed.
"""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import MediaType, Response, get, post

from api.http.answers import in_thread, see_other
from api.http.forms import FieldError
from api.http.house import House
from api.http.security import form_token
from api.http.sessions import (
    PUBLIC,
    SIGN_IN_COOKIE,
    PageRequest,
    cookie,
    form_of,
    house_of,
    new_session_id,
)
from api.http.throttle import TooManyAttemptsError, reset_keys, visitor_network
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import ClaimwrightError, ForbiddenError, InputError
from tenants.codes import code_digest
from tenants.session import deployment_transaction
from tenants.staff import Staff, check_new_password, password_hash
from tenants.store import factors, sessions, staff

_WRONG = "this code is wrong, was used, or is older than 10 minutes; ask for a new one"


@get("/reset", opt={"access": PUBLIC})
@in_thread
def reset_page(request: PageRequest) -> Response[Any]:
    """The form for a code and a new password."""
    return _form(house_of(request))


@post("/reset", opt={"access": PUBLIC})
async def set_password(request: PageRequest) -> Response[Any]:
    """Set the password of whoever the code was made for; it signs nobody in."""
    house = house_of(request)
    with house.place_in_line():
        return await to_thread.run_sync(_set, request, limiter=house.passwords)


def _set(request: PageRequest) -> Response[Any]:
    house = house_of(request)
    try:
        _checked(request)
    except (InputError, ForbiddenError, TooManyAttemptsError) as problem:
        return _form(house, problem)
    return see_other("/sign-in")


def _checked(request: PageRequest) -> None:
    house, form = house_of(request), form_of(request)
    digest = code_digest(form.text("code"))
    keys = reset_keys(digest, visitor_network(request))
    with house.deployment_work(None) as work:
        wait = sessions.attempt(work.connection, **keys)
    if wait:
        raise TooManyAttemptsError(wait)
    person = _holder(house, digest)
    if person is None:
        with house.deployment_work(None) as work:
            actor = machine("sign-in")
            work.record(
                "staff.reset_refused",
                {},
                actor=actor,
                purpose=Purpose.SECURITY,
                counts={"attempts": 1},
            )
        raise ForbiddenError(_WRONG)
    fresh = form.raw("fresh")
    if fresh != form.raw("again"):
        raise FieldError("again", "the new password was not typed the same twice")
    company = house.runtime.settings.sender_name
    check_new_password(fresh, email=person.email, name=person.name, company=company)
    hashed = password_hash(fresh)
    with house.deployment_work(person.id) as work:
        # Spent here, with the password: of two that hold the code the second one gets nothing.
        if factors.use_reset(work.connection, digest) != person.id:
            raise ForbiddenError(_WRONG)
        sessions.succeeded(work.connection, **keys)
        staff.set_password_hash(work.connection, person.id, hashed)
        sessions.end_all_of(work.connection, person.id)
        actor = Actor(kind=ActorKind.PERSON, id=person.id)
        about = {ObjectType.STAFF: (person.id,)}
        work.record("staff.reset_used", about, actor=actor, purpose=Purpose.SECURITY)


def _holder(house: House, digest: bytes) -> Staff | None:
    with deployment_transaction(house.runtime.engine) as connection:
        found = factors.reset_holder(connection, digest)
        return None if found is None else staff.by_id(connection, found)


def _form(house: House, problem: ClaimwrightError | None = None) -> Response[Any]:
    secret = new_session_id()
    content = house.pages.render(
        "reset.html",
        token=form_token(secret),
        problem="" if problem is None else problem.message,
        wrong=problem.field if isinstance(problem, FieldError) else "",
    )
    status = 200 if problem is None else problem.http_status
    answer = Response(content=content, media_type=MediaType.HTML, status_code=status)
    answer.set_cookie(cookie(SIGN_IN_COOKIE, secret))
    if isinstance(problem, TooManyAttemptsError):
        answer.headers["retry-after"] = str(problem.wait_seconds)
    return answer

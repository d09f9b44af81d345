"""One's own sign-in: factors, recovery codes, and where one is signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.deployment import DeploymentWork
from api.http.answers import in_thread, page, see_other
from api.http.enrol import give_recovery_codes, show_recovery_codes
from api.http.sessions import (
    ANYBODY,
    NOTHING_HERE,
    SESSION_COOKIE,
    PageRequest,
    gone,
    house_of,
    visitor,
)
from audit.event import ObjectType, Purpose
from core.errors import ClaimwrightError, ConflictError, NotFoundError
from tenants.session import deployment_transaction
from tenants.store import factors, sessions, staff

_LAST = "this is your only second factor; add another before you take it away"


@get("/security", opt={"access": ANYBODY})
@in_thread
def security_page(request: PageRequest) -> Response[Any]:
    """What one signs in with, and where one is signed in."""
    return _security(request)


def _security(request: PageRequest, problem: ClaimwrightError | None = None) -> Response[Any]:
    who = visitor(request)
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        mine = factors.of_person(connection, who.staff.id)
        open_sessions = sessions.of_person(connection, who.staff.id)
    return page(
        request,
        "security.html",
        status=200 if problem is None else problem.http_status,
        here="security",
        factors=mine,
        sessions=open_sessions,
        this_session=who.session_id,
        recovered=request.query_params.get("recovered") == "1",
        problem="" if problem is None else problem.message,
    )


@post("/security/app/remove", opt={"access": ANYBODY, "step_up": True})
@in_thread
def remove_app(request: PageRequest) -> Response[Any]:
    """Take the authenticator app away; every other session of this person ends."""
    who = visitor(request)
    try:
        with house_of(request).deployment_work(who.staff.id) as work:
            _keep_one(work, who.staff.id)
            removed = factors.remove_app(work.connection, who.staff.id)
            if removed is None:
                raise NotFoundError(NOTHING_HERE)
            _removed(work, request, removed)
    except ConflictError as problem:
        return _security(request, problem)
    return see_other("/security")


@post("/security/keys/{key_id:uuid}/remove", opt={"access": ANYBODY, "step_up": True})
@in_thread
def remove_key(request: PageRequest) -> Response[Any]:
    """Take a security key away; every other session of this person ends."""
    who, key_id = visitor(request), request.path_params["key_id"]
    try:
        with house_of(request).deployment_work(who.staff.id) as work:
            _keep_one(work, who.staff.id)
            if not factors.remove_key(work.connection, who.staff.id, key_id):
                raise NotFoundError(NOTHING_HERE)
            _removed(work, request, key_id)
    except ConflictError as problem:
        return _security(request, problem)
    return see_other("/security")


def _keep_one(work: DeploymentWork, staff_id: UUID) -> None:
    # Held until the end: of two factors taken away at once one stays.
    staff.lock(work.connection, staff_id)
    mine = factors.of_person(work.connection, staff_id)
    if len(mine.keys) + (mine.app_since is not None) <= 1:
        raise ConflictError(_LAST)


def _removed(work: DeploymentWork, request: PageRequest, factor_id: UUID) -> None:
    who = visitor(request)
    about = {ObjectType.STAFF: (who.staff.id,), ObjectType.FACTOR: (factor_id,)}
    work.record("factor.removed", about, purpose=Purpose.SECURITY)
    sessions.end_all_of(work.connection, who.staff.id, but=who.session_id)


@post("/security/recovery", opt={"access": ANYBODY, "step_up": True})
@in_thread
def renew_recovery_codes(request: PageRequest) -> Response[Any]:
    """Ten new recovery codes; the ones before are worthless."""
    with house_of(request).deployment_work(visitor(request).staff.id) as work:
        codes = give_recovery_codes(work, request)
    return show_recovery_codes(request, codes)


@post("/security/sessions/{session_id:uuid}/end", opt={"access": ANYBODY})
@in_thread
def end_session(request: PageRequest) -> Response[Any]:
    """End one of one's own sessions."""
    who, session_id = visitor(request).staff, request.path_params["session_id"]
    with house_of(request).deployment_work(who.id) as work:
        if not sessions.end_one_of(work.connection, who.id, session_id):
            raise NotFoundError(NOTHING_HERE)
        about = {ObjectType.STAFF: (who.id,), ObjectType.SESSION: (session_id,)}
        work.record("staff.sessions_ended", about, purpose=Purpose.SECURITY, counts={"sessions": 1})
    return see_other("/security")


@post("/security/sign-out-everywhere", opt={"access": ANYBODY})
@in_thread
def sign_out_everywhere(request: PageRequest) -> Response[Any]:
    """End every session of this person, this one too."""
    who = visitor(request).staff
    with house_of(request).deployment_work(who.id) as work:
        ended = sessions.end_all_of(work.connection, who.id)
        work.record(
            "staff.sessions_ended",
            {ObjectType.STAFF: (who.id,)},
            purpose=Purpose.SECURITY,
            counts={"sessions": ended},
        )
    answer = see_other("/sign-in")
    answer.set_cookie(gone(SESSION_COOKIE))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer

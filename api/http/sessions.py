"""Who is signed in: the cookie, the session behind it, and the guard before every route.

An id is 256 random bits made here at sign-in; one that we did not make is nobody's. The database
keeps its SHA-256. See docs/decisions/0006.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from anyio import fail_after, to_thread
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from api.http.forms import Form
from api.http.house import House
from api.http.security import SAFE_METHODS, check_origin, check_token, form_token
from core.errors import ClaimwrightError, ForbiddenError, NotFoundError
from core.ports import Practice
from tenants.session import transaction
from tenants.staff import Right
from tenants.store import sessions as store
from tenants.store.sessions import SignedIn

SESSION_COOKIE = "__Host-claimwright"
SIGN_IN_COOKIE = "__Host-claimwright-form"

PUBLIC = "public"
"""The ``access`` of a route that needs no session."""

ANYBODY = "anybody"
"""The ``access`` of a route for everybody who is signed in."""

_FORM_SECONDS = 20
"""For a form without a file; a browser sends one at once."""

_ID = re.compile(r"[A-Za-z0-9_-]{43}\Z", re.ASCII)

PageRequest = Request[SignedIn | None, str | None, State]


class NotSignedInError(ClaimwrightError):
    """There is no session, or it has ended."""

    code = "not-signed-in"
    http_status = 401


class TooSlowError(ClaimwrightError):
    """A form did not come in the time it has."""

    code = "too-slow"
    http_status = 408


def new_session_id() -> str:
    """256 bits, in 43 characters."""
    return secrets.token_urlsafe(32)


def digest_of(session_id: str) -> bytes:
    """What the database keeps of an id."""
    return hashlib.sha256(session_id.encode()).digest()


def cookie(name: str, value: str) -> Cookie:
    """A cookie for this host alone, kept by the browser until it closes.

    Browsers treat ``http://localhost`` as secure enough for ``Secure`` and ``__Host-``.
    """
    return Cookie(key=name, value=value, path="/", secure=True, httponly=True, samesite="lax")


def gone(name: str) -> Cookie:
    """The cookie that removes ``name``."""
    return Cookie(
        key=name, value="", path="/", secure=True, httponly=True, samesite="lax", max_age=0
    )


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Puts the live session, or None, into ``request.user`` and its id into ``request.auth``."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        session_id = connection.cookies.get(SESSION_COOKIE, "")
        if not _ID.match(session_id):
            return AuthenticationResult(user=None, auth=None)
        found = await to_thread.run_sync(_find, house_of(connection), session_id)
        return AuthenticationResult(user=found, auth=session_id if found else None)


def _find(house: House, session_id: str) -> SignedIn | None:
    with transaction(house.runtime.engine) as connection:
        return store.find(connection, digest_of(session_id))


async def check_access(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """The guard of every route: a session, the right the route asks for, an assigned practice."""
    access = handler.opt["access"]
    if access == PUBLIC:
        return
    if connection.user is None:
        raise NotSignedInError("sign in to go on; a session ends after a quarter of an hour unused")
    if access != ANYBODY and not connection.user.staff.may(access):
        raise ForbiddenError("your role does not include this; ask an administrator")
    # Here, for every route at once: a practice in the address is one of the visitor's own.
    slug = connection.path_params.get("slug")
    if slug is not None and connection.user.practice(slug) is None:
        raise NotFoundError(NOTHING_HERE)


async def check_form(request: PageRequest) -> None:
    """Before a handler that may change something: the form is ours, and its fields are read.

    A route that ``reads_own_form`` (one with a file) asks for the token itself, in the same words.
    """
    if request.method in SAFE_METHODS:
        return
    check_origin(request.headers)
    if request.route_handler.opt.get("reads_own_form"):
        return
    try:
        with fail_after(_FORM_SECONDS):
            form = Form(await request.form())
    except TimeoutError:
        raise TooSlowError("this form came too slowly and was not taken; try again") from None
    check_token(request.auth or request.cookies.get(SIGN_IN_COOKIE), form.text("token"))
    request.state["form"] = form


def form_of(request: PageRequest) -> Form:
    """The fields of the form that was sent."""
    found = request.state["form"]
    assert isinstance(found, Form), "check_form ran"
    return found


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The installation this app serves."""
    found = connection.app.state["house"]
    assert isinstance(found, House), "create_app put it there"
    return found


def visitor(request: PageRequest) -> SignedIn:
    """Who is signed in; the guard has seen to it that somebody is."""
    assert request.user is not None, "the route is not public"
    return request.user


def token_of(request: PageRequest) -> str:
    """The token that forms of this session carry."""
    assert request.auth is not None, "the route is not public"
    return form_token(request.auth)


def practice_of(request: PageRequest, slug: str) -> Practice:
    """The practice of this short name, if the visitor is assigned to it.

    ``NotFoundError`` otherwise, the same whether there is such a practice or not.
    """
    found = visitor(request).practice(slug)
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    return found


def may(request: PageRequest, right: Right) -> bool:
    """Whether the visitor has the right."""
    return visitor(request).staff.may(right)


NOTHING_HERE = "there is nothing here, or it is not yours to see"
"""One sentence for what does not exist and for what belongs to somebody else."""

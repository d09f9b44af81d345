"""Who is signed in: the cookie, the session behind it, and the guard before every route.

An id is 256 random bits made here at sign-in; one that we did not make is nobody's. The database
keeps its SHA-256. See docs/decisions/0006 and 0020.

Beside ``access`` a route may say, in its ``opt``:

- ``before_factor``: reached between the password and the second factor;
- ``enrols``: adds a factor: reached by the password alone only by who has no factor yet;
- ``step_up``: reached only within five minutes after a factor was shown.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import msgspec
from anyio import fail_after, to_thread
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from api.http.forms import Form
from api.http.house import House
from api.http.refusals import note_refusal
from api.http.security import SAFE_METHODS, check_origin, check_token, form_token
from core.errors import ClaimwrightError, ForbiddenError, NotFoundError
from core.ports import Practice
from tenants.programs import TokenScope
from tenants.session import deployment_transaction
from tenants.staff import Right, Role
from tenants.store import sessions as store
from tenants.store.sessions import TWO_FACTORS, SignedIn

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


class WrongHostError(ClaimwrightError):
    """The request is for a host that is not ours."""

    code = "wrong-host"
    http_status = 421


class ProofNeededError(ClaimwrightError):
    """The session is not proven far enough; ``page`` is where to prove it."""

    code = "proof-needed"
    http_status = 401

    def __init__(self, message: str, page: str) -> None:
        super().__init__(message)
        self.page = page


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
        _check_host(connection)
        session_id = connection.cookies.get(SESSION_COOKIE, "")
        is_page = not isinstance(connection.route_handler.opt.get("access"), TokenScope)
        if not is_page or not _ID.match(session_id):
            return AuthenticationResult(user=None, auth=None)
        found = await to_thread.run_sync(_find, house_of(connection), session_id)
        return AuthenticationResult(user=found, auth=session_id if found else None)


def _check_host(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """``WrongHostError`` for a request to another host than ours.

    What a proxy says in ``X-Forwarded-Host`` is never read: links are made from the setting.
    """
    ours = house_of(connection).site
    if connection.headers.get("host", "").lower() != ours.host and not (
        connection.scope["route_handler"].opt.get("any_host")
    ):
        raise WrongHostError(f"the pages are at {ours.origin}; open them there")


def _find(house: House, session_id: str) -> SignedIn | None:
    with deployment_transaction(house.runtime.engine) as connection:
        return store.find(connection, digest_of(session_id))


async def check_access(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """The guard of every route: a session, the right the route asks for, an assigned practice."""
    try:
        _check_access(connection, handler)
    except ClaimwrightError as error:
        await note_refusal(connection, error)
        raise


def _check_access(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    access = handler.opt["access"]
    if access == PUBLIC:
        return
    if connection.user is None:
        raise NotSignedInError("sign in to go on; a session ends after a quarter of an hour unused")
    check_assurance(connection.user, handler, admins_need_key=house_of(connection).admins_need_key)
    # A form that comes too late is kept, with its fields: ``second_factor.check_request``.
    is_read = connection.scope.get("method") in SAFE_METHODS
    if is_read and needs_step_up(connection.user, handler):
        raise ProofNeededError(_STEP_UP, "/step-up")
    if access != ANYBODY and not connection.user.staff.may(access):
        raise ForbiddenError("your role does not include this; ask an administrator")
    # Here, for every route at once: a practice in the address is one of the visitor's own.
    slug = connection.path_params.get("slug")
    if slug is None or connection.user.practice(slug) is not None:
        return
    # Or one of an emergency of now, on the few routes that an emergency is for.
    if not (handler.opt.get("emergency") and connection.user.emergencies_in(slug)):
        raise NotFoundError(NOTHING_HERE)


def check_assurance(who: SignedIn, handler: BaseRouteHandler, *, admins_need_key: bool) -> None:
    """``ProofNeededError`` unless the session is proven as far as the route asks (R19)."""
    if handler.opt.get("before_factor"):
        return
    enrols = handler.opt.get("enrols")
    if who.assurance < TWO_FACTORS:
        if who.has_factor:
            raise ProofNeededError("show your second factor to go on", "/second-factor")
        if not enrols:
            raise ProofNeededError("add a second factor to go on", "/enrol")
    elif admins_need_key and who.staff.role is Role.ADMIN and not (who.key_count or enrols):
        raise ProofNeededError("administrators need a security key here; add yours", "/enrol")


def needs_step_up(who: SignedIn, handler: BaseRouteHandler) -> bool:
    """Whether a factor must be shown (again) before this route does what it does."""
    opt = handler.opt
    asked = opt.get("step_up") or (opt.get("enrols") and who.assurance >= TWO_FACTORS)
    return bool(asked) and not who.is_fresh


def token_expected(request: PageRequest) -> str | None:
    """What the form of this request must carry; None where no page of ours was opened before."""
    if request.user is not None:
        return token_of(request)
    secret = request.cookies.get(SIGN_IN_COOKIE)
    return None if secret is None else form_token(secret)


async def check_form(request: PageRequest) -> None:
    """Before a handler that may change something: the form is ours, and its fields are read.

    A route that ``reads_own_form`` (one with a file) asks for the token itself, in the same words.
    """
    if request.method in SAFE_METHODS:
        return
    try:
        check_origin(request.headers, house_of(request).site.origin)
        if request.route_handler.opt.get("reads_own_form"):
            return
        try:
            with fail_after(_FORM_SECONDS):
                form = Form(await request.form())
        except TimeoutError:
            raise TooSlowError("this form came too slowly and was not taken; try again") from None
        check_token(token_expected(request), form.text("token"))
    except ForbiddenError as error:
        await note_refusal(request, error)
        raise
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
    return visitor(request).form_token or form_token(request.auth)


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """A session's new id, and what is so of it from then on."""

    session_id: str
    who: SignedIn


def renew_session(request: PageRequest, renewal: Renewal) -> None:
    """Go on under a new id: the rest of this request, and the browser with its answer."""
    request.scope["auth"] = renewal.session_id
    request.scope["user"] = renewal.who
    request.state["renewed"] = renewal.session_id


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


_STEP_UP = "show your second factor again to do this; it was last shown more than 5 minutes ago"

NOTHING_HERE = "there is nothing here, or it is not yours to see"
"""One sentence for what does not exist and for what belongs to somebody else."""

"""The app: routes, and the order of what stands before them."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Message, Scope

from api.bootstrap import Runtime
from api.http import account, claim, claim_work, masters, payers, people, portal, programs
from api.http.company_sign_in import begin_company_sign_in, end_company_sign_in
from api.http.errors import framework_error, our_error, request_id_of, unexpected_error
from api.http.house import House
from api.http.queue import front, queue
from api.http.security import HEADERS, NO_STORE
from api.http.sessions import (
    ANYBODY,
    PUBLIC,
    PageRequest,
    SessionMiddleware,
    check_access,
    check_form,
)
from api.http.sign_in import sign_in, sign_in_page, sign_out
from api.http.static import static_file
from api.http.v1.callers import ExposedTokens, check_caller, mark_exposed_token
from api.http.v1.routes import API_HANDLERS
from core.errors import ClaimwrightError, SetupError
from tenants.programs import TokenScope
from tenants.staff import Right

# A form with every line of a claim filled in is below 100 kB.
_BODY_BYTES_MAX = 1_000_000
_FORM_PARTS_MAX = 2_000

_HEADER_BYTES = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())


@get("/health", opt={"access": PUBLIC}, sync_to_thread=False)
def health() -> Response[str]:
    """Whether this process answers; says nothing about anybody."""
    return Response(content="ok\n", media_type="text/plain")


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    front,
    queue,
    claim.find,
    claim.claim,
    claim_work.edit_page,
    claim_work.edit,
    claim_work.scrub,
    claim_work.release,
    claim_work.send_again,
    claim_work.override,
    masters.practices_page,
    masters.add_practice,
    masters.providers_page,
    masters.add_provider,
    masters.confirm_provider,
    masters.enrolment_page,
    masters.enter_enrolment,
    payers.payers_page,
    payers.add_payer,
    payers.payer_page,
    payers.confirm_payer,
    payers.add_plan,
    payers.add_policy,
    people.staff_page,
    people.add_staff,
    people.person_page,
    people.change_staff,
    people.renew_password,
    *programs.PROGRAM_PAGES,
    portal.portal,
    account.password_page,
    account.change_password,
    sign_in_page,
    sign_in,
    sign_out,
    begin_company_sign_in,
    end_company_sign_in,
    static_file,
    health,
    *API_HANDLERS,
)


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Who may come in: a program by its token where the route names a scope, else a session."""
    of_a_program = isinstance(handler.opt["access"], TokenScope)
    await (check_caller if of_a_program else check_access)(connection, handler)


async def check_request(request: PageRequest) -> None:
    """A form must be one of ours. A program sends no cookie, so nobody can send for it."""
    if not isinstance(request.route_handler.opt["access"], TokenScope):
        await check_form(request)


async def add_headers(message: Message, scope: Scope) -> None:
    """Put our headers on every answer, errors and unknown addresses included."""
    if message["type"] != "http.response.start":
        return
    if message["status"] in (404, 405):
        # No middleware runs before the answer to an unknown address.
        await mark_exposed_token(scope)
    headers = list(message.get("headers", ()))
    there = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _HEADER_BYTES if name not in there]
    if b"cache-control" not in there:
        headers.append((b"cache-control", NO_STORE.encode()))
    headers.append((b"x-request-id", str(request_id_of(scope)).encode()))
    message["headers"] = headers


def create_app(runtime: Runtime) -> Litestar:
    """The pages over ``runtime``. ``SetupError`` for a route that does not say who may use it."""
    for handler in HANDLERS:
        access: Any = handler.opt.get("access")
        if access not in (PUBLIC, ANYBODY, *Right, *TokenScope):
            raise SetupError(f"the route {sorted(handler.paths)} does not say who may use it")
    return Litestar(
        route_handlers=list(HANDLERS),
        state=State({"house": House(runtime)}),
        middleware=[ExposedTokens(), SessionMiddleware],
        guards=[guard],
        before_request=check_request,
        before_send=[add_headers],
        exception_handlers={
            ClaimwrightError: our_error,
            HTTPException: framework_error,
            Exception: unexpected_error,
        },
        request_max_body_size=_BODY_BYTES_MAX,
        multipart_form_part_limit=_FORM_PARTS_MAX,
        openapi_config=None,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )

"""The app: routes, and the order of what stands before them."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

from api.bootstrap import Runtime
from api.http import (
    account,
    claim,
    claim_work,
    consents,
    demands,
    emergency,
    masters,
    notes,
    own_people,
    payers,
    people,
    portal,
)
from api.http.errors import framework_error, our_error, unexpected_error
from api.http.house import House
from api.http.queue import front, queue
from api.http.security import HEADERS, NO_STORE
from api.http.sessions import ANYBODY, PUBLIC, SessionMiddleware, check_access, check_form
from api.http.sign_in import sign_in, sign_in_page, sign_out
from api.http.static import static_file
from core.errors import ClaimwrightError, SetupError
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
    claim.reveal,
    claim_work.edit_page,
    claim_work.edit,
    claim_work.scrub,
    claim_work.release,
    claim_work.send_again,
    claim_work.override,
    consents.consents_page,
    consents.enter_consent,
    consents.revoke_consent,
    consents.restrict,
    emergency.emergency_page,
    emergency.take_emergency_access,
    emergency.end_emergency_access,
    emergency.emergencies_page,
    emergency.review_emergency,
    masters.practices_page,
    masters.add_practice,
    demands.demands_page,
    demands.enter_demand,
    demands.remove_demand,
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
    people.enter_credential,
    people.remove_credential,
    people.renew_password,
    portal.portal,
    own_people.own_people_page,
    own_people.invite,
    own_people.close,
    notes.notes_page,
    notes.write_note,
    notes.note_page,
    account.password_page,
    account.change_password,
    sign_in_page,
    sign_in,
    sign_out,
    static_file,
    health,
)


async def add_headers(message: Message, scope: Scope) -> None:
    """Put our headers on every answer, errors and unknown addresses included."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", ()))
    there = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _HEADER_BYTES if name not in there]
    if b"cache-control" not in there:
        headers.append((b"cache-control", NO_STORE.encode()))
    message["headers"] = headers


def create_app(runtime: Runtime) -> Litestar:
    """The pages over ``runtime``. ``SetupError`` for a route that does not say who may use it."""
    for handler in HANDLERS:
        access: Any = handler.opt.get("access")
        if access not in (PUBLIC, ANYBODY, *Right):
            raise SetupError(f"the route {sorted(handler.paths)} does not say who may use it")
    return Litestar(
        route_handlers=list(HANDLERS),
        state=State({"house": House(runtime)}),
        middleware=[SessionMiddleware],
        guards=[check_access],
        before_request=check_form,
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

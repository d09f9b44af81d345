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
from api.http import (
    access_log,
    account,
    authorizations,
    back_tests,
    claim,
    claim_prices,
    claim_work,
    consents,
    demands,
    disclosures,
    emergency,
    enrol,
    hand_in,
    masters,
    notes,
    own_people,
    own_security,
    payers,
    people,
    plugins,
    policies,
    portal,
    programs,
    records,
    reset,
    review,
    rules,
    second_factor,
    sign_in,
    take_away,
    waivers,
    why,
)
from api.http.company_sign_in import begin_company_sign_in, end_company_sign_in
from api.http.correlation import HEADER, numbered, request_id
from api.http.errors import framework_error, our_error, unexpected_error
from api.http.house import House
from api.http.queue import front, queue
from api.http.security import HEADERS, NO_STORE
from api.http.sessions import (
    ANYBODY,
    PUBLIC,
    SESSION_COOKIE,
    PageRequest,
    SessionMiddleware,
    check_access,
    cookie,
)
from api.http.static import static_file
from api.http.transport import secured
from api.http.v1.callers import ExposedTokens, check_caller, mark_exposed_token
from api.http.v1.routes import API_HANDLERS
from core.errors import ClaimwrightError, SetupError
from tenants.programs import TokenScope
from tenants.staff import Right

# A form with every line of a claim filled in is below 100 kB.
_BODY_BYTES_MAX = 1_000_000
_FORM_PARTS_MAX = 2_000

_HEADER_BYTES = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())

_SESSION_COOKIE = f"{SESSION_COOKIE}=".encode()


# Whoever watches asks a machine by its number.
@get("/health", opt={"access": PUBLIC, "any_host": True}, sync_to_thread=False)
def health() -> Response[str]:
    """Whether this process answers; says nothing about anybody."""
    return Response(content="ok\n", media_type="text/plain")


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    front,
    queue,
    claim.find,
    claim.claim,
    claim.reveal,
    claim_prices.prices_page,
    claim_work.edit_page,
    claim_work.edit,
    claim_work.scrub,
    claim_work.release,
    claim_work.send_again,
    claim_work.override,
    claim_work.fix,
    records.records_page,
    records.new_record,
    records.add_record,
    records.record_page,
    records.change_record,
    records.take_off_record,
    why.why,
    waivers.waivers_page,
    waivers.ask_for_waiver,
    waivers.approve_waiver,
    waivers.end_waiver,
    back_tests.back_tests_page,
    back_tests.ask_for_back_test,
    back_tests.set_back_test_size,
    back_tests.back_test_page,
    back_tests.stop_back_test,
    consents.consents_page,
    consents.enter_consent,
    consents.revoke_consent,
    consents.restrict,
    authorizations.authorizations_page,
    authorizations.patient_authorizations,
    authorizations.enter_authorization,
    authorizations.end_authorization,
    policies.policies_page,
    policies.set_policy,
    policies.end,
    rules.rules_page,
    rules.new_rule,
    rules.save_rule,
    rules.rule_page,
    rules.edit_rule,
    rules.dry_run,
    rules.back_test,
    rules.activate_rule,
    rules.end_rule,
    rules.denials_page,
    plugins.installed_page,
    plugins.plugins_page,
    plugins.plugin_page,
    plugins.enable_plugin,
    plugins.disable_plugin,
    plugins.change_settings,
    plugins.shadow_plugin,
    plugins.end_shadow,
    plugins.promote_plugin,
    plugins.roll_back_plugin,
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
    *programs.PROGRAM_PAGES,
    people.renew_factors,
    people.end_sessions,
    portal.portal,
    hand_in.files_page,
    hand_in.hand_in,
    take_away.claims_csv,
    take_away.statement_pdf,
    own_people.own_people_page,
    own_people.invite,
    own_people.close,
    notes.notes_page,
    notes.write_note,
    notes.note_page,
    access_log.access_log_page,
    disclosures.disclosures_page,
    disclosures.enter_disclosure,
    disclosures.request_accounting,
    disclosures.accounting_page,
    disclosures.accounting_given,
    review.review_page,
    review.sign_off,
    account.password_page,
    account.change_password,
    sign_in.sign_in_page,
    sign_in.sign_in,
    sign_in.sign_in_challenge,
    sign_in.sign_in_by_key,
    sign_in.sign_out,
    second_factor.second_factor_page,
    second_factor.show_second_factor,
    second_factor.challenge,
    second_factor.step_up_page,
    second_factor.step_up,
    enrol.enrol_page,
    enrol.begin_app,
    enrol.confirm_app,
    enrol.challenge,
    enrol.add_key,
    own_security.security_page,
    own_security.remove_app,
    own_security.remove_key,
    own_security.renew_recovery_codes,
    own_security.end_session,
    own_security.sign_out_everywhere,
    reset.reset_page,
    reset.set_password,
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


async def check_request(request: PageRequest) -> Response[Any] | None:
    """A form must be one of ours. A program sends no cookie, so nobody can send for it."""
    if isinstance(request.route_handler.opt["access"], TokenScope):
        return None
    return await second_factor.check_request(request)


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
    headers.append((HEADER.encode(), str(request_id(scope)).encode()))
    if b"cache-control" not in there:
        headers.append((b"cache-control", NO_STORE.encode()))
    renewed = scope.get("state", {}).get("renewed")
    # An answer that ends the session or sets a newer id has the last word.
    if renewed is not None and not any(
        name == b"set-cookie" and value.startswith(_SESSION_COOKIE) for name, value in headers
    ):
        headers.append(cookie(SESSION_COOKIE, renewed).to_encoded_header())
    message["headers"] = headers


def create_app(runtime: Runtime, *, origin: str = "") -> Litestar:
    """The pages over ``runtime``. ``SetupError`` for a route that does not say who may use it.

    ``origin``: where they are, when that is not as the settings have it.
    """
    for handler in HANDLERS:
        access: Any = handler.opt.get("access")
        if access not in (PUBLIC, ANYBODY, *Right, *TokenScope):
            raise SetupError(f"the route {sorted(handler.paths)} does not say who may use it")
    return Litestar(
        route_handlers=list(HANDLERS),
        state=State({"house": House(runtime, origin=origin)}),
        middleware=[numbered, secured, ExposedTokens(), SessionMiddleware],
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

"""The second factor after the password, and showing it again before the most sensitive acts."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import Response, get, post

from api.http.answers import in_thread, json_answer, page, see_other
from api.http.errors import wants_page
from api.http.proof import is_given, prove_session
from api.http.sessions import (
    ANYBODY,
    PageRequest,
    check_form,
    digest_of,
    form_of,
    house_of,
    needs_step_up,
    visitor,
)
from api.http.sign_in import local_path
from api.http.throttle import TooManyAttemptsError
from core.errors import ClaimwrightError, ForbiddenError
from tenants import security_keys
from tenants.store import factors
from tenants.store.factors import Use
from tenants.store.sessions import TWO_FACTORS


@get("/second-factor", opt={"access": ANYBODY, "before_factor": True})
@in_thread
def second_factor_page(request: PageRequest) -> Response[Any]:
    """Ask for the second factor; who has none yet adds one, who showed it goes on."""
    who, back = visitor(request), local_path(request.query_params.get("next", ""))
    if who.assurance >= TWO_FACTORS:
        return see_other(back)
    return _ask(request, back=back) if who.has_factor else see_other("/enrol")


@post("/second-factor", opt={"access": ANYBODY, "before_factor": True})
@in_thread
def show_second_factor(request: PageRequest) -> Response[Any]:
    """Take the second factor: only now somebody is signed in."""
    back = local_path(form_of(request).text("next"))
    if visitor(request).assurance >= TWO_FACTORS:
        return see_other(back)
    try:
        used = prove_session(request)
    except (ForbiddenError, TooManyAttemptsError) as problem:
        return _ask(request, back=back, problem=problem)
    return see_other("/security?recovered=1" if used.recovery_codes_left is not None else back)


def _ask(
    request: PageRequest, *, back: str, problem: ClaimwrightError | None = None
) -> Response[Any]:
    answer = page(
        request,
        "second_factor.html",
        status=200 if problem is None else problem.http_status,
        here="",
        back=back,
        problem="" if problem is None else problem.message,
        has_app=visitor(request).has_app,
        has_key=visitor(request).key_count > 0,
    )
    return _with_wait(answer, problem)


@post("/second-factor/challenge", opt={"access": ANYBODY, "before_factor": True})
@in_thread
def challenge(request: PageRequest) -> Response[Any]:
    """What the browser asks a security key of this person; for our script."""
    assert request.auth is not None, "the route is not public"
    house, who = house_of(request), visitor(request).staff
    with house.deployment_work(who.id) as work:
        keys = factors.keys_of(work.connection, who.id)
        asked = security_keys.ask_for_proof(house.site, keys)
        factors.give_challenge(
            work.connection,
            holder=digest_of(request.auth),
            use=Use.PROVE,
            challenge=asked.challenge,
        )
    return json_answer(asked.options)


@get("/step-up", opt={"access": ANYBODY})
@in_thread
def step_up_page(request: PageRequest) -> Response[Any]:
    """Ask for the factor again, before a page that needs it."""
    back = local_path(request.query_params.get("next", ""))
    return ask_again(request, action="/step-up", fields=(("next", back),))


@post("/step-up", opt={"access": ANYBODY, "step_up": True})
@in_thread
def step_up(request: PageRequest) -> Response[Any]:
    """The factor was shown (``check_request`` saw to it): on to where it was needed."""
    return see_other(local_path(form_of(request).text("next")))


async def check_request(request: PageRequest) -> Response[Any] | None:
    """Before every handler: the form is ours, and a factor was shown as lately as it must be.

    A form that is sent too late comes back as a page that asks for the factor and carries the
    form's fields, so that nothing typed is lost: with the factor the form does what it was sent
    for.
    """
    await check_form(request)
    if request.user is None or "form" not in request.state:
        return None
    if not needs_step_up(request.user, request.route_handler):
        return None
    return await to_thread.run_sync(_step_up_by_form, request)


def _step_up_by_form(request: PageRequest) -> Response[Any] | None:
    form = form_of(request)
    problem: ClaimwrightError | None = None
    if is_given(form):
        try:
            prove_session(request)
        except (ForbiddenError, TooManyAttemptsError) as refused:
            problem = refused
        else:
            return None
    if not wants_page(request):
        raise problem or ForbiddenError("show your second factor again to do this")
    query = request.url.query
    return ask_again(
        request,
        action=request.url.path + (f"?{query}" if query else ""),
        fields=tuple(one for one in form.items() if not one[0].startswith("proof_")),
        problem=problem,
        status=403,
    )


def ask_again(
    request: PageRequest,
    *,
    action: str,
    fields: tuple[tuple[str, str], ...],
    problem: ClaimwrightError | None = None,
    status: int = 200,
) -> Response[Any]:
    """The page that asks for the factor; ``fields`` go with it to ``action``."""
    answer = page(
        request,
        "step_up.html",
        status=status if problem is None else problem.http_status,
        here="",
        action=action,
        fields=fields,
        problem="" if problem is None else problem.message,
        has_app=visitor(request).has_app,
        has_key=visitor(request).key_count > 0,
    )
    return _with_wait(answer, problem)


def _with_wait(answer: Response[Any], problem: ClaimwrightError | None) -> Response[Any]:
    if isinstance(problem, TooManyAttemptsError):
        answer.headers["retry-after"] = str(problem.wait_seconds)
    return answer

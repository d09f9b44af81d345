"""Pages for programs that call the interface: accounts, tokens, revoking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of
from api.programs import close_program, create_program, create_token, programs, revoke_token
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from tenants.programs import TokenScope, read_networks, read_scopes
from tenants.session import deployment_transaction
from tenants.staff import Right
from tenants.store import masters_pages
from tenants.store import programs as store

# What a page that gives or takes a way in asks for beside the right: a fresh second factor.
_CHANGE = {"access": Right.CHANGE_STAFF, "step_up": True}

_DAYS = ("30", "90", "180", "365")


@get("/programs", opt={"access": Right.CHANGE_STAFF})
@in_thread
def programs_page(request: PageRequest) -> Response[Any]:
    """Every program with an account."""
    return _programs(request)


@post("/programs", opt=_CHANGE)
@in_thread
def add_program(request: PageRequest) -> Response[Any]:
    """A new account, without a token yet."""
    form = form_of(request)
    try:
        program = create_program(
            house_of(request).runtime,
            name=form.required("name", "the name"),
            scopes=read_scopes(form.every("scope")),
            slugs=form.every("practice"),
            networks=_networks(form),
            actor=person_of(request),
        )
    except (InputError, ConflictError, NotFoundError) as problem:
        return _programs(request, form=form, problem=problem)
    return see_other(f"/programs/{program.id}")


@get("/programs/{program_id:uuid}", opt={"access": Right.CHANGE_STAFF})
@in_thread
def program_page(request: PageRequest) -> Response[Any]:
    """One program with its tokens."""
    return _program(request)


@post("/programs/{program_id:uuid}/tokens", opt=_CHANGE)
@in_thread
def add_token(request: PageRequest) -> Response[Any]:
    """A new token, shown once, on this answer alone."""
    form, runtime = form_of(request), house_of(request).runtime
    try:
        days = int(form.choice("days", "how long it holds", _DAYS))
        token, text = create_token(
            runtime, request.path_params["program_id"], days=days, actor=person_of(request)
        )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except (InputError, ConflictError) as problem:
        return _program(request, form=form, problem=problem)
    return page(
        request,
        "program_token.html",
        here="staff",
        program_id=request.path_params["program_id"],
        token_text=text,
        made=token,
    )


@post("/programs/{program_id:uuid}/tokens/{token_id:uuid}/revoke", opt=_CHANGE)
@in_thread
def end_token(request: PageRequest) -> Response[Any]:
    """Revoke a token: the next request with it is refused."""
    program_id: UUID = request.path_params["program_id"]
    try:
        revoke_token(
            house_of(request).runtime,
            token_id=request.path_params["token_id"],
            actor=person_of(request),
        )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    return see_other(f"/programs/{program_id}")


@post("/programs/{program_id:uuid}/close", opt=_CHANGE)
@in_thread
def end_program(request: PageRequest) -> Response[Any]:
    """Close the account: none of its tokens works any more."""
    try:
        close_program(
            house_of(request).runtime, request.path_params["program_id"], actor=person_of(request)
        )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    return see_other("/programs")


PROGRAM_PAGES = (programs_page, add_program, program_page, add_token, end_token, end_program)


def _networks(form: Form) -> Any:
    try:
        return read_networks(form.text("networks"))
    except InputError as problem:
        raise FieldError("networks", problem.message) from None


def _programs(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    runtime = house_of(request).runtime
    now = runtime.clock()
    found = programs(runtime)
    with deployment_transaction(runtime.engine) as connection:
        practices = masters_pages.practices(connection)
    return form_page(
        request,
        "programs.html",
        form,
        problem,
        here="staff",
        programs=[
            (one, sum(token.state(now) == "active" for token in tokens)) for one, tokens in found
        ],
        practices=practices,
        scopes=[(scope.value, scope.meaning) for scope in TokenScope],
        chosen=list(form.every("practice")) if form else [],
        chosen_scopes=list(form.every("scope")) if form else [],
    )


def _program(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    runtime = house_of(request).runtime
    with deployment_transaction(runtime.engine) as connection:
        try:
            program = store.by_id(connection, request.path_params["program_id"])
        except NotFoundError:
            raise NotFoundError(NOTHING_HERE) from None
        tokens = store.tokens(connection, program.id)
    now = runtime.clock()
    return form_page(
        request,
        "program.html",
        form,
        problem,
        here="staff",
        program=program,
        networks=[str(one) for one in program.networks],
        scopes=[(scope.value, scope.meaning) for scope in TokenScope if scope in program.scopes],
        tokens=[(one, one.state(now)) for one in tokens],
        days=[(days, f"{days} days") for days in _DAYS],
    )

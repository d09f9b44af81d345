"""The library of payer policies as one practice follows it: entering, ending, what is stale."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of
from api.policies import changing, end_policy, enter_policy
from core.claims.parties import PayerKind
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.rules.policy import KNOBS
from core.rules.policy_library import LibraryEntry, standings
from core.rules.rule import Layer
from core.usecases.masters import knob_value
from tenants.ids import new_id
from tenants.staff import Right
from tenants.store.policies import library

_POLICIES = "/practices/{slug:str}/policies"
_WHOSE = (("practice", "this practice alone"), ("payer", "every practice"))
_SHOWN = (("now", "what holds"), ("stale", "what wants looking at"), ("all", "everything ever"))


@get(_POLICIES, opt={"access": Right.SEE_MASTERS})
@in_thread
def policies_page(request: PageRequest) -> Response[Any]:
    """The library: what holds, what is stale, or all of it."""
    return _page(request)


@post(_POLICIES, opt={"access": Right.CHANGE_MASTERS})
@in_thread
def set_policy(request: PageRequest) -> Response[Any]:
    """What a payer asks for, with the document that says so."""
    form, practice = form_of(request), practice_of(request, request.path_params["slug"])
    try:
        entry = _read(form)
        own = practice if entry.layer is Layer.PRACTICE else None
        runtime = house_of(request).runtime
        with changing(runtime, own, person_of(request), "policy.entered") as work:
            work.changed([enter_policy(work.connection, entry).id])
    except (InputError, ConflictError, NotFoundError) as problem:
        return _page(request, form=form, problem=problem)
    return see_other(f"/practices/{practice.slug}/policies")


@post(_POLICIES + "/{policy_id:uuid}/end", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def end(request: PageRequest) -> Response[Any]:
    """From a day on the payer has said nothing."""
    form, practice = form_of(request), practice_of(request, request.path_params["slug"])
    policy_id, runtime = request.path_params["policy_id"], house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        found = next((one for one in library(uow.connection) if one.id == policy_id), None)
        today = uow.today
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    try:
        day = form.day("on", "the day") or today
        document = form.required("document", "the document that says so")
        own = practice if found.layer is Layer.PRACTICE else None
        with changing(runtime, own, person_of(request), "policy.ended") as work:
            done = end_policy(work.connection, policy_id, new_id(), on=day, document=document)
            work.changed([done.id])
    except (InputError, ConflictError) as problem:
        return _page(request, form=form, problem=problem)
    return see_other(f"/practices/{practice.slug}/policies")


def _read(form: Form) -> LibraryEntry:
    knob = form.choice("knob", "a policy", KNOBS)
    state = form.text("state").upper()
    if state and (len(state) != 2 or not state.isalpha()):
        raise FieldError("state", "a state has two letters")
    kinds = ("", *(one.value for one in PayerKind))
    return LibraryEntry(
        id=new_id(),
        layer=Layer(form.choice("whose", "for whom it holds", [one for one, _ in _WHOSE])),
        knob=knob,
        value=knob_value(knob, form.text("value")),
        document=form.required("document", "the document that says so"),
        page=form.text("page"),
        payer_kind=form.choice("payer_kind", "a kind of payer", kinds),
        payer_id=form.text("payer").upper(),
        plan=form.text("plan"),
        state=state,
        first_day=form.day("first_day", "first day"),
        last_day=form.day("last_day", "last day"),
        review_by=form.day("review_by", "the day of review"),
    )


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        every = standings(library(uow.connection), uow.today)
        today = uow.today
    shown = request.query_params.get("show", "now")
    found = [
        one
        for one in every
        if shown == "all"
        or (shown == "stale" and one.stale)
        or (
            shown not in ("all", "stale")
            and one.entry.value is not None
            and one.window is not None
            and (one.window.last is None or one.window.last >= today)
        )
    ]
    return form_page(
        request,
        "policies.html",
        form,
        problem,
        here="practices",
        practice=practice,
        policies=found,
        shown=shown if shown in ("all", "stale") else "now",
        tabs=_SHOWN,
        stale=sum(bool(one.stale) for one in every),
        knobs=sorted(KNOBS.items()),
        whose=_WHOSE,
        kinds=[("", "any kind"), *((one.value, one.value) for one in PayerKind)],
    )

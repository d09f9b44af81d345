"""Pages for payers, their plans, and what they ask for, with the document that says so."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, visitor
from api.policies import enter_policy
from audit.event import ObjectType
from core.claims.parties import Payer, PayerKind
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.rules.policy import KNOBS
from core.rules.policy_library import LibraryEntry, standings
from core.rules.rule import Layer
from core.usecases import masters as usecases
from tenants.ids import new_id
from tenants.session import transaction
from tenants.staff import Right
from tenants.store import masters_pages as store
from tenants.store.policies import library


@get("/payers", opt={"access": Right.SEE_MASTERS})
@in_thread
def payers_page(request: PageRequest) -> Response[Any]:
    """Every payer."""
    return _payers(request)


@post("/payers", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def add_payer(request: PageRequest) -> Response[Any]:
    """A new payer."""
    form = form_of(request)
    try:
        kind = form.choice("kind", "a kind", [one.value for one in PayerKind])
        stored = usecases.new_payer(
            new_id(),
            Payer(
                payer_id=form.text("payer_id").upper(),
                name=form.text("name"),
                kind=PayerKind(kind),
                filing_indicator=form.text("filing_indicator").upper() or "CI",
                state=form.text("state").upper(),
            ),
        )
        with house_of(request).deployment_work(visitor(request).staff.id) as work:
            store.add_payer(work.connection, stored)
            work.record("payer.created", {ObjectType.PAYER: (stored.id,)}, counts={"payers": 1})
    except (InputError, ConflictError) as problem:
        return _payers(request, form=form, problem=problem)
    return see_other(f"/payers/{stored.id}")


def _payers(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with transaction(house_of(request).runtime.engine) as connection:
        found = store.payers(connection)
    return form_page(
        request, "payers.html", form, problem, here="payers", payers=found, kinds=_kinds()
    )


@get("/payers/{payer_ref:uuid}", opt={"access": Right.SEE_MASTERS})
@in_thread
def payer_page(request: PageRequest) -> Response[Any]:
    """One payer with its plans and policies."""
    return _payer(request)


@post("/payers/{payer_ref:uuid}/confirm", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def confirm_payer(request: PageRequest) -> Response[Any]:
    """Vouch for a payer that came in with a file."""
    payer_ref = request.path_params["payer_ref"]
    with house_of(request).deployment_work(visitor(request).staff.id) as work:
        _there(work.connection, payer_ref)
        store.confirm_payer(work.connection, payer_ref)
        work.record("payer.changed", {ObjectType.PAYER: (payer_ref,)})
    return see_other(f"/payers/{payer_ref}")


@post("/payers/{payer_ref:uuid}/plans", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def add_plan(request: PageRequest) -> Response[Any]:
    """A new plan of a payer."""
    form, payer_ref, plan = form_of(request), request.path_params["payer_ref"], new_id()
    try:
        with house_of(request).deployment_work(visitor(request).staff.id) as work:
            _there(work.connection, payer_ref)
            name = form.required("plan_name", "the plan's name")
            store.add_plan(work.connection, plan, payer_ref, name)
            about = {ObjectType.PLAN: (plan,), ObjectType.PAYER: (payer_ref,)}
            work.record("plan.created", about, counts={"plans": 1})
    except (InputError, ConflictError) as problem:
        return _payer(request, form=form, problem=problem)
    return see_other(f"/payers/{payer_ref}")


@post("/payers/{payer_ref:uuid}/policies", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def add_policy(request: PageRequest) -> Response[Any]:
    """What a payer asks for, from a day on, with the document and page it stands in."""
    form, payer_ref = form_of(request), request.path_params["payer_ref"]
    try:
        with house_of(request).deployment_work(visitor(request).staff.id) as work:
            payer = _there(work.connection, payer_ref)
            known = {name for _, name in store.plans(work.connection, payer_ref)}
            entry = _read_policy(form, payer.payer_id, known)
            enter_policy(work.connection, entry)
            work.record("policy.entered", {ObjectType.POLICY: (entry.id,)}, counts={"policies": 1})
    except (InputError, ConflictError) as problem:
        return _payer(request, form=form, problem=problem)
    return see_other(f"/payers/{payer_ref}")


def _read_policy(form: Form, payer_id: str, plans: Collection[str]) -> LibraryEntry:
    first, last = form.day("first_day", "first day"), form.day("last_day", "last day")
    if first and last and last < first:
        raise FieldError("last_day", "the last day lies before the first")
    knob = form.choice("knob", "a policy", KNOBS)
    plan = form.text("plan")
    if plan and plan not in plans:
        raise FieldError("plan", "choose a plan from the list")
    state = form.text("state").upper()
    if state and (len(state) != 2 or not state.isalpha()):
        raise FieldError("state", "a state has two letters")
    return LibraryEntry(
        id=new_id(),
        layer=Layer.PAYER,
        knob=knob,
        value=usecases.knob_value(knob, form.text("value")),
        document=form.required("document", "the document that says so"),
        page=form.text("page"),
        payer_id=payer_id,
        plan=plan,
        state=state,
        first_day=first,
        last_day=last,
        review_by=form.day("review_by", "the day of review"),
    )


def _payer(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    payer_ref = request.path_params["payer_ref"]
    with transaction(house_of(request).runtime.engine) as connection:
        found = _there(connection, payer_ref)
        plans = store.plans(connection, payer_ref)
        entered = [
            one
            for one in standings(library(connection), house_of(request).today())
            if one.entry.payer_id == found.payer_id and one.entry.value is not None
        ]
    return form_page(
        request,
        "payer.html",
        form,
        problem,
        here="payers",
        payer=found,
        plans=[(name, name) for _, name in plans],
        policies=entered,
        knobs=sorted(KNOBS.items()),
    )


def _there(connection: Any, payer_ref: UUID) -> store.PayerEntry:
    try:
        return store.payer(connection, payer_ref)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None


def _kinds() -> list[str]:
    return [one.value for one in PayerKind]

"""What a practice demands of whoever works on its claims: in the country, with a certificate."""

from __future__ import annotations

import re
from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim_access import practice_work
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, practice_of
from audit.event import Purpose
from core.claims.parties import PayerKind
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from tenants.demands import Demand
from tenants.ids import new_id
from tenants.staff import Right
from tenants.store import demands as store

# The rights that stand before work on a claim; the empty one is any of them.
_WORK = (Right.WORK_QUEUE, Right.EDIT_CLAIM, Right.RELEASE_CLAIM, Right.KEEP_CONSENTS)
_CREDENTIAL = re.compile(r"[A-Z0-9-]{2,20}", re.ASCII)


@get("/practices/{slug:str}/demands", opt={"access": Right.SEE_MASTERS})
@in_thread
def demands_page(request: PageRequest) -> Response[Any]:
    """The demands of one practice."""
    return _page(request)


@post("/practices/{slug:str}/demands", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def enter_demand(request: PageRequest) -> Response[Any]:
    """A further demand; it holds from the next page on."""
    form, practice = form_of(request), practice_of(request, request.path_params["slug"])
    try:
        new = _read(form)
        with practice_work(request, Purpose.SECURITY) as uow:
            store.add(uow.connection, practice.tenant_id, new)
            uow.record("demand.entered", {"demand": [new.id]})
    except (InputError, ConflictError) as problem:
        return _page(request, form=form, problem=problem)
    return see_other(f"/practices/{practice.slug}/demands")


@post(
    "/practices/{slug:str}/demands/{demand_id:uuid}/remove",
    opt={"access": Right.CHANGE_MASTERS},
)
@in_thread
def remove_demand(request: PageRequest) -> Response[Any]:
    """Demand it no more."""
    practice, demand_id = (
        practice_of(request, request.path_params["slug"]),
        request.path_params["demand_id"],
    )
    with practice_work(request, Purpose.SECURITY) as uow:
        if not store.remove(uow.connection, demand_id):
            raise NotFoundError(NOTHING_HERE)
        uow.record("demand.removed", {"demand": [demand_id]})
    return see_other(f"/practices/{practice.slug}/demands")


def _read(form: Form) -> Demand:
    onshore = form.text("onshore") == "1"
    credential = form.text("credential").upper()
    if credential and not _CREDENTIAL.fullmatch(credential):
        raise FieldError("credential", "a certificate has 2 to 20 letters, such as CPC")
    if not onshore and not credential:
        raise FieldError("credential", "demand a place, or a certificate")
    kinds = ("", *(one.value for one in PayerKind))
    return Demand(
        id=new_id(),
        payer_kind=form.choice("payer_kind", "a kind of payer", kinds),
        access=form.choice("access", "the work", ("", *(one.value for one in _WORK))),
        onshore=onshore,
        credential=credential,
    )


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    with practice_work(request, Purpose.SECURITY) as uow:
        found = store.every(uow.connection)
    return form_page(
        request,
        "demands.html",
        form,
        problem,
        here="practices",
        practice=practice,
        demands=found,
        kinds=[("", "every kind"), *((one.value, one.value) for one in PayerKind)],
        work=[("", "any work on a claim"), *((one.value, one.value) for one in _WORK)],
    )

"""Authorizations: those of a patient, reached from a claim of theirs, and those that run out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim import claim_address
from api.http.claim_access import opened, person_of
from api.http.forms import FieldError, Form, read_number
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of
from core.authorizations import RUNS_OUT_DAYS, Counts, PriorAuthorization
from core.confidentiality import FieldClass
from core.dates import Window
from core.errors import ClaimwrightError, InputError, NotFoundError
from core.ports import ClaimRecord
from core.usecases import keep_authorizations
from tenants.ids import new_id
from tenants.staff import Right

_OF_CLAIM = "/practices/{slug:str}/claims/{claim_id:uuid}/authorizations"
_SHOWS = (FieldClass.IDENTIFIERS, FieldClass.SUBSTANCE_USE)
_COUNTS = tuple((one.value, one.value) for one in Counts)


@get(
    "/practices/{slug:str}/authorizations",
    opt={"access": Right.KEEP_AUTHORIZATIONS, "shows": _SHOWS},
)
@in_thread
def authorizations_page(request: PageRequest) -> Response[Any]:
    """What holds now or later, the one that ends first first; patients are met by their claim."""
    practice = practice_of(request, request.path_params["slug"])
    with house_of(request).runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        found = keep_authorizations.current_authorizations(uow)
        claims = uow.authorizations.claims_of([one.authorization.patient_id for one in found])
        today = uow.today
    return page(
        request,
        "authorizations.html",
        here="practices",
        practice=practice,
        rows=[(one, one.state(today), claims.get(one.authorization.patient_id)) for one in found],
        days=RUNS_OUT_DAYS,
    )


@get(_OF_CLAIM, opt={"access": Right.KEEP_AUTHORIZATIONS, "shows": _SHOWS})
@in_thread
def patient_authorizations(request: PageRequest) -> Response[Any]:
    """The authorizations of the claim's patient, with what is used of each."""
    return _page(request)


@post(_OF_CLAIM, opt={"access": Right.KEEP_AUTHORIZATIONS, "shows": _SHOWS})
@in_thread
def enter_authorization(request: PageRequest) -> Response[Any]:
    """An authorization as the payer gave it."""
    form = form_of(request)
    try:
        with opened(request) as (uow, record):
            one = _read(form, record)
            book = house_of(request).runtime.rule_book(uow.tenant_id)
            policy = book.policy(record.claim.payer, one.window.first)
            keep_authorizations.enter_authorization(uow, one, policy)
    except InputError as problem:
        return _page(request, form=form, problem=problem)
    return see_other(_address(request))


@post(
    _OF_CLAIM + "/{authorization_id:uuid}/end",
    opt={"access": Right.KEEP_AUTHORIZATIONS, "shows": _SHOWS},
)
@in_thread
def end_authorization(request: PageRequest) -> Response[Any]:
    """From today on it covers nothing any more."""
    try:
        with opened(request) as (uow, record):
            keep_authorizations.end_authorization(
                uow, record.patient_id, request.path_params["authorization_id"], on=uow.today
            )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    return see_other(_address(request))


def _address(request: PageRequest) -> str:
    practice = practice_of(request, request.path_params["slug"])
    return claim_address(practice, request.path_params["claim_id"]) + "/authorizations"


def _read(form: Form, record: ClaimRecord) -> PriorAuthorization:
    first, last = form.day("first_day", "first day"), form.day("last_day", "last day")
    if first is None:
        raise FieldError("first_day", "the first day is missing")
    if last is None:
        raise FieldError("last_day", "the last day is missing")
    return PriorAuthorization(
        id=new_id(),
        patient_id=record.patient_id,
        payer_ref=record.payer_ref,
        number=form.required("number", "the number of the authorization"),
        codes=tuple(form.text("codes").upper().replace(",", " ").split()),
        window=Window(first, last),
        counts=Counts(form.choice("counts", "what it counts", list(Counts))),
        approved=_approved(form),
        provider_npi=form.text("provider_npi"),
    )


def _approved(form: Form) -> Decimal | None:
    typed = form.text("approved")
    return read_number("approved", "how many are approved", typed) if typed else None


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with opened(request) as (uow, record):
        found = keep_authorizations.authorizations_of(uow, record.patient_id)
        practice, today = uow.practice, uow.today
    return form_page(
        request,
        "patient_authorizations.html",
        form,
        problem,
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        number=record.claim.claim_number,
        payer=record.claim.payer.name,
        codes=" ".join(dict.fromkeys(line.code for line in record.claim.lines)),
        rows=[(one, one.state(today)) for one in found],
        counts=_COUNTS,
    )

"""A patient's consents, reached from a claim of theirs, and the restriction of a visit."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim import claim_address, claim_answer
from api.http.claim_access import NotAdmittedError, opened
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, practice_of
from core.confidentiality import FieldClass
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.ports import ClaimRecord
from core.usecases import keep_consents
from tenants.ids import new_id
from tenants.staff import Right

_CLAIM = "/practices/{slug:str}/claims/{claim_id:uuid}"
_SHOWS = (FieldClass.SUBSTANCE_USE,)
_RECIPIENTS_MAX = 20


@get(f"{_CLAIM}/consents", opt={"access": Right.KEEP_CONSENTS, "shows": _SHOWS})
@in_thread
def consents_page(request: PageRequest) -> Response[Any]:
    """The consents of the claim's patient."""
    return _page(request)


@post(f"{_CLAIM}/consents", opt={"access": Right.KEEP_CONSENTS, "shows": _SHOWS})
@in_thread
def enter_consent(request: PageRequest) -> Response[Any]:
    """A consent as it was signed."""
    form = form_of(request)
    try:
        with opened(request) as (uow, record):
            keep_consents.enter_consent(uow, _read(form, record))
    except InputError as problem:
        return _page(request, form=form, problem=problem)
    return see_other(_address(request, "consents"))


@post(
    f"{_CLAIM}/consents/{{consent_id:uuid}}/revoke",
    opt={"access": Right.KEEP_CONSENTS, "shows": _SHOWS},
)
@in_thread
def revoke_consent(request: PageRequest) -> Response[Any]:
    """From a day on, nothing leaves under it any more."""
    form = form_of(request)
    try:
        with opened(request) as (uow, record):
            keep_consents.revoke_consent(
                uow,
                record.patient_id,
                request.path_params["consent_id"],
                on=form.day("revoked_on", "the day") or uow.today,
            )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except (InputError, ConflictError) as problem:
        return _page(request, form=form, problem=problem)
    return see_other(_address(request, "consents"))


@post(f"{_CLAIM}/restriction", opt={"access": Right.KEEP_CONSENTS})
@in_thread
def restrict(request: PageRequest) -> Response[Any]:
    """The patient paid in full and wants no plan to be told; or took that back."""
    form = form_of(request)
    try:
        with opened(request) as (uow, record):
            if form.choice("restriction", "what to do", ("set", "lift")) == "set":
                keep_consents.restrict_billing(uow, record.id)
            else:
                keep_consents.lift_restriction(uow, record.id)
    except NotAdmittedError:
        raise
    except (InputError, ConflictError) as problem:
        return claim_answer(request, status=problem.http_status, problem=problem.message)
    return see_other(_address(request))


def _address(request: PageRequest, part: str = "") -> str:
    practice = practice_of(request, request.path_params["slug"])
    address = claim_address(practice, request.path_params["claim_id"])
    return f"{address}/{part}" if part else address


def _read(form: Form, record: ClaimRecord) -> Consent:
    signed_on = form.day("signed_on", "the day of signing")
    if signed_on is None:
        raise FieldError("signed_on", "the day of signing is missing")
    recipients = tuple(form.text("recipients").upper().replace(",", " ").split())
    if len(recipients) > _RECIPIENTS_MAX:
        raise FieldError("recipients", f"at most {_RECIPIENTS_MAX} payers")
    return Consent(
        id=new_id(),
        patient_id=record.patient_id,
        kind=ConsentKind(form.choice("kind", "a kind", [one.value for one in ConsentKind])),
        signed_on=signed_on,
        purposes=tuple(one for one in ConsentPurpose if one.value in form.every("purpose")),
        recipients=recipients,
        expires_on=form.day("expires_on", "the day it ends"),
        expires_event=form.text("expires_event"),
        document=form.required("document", "where the signed paper is"),
    )


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with opened(request) as (uow, record):
        found = uow.consents.of_patients([record.patient_id]).get(record.patient_id, ())
        uow.record("consent.read", {"patient": [record.patient_id]}, consents=len(found))
        practice, today = uow.practice, uow.today
    return form_page(
        request,
        "consents.html",
        form,
        problem,
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        number=record.claim.claim_number,
        payer_id=record.claim.payer.payer_id,
        consents=[(one, one.in_force(today)) for one in found],
        kinds=[one.value for one in ConsentKind],
        purposes=[one.value for one in ConsentPurpose],
        chosen=list(form.every("purpose")) if form else ["payment"],
        today=today,
    )

"""Pages for the accounting of disclosures: what was disclosed, who asked, and the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of
from core.disclosures import Disclosure, DisclosurePurpose, accounting, due_on
from core.errors import ClaimwrightError, InputError, NotFoundError
from core.ports import Practice
from tenants.staff import Right
from tenants.uow import UnitOfWork

_WAITING_MAX = 200
_UNKNOWN = "no patient of this practice has this number"


@get("/practices/{slug:str}/disclosures", opt={"access": Right.ENTER_DISCLOSURES})
@in_thread
def disclosures_page(request: PageRequest) -> Response[Any]:
    """The forms, and the requests whose sixty days run."""
    return _page(request)


@post("/practices/{slug:str}/disclosures", opt={"access": Right.ENTER_DISCLOSURES})
@in_thread
def enter_disclosure(request: PageRequest) -> Response[Any]:
    """A disclosure outside treatment, payment and operations."""

    def enter(uow: UnitOfWork, form: Form, patient_id: UUID) -> str:
        day = form.day("disclosed_on", "the day")
        if day is None or day > uow.today:
            raise FieldError("disclosed_on", "the day of the disclosure is today or earlier")
        [row_id] = uow.new_ids(1)
        disclosure = Disclosure(
            id=row_id,
            patient_id=patient_id,
            disclosed_on=day,
            purpose=DisclosurePurpose(
                form.choice("purpose", "a purpose", [one.value for one in DisclosurePurpose])
            ),
            recipient=form.required("recipient", "who received it"),
            address=form.text("address"),
            what=form.required("what", "what was disclosed"),
            why=form.required("why", "why it was disclosed"),
            entered_by=uow.actor_id,
        )
        uow.disclosures.add(disclosure)
        uow.record("disclosure.entered", {"disclosure": [row_id], "patient": [patient_id]})
        return f"/practices/{uow.practice.slug}/disclosures"

    return _act(request, enter)


@post("/practices/{slug:str}/disclosures/requests", opt={"access": Right.ENTER_DISCLOSURES})
@in_thread
def request_accounting(request: PageRequest) -> Response[Any]:
    """A patient asked to be told: the sixty days begin with the day of the request."""

    def ask(uow: UnitOfWork, form: Form, patient_id: UUID) -> str:
        day = form.day("requested_on", "the day of the request") or uow.today
        if day > uow.today:
            raise FieldError("requested_on", "the request was made today or earlier")
        [row_id] = uow.new_ids(1)
        uow.disclosures.request(row_id, patient_id, day)
        uow.record("accounting.requested", {"patient": [patient_id]})
        return _address(uow.practice, row_id)

    return _act(request, ask)


@get(
    "/practices/{slug:str}/disclosures/requests/{request_id:uuid}",
    opt={"access": Right.ENTER_DISCLOSURES},
)
@in_thread
def accounting_page(request: PageRequest) -> Response[Any]:
    """The report for the patient, as it is printed and given."""
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        asked = _there(uow, request.path_params["request_id"])
        patient, _ = uow.patients.load([asked.patient_id])[asked.patient_id]
        told = accounting(
            patient.id, asked.requested_on, uow.disclosures.of_patient(asked.patient_id)
        )
        about = {"patient": [patient.id], "disclosure": [one.id for one in told.disclosures]}
        uow.record("disclosure.read", about, disclosures=len(told.disclosures))
        today = uow.today
    return page(
        request,
        "accounting.html",
        here="disclosures",
        practice=practice,
        patient=patient,
        asked=asked,
        told=told,
        today=today,
        purposes=PURPOSE_WORDS,
    )


@post(
    "/practices/{slug:str}/disclosures/requests/{request_id:uuid}",
    opt={"access": Right.ENTER_DISCLOSURES},
)
@in_thread
def accounting_given(request: PageRequest) -> Response[Any]:
    """The patient has the accounting; the clock stops."""
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        asked = _there(uow, request.path_params["request_id"])
        if uow.disclosures.answer(asked.id, uow.today):
            uow.record("accounting.given", {"patient": [asked.patient_id]})
    return see_other(f"/practices/{practice.slug}/disclosures")


PURPOSE_WORDS = {
    one.value: text
    for one, text in (
        (DisclosurePurpose.REQUIRED_BY_LAW, "required by law"),
        (DisclosurePurpose.PUBLIC_HEALTH, "public health"),
        (DisclosurePurpose.ABUSE_REPORT, "report of abuse or neglect"),
        (DisclosurePurpose.HEALTH_OVERSIGHT, "health oversight"),
        (DisclosurePurpose.JUDICIAL, "court or tribunal"),
        (DisclosurePurpose.LAW_ENFORCEMENT, "law enforcement"),
        (DisclosurePurpose.DECEDENT, "coroner or funeral director"),
        (DisclosurePurpose.ORGAN_DONATION, "organ donation"),
        (DisclosurePurpose.RESEARCH, "research"),
        (DisclosurePurpose.THREAT_TO_SAFETY, "serious threat to health or safety"),
        (DisclosurePurpose.SPECIALIZED_GOVERNMENT, "military, security or custody"),
        (DisclosurePurpose.WORKERS_COMPENSATION, "workers' compensation"),
        (DisclosurePurpose.BY_MISTAKE, "by mistake"),
    )
}
"""The purposes in words, in the order of 45 CFR 164.512."""


def _act(request: PageRequest, act: Callable[[UnitOfWork, Form, UUID], str]) -> Response[Any]:
    """Do ``act`` for the patient whose number the form gives, and go where it says."""
    practice = practice_of(request, request.path_params["slug"])
    form, runtime = form_of(request), house_of(request).runtime
    try:
        with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
            patient_id = uow.patients.id_of(form.required("number", "the patient number"))
            if patient_id is None:
                raise FieldError("number", _UNKNOWN)
            where = act(uow, form, patient_id)
    except InputError as problem:
        return _page(request, form=form, problem=problem)
    return see_other(where)


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        waiting = uow.disclosures.waiting(_WAITING_MAX)
        ids = sorted({one.patient_id for one in waiting})
        people = uow.patients.load(ids)
        uow.record("patient.read", {"patient": ids}, patients=len(ids))
        rows = [
            (one, people[one.patient_id][0], due_on(one.requested_on), _address(practice, one.id))
            for one in waiting
        ]
        today = uow.today
    return form_page(
        request,
        "disclosures.html",
        form,
        problem,
        here="disclosures",
        practice=practice,
        rows=rows,
        today=today,
        purposes=list(PURPOSE_WORDS.items()),
    )


def _there(uow: UnitOfWork, request_id: UUID) -> Any:
    try:
        return uow.disclosures.by_id(request_id)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None


def _address(practice: Practice, request_id: UUID) -> str:
    return f"/practices/{practice.slug}/disclosures/requests/{request_id}"

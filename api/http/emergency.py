"""Emergency access: taken with a reason, for an hour at most, and judged by somebody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim import claim_address
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, visitor
from audit.event import ObjectType, Purpose
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.ports import ClaimRecord, Practice
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.staff import Right
from tenants.store import emergencies, practices
from tenants.store.emergencies import Emergency

MINUTES = ("15", "30", "60")
_REASON_CHARACTERS_MIN = 20
_ROWS = 50
_OUTCOMES = ("justified", "not_justified")


@get("/emergency", opt={"access": Right.TAKE_EMERGENCY_ACCESS})
@in_thread
def emergency_page(request: PageRequest) -> Response[Any]:
    """The form, and one's own of the past."""
    return _own(request)


@post("/emergency", opt={"access": Right.TAKE_EMERGENCY_ACCESS, "step_up": True})
@in_thread
def take_emergency_access(request: PageRequest) -> Response[Any]:
    """Access to one practice, or to one patient of it by a claim, from now on for some minutes."""
    form, house, person = form_of(request), house_of(request), person_of(request)
    try:
        reason = form.text("reason")
        if len(reason) < _REASON_CHARACTERS_MIN:
            raise FieldError(
                "reason", f"say why in at least {_REASON_CHARACTERS_MIN} characters; it is reviewed"
            )
        minutes = int(form.choice("minutes", "how long", MINUTES))
        practice = _practice(request, form)
        medical = form.text("medical") == "1"
        with house.runtime.unit_of_work(
            practice.tenant_id, person, purpose=Purpose.TREATMENT if medical else Purpose.OPERATIONS
        ) as uow:
            record = _claim(uow, form)
            emergency_id = new_id()
            emergencies.begin(
                uow.connection,
                row_id=emergency_id,
                staff_id=person.id,
                practice=practice,
                medical=medical,
                minutes=minutes,
            )
            patient_id = record.patient_id if record else None
            uow.emergency_reasons.add(emergency_id, patient_id=patient_id, reason=reason)
            about = {"emergency": [emergency_id], "staff": [person.id]}
            if patient_id is not None:
                about["patient"] = [patient_id]
            uow.record("emergency.began", about, minutes=minutes, medical=int(medical))
    except InputError as problem:
        return _own(request, form=form, problem=problem)
    return see_other(claim_address(practice, record.id) if record else "/emergency")


@post("/emergency/{emergency_id:uuid}/end", opt={"access": Right.TAKE_EMERGENCY_ACCESS})
@in_thread
def end_emergency_access(request: PageRequest) -> Response[Any]:
    """End one's own before its time."""
    house, person = house_of(request), person_of(request)
    emergency_id = request.path_params["emergency_id"]
    with house.deployment_work(person.id) as work:
        if emergencies.end(work.connection, emergency_id, person.id) is None:
            raise NotFoundError(NOTHING_HERE)
        about = {ObjectType.EMERGENCY: (emergency_id,), ObjectType.STAFF: (person.id,)}
        work.record("emergency.ended", about, purpose=Purpose.SECURITY)
    return see_other("/emergency")


@get("/emergencies", opt={"access": Right.REVIEW_EMERGENCY_ACCESS})
@in_thread
def emergencies_page(request: PageRequest) -> Response[Any]:
    """All of them, those that wait for a review on top; reasons of one's own practices."""
    return _all(request)


@post("/emergencies/{emergency_id:uuid}/review", opt={"access": Right.REVIEW_EMERGENCY_ACCESS})
@in_thread
def review_emergency(request: PageRequest) -> Response[Any]:
    """Say whether it was justified: somebody who is assigned to the practice, and not oneself."""
    form, house, person = form_of(request), house_of(request), person_of(request)
    emergency_id = request.path_params["emergency_id"]
    with deployment_transaction(house.runtime.engine) as connection:
        found = emergencies.by_id(connection, emergency_id)
    if found is None or visitor(request).practice(found.practice_slug) is None:
        raise NotFoundError(NOTHING_HERE)
    try:
        outcome = form.choice("outcome", "an outcome", _OUTCOMES)
        words = form.required("words", "what you found")
        if found.staff_id == person.id:
            raise ConflictError("somebody else reviews your own emergency access")
        with house.runtime.unit_of_work(found.tenant_id, person, purpose=Purpose.SECURITY) as uow:
            if not emergencies.review(uow.connection, emergency_id, person.id, outcome):
                raise ConflictError("this is reviewed already")
            uow.emergency_reasons.add_review(emergency_id, words)
            about = {"emergency": [emergency_id], "staff": [found.staff_id]}
            uow.record("emergency.reviewed", about, justified=int(outcome == _OUTCOMES[0]))
    except (InputError, ConflictError) as problem:
        return _all(request, form=form, problem=problem)
    return see_other("/emergencies")


def _practice(request: PageRequest, form: Form) -> Practice:
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        known = {one.slug: one for one in practices.every(connection)}
    return known[form.choice("practice", "a practice", known)]


def _claim(uow: Any, form: Form) -> ClaimRecord | None:
    """The claim whose patient it is about; None for the whole practice."""
    number = form.text("claim").upper()
    if not number:
        return None
    place = uow.claims.places([number]).get(number)
    if place is None:
        raise FieldError("claim", "that practice has no claim of this number")
    record = uow.claims.get(place.id)
    assert isinstance(record, ClaimRecord), "the store gives records"
    return record


def _own(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        every = practices.every(connection)
        mine = emergencies.of_person(connection, visitor(request).staff.id, limit=_ROWS)
    return form_page(
        request,
        "emergency.html",
        form,
        problem,
        here="emergency",
        practices=[(one.slug, one.name) for one in every],
        minutes=[(one, f"{one} minutes") for one in MINUTES],
        mine=mine,
    )


def _all(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        found = emergencies.every(connection, limit=_ROWS)
    return form_page(
        request,
        "emergencies.html",
        form,
        problem,
        here="emergency",
        found=[(one, _may_review(request, one)) for one in found],
        reasons={str(key): words for key, words in _reasons(request, found).items()},
        outcomes=_OUTCOMES,
    )


def _may_review(request: PageRequest, one: Emergency) -> bool:
    who = visitor(request)
    assigned = who.practice(one.practice_slug) is not None
    return assigned and not one.outcome and one.staff_id != who.staff.id


def _reasons(request: PageRequest, found: tuple[Emergency, ...]) -> dict[UUID, str]:
    """Why each was taken, of the practices the visitor is assigned to; the reading is recorded."""
    known: dict[UUID, str] = {}
    for practice in visitor(request).practices:
        ids = [one.id for one in found if one.tenant_id == practice.tenant_id]
        if not ids:
            continue
        with house_of(request).runtime.unit_of_work(
            practice.tenant_id, person_of(request), purpose=Purpose.SECURITY
        ) as uow:
            known |= uow.emergency_reasons.reasons(ids)
            uow.record("emergency.read", {"emergency": ids})
    return known

"""Pages for practices, providers and enrolment."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import (
    NOTHING_HERE,
    PageRequest,
    form_of,
    house_of,
    may,
    practice_of,
    visitor,
)
from api.practices import create_practice
from audit.event import ObjectType
from core.claims.parties import Address, Entity, Name, Provider
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.ports import Practice
from core.usecases import masters as usecases
from tenants.ids import new_id
from tenants.session import transaction
from tenants.staff import Right
from tenants.store import masters_pages as store
from tenants.store import staff
from tenants.store.masters_pages import NewEnrolment

_TRANSACTIONS = ("837P", "837I", "837D", "835")
_STATUSES = ("requested", "active", "ended")


@get("/practices", opt={"access": Right.SEE_MASTERS})
@in_thread
def practices_page(request: PageRequest) -> Response[Any]:
    """The practices: all of them for who may change them, else the assigned ones."""
    return _practices(request)


@post("/practices", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def add_practice(request: PageRequest) -> Response[Any]:
    """A new practice; who enters it is assigned to it."""
    form, house, who = form_of(request), house_of(request), visitor(request)
    try:
        created = create_practice(
            house.runtime,
            slug=form.required("slug", "the short name").lower(),
            name=form.required("name", "the name"),
            submitter_id=form.text("submitter_id").upper(),
            actor=person_of(request),
        )
    except (InputError, ConflictError) as problem:
        return _practices(request, form=form, problem=problem)
    with house.deployment_work(who.staff.id) as work:
        mine = [one.tenant_id for one in staff.practices_of(work.connection, who.staff.id)]
        staff.assign(work.connection, who.staff.id, [*mine, created.tenant_id])
        work.record(
            "staff.assigned",
            {
                ObjectType.STAFF: (who.staff.id,),
                ObjectType.PRACTICE: (created.tenant_id,),
            },
        )
    return see_other("/practices")


def _practices(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    mine = {practice.tenant_id for practice in visitor(request).practices}
    with transaction(house_of(request).runtime.engine) as connection:
        found = store.practices(connection)
    if not may(request, Right.CHANGE_MASTERS):
        found = tuple(one for one in found if one.tenant_id in mine)
    return form_page(
        request,
        "practices.html",
        form,
        problem,
        here="practices",
        practices=found,
        mine=[str(tenant_id) for tenant_id in mine],
    )


@get("/providers", opt={"access": Right.SEE_MASTERS})
@in_thread
def providers_page(request: PageRequest) -> Response[Any]:
    """The providers of one practice."""
    return _providers(request, _chosen(request, request.query_params.get("practice", "")))


@post("/providers", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def add_provider(request: PageRequest) -> Response[Any]:
    """A new provider of a practice, active at once."""
    form = form_of(request)
    practice = practice_of(request, form.text("practice"))
    try:
        provider = read_provider(form)
        with _work(request, practice) as uow:
            usecases.enter_provider(
                uow, role=form.text("role"), provider=provider, clia=form.text("clia").upper()
            )
    except (InputError, ConflictError) as problem:
        return _providers(request, practice, form=form, problem=problem)
    return see_other(f"/providers?practice={practice.slug}")


@post(
    "/practices/{slug:str}/providers/{provider_id:uuid}/confirm",
    opt={"access": Right.CHANGE_MASTERS},
)
@in_thread
def confirm_provider(request: PageRequest) -> Response[Any]:
    """Vouch for a provider that came in with a file."""
    practice = practice_of(request, request.path_params["slug"])
    try:
        with _work(request, practice) as uow:
            usecases.confirm_provider(uow, request.path_params["provider_id"])
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except ConflictError as problem:
        return _providers(request, practice, problem=problem)
    return see_other(f"/providers?practice={practice.slug}")


def read_provider(form: Form) -> Provider:
    """The provider a form describes; checked in ``core.usecases.masters``."""
    entity = Entity(form.choice("entity", "person or organisation", [one.value for one in Entity]))
    person = entity is Entity.PERSON
    address = Address(
        line1=form.text("line1"),
        city=form.text("city"),
        state=form.text("state").upper(),
        postal_code=form.text("postal_code").replace("-", ""),
    )
    return Provider(
        name=Name(last=form.text("last_name"), first=form.text("first_name") if person else ""),
        entity=entity,
        npi=form.text("npi"),
        taxonomy=form.text("taxonomy").upper(),
        tax_id=form.text("tax_id").replace("-", ""),
        tax_id_kind="SY" if form.text("tax_id_kind") == "SY" else "EI",
        credential=form.text("credential").upper(),
        address=address if address.line1 else None,
        phone=form.text("phone"),
    )


def _providers(
    request: PageRequest,
    practice: Practice | None,
    *,
    form: Form | None = None,
    problem: ClaimwrightError | None = None,
) -> Response[Any]:
    found: tuple[store.ProviderEntry, ...] = ()
    if practice is not None:
        with _work(request, practice) as uow:
            found = store.providers(uow.connection)
    return form_page(
        request,
        "providers.html",
        form,
        problem,
        here="providers",
        practice=practice,
        practices=visitor(request).practices,
        providers=found,
        roles=usecases.PROVIDER_ROLES,
    )


@get("/enrolment", opt={"access": Right.SEE_MASTERS})
@in_thread
def enrolment_page(request: PageRequest) -> Response[Any]:
    """Which provider may send to which payer, and since when."""
    return _enrolment(request, _chosen(request, request.query_params.get("practice", "")))


@post("/enrolment", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def enter_enrolment(request: PageRequest) -> Response[Any]:
    """Enter an enrolment, or change the one that is there."""
    form = form_of(request)
    practice = practice_of(request, form.text("practice"))
    try:
        first, last = form.day("first_day", "first day"), form.day("last_day", "last day")
        if first and last and last < first:
            raise FieldError("last_day", "the last day lies before the first")
        new = NewEnrolment(
            id=new_id(),
            payer_ref=form.identifier("payer", "a payer"),
            provider_id=form.identifier("provider", "a provider"),
            transaction_kind=form.choice("transaction_kind", "a transaction", _TRANSACTIONS),
            status=form.choice("status", "a status", _STATUSES),
            first_day=first,
            last_day=last,
        )
        with _work(request, practice) as uow:
            row_id = store.enter_enrolment(uow.connection, practice.tenant_id, new)
            about = {
                "enrolment": [row_id],
                "provider": [new.provider_id],
                "payer": [new.payer_ref],
            }
            uow.record("enrolment.changed", about)
    except (InputError, NotFoundError) as problem:
        return _enrolment(request, practice, form=form, problem=problem)
    return see_other(f"/enrolment?practice={practice.slug}")


def _enrolment(
    request: PageRequest,
    practice: Practice | None,
    *,
    form: Form | None = None,
    problem: ClaimwrightError | None = None,
) -> Response[Any]:
    values: dict[str, Any] = {"enrolments": (), "providers": (), "payers": ()}
    if practice is not None:
        with _work(request, practice) as uow:
            values = {
                "enrolments": store.enrolments(uow.connection),
                "providers": store.providers(uow.connection),
                "payers": store.payers(uow.connection),
            }
    return form_page(
        request,
        "enrolment.html",
        form,
        problem,
        here="enrolment",
        practice=practice,
        practices=visitor(request).practices,
        transactions=_TRANSACTIONS,
        statuses=_STATUSES,
        **values,
    )


def _chosen(request: PageRequest, slug: str) -> Practice | None:
    """The practice asked for, else the first assigned one, else none."""
    if slug:
        return practice_of(request, slug)
    return next(iter(visitor(request).practices), None)


def _work(request: PageRequest, practice: Practice) -> Any:
    return house_of(request).runtime.unit_of_work(practice.tenant_id, person_of(request))

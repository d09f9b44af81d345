"""Pages for staff: accounts, roles and assignments."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from api import accounts
from api.deployment import DeploymentWork
from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, visitor
from api.practices import create_staff
from audit.event import ObjectType
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from tenants.demands import Credential
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.staff import Right, Role, Staff
from tenants.store import demands, factors, masters_pages, sessions, staff

_LOCATION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", re.ASCII)
_CREDENTIAL = re.compile(r"[A-Z0-9-]{2,20}", re.ASCII)
_NUMBER_CHARACTERS_MAX = 40


@get("/staff", opt={"access": Right.CHANGE_STAFF})
@in_thread
def staff_page(request: PageRequest) -> Response[Any]:
    """Everybody with an account."""
    return _staff(request)


# Who may sign in as whom is decided here: a factor must have been shown lately.
_CHANGES: dict[str, Any] = {"access": Right.CHANGE_STAFF, "step_up": True}


@post("/staff", opt=_CHANGES)
@in_thread
def add_staff(request: PageRequest) -> Response[Any]:
    """A new account; the code its first password is set with is shown on this answer alone."""
    form, house = form_of(request), house_of(request)
    try:
        person = create_staff(
            house.runtime,
            email=form.required("email", "the e-mail address"),
            name=form.required("name", "the name"),
            role=Role(form.choice("role", "a role", [one.value for one in Role])),
            password=None,
            slugs=form.every("practice"),
            actor=person_of(request),
        )
    except (InputError, ConflictError, NotFoundError) as problem:
        return _staff(request, form=form, problem=problem)
    return _code(request, person.id)


@get("/staff/{staff_id:uuid}", opt={"access": Right.CHANGE_STAFF})
@in_thread
def person_page(request: PageRequest) -> Response[Any]:
    """One account."""
    return _person(request)


@post("/staff/{staff_id:uuid}", opt=_CHANGES)
@in_thread
def change_staff(request: PageRequest) -> Response[Any]:
    """Name, role, practices, and whether the account is open; a change of rights ends sessions."""
    form, who = form_of(request), visitor(request)
    try:
        with house_of(request).deployment_work(who.staff.id) as work:
            before = _there(work.connection, request.path_params["staff_id"])
            after = _read_change(form, before, who.staff.id)
            is_reassigned = _reassign(work, form, after)
            if after != before:
                staff.change(work.connection, after)
                record_change(work, before, after)
            if before.active and not after.active:
                runtime, actor = house_of(request).runtime, person_of(request)
                accounts.close(work.connection, runtime, after.id, actor=actor)
            elif is_reassigned or after.role is not before.role:
                # Not one's own: who gives themselves a practice goes on working.
                mine = who.session_id if after.id == who.staff.id else None
                sessions.end_all_of(work.connection, after.id, but=mine)
    except (InputError, ConflictError) as problem:
        return _person(request, form=form, problem=problem)
    return see_other("/staff")


@post("/staff/{staff_id:uuid}/credentials", opt=_CHANGES)
@in_thread
def enter_credential(request: PageRequest) -> Response[Any]:
    """A certificate of a person, with the day from which it counts no more."""
    form, staff_id = form_of(request), request.path_params["staff_id"]
    try:
        with house_of(request).deployment_work(visitor(request).staff.id) as work:
            _there(work.connection, staff_id)
            name = form.required("credential", "the certificate").upper()
            number = form.text("credential_number")
            if not _CREDENTIAL.fullmatch(name) or len(number) > _NUMBER_CHARACTERS_MAX:
                raise FieldError("credential", "a certificate has 2 to 20 letters, such as CPC")
            new = Credential(
                id=new_id(),
                staff_id=staff_id,
                name=name,
                number=number,
                expires_on=form.day("expires_on", "the day it ends"),
            )
            demands.enter_credential(work.connection, new)
            work.record("credential.entered", {ObjectType.STAFF: (staff_id,)})
    except InputError as problem:
        return _person(request, form=form, problem=problem)
    return see_other(f"/staff/{staff_id}")


@post(
    "/staff/{staff_id:uuid}/credentials/{credential_id:uuid}/remove",
    opt=_CHANGES,
)
@in_thread
def remove_credential(request: PageRequest) -> Response[Any]:
    """Take a certificate away; what it stood before ends at once."""
    staff_id = request.path_params["staff_id"]
    with house_of(request).deployment_work(visitor(request).staff.id) as work:
        credential_id = request.path_params["credential_id"]
        if not demands.remove_credential(work.connection, staff_id, credential_id):
            raise NotFoundError(NOTHING_HERE)
        work.record("credential.removed", {ObjectType.STAFF: (staff_id,)})
    return see_other(f"/staff/{staff_id}")


@post("/staff/{staff_id:uuid}/password", opt=_CHANGES)
@in_thread
def renew_password(request: PageRequest) -> Response[Any]:
    """A code for a new password, shown once; the present one is void and sessions are over."""
    return _code(request, request.path_params["staff_id"])


@post("/staff/{staff_id:uuid}/factors", opt=_CHANGES)
@in_thread
def renew_factors(request: PageRequest) -> Response[Any]:
    """The same for who lost their second factor: that is taken away as well."""
    return _code(request, request.path_params["staff_id"], forget_factors=True)


@post("/staff/{staff_id:uuid}/sessions", opt=_CHANGES)
@in_thread
def end_sessions(request: PageRequest) -> Response[Any]:
    """Sign a person out everywhere."""
    runtime, staff_id = house_of(request).runtime, request.path_params["staff_id"]
    with deployment_transaction(runtime.engine) as connection:
        person = _there(connection, staff_id)
    accounts.end_sessions(runtime, person.id, actor=person_of(request))
    return see_other(f"/staff/{person.id}")


def _code(request: PageRequest, staff_id: UUID, *, forget_factors: bool = False) -> Response[Any]:
    house = house_of(request)
    if staff_id == visitor(request).staff.id:
        raise ConflictError("another administrator does this for you; your own is on Your sign-in")
    with deployment_transaction(house.runtime.engine) as connection:
        _there(connection, staff_id)
    person, code = accounts.issue_password_code(
        house.runtime, staff_id, actor=person_of(request), forget_factors=forget_factors
    )
    address = accounts.password_address(house.site, code)
    return page(request, "password.html", here="staff", person=person, code=code, address=address)


def _read_change(form: Form, before: Staff, me: UUID) -> Staff:
    role = Role(form.choice("role", "a role", [one.value for one in Role]))
    active = form.text("active") == "1"
    if before.id == me and (not active or role is not before.role):
        raise ConflictError("another administrator changes your own role or closes your account")
    if role.is_client and len(form.every("practice")) != 1:
        raise FieldError("practice", "a person of a practice is assigned to exactly one practice")
    location = form.text("location").upper() or before.location
    if not _LOCATION.fullmatch(location):
        raise FieldError("location", "a place is a country, or a country and state: US, US-PA, IN")
    return msgspec.structs.replace(
        before,
        name=form.required("name", "the name"),
        role=role,
        active=active,
        location=location,
    )


def record_change(work: DeploymentWork, before: Staff, after: Staff) -> None:
    """An event of what was and what is, as digests: short lists, so anybody can check them."""
    pairs = {
        "role": (before.role, after.role),
        "location": (before.location, after.location),
        "active": (before.active, after.active),
        "called": (before.name, after.name),
    }
    changed = {what: 1 for what, (was, becomes) in pairs.items() if was != becomes}
    if changed:
        work.record(
            "staff.changed",
            {ObjectType.STAFF: (after.id,)},
            counts=changed,
            digests={"before": _digest(before), "after": _digest(after)},
        )


def _digest(person: Staff) -> bytes:
    said = f"{person.role.value} {person.location} {'open' if person.active else 'closed'}"
    return hashlib.sha256(said.encode()).digest()


def _reassign(work: DeploymentWork, form: Form, person: Staff) -> bool:
    known = {one.slug: one.tenant_id for one in masters_pages.practices(work.connection)}
    wanted = {known[slug] for slug in form.every("practice") if slug in known}
    had = {one.tenant_id for one in staff.practices_of(work.connection, person.id)}
    staff.assign(work.connection, person.id, sorted(wanted))
    for kind, changed in (("staff.assigned", wanted - had), ("staff.unassigned", had - wanted)):
        if changed:
            about = {ObjectType.STAFF: (person.id,), ObjectType.PRACTICE: sorted(changed)}
            work.record(kind, about)
    return wanted != had


def _staff(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        people = staff.every(connection)
        practices = masters_pages.practices(connection)
        credentials = demands.all_credentials(connection)
    today = house_of(request).today()
    return form_page(
        request,
        "staff.html",
        form,
        problem,
        here="staff",
        people=people,
        ending={
            str(one): [each for each in theirs if each.ends_soon(today)]
            for one, theirs in credentials.items()
        },
        today=today,
        practices=practices,
        roles=[one.value for one in Role],
        chosen=list(form.every("practice")) if form else [],
    )


def _person(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        person = _there(connection, request.path_params["staff_id"])
        practices = masters_pages.practices(connection)
        mine = [one.slug for one in staff.practices_of(connection, person.id)]
        theirs = factors.of_person(connection, person.id)
        open_sessions = len(sessions.of_person(connection, person.id))
        credentials = demands.credentials(connection, person.id)
    today = house_of(request).today()
    return form_page(
        request,
        "person.html",
        form,
        problem,
        here="staff",
        person=person,
        practices=practices,
        credentials=[(one, one.counts_on(today), one.ends_soon(today)) for one in credentials],
        today=today,
        roles=[one.value for one in Role],
        chosen=list(form.every("practice")) if form else mine,
        factors=theirs,
        open_sessions=open_sessions,
    )


def _there(connection: Any, staff_id: UUID) -> Staff:
    try:
        return staff.by_id(connection, staff_id)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None

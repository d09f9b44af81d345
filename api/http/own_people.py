"""A practice's director invites the practice's own people, and closes their accounts."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from msgspec.structs import replace

from api import accounts
from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import Form
from api.http.people import record_change
from api.http.portal import own_practice
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, visitor
from api.practices import create_staff
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from tenants.session import deployment_transaction
from tenants.staff import CLIENT_ROLES, Right, Role
from tenants.store import staff

# A further director is the billing company's to enter: it is a matter of the contract.
INVITED = tuple(sorted(CLIENT_ROLES - {Role.DIRECTOR}))


@get("/people", opt={"access": Right.CHANGE_OWN_PEOPLE})
@in_thread
def own_people_page(request: PageRequest) -> Response[Any]:
    """Everybody of the practice with an account."""
    return _page(request)


@post("/people", opt={"access": Right.CHANGE_OWN_PEOPLE, "step_up": True})
@in_thread
def invite(request: PageRequest) -> Response[Any]:
    """A new account of this practice, with a code for its first password, shown on this answer."""
    form, practice, house = form_of(request), own_practice(request), house_of(request)
    try:
        person = create_staff(
            house.runtime,
            email=form.required("email", "the e-mail address"),
            name=form.required("name", "the name"),
            role=Role(form.choice("role", "a role", INVITED)),
            password=None,
            slugs=(practice.slug,),
            actor=person_of(request),
        )
    except (InputError, ConflictError) as problem:
        return _page(request, form=form, problem=problem)
    person, code = accounts.issue_password_code(house.runtime, person.id, actor=person_of(request))
    address = accounts.password_address(house.site, code)
    return page(request, "password.html", here="people", person=person, code=code, address=address)


@post("/people/{staff_id:uuid}/close", opt={"access": Right.CHANGE_OWN_PEOPLE, "step_up": True})
@in_thread
def close(request: PageRequest) -> Response[Any]:
    """Close the account of somebody of this practice; their sessions end in the same moment."""
    practice, me = own_practice(request), visitor(request).staff.id
    with house_of(request).deployment_work(me) as work:
        known = {one.id: one for one in staff.of_practice(work.connection, practice.tenant_id)}
        person = known.get(request.path_params["staff_id"])
        if person is None or person.role not in INVITED:
            raise NotFoundError(NOTHING_HERE)
        closed = replace(person, active=False)
        staff.change(work.connection, closed)
        runtime, actor = house_of(request).runtime, person_of(request)
        accounts.close(work.connection, runtime, person.id, actor=actor)
        record_change(work, person, closed)
    return see_other("/people")


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    practice = own_practice(request)
    with deployment_transaction(house_of(request).runtime.engine) as connection:
        found = staff.of_practice(connection, practice.tenant_id)
    return form_page(
        request,
        "own_people.html",
        form,
        problem,
        here="people",
        practice=practice,
        people=[(one, one.active and one.role in INVITED) for one in found],
        roles=[role.value for role in INVITED],
    )

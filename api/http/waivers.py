"""Waivers of a practice: rules let pass for a while, who asked, who approved, and until when."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, see_other
from api.http.claim_access import practice_work
from api.http.forms import Form
from api.http.sessions import (
    NOTHING_HERE,
    PageRequest,
    form_of,
    house_of,
    practice_of,
    visitor,
)
from audit.event import Purpose
from core.dates import Window
from core.errors import ClaimwrightError, ForbiddenError, InputError, NotFoundError
from core.scrub.waivers import WAIVABLE
from core.usecases import waive
from tenants.staff import Right
from tenants.store import claim_page, masters_pages

_WAIVERS = "/practices/{slug:str}/waivers"


@get(_WAIVERS, opt={"access": Right.WORK_QUEUE})
@in_thread
def waivers_page(request: PageRequest) -> Response[Any]:
    """Every waiver of the practice; those that are over say so."""
    return _page(request)


@post(_WAIVERS, opt={"access": Right.WAIVE_RULES})
@in_thread
def ask_for_waiver(request: PageRequest) -> Response[Any]:
    """Ask for one; it holds once somebody else has approved it."""
    form, who = form_of(request), visitor(request).staff
    try:
        with practice_work(request, Purpose.OPERATIONS) as uow:
            waive.ask_for_waiver(
                uow,
                house_of(request).runtime.rule_book(uow.tenant_id),
                rule=form.required("rule", "the rule"),
                payer_ref=form.identifier("payer", "a payer") if form.text("payer") else None,
                code=form.text("code").upper(),
                window=Window(
                    form.day("first_day", "the first day") or uow.today,
                    form.day("last_day", "the last day"),
                ),
                reason=form.text("reason"),
                document=form.text("document"),
                by=who.id,
                role=who.role.value,
            )
    except (InputError, NotFoundError) as problem:
        return _page(request, form=form, problem=problem)
    return see_other(_address(request))


@post(f"{_WAIVERS}/{{waiver_id:uuid}}/approve", opt={"access": Right.WAIVE_RULES})
@in_thread
def approve_waiver(request: PageRequest) -> Response[Any]:
    """Approve what somebody else asked for."""
    who = visitor(request).staff
    try:
        with practice_work(request, Purpose.OPERATIONS) as uow:
            waive.approve_waiver(
                uow, request.path_params["waiver_id"], by=who.id, role=who.role.value
            )
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except ForbiddenError as problem:
        return _page(request, problem=problem)
    return see_other(_address(request))


@post(f"{_WAIVERS}/{{waiver_id:uuid}}/end", opt={"access": Right.WAIVE_RULES})
@in_thread
def end_waiver(request: PageRequest) -> Response[Any]:
    """From the next scrub on the rule speaks again."""
    try:
        with practice_work(request, Purpose.OPERATIONS) as uow:
            waive.end_waiver(uow, request.path_params["waiver_id"], by=visitor(request).staff.id)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    return see_other(_address(request))


def _address(request: PageRequest) -> str:
    return f"/practices/{practice_of(request, request.path_params['slug']).slug}/waivers"


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    runtime = house_of(request).runtime
    with practice_work(request, Purpose.OPERATIONS) as uow:
        found = [(one, one.state(uow.today)) for one in uow.waivers.every()]
        people = {one.requested_by for one, _ in found}
        people |= {one.approved_by for one, _ in found if one.approved_by}
        known = claim_page.people(uow.connection, people) if people else {}
        names = {str(person): known.get(person, "somebody") for person in people}
        payers = masters_pages.payers(uow.connection)
        practice = uow.practice
    book = runtime.rule_book(practice.tenant_id)
    titles = {
        looker.rule.id: looker.rule.title
        for looker in book.lookers
        if looker.severity in WAIVABLE and not looker.gate
    }
    return form_page(
        request,
        "waivers.html",
        form,
        problem,
        here="practices",
        practice=practice,
        waivers=found,
        names=names,
        me=visitor(request).staff.id,
        payers=[("", "every payer"), *((str(one.id), one.name) for one in payers)],
        titles=titles,
        rule_options=[(rule, f"{rule} {title}") for rule, title in sorted(titles.items())],
    )

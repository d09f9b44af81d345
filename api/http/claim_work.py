"""Putting a claim right: edit with a diff, scrub again, override, release, send again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api.http import claim_form
from api.http.answers import in_thread, page, see_other
from api.http.claim import SHOWS, actions_for, claim_address, claim_answer
from api.http.claim_access import NotAdmittedError, form_sight, opened, role_sight, sees_clinical
from api.http.claim_fields import line_fields_of, sections_of
from api.http.claim_form import FieldsError
from api.http.claim_reading import DIAGNOSES_MAX, ClaimFields, fields_of, offers_diagnoses
from api.http.forms import Form
from api.http.sessions import PageRequest, form_of, house_of, practice_of, visitor
from core.claims.claim import Claim
from core.claims.parties import Provider
from core.errors import ConflictError, ForbiddenError, InputError, StateError
from core.ports import ClaimRecord
from core.pricing.price import price
from core.sight import Sight, seen_claim
from core.usecases import work_claim
from tenants.staff import Right

_CLAIM = "/practices/{slug:str}/claims/{claim_id:uuid}"
_SAVE = "save"


_NOT_SHOWN = "your role does not see what is clinical on this claim; somebody else edits it"


@get(f"{_CLAIM}/edit", opt={"access": Right.EDIT_CLAIM, "shows": SHOWS})
@in_thread
def edit_page(request: PageRequest) -> Response[Any]:
    """The form, filled with the claim as it is."""
    with opened(request) as (uow, record):
        sight = role_sight(request)
        if not sees_clinical(sight, record):
            raise ForbiddenError(_NOT_SHOWN)
        uow.record("claim.read", {"claim": [record.id]}, claims=1)
        findings = uow.claims.findings(record.id)
    if not actions_for(request, record, findings).edit:
        return claim_answer(
            request,
            status=409,
            problem="this claim is not here to be edited; a filed claim is corrected instead",
        )
    offered = form_sight(sight, record)
    fields = fields_of(record.claim, offered)
    return _form(request, record, record.version, fields, offered)


@post(f"{_CLAIM}/edit", opt={"access": Right.EDIT_CLAIM, "shows": SHOWS})
@in_thread
def edit(request: PageRequest) -> Response[Any]:
    """First what would change, then, once confirmed, the change itself and a new scrub."""
    practice = practice_of(request, request.path_params["slug"])
    form, runtime = form_of(request), house_of(request).runtime
    with opened(request) as (uow, record):
        sight = role_sight(request)
        if not sees_clinical(sight, record):
            raise ForbiddenError(_NOT_SHOWN)
        uow.record("claim.read", {"claim": [record.id]}, claims=1)
        providers = _known_providers(uow, form, record.claim)
    offered = form_sight(sight, record)
    version = form.whole("version", "the version")
    try:
        after = claim_form.edited(form, record.claim, providers, offered)
    except FieldsError as problem:
        typed = claim_form.typed_fields(form, record.claim, offered)
        return _form(request, record, version, typed, offered, errors=problem.by_field, status=422)
    if record.version != version:
        return _form(
            request,
            record,
            record.version,
            claim_form.typed_fields(form, record.claim, offered),
            offered,
            problem="Somebody changed this claim meanwhile. What you typed stands below; compare"
            " it with the claim, then save again.",
            status=409,
        )
    if form.text("step") != _SAVE:
        priced = price(after, runtime.rule_book(practice.tenant_id))
        return _review(request, record, priced, form, offered)
    with opened(request) as (uow, record):
        work_claim.edit_claim(
            uow,
            record.id,
            expected_version=version,
            edit=lambda claim: claim_form.edited(form, claim, providers, offered),
            rule_book=runtime.rule_book(practice.tenant_id),
        )
    return see_other(claim_address(practice, record.id))


@post(f"{_CLAIM}/scrub", opt={"access": Right.EDIT_CLAIM, "shows": SHOWS})
@in_thread
def scrub(request: PageRequest) -> Response[Any]:
    """Judge the claim by the rules of today."""
    runtime = house_of(request).runtime
    return _act(
        request,
        lambda uow, claim_id: work_claim.scrub_again(
            uow, claim_id, runtime.rule_book(uow.tenant_id)
        ),
    )


@post(f"{_CLAIM}/release", opt={"access": Right.RELEASE_CLAIM, "shows": SHOWS})
@in_thread
def release(request: PageRequest) -> Response[Any]:
    """Let a held claim go with the next batch."""
    return _act(request, work_claim.release)


@post(f"{_CLAIM}/send-again", opt={"access": Right.RELEASE_CLAIM, "shows": SHOWS})
@in_thread
def send_again(request: PageRequest) -> Response[Any]:
    """Put a rejected claim into the next batch."""
    return _act(request, work_claim.send_again)


@post(f"{_CLAIM}/fix", opt={"access": Right.EDIT_CLAIM, "shows": SHOWS})
@in_thread
def fix(request: PageRequest) -> Response[Any]:
    """Apply what a finding suggests to the claim as the page showed it, and scrub again."""
    form, runtime = form_of(request), house_of(request).runtime
    reason, person = form.text("reason"), visitor(request).staff

    def apply(uow: Any, claim_id: UUID) -> None:
        if not sees_clinical(role_sight(request), uow.claims.get(claim_id)):
            raise ForbiddenError(_NOT_SHOWN)
        work_claim.apply_finding_fix(
            uow,
            claim_id,
            form.identifier("finding", "the finding"),
            expected_version=form.whole("version", "the version"),
            rule_book=runtime.rule_book(uow.tenant_id),
            role=person.role.value,
            reason=reason,
        )

    return _act(request, apply, reason=reason, finding=form.text("finding"))


@post(f"{_CLAIM}/override", opt={"access": Right.RELEASE_CLAIM, "shows": SHOWS})
@in_thread
def override(request: PageRequest) -> Response[Any]:
    """Override a finding that expects a denial, with a reason."""
    form = form_of(request)
    reason, person = form.text("reason"), visitor(request).staff
    return _act(
        request,
        lambda uow, claim_id: work_claim.override_finding(
            uow,
            claim_id,
            form.identifier("finding", "the finding"),
            reason=reason,
            role=person.role.value,
            layers=person.overrides,
        ),
        reason=reason,
        finding=form.text("finding"),
    )


def _act(
    request: PageRequest,
    act: Callable[[Any, UUID], Any],
    *,
    reason: str = "",
    finding: str = "",
) -> Response[Any]:
    """Do it and show the claim; where it cannot be done, the claim page says why."""
    practice = practice_of(request, request.path_params["slug"])
    try:
        with opened(request) as (uow, record):
            act(uow, record.id)
    except NotAdmittedError:
        raise
    except (StateError, ConflictError, InputError, ForbiddenError) as problem:
        return claim_answer(
            request,
            status=problem.http_status,
            problem=problem.message,
            reason=reason,
            finding=finding,
        )
    return see_other(claim_address(practice, record.id))


def _known_providers(uow: Any, form: Form, claim: Claim) -> dict[str, Provider]:
    found = uow.masters.providers("rendering", claim_form.provider_npis(form, claim))
    return {npi: one.provider for npi, one in found.items() if one.status == "active"}


def _form(
    request: PageRequest,
    record: ClaimRecord,
    version: int,
    fields: ClaimFields,
    offered: Sight,
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    filled = (*fields.diagnoses, *[""] * DIAGNOSES_MAX)
    return page(
        request,
        "claim_edit.html",
        status=status,
        here="queue",
        practice=practice,
        address=claim_address(practice, request.path_params["claim_id"]),
        claim=seen_claim(record, offered),
        version=version,
        fields=fields,
        sections=sections_of(record.claim.form, offered),
        columns=line_fields_of(record.claim.form, offered),
        diagnoses=filled[: claim_form.slots(fields)] if offers_diagnoses(offered) else (),
        errors=dict(errors or {}),
        problem=problem,
    )


def _review(
    request: PageRequest, record: ClaimRecord, after: Claim, form: Form, offered: Sight
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    return page(
        request,
        "claim_review.html",
        here="queue",
        practice=practice,
        address=claim_address(practice, request.path_params["claim_id"]),
        claim=seen_claim(record, offered),
        differences=claim_form.differences(record.claim, after, offered),
        fields=tuple(item for item in form.items() if item[0] != "step"),
    )

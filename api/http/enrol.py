"""Adding a second factor: an authenticator app, or a security key or passkey."""

from __future__ import annotations

import secrets
from typing import Any

from litestar import Response, get, post

from api.deployment import DeploymentWork
from api.http.answers import in_thread, json_answer, page, see_other
from api.http.proof import go_on_proven, key_answer
from api.http.sessions import (
    ANYBODY,
    PageRequest,
    Renewal,
    digest_of,
    form_of,
    house_of,
    renew_session,
    visitor,
)
from api.web.qr import enrolment_address, qr_code
from audit.event import ObjectType, Purpose
from core.crypto.one_time_codes import SECRET_BYTES, secret_text
from core.errors import ClaimwrightError, ConflictError, ForbiddenError
from tenants import security_keys
from tenants.codes import code_digest, new_code
from tenants.ids import new_id
from tenants.store import factors
from tenants.store.factors import SecurityKey, Use, Used
from tenants.store.sessions import TWO_FACTORS

RECOVERY_CODES = 10

_LABEL_CHARACTERS_MAX = 60

# Whoever adds a factor by the password alone has none yet; see ``sessions.check_assurance``.
_ENROLS: dict[str, Any] = {"access": ANYBODY, "enrols": True}


@get("/enrol", opt=_ENROLS)
@in_thread
def enrol_page(request: PageRequest) -> Response[Any]:
    """The ways to add a second factor."""
    return _ways(request)


def _ways(request: PageRequest, problem: ClaimwrightError | None = None) -> Response[Any]:
    who = visitor(request)
    return page(
        request,
        "enrol.html",
        status=200 if problem is None else problem.http_status,
        here="security",
        first=who.assurance < TWO_FACTORS,
        needs_key=house_of(request).admins_need_key and who.staff.role == "admin",
        problem="" if problem is None else problem.message,
    )


@post("/enrol/app", opt=_ENROLS)
@in_thread
def begin_app(request: PageRequest) -> Response[Any]:
    """Make a secret for an app and show it; it counts once the app has shown a code."""
    who = visitor(request).staff
    secret = secrets.token_bytes(SECRET_BYTES)
    with house_of(request).deployment_work(who.id) as work:
        factors.begin_app(
            work.connection, work.sealer, factor_id=new_id(), staff_id=who.id, secret=secret
        )
        work.record("factor.begun", {ObjectType.STAFF: (who.id,)}, purpose=Purpose.SECURITY)
    return _show_secret(request, secret)


def _show_secret(request: PageRequest, secret: bytes, *, problem: str = "") -> Response[Any]:
    who = visitor(request)
    address = enrolment_address(secret, who.staff.email)
    text = secret_text(secret)
    return page(
        request,
        "enrol_app.html",
        status=422 if problem else 200,
        here="security",
        first=who.assurance < TWO_FACTORS,
        code=qr_code(address),
        address=address,
        secret=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        problem=problem,
    )


@post("/enrol/app/confirm", opt=_ENROLS)
@in_thread
def confirm_app(request: PageRequest) -> Response[Any]:
    """The app shows its first code: the factor counts from now on."""
    who, form = visitor(request), form_of(request)
    code = "".join(form.text("code").split())
    with house_of(request).deployment_work(who.staff.id) as work:
        secret = factors.app_being_added(work.connection, work.sealer, who.staff.id)
        done = factors.confirm_app(work.connection, work.sealer, who.staff.id, code)
        if done is not None:
            added, replaced = done
            if replaced is not None:
                about = {ObjectType.STAFF: (who.staff.id,), ObjectType.FACTOR: (replaced,)}
                work.record("factor.removed", about, purpose=Purpose.SECURITY)
            renewal, codes = _enrolled(request, work, Used(factor=added))
    if secret is None:
        return see_other("/enrol")
    if done is None:
        problem = "this is not the code the app shows now; type the next one it shows"
        return _show_secret(request, secret, problem=problem)
    return _welcome(request, renewal, codes)


@post("/enrol/challenge", opt=_ENROLS)
@in_thread
def challenge(request: PageRequest) -> Response[Any]:
    """What the browser asks a security key that is to be added; for our script."""
    assert request.auth is not None, "the route is not public"
    house, who = house_of(request), visitor(request).staff
    with house.deployment_work(who.id) as work:
        known = factors.keys_of(work.connection, who.id)
        asked = security_keys.ask_for_new(house.site, who, known)
        factors.give_challenge(
            work.connection,
            holder=digest_of(request.auth),
            use=Use.ENROL,
            challenge=asked.challenge,
        )
    return json_answer(asked.options)


@post("/enrol/key", opt=_ENROLS)
@in_thread
def add_key(request: PageRequest) -> Response[Any]:
    """Add the key that answered; it has checked its user and counts from now on."""
    assert request.auth is not None, "the route is not public"
    house, who, form = house_of(request), visitor(request).staff, form_of(request)
    label = form.text("label")[:_LABEL_CHARACTERS_MAX] or "Security key"
    holder = digest_of(request.auth)
    with house.deployment_work(who.id) as work:
        given = factors.take_challenge(work.connection, holder=holder, use=Use.ENROL)
    try:
        made = security_keys.enrol(house.site, given, key_answer(form))
        key = SecurityKey(
            id=new_id(),
            staff_id=who.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            label=label,
        )
        with house.deployment_work(who.id) as work:
            factors.add_key(work.connection, key)
            renewal, codes = _enrolled(request, work, Used(factor=key.id))
    except (ForbiddenError, ConflictError) as problem:
        return _ways(request, problem)
    return _welcome(request, renewal, codes)


def _enrolled(
    request: PageRequest, work: DeploymentWork, used: Used
) -> tuple[Renewal, tuple[str, ...]]:
    """Record the new factor, go on proven, and give recovery codes to who has none."""
    who = visitor(request).staff
    assert used.factor is not None, "a factor was added"
    about = {ObjectType.STAFF: (who.id,), ObjectType.FACTOR: (used.factor,)}
    work.record("factor.enrolled", about, purpose=Purpose.SECURITY)
    renewal = go_on_proven(request, work, used)
    if factors.of_person(work.connection, who.id).recovery_codes:
        return renewal, ()
    return renewal, give_recovery_codes(work, request)


def give_recovery_codes(work: DeploymentWork, request: PageRequest) -> tuple[str, ...]:
    """New recovery codes in place of all before; they are shown once and never again."""
    who = visitor(request).staff
    codes = tuple(new_code() for _ in range(RECOVERY_CODES))
    factors.replace_recovery_codes(work.connection, who.id, [code_digest(one) for one in codes])
    work.record("factor.recovery_made", {ObjectType.STAFF: (who.id,)}, purpose=Purpose.SECURITY)
    return codes


def _welcome(request: PageRequest, renewal: Renewal, codes: tuple[str, ...]) -> Response[Any]:
    renew_session(request, renewal)
    return show_recovery_codes(request, codes) if codes else see_other("/security")


def show_recovery_codes(request: PageRequest, codes: tuple[str, ...]) -> Response[Any]:
    """The page with the codes, this once."""
    return page(request, "recovery_codes.html", here="security", codes=codes)

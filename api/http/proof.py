"""Showing a second factor: an app's code, a recovery code, or a security key.

One place for all three and for both moments: after the password, and again before the most
sensitive acts. What is spent (code, challenge, recovery code) and what it proves commit together.
"""

from __future__ import annotations

import re
from uuid import UUID

import msgspec

from api.deployment import DeploymentWork
from api.http.forms import Form
from api.http.house import House
from api.http.sessions import (
    NotSignedInError,
    PageRequest,
    Renewal,
    digest_of,
    form_of,
    house_of,
    new_session_id,
    renew_session,
    token_of,
    visitor,
)
from api.http.throttle import TooManyAttemptsError, factor_keys, visitor_network
from audit.event import ObjectType, Purpose
from core.crypto.one_time_codes import is_code
from core.errors import ForbiddenError
from tenants import security_keys
from tenants.security_keys import KeyAnswer
from tenants.staff import Role
from tenants.store import factors, sessions
from tenants.store.factors import Use, Used
from tenants.store.sessions import TWO_FACTORS, SignedIn

_WRONG = "this is not the right code, or it was used before; wait for the next one and try again"
_WRONG_KEY = "the security key was not accepted; try again, or use another way"
_KEY_ONLY = "administrators show their security key here; an app's code is not enough"


class ProofRefusedError(ForbiddenError):
    """The second factor that was shown is not accepted."""

    code = "proof-refused"


def is_given(form: Form) -> bool:
    """Whether a form brings a proof."""
    return form.sent("proof_code") or form.sent("proof_key")


def key_answer(form: Form) -> KeyAnswer:
    """The parts of a browser's answer, as our script put them into the form."""
    return KeyAnswer(
        credential_id=form.text("proof_key"),
        client_data=form.text("proof_client_data"),
        authenticator_data=form.text("proof_authenticator_data"),
        signature=form.text("proof_signature"),
        user_handle=form.text("proof_user_handle"),
        attestation=form.text("proof_attestation"),
    )


def prove_session(request: PageRequest) -> Used:
    """Check what the form brings; the session goes on proven, under a new id.

    ``ProofRefusedError`` when it is not right, ``TooManyAttemptsError`` when guessing goes on.
    """
    house, who, form = house_of(request), visitor(request), form_of(request)
    code = re.sub(r"\s", "", form.text("proof_code"))
    if is_code(code) and _only_keys_count(house, who):
        raise ProofRefusedError(_KEY_ONLY)
    keys = factor_keys(who.staff.id, visitor_network(request))
    if is_code(code):
        with house.deployment_work(None) as work:
            wait = sessions.attempt(work.connection, **keys)
        if wait:
            raise TooManyAttemptsError(wait)
    with house.deployment_work(who.staff.id) as work:
        used = _use(request, work, code)
        if used is None:
            about = {ObjectType.STAFF: (who.staff.id,), ObjectType.SESSION: (who.session_id,)}
            work.record("factor.refused", about, purpose=Purpose.SECURITY)
        else:
            sessions.succeeded(work.connection, **keys)
            renewal = go_on_proven(request, work, used)
    if used is None:
        raise ProofRefusedError(_WRONG_KEY if form.sent("proof_key") else _WRONG)
    renew_session(request, renewal)
    return used


def go_on_proven(request: PageRequest, work: DeploymentWork, used: Used) -> Renewal:
    """The session under a new id, now that a factor was shown; the log says so.

    The caller goes on with it once the transaction is through (``renew_session``). Between the
    password and the factor no form is open that may go on; later ones may.
    """
    assert request.auth is not None, "the route is not public"
    who, session_id = visitor(request), new_session_id()
    was_proven = who.assurance >= TWO_FACTORS
    kept = token_of(request) if was_proven else None
    old, fresh = digest_of(request.auth), digest_of(session_id)
    if not sessions.prove(work.connection, old, fresh, form_token=kept):
        raise NotSignedInError("sign in to go on; the session has ended meanwhile")
    about = {ObjectType.STAFF: (who.staff.id,), ObjectType.SESSION: (who.session_id,)}
    if used.factor is not None:
        about[ObjectType.FACTOR] = (used.factor,)
    kind = "staff.stepped_up" if was_proven else "staff.signed_in"
    work.record(kind, about, purpose=Purpose.SECURITY)
    if used.recovery_codes_left is not None:
        counts = {"left": used.recovery_codes_left}
        person = {ObjectType.STAFF: (who.staff.id,)}
        work.record("factor.recovery_used", person, purpose=Purpose.SECURITY, counts=counts)
    proven = msgspec.structs.replace(who, assurance=TWO_FACTORS, is_fresh=True, form_token=kept)
    return Renewal(session_id=session_id, who=proven)


def _only_keys_count(house: House, who: SignedIn) -> bool:
    return house.admins_need_key and who.staff.role is Role.ADMIN and who.key_count > 0


def _use(request: PageRequest, work: DeploymentWork, code: str) -> Used | None:
    """Spend what the form brings; None when it is not right."""
    connection, who, form = work.connection, visitor(request), form_of(request)
    if form.sent("proof_key"):
        assert request.auth is not None, "the route is not public"
        challenge = factors.take_challenge(
            connection, holder=digest_of(request.auth), use=Use.PROVE
        )
        factor = use_key(house_of(request), work, challenge, key_answer(form), of=who.staff.id)
        return None if factor is None else Used(factor=factor.id)
    return factors.use_code(connection, who.staff.id, code, lambda: work.sealer)


def use_key(
    house: House,
    work: DeploymentWork,
    challenge: bytes | None,
    answer: KeyAnswer,
    *,
    of: UUID | None = None,
) -> factors.SecurityKey | None:
    """The key that gave this answer, its counter moved on; None when it is refused.

    ``of``: the person whose key it must be; None where the key itself says who is there.
    """
    key = factors.key_to_check(work.connection, security_keys.credential_id_of(answer))
    if key is not None and of is not None and key.staff_id != of:
        key = None
    try:
        count = security_keys.prove(house.site, challenge, answer, key)
    except ForbiddenError:
        return None
    assert key is not None, "an answer without a key is refused"
    factors.key_was_used(work.connection, key.id, count)
    return key

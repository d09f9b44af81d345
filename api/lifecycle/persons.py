"""Who is at the command line, for what two different persons must agree to."""

from __future__ import annotations

import re

from api.bootstrap import Runtime
from api.deployment import DeploymentWork, deployment_work
from api.http.throttle import TooManyAttemptsError, factor_keys
from audit.event import ObjectType, Purpose
from core.errors import ForbiddenError
from tenants.session import transaction
from tenants.staff import Role, Staff, normal_email, password_matches
from tenants.store import factors, sessions
from tenants.store import staff as store

_REFUSED = "this needs an administrator's own e-mail address and password"
_REFUSED_CODE = (
    "this needs a code of your authenticator app, not used before, or one of your recovery codes"
)

# A command has no network that guesses could be told apart by.
_HERE = "command line"


def proven_administrator(running: Runtime, email: str, password: str, code: str) -> Staff:
    """The administrator whose password and code these are; ``ForbiddenError`` for anybody else.

    ``code`` is of an authenticator app or a recovery code, and is spent: a security key needs a
    browser. ``TooManyAttemptsError`` when codes are guessed.
    """
    with transaction(running.engine) as connection:
        found = store.with_hash(connection, normal_email(email))
    person, stored = found if found is not None else (None, None)
    if not password_matches(stored, password) or person is None or person.role is not Role.ADMIN:
        raise ForbiddenError(_REFUSED)
    actor, keys = running.person(person.id), factor_keys(person.id, _HERE)
    with deployment_work(running, actor, purpose=Purpose.SECURITY) as work:
        wait = sessions.attempt(work.connection, **keys)
    if wait:
        raise TooManyAttemptsError(wait)
    with deployment_work(running, actor, purpose=Purpose.SECURITY) as work:
        proven = _spend(work, person, re.sub(r"\s", "", code))
        if proven:
            sessions.succeeded(work.connection, **keys)
        else:
            work.record("factor.refused", {ObjectType.STAFF: (person.id,)})
    if not proven:
        raise ForbiddenError(_REFUSED_CODE)
    return person


def _spend(work: DeploymentWork, person: Staff, code: str) -> bool:
    """Whether the code is theirs; then it is spent, and the log says so."""
    connection, about = work.connection, {ObjectType.STAFF: (person.id,)}
    used = factors.use_code(connection, person.id, code, lambda: work.sealer)
    if used is None:
        return False
    if used.factor is not None:
        work.record("staff.stepped_up", {**about, ObjectType.FACTOR: (used.factor,)})
    if used.recovery_codes_left is not None:
        work.record("factor.recovery_used", about, counts={"left": used.recovery_codes_left})
    return True

"""Who is at the command line, for what two different persons must agree to."""

from __future__ import annotations

from api.bootstrap import Runtime
from core.errors import ForbiddenError
from tenants.session import transaction
from tenants.staff import Role, Staff, normal_email, password_matches
from tenants.store import staff as store

_REFUSED = "this needs an administrator's own e-mail address and password"


def proven_administrator(running: Runtime, email: str, password: str) -> Staff:
    """The administrator whose password this is; ``ForbiddenError`` for anybody else."""
    with transaction(running.engine) as connection:
        found = store.with_hash(connection, normal_email(email))
    person, stored = found if found is not None else (None, None)
    if not password_matches(stored, password) or person is None or person.role is not Role.ADMIN:
        raise ForbiddenError(_REFUSED)
    return person

"""What an administrator does to somebody's account: a new start, the end of it, an end of sessions.

One place says what a person loses together: sessions, factors, codes and password.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose
from audit.store import Connection, record
from core.errors import ConflictError
from tenants.codes import code_digest, new_code
from tenants.ids import new_id
from tenants.security_keys import Site
from tenants.session import deployment_transaction
from tenants.staff import Staff
from tenants.store import factors, sessions, staff


def issue_password_code(
    runtime: Runtime, staff_id: UUID, *, actor: Actor, forget_factors: bool = False
) -> tuple[Staff, str]:
    """A code with which the person sets a password, once and within ten minutes.

    From now on the present password opens nothing, and every session of theirs is over.
    ``forget_factors``: their second factors are gone too, and they add one at the next sign-in.
    ``ConflictError`` for a closed account.
    """
    code = new_code()
    with deployment_transaction(runtime.engine) as connection:
        person = staff.by_id(connection, staff_id)
        if not person.active:
            raise ConflictError("this account is closed; open it first")
        staff.set_password_hash(connection, person.id, None)
        events = {"staff.sessions_ended": {"sessions": sessions.end_all_of(connection, person.id)}}
        if forget_factors:
            events["factor.reset"] = {"factors": factors.forget_all_of(connection, person.id)}
        factors.issue_reset(connection, person.id, code_digest(code))
        events["staff.reset_issued"] = {}
        _record(connection, runtime, person.id, actor, events)
    return person, code


def end_sessions(runtime: Runtime, staff_id: UUID, *, actor: Actor) -> int:
    """End every session of a person; how many there were."""
    with deployment_transaction(runtime.engine) as connection:
        person = staff.by_id(connection, staff_id)
        ended = sessions.end_all_of(connection, person.id)
        events = {"staff.sessions_ended": {"sessions": ended}}
        _record(connection, runtime, person.id, actor, events)
    return ended


def close(connection: Connection, runtime: Runtime, staff_id: UUID, *, actor: Actor) -> None:
    """Take away, in the transaction that closes the account, all that opens it.

    Opened again it begins anew, with a code from an administrator.
    """
    staff.set_password_hash(connection, staff_id, None)
    ended = sessions.end_all_of(connection, staff_id)
    events = {
        "staff.closed": {},
        "staff.sessions_ended": {"sessions": ended},
        "factor.reset": {"factors": factors.forget_all_of(connection, staff_id)},
    }
    _record(connection, runtime, staff_id, actor, events)


def password_address(site: Site, code: str) -> str:
    """Where the code is used. It stands in the fragment, which a browser sends to nobody."""
    return f"{site.origin}/reset#{code}"


def _record(
    connection: Connection,
    runtime: Runtime,
    staff_id: UUID,
    actor: Actor,
    events: Mapping[str, Mapping[str, int]],
) -> None:
    record(
        connection,
        [
            Event.of(
                kind,
                id=new_id(),
                tenant_id=DEPLOYMENT,
                at=runtime.clock(),
                actor=actor,
                about={ObjectType.STAFF: (staff_id,)},
                counts=counts,
                purpose=Purpose.SECURITY,
            )
            for kind, counts in events.items()
        ],
    )

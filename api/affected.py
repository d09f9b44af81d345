"""Who was affected: everything one person touched in a period, down to the patients (R6).

Asked after an account was misused or a machine was lost, when the clock of 45 CFR 164.410 runs.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from api.bootstrap import Runtime
from api.practices import COMMAND
from core.ports import Practice
from tenants.session import transaction
from tenants.store import access_log, staff


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to write to."""

    id: UUID
    number: str
    last_name: str
    first_name: str


class AffectedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What was touched in one practice: events, when the first and the last, objects by type."""

    practice: str
    events: int
    first_at: datetime
    last_at: datetime
    objects: dict[str, tuple[UUID, ...]]
    patients: tuple[Patient, ...]


def affected_by(
    runtime: Runtime, email: str, *, since: datetime, until: datetime
) -> tuple[AffectedIn, ...]:
    """Everything the person of this address touched from ``since`` to before ``until``.

    The patients' names are read for it, which is an event of its own in each practice.
    ``NotFoundError`` for an unknown address; a closed account is found too.
    """
    with transaction(runtime.engine) as connection:
        person = staff.by_email(connection, email)
    found = (
        _in_practice(runtime, practice, person.id, since, until) for practice in runtime.practices()
    )
    return tuple(one for one in found if one is not None)


def _in_practice(
    runtime: Runtime, practice: Practice, person: UUID, since: datetime, until: datetime
) -> AffectedIn | None:
    with runtime.unit_of_work(practice.tenant_id, COMMAND) as uow:
        acts = access_log.acts_of(uow.connection, person, since=since, until=until)
        if not acts:
            return None
        touched: dict[str, set[UUID]] = {}
        for act in acts:
            for name, ids in act.objects.items():
                touched.setdefault(name, set()).update(ids)
        objects = {name: tuple(sorted(ids)) for name, ids in sorted(touched.items())}
        ids = access_log.patients_of(uow.connection, objects)
        people = uow.patients.load(ids)
        if ids:
            uow.record("patient.read", {"patient": ids}, patients=len(ids))
    return AffectedIn(
        practice=practice.slug,
        events=len(acts),
        first_at=acts[0].at,
        last_at=acts[-1].at,
        objects=objects,
        patients=tuple(
            Patient(
                id=id_,
                number=people[id_][0].number,
                last_name=people[id_][0].person.name.last,
                first_name=people[id_][0].person.name.first,
            )
            for id_ in ids
        ),
    )

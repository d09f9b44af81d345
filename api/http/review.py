"""The review of unusual access: a list computed from the events, and its sign-off as an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post

from api.bootstrap import Runtime
from api.http.access_log import READS
from api.http.answers import in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of, visitor
from audit.catalogue import KINDS
from audit.event import Actor
from audit.review import Looked, Unusual, unusual
from core.errors import NotFoundError
from core.ports import Practice
from tenants.staff import Right
from tenants.store import access_log
from tenants.store.access_log import Act
from tenants.uow import UnitOfWork

DAYS = 14
_ACTS_MAX = 20_000
_OUTCOMES = {"cleared": "review.cleared", "escalated": "review.escalated"}
# Emergency access is an event of its own kind, whoever declares it.
_EMERGENCIES = frozenset(code for code in KINDS if "break_glass" in code or "emergency" in code)


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody decided on a finding."""

    outcome: str
    name: str
    at: datetime


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is shown; ``reviewed`` None: it waits."""

    practice: Practice
    finding: Unusual
    name: str
    role: str
    reviewed: Reviewed | None


@get("/review", opt={"access": Right.REVIEW_ACCESS})
@in_thread
def review_page(request: PageRequest) -> Response[Any]:
    """What is unusual in the last two weeks, what waits first."""
    runtime, actor = house_of(request).runtime, person_of(request)
    rows = [
        row for practice in visitor(request).practices for row in _rows(runtime, practice, actor)
    ]
    rows.sort(key=lambda row: (row.reviewed is not None, -row.finding.last_at.timestamp()))
    return page(
        request, "review.html", here="review", rows=rows, days=DAYS, me=visitor(request).staff.id
    )


@post("/practices/{slug:str}/review/{review_id:uuid}", opt={"access": Right.REVIEW_ACCESS})
@in_thread
def sign_off(request: PageRequest) -> Response[Any]:
    """Cleared or passed on; nobody signs off their own access."""
    practice = practice_of(request, request.path_params["slug"])
    outcome = form_of(request).choice("outcome", "an outcome", _OUTCOMES)
    runtime, actor = house_of(request).runtime, person_of(request)
    with runtime.unit_of_work(practice.tenant_id, actor) as uow:
        found = {one.id: one for one in _found(uow, _acts(uow))}
        finding = found.get(request.path_params["review_id"])
        if finding is None:
            raise NotFoundError(NOTHING_HERE)
        if finding.person == actor.id:
            raise FieldError("outcome", "somebody else reviews your own access")
        uow.record(_OUTCOMES[outcome], {"review": [finding.id], "staff": [finding.person]})
    return see_other("/review")


def _rows(runtime: Runtime, practice: Practice, actor: Actor) -> Iterable[Row]:
    with runtime.unit_of_work(practice.tenant_id, actor) as uow:
        acts = _acts(uow)
        people = {one.actor_id: one for one in acts}
        found = _found(uow, acts)
        reviewed = _reviewed(uow)
        uow.record("review.read", {"practice": [practice.tenant_id]})
    return [
        Row(
            practice=practice,
            finding=one,
            name=people[one.person].name,
            role=people[one.person].role,
            reviewed=reviewed.get(one.id),
        )
        for one in found
    ]


def _acts(uow: UnitOfWork) -> tuple[Act, ...]:
    acts = access_log.reads(
        uow.connection,
        kinds=sorted({*READS, *_EMERGENCIES}),
        since=uow.now - timedelta(days=DAYS),
        until=uow.now + timedelta(days=1),
        limit=_ACTS_MAX,
    )
    return tuple(one for one in acts if one.actor_kind == "person" and one.name)


def _found(uow: UnitOfWork, acts: tuple[Act, ...]) -> tuple[Unusual, ...]:
    looks = [
        Looked(
            at=one.at,
            person=one.actor_id,
            records=(*one.objects.get("patient", ()), *one.objects.get("claim", ())),
            is_emergency=one.kind in _EMERGENCIES,
        )
        for one in acts
    ]
    return unusual(looks, ZoneInfo(uow.practice.time_zone), _relatives(uow, acts))


def _relatives(uow: UnitOfWork, acts: tuple[Act, ...]) -> dict[UUID, frozenset[UUID]]:
    """By person, the patients with the person's surname that were read, and their claims."""
    read: dict[UUID, set[UUID]] = {}
    names: dict[UUID, str] = {}
    for one in acts:
        names[one.actor_id] = one.name.split()[-1]
        read.setdefault(one.actor_id, set()).update(
            *(one.objects.get(kind, ()) for kind in ("patient", "claim"))
        )
    every = sorted({id_ for ids in read.values() for id_ in ids})
    patient_of = {
        claim: patient
        for claim, (_, patient) in access_log.claim_numbers(uow.connection, every).items()
    }
    kin: dict[UUID, frozenset[UUID]] = {}
    for person, ids in read.items():
        patients = sorted({patient_of.get(id_, id_) for id_ in ids})
        same = {one for one, _ in uow.patients.named(names[person], among=patients)}
        kin[person] = frozenset(id_ for id_ in ids if patient_of.get(id_, id_) in same)
    return kin


def _reviewed(uow: UnitOfWork) -> dict[UUID, Reviewed]:
    acts = access_log.reads(
        uow.connection,
        kinds=sorted(_OUTCOMES.values()),
        since=uow.now - timedelta(days=DAYS),
        until=uow.now + timedelta(days=1),
        limit=_ACTS_MAX,
    )
    # The newest first: of two sign-offs the later one counts.
    return {
        id_: Reviewed(outcome=one.kind.partition(".")[2], name=one.name, at=one.at)
        for one in reversed(acts)
        for id_ in one.objects.get("review", ())
    }

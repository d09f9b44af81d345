"""Who looked at my patients: the practice sees every look at its records, by whom and what for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get

from api.http.answers import in_thread, page
from api.http.claim_access import person_of
from api.http.sessions import NOTHING_HERE, PageRequest, house_of, visitor
from audit.catalogue import KINDS, Category
from audit.store import timeline
from core.confidentiality import FieldClass
from core.dates import parse_day
from core.errors import InputError, NotFoundError
from core.ports import Practice
from tenants.staff import Right
from tenants.store import access_log
from tenants.store.access_log import Act, Place
from tenants.uow import UnitOfWork

READS = tuple(sorted(kind.code for kind in KINDS.values() if kind.category is Category.READ))
_DAYS = 30
_ROWS = 50
_SHOWN = 5


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One row: who looked at which records; ``more`` beyond the first few."""

    at: datetime
    name: str
    role: str
    meaning: str
    purpose: str
    claims: tuple[tuple[UUID, str], ...]
    patients: tuple[str, ...]
    more: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for."""

    first: date
    last: date
    person: UUID | None
    claim: UUID | None
    after: Place | None


@get(
    "/portal/access",
    opt={"access": Right.SEE_ACCESS_LOG, "shows": (FieldClass.DEMOGRAPHICS,)},
)
@in_thread
def access_log_page(request: PageRequest) -> Response[Any]:
    """Every look at the practice's records in a period, by person, or at one claim."""
    practices = visitor(request).practices
    if len(practices) != 1:
        raise NotFoundError(NOTHING_HERE)
    [practice] = practices
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        shown = _read(request.query_params, uow.today)
        since, until = _period(shown, practice)
        acts = _acts(uow, shown, since, until)
        looks = _looks(uow, acts[:_ROWS])
        people = access_log.readers(uow.connection, kinds=READS, since=since, until=until)
    last = acts[_ROWS - 1] if len(acts) > _ROWS else None
    return page(
        request,
        "access_log.html",
        here="access",
        practice=practice,
        looks=looks,
        people=people,
        shown=shown,
        first_page=_address(shown) if shown.after else "",
        following=_address(shown, Place(at=last.at, id=last.id)) if last else "",
    )


def _acts(uow: UnitOfWork, shown: Shown, since: datetime, until: datetime) -> tuple[Act, ...]:
    if shown.claim is None:
        return access_log.reads(
            uow.connection,
            kinds=READS,
            since=since,
            until=until,
            actor_id=shown.person,
            after=shown.after,
            limit=_ROWS + 1,
        )
    found = {entry.event.id for entry in timeline(uow.connection, shown.claim)}
    acts = access_log.by_ids(uow.connection, sorted(found), since=since, until=until)
    return tuple(one for one in acts if shown.person in (None, one.actor_id))[:_ROWS]


def _looks(uow: UnitOfWork, acts: tuple[Act, ...]) -> tuple[Look, ...]:
    """The acts with numbers and names; that these are shown now is an event itself."""
    claim_ids = sorted({id_ for one in acts for id_ in one.objects.get("claim", ())[:_SHOWN]})
    claims = access_log.claim_numbers(uow.connection, claim_ids)
    patient_ids = {id_ for one in acts for id_ in one.objects.get("patient", ())[:_SHOWN]}
    patient_ids |= {patient for _, patient in claims.values()}
    people = {
        id_: f"{found.person.name.last}, {found.person.name.first}"
        for id_, (found, _) in uow.patients.load(sorted(patient_ids)).items()
    }
    about = {"claim": claim_ids, "patient": sorted(patient_ids)}
    uow.record("portal.read", about, rows=len(acts))
    looks = []
    for one in acts:
        of_claims = one.objects.get("claim", ())
        numbers = tuple((id_, claims[id_][0]) for id_ in of_claims[:_SHOWN] if id_ in claims)
        looked_at = [*one.objects.get("patient", ())[:_SHOWN]]
        looked_at += [claims[id_][1] for id_, _ in numbers]
        records = sum(len(ids) for ids in one.objects.values())
        looks.append(
            Look(
                at=one.at,
                name=one.name or "Claimwright",
                role=one.role or one.actor_kind,
                meaning=KINDS[one.kind].meaning if one.kind in KINDS else one.kind,
                purpose=one.purpose,
                claims=numbers,
                patients=tuple(dict.fromkeys(people[id_] for id_ in looked_at if id_ in people)),
                more=max(0, records - _SHOWN),
            )
        )
    return tuple(looks)


def _read(query: Any, today: date) -> Shown:
    """What cannot be read is as if it were not asked for."""
    first = _day(query.get("from", "")) or today - timedelta(days=_DAYS)
    return Shown(
        first=first,
        last=max(first, _day(query.get("to", "")) or today),
        person=_id(query.get("person", "")),
        claim=_id(query.get("claim", "")),
        after=_place(query.get("after", "")),
    )


def _period(shown: Shown, practice: Practice) -> tuple[datetime, datetime]:
    zone = ZoneInfo(practice.time_zone)
    begin = datetime.combine(shown.first, time(), tzinfo=zone)
    end = datetime.combine(shown.last + timedelta(days=1), time(), tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _address(shown: Shown, after: Place | None = None) -> str:
    query = {"from": shown.first.isoformat(), "to": shown.last.isoformat()}
    if shown.person:
        query["person"] = str(shown.person)
    if after:
        query["after"] = f"{after.at.isoformat()}_{after.id}"
    return "/portal/access?" + urlencode(query)


def _day(text: str) -> date | None:
    try:
        return parse_day(text) if text else None
    except InputError:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _place(text: str) -> Place | None:
    at, _, id_ = text.partition("_")
    try:
        found = datetime.fromisoformat(at)
        return Place(at=found, id=UUID(id_)) if found.tzinfo else None
    except ValueError:
        return None

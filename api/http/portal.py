"""The portal: what a practice sees of itself, and proof of who looked at its data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get

from api.http.answers import in_thread, page
from api.http.claim_access import person_of
from api.http.sessions import NOTHING_HERE, PageRequest, house_of, visitor
from audit.catalogue import KINDS, Category
from core.claims.position import Stage
from core.errors import NotFoundError
from core.ports import Practice
from tenants.staff import Right
from tenants.store import emergencies
from tenants.store import portal_page as store
from tenants.store.portal_page import Money, StageSum

_LOOKED_DAYS = 30
_EMERGENCY_DAYS = 90
_ROWS = 20
_READS = tuple(kind.code for kind in KINDS.values() if kind.category is Category.READ)
_ORDER = {stage.value: place for place, stage in enumerate(Stage)}


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what was charged, in words; a negative one is taken off."""

    name: str
    amount_cents: int


@get("/portal", opt={"access": Right.SEE_PORTAL})
@in_thread
def portal(request: PageRequest) -> Response[Any]:
    """The overview of the one practice its reader belongs to."""
    practice = own_practice(request)
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        since = uow.now - timedelta(days=_LOOKED_DAYS)
        claims, cents = store.waiting_sum(uow.connection)
        values: dict[str, Any] = {
            "money": (money := store.money(uow.connection)),
            "terms": terms_of(money),
            "ages": store.ages(uow.connection, today=uow.today),
            "stages": _in_order(store.stages(uow.connection)),
            "waiting": store.waiting(uow.connection, limit=_ROWS),
            "waiting_claims": claims,
            "waiting_cents": cents,
            "looked": store.looked(uow.connection, kinds=_READS, since=since, limit=_ROWS),
            "looked_days": _LOOKED_DAYS,
            "taken": emergencies.of_practice(
                uow.connection,
                practice.tenant_id,
                since=uow.now - timedelta(days=_EMERGENCY_DAYS),
                limit=_ROWS,
            ),
            "taken_days": _EMERGENCY_DAYS,
            "today": uow.today,
        }
        uow.record("portal.read", rows=1)
    return page(request, "portal.html", here="portal", practice=practice, **values)


def own_practice(request: PageRequest) -> Practice:
    """The one practice that a person of a practice belongs to."""
    practices = visitor(request).practices
    if len(practices) != 1:
        # Assigned to none, or by mistake to several: nobody may look into two practices here.
        raise NotFoundError(NOTHING_HERE)
    return practices[0]


def terms_of(money: Money) -> tuple[Term, ...]:
    """What the charges have become, to the cent; a rare part only where there is one."""
    settled = (
        Term(
            name="payments",
            amount_cents=money.payer_payments_cents + money.patient_payments_cents,
        ),
        Term(name="adjustments", amount_cents=money.adjustments_cents),
    )
    still_open = money.insurers_owe_cents + money.patients_owe_cents
    withheld = money.withheld_cents
    rare = (
        Term(
            name="kept back by insurers" if withheld > 0 else "added by insurers",
            amount_cents=withheld,
        ),
        Term(name="checks not yet spread over claims", amount_cents=money.clearing_cents),
        Term(name="patients' money not yet applied", amount_cents=money.unapplied_cents),
    )
    return (
        *settled,
        *(term for term in rare if term.amount_cents),
        Term(name="open", amount_cents=still_open),
    )


def _in_order(stages: tuple[StageSum, ...]) -> tuple[StageSum, ...]:
    return tuple(sorted(stages, key=lambda one: _ORDER.get(one.stage, len(_ORDER))))

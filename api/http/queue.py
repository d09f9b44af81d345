"""The queue: what waits, across the practices a person is assigned to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get

from api.http.answers import in_thread, page, see_other, wants_part
from api.http.sessions import ANYBODY, PageRequest, house_of, visitor
from core.claims.lifecycle import Stage
from core.ports import Practice
from tenants.session import staff_transaction
from tenants.staff import Right
from tenants.store import emergencies
from tenants.store.pages import (
    ACTORS,
    PAGE_ROWS,
    QueueFilter,
    QueuePlace,
    QueueSum,
    queue_rows,
    queue_sums,
)

# A reason or payer that is longer than this is not one of ours.
_NAME_CHARACTERS_MAX = 200
_NUMBER_CHARACTERS_MAX = 38
_VALUES_MAX = 50
_OPTIONS_SHOWN = 8


@get("/", opt={"access": ANYBODY}, sync_to_thread=False)
def front(request: PageRequest) -> Response[Any]:
    """Staff to the queue, a practice's people to their portal."""
    return see_other("/portal" if visitor(request).staff.role.is_client else "/queue")


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One value a filter can have, with what stands behind it."""

    value: str
    label: str
    chosen: bool
    claims: int
    amount_cents: int


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One filter: its first options by money, and the rest folded away."""

    name: str
    title: str
    options: tuple[Option, ...]
    more: tuple[Option, ...]


@get("/queue", opt={"access": Right.WORK_QUEUE})
@in_thread
def queue(request: PageRequest) -> Response[Any]:
    """The queue, or the part of it that a filter changes."""
    who, house = visitor(request), house_of(request)
    today = house.today()
    shown = read_filter(request.query_params, who.practices, today)
    with staff_transaction(house.runtime.engine, who.staff.id) as connection:
        sums = queue_sums(connection, shown, today=today)
        rows = queue_rows(connection, shown, limit=PAGE_ROWS + 1)
        reviews = (
            emergencies.waiting(connection, who.staff.id)
            if who.staff.may(Right.REVIEW_EMERGENCY_ACCESS)
            else 0
        )
    by_id = {practice.tenant_id: practice for practice in who.practices}
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    values: dict[str, Any] = {
        "rows": rows[:PAGE_ROWS],
        "by_id": {str(tenant_id): practice for tenant_id, practice in by_id.items()},
        "sums": sums,
        "shown": shown,
        "choices": _choices(shown, sums, by_id),
        "today": today,
        "tabs": tuple((one, address(shown, who.practices, actor=one.name)) for one in sums.actors),
        "first": address(shown, who.practices) if shown.after else "",
        "following": address(shown, who.practices, after=last.place) if last else "",
        "filtered": shown != QueueFilter(actor=shown.actor, after=shown.after),
    }
    if wants_part(request):
        part = house.pages.render("queue_part.html", **values)
        return Response(content=part, media_type=MediaType.HTML)
    return page(request, "queue.html", here="queue", reviews=reviews, **values)


def read_filter(query: Any, practices: Sequence[Practice], today: date) -> QueueFilter:
    """The filter an address asks for; what it cannot ask for is left out."""
    by_slug = {practice.slug: practice.tenant_id for practice in practices}
    actor = query.get("actor", "all")
    return QueueFilter(
        actor=actor if actor in ACTORS else "all",
        practices=tuple(by_slug[slug] for slug in _values(query, "practice") if slug in by_slug),
        stages=tuple(name for name in _values(query, "stage") if name in set(Stage)),
        payers=_values(query, "payer"),
        reasons=_values(query, "reason"),
        number=read_number(query),
        late_on=today if query.get("late") == "1" else None,
        after=_place(query.get("after", "")),
    )


def address(
    shown: QueueFilter,
    practices: Sequence[Practice],
    *,
    actor: str = "",
    after: QueuePlace | None = None,
) -> str:
    """The address of the queue with this filter, from its first row or after a given one."""
    slugs = {practice.tenant_id: practice.slug for practice in practices}
    query = [("actor", actor or shown.actor)]
    query += [("practice", slugs[found]) for found in shown.practices]
    for name, values in (
        ("stage", shown.stages),
        ("payer", shown.payers),
        ("reason", shown.reasons),
    ):
        query += [(name, value) for value in values]
    if shown.number:
        query.append(("number", shown.number))
    if shown.late_on:
        query.append(("late", "1"))
    if after:
        query.append(("after", f"{after.due_on or ''}_{after.item_id}"))
    return "/queue?" + urlencode(query)


def read_number(query: Any) -> str:
    """The beginning of a claim number that is asked for; empty when it cannot be one."""
    found = str(query.get("number", "")).strip().upper()
    usable = found.isprintable() and len(found) <= _NUMBER_CHARACTERS_MAX
    return found if usable else ""


def _values(query: Any, name: str) -> tuple[str, ...]:
    found = query.getall(name, [])[:_VALUES_MAX]
    return tuple(
        value for value in found if len(value) <= _NAME_CHARACTERS_MAX and value.isprintable()
    )


def _place(text: str) -> QueuePlace | None:
    day, _, item = text.partition("_")
    try:
        return QueuePlace(date.fromisoformat(day) if day else None, UUID(item)) if item else None
    except ValueError:
        return None


def _choices(shown: QueueFilter, sums: Any, by_id: dict[UUID, Practice]) -> tuple[Choice, ...]:
    practices = {str(tenant_id): practice for tenant_id, practice in by_id.items()}
    return (
        _choice(
            "practice",
            "Practice",
            sums.practices,
            {practices[str(found)].slug for found in shown.practices},
            {name: (practice.slug, practice.name) for name, practice in practices.items()},
        ),
        _choice("stage", "Stage", sums.stages, set(shown.stages)),
        _choice("payer", "Payer", sums.payers, set(shown.payers)),
        _choice("reason", "Reason", sums.reasons, set(shown.reasons)),
    )


def _choice(
    name: str,
    title: str,
    found: Sequence[QueueSum],
    chosen: set[str],
    labels: dict[str, tuple[str, str]] | None = None,
) -> Choice:
    options = []
    for one in found:
        if labels is not None and one.name not in labels:
            continue
        value, label = labels[one.name] if labels is not None else (one.name, one.name)
        options.append(
            Option(
                value=value,
                label=label,
                chosen=value in chosen,
                claims=one.claims,
                amount_cents=one.amount_cents,
            )
        )
    listed = {option.value for option in options}
    # A chosen value with nothing behind it stays to be taken back.
    options += [
        Option(value=value, label=value, chosen=True, claims=0, amount_cents=0)
        for value in sorted(chosen - listed)
    ]
    first = [o for place, o in enumerate(options) if place < _OPTIONS_SHOWN or o.chosen]
    more = [o for place, o in enumerate(options) if place >= _OPTIONS_SHOWN and not o.chosen]
    return Choice(name=name, title=title, options=tuple(first), more=tuple(more))

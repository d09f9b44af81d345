"""Denial items: one refused amount of a claim, its cause, and the play that works it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from uuid import UUID

from core.claims.parties import Value
from core.claims.position import NextActor
from core.dates import days_after
from core.denials.causes import Cause


class Play(Value, frozen=True, kw_only=True):
    """What to do about a cause: the next step, who does it, within how many days and why so many.

    ``days`` count from the day the payer decided. A payer's own appeal deadline, where a policy
    knows it, comes on top and can only be earlier or later by that policy.
    """

    next_step: str
    actor: NextActor
    days: int
    basis: str


class DenialItem(Value, frozen=True, kw_only=True):
    """One refused amount. ``line_no`` None: the claim as a whole. ``segment`` is in the 835."""

    claim_id: UUID
    line_no: int | None
    payer_ref: UUID
    group: str
    carc: str
    remark_codes: tuple[str, ...] = ()
    amount_cents: int
    cause: Cause
    label: str
    next_step: str
    actor: NextActor
    decided_on: date
    due_on: date
    due_basis: str
    segment: int


class DenialGroup(Value, frozen=True, kw_only=True):
    """Items that one person can work in one go: same payer, cause and CARC."""

    payer_ref: UUID
    cause: Cause
    carc: str
    amount_cents: int
    first_due_on: date
    items: tuple[DenialItem, ...]


_FIRST_TOUCH = "first touch within a working week of the remittance"
_SOON = "the claim is still within most payers' time for a corrected claim"

DEFAULT_PLAYS: Mapping[Cause, Play] = MappingProxyType(
    {
        Cause.ELIGIBILITY: Play(
            next_step="Check the coverage on the day of service; bill the right plan, or the "
            "patient when there was none",
            actor=NextActor.BILLER,
            days=5,
            basis=_FIRST_TOUCH,
        ),
        Cause.AUTHORISATION: Play(
            next_step="Find the authorisation and send a corrected claim with it, or ask the payer "
            "for one after the fact",
            actor=NextActor.BILLER,
            days=5,
            basis="authorisations after the fact close soonest",
        ),
        Cause.CODING: Play(
            next_step="Have the codes checked against the record and send a corrected claim",
            actor=NextActor.CODER,
            days=7,
            basis=_SOON,
        ),
        Cause.BUNDLING: Play(
            next_step="Check whether the services were distinct and a modifier may say so; else "
            "accept the bundle",
            actor=NextActor.CODER,
            days=7,
            basis=_SOON,
        ),
        Cause.TIMELY_FILING: Play(
            next_step="Appeal with the acknowledgements that prove the claim was filed in time",
            actor=NextActor.BILLER,
            days=5,
            basis="appeal periods are short and the proof is at hand",
        ),
        Cause.DUPLICATE: Play(
            next_step="Find the first claim's decision; post it, or send a corrected claim "
            "(frequency 7) instead of a repeat",
            actor=NextActor.BILLER,
            days=5,
            basis=_FIRST_TOUCH,
        ),
        Cause.MEDICAL_NECESSITY: Play(
            next_step="Ask the practice for the record and appeal with it",
            actor=NextActor.CLIENT,
            days=10,
            basis="the practice needs a week to find a record",
        ),
        Cause.COB: Play(
            next_step="Ask the patient which plan pays first, correct the order and bill that plan",
            actor=NextActor.BILLER,
            days=5,
            basis="the other payer's time to file is running",
        ),
        Cause.INFO_MISSING: Play(
            next_step="Read the remark codes, supply what is missing and send the claim again",
            actor=NextActor.BILLER,
            days=5,
            basis=_FIRST_TOUCH,
        ),
        Cause.NONCOVERED: Play(
            next_step="Check the plan and any signed notice; transfer to the patient only where "
            "contract and notice allow it",
            actor=NextActor.BILLER,
            days=7,
            basis=_FIRST_TOUCH,
        ),
        Cause.BENEFIT_LIMIT: Play(
            next_step="Check the benefit count; bill another plan or transfer to the patient",
            actor=NextActor.BILLER,
            days=7,
            basis=_FIRST_TOUCH,
        ),
        Cause.CREDENTIALING: Play(
            next_step="Check the provider's enrolment on the day of service and ask the payer to "
            "decide again once it is in order",
            actor=NextActor.BILLER,
            days=5,
            basis="every further claim of this provider is refused until it is solved",
        ),
        Cause.UNDER_REVIEW: Play(
            next_step="Ask the payer what it waits for and what the reason is",
            actor=NextActor.BILLER,
            days=7,
            basis=_FIRST_TOUCH,
        ),
        Cause.UNLISTED: Play(
            next_step="Read the reason and remark codes, decide, and add a rule to the table",
            actor=NextActor.BILLER,
            days=5,
            basis=_FIRST_TOUCH,
        ),
    }
)
"""The play of every cause where neither payer policy nor specialty has a better one."""


def due_on(play: Play, decided_on: date) -> date:
    """The day the play's next step is due."""
    return days_after(decided_on, play.days)


def group_items(items: Iterable[DenialItem]) -> tuple[DenialGroup, ...]:
    """Items by payer, cause and CARC: the largest amount first, then the earliest due."""
    found: dict[tuple[UUID, Cause, str], list[DenialItem]] = {}
    for item in items:
        found.setdefault((item.payer_ref, item.cause, item.carc), []).append(item)
    groups = [
        DenialGroup(
            payer_ref=payer_ref,
            cause=cause,
            carc=carc,
            amount_cents=sum(item.amount_cents for item in group),
            first_due_on=min(item.due_on for item in group),
            items=tuple(group),
        )
        for (payer_ref, cause, carc), group in found.items()
    ]
    groups.sort(
        key=lambda one: (
            -one.amount_cents,
            one.first_due_on,
            str(one.payer_ref),
            one.cause,
            one.carc,
        )
    )
    return tuple(groups)

"""Authorizations of payers as staff enter them, and how much of each its claims have used.

Nothing is counted down: what is used is what the claims of today say, so a void claim or a denied
one gives back what it had taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.claims.parties import Value
from core.dates import Window
from core.rules.facts import Authorization
from core.scrub.own_tables import family

_QUARTER_HOUR_CODES = family("quarter_hour")

RUNS_OUT_DAYS = 14
"""An authorization that ends within these days wants an extension now."""

_FEW_PARTS = 5
"""One with less than a fifth left does too."""


class Counts(StrEnum):
    """What an authorization counts."""

    UNITS = "units"
    VISITS = "visits"
    """Days of service, however many lines they have."""


class PriorAuthorization(Value, frozen=True, kw_only=True):
    """A payer's permission as entered. No ``codes``: any service. ``approved`` None: no limit."""

    id: UUID
    patient_id: UUID
    payer_ref: UUID
    payer_name: str = ""
    number: str
    codes: tuple[str, ...] = ()
    window: Window
    counts: Counts = Counts.UNITS
    approved: Decimal | None = None
    provider_npi: str = ""
    ended_on: date | None = None

    def covers(self, service: CountedService) -> bool:
        """Whether a service falls under it."""
        return (
            service.patient_id == self.patient_id
            and service.payer_ref == self.payer_ref
            and service.service_on in self.window
            and (not self.codes or service.code in self.codes)
            and self.provider_npi in ("", service.provider_npi)
        )


class CountedService(Value, frozen=True, kw_only=True):
    """A line of a claim that stands; ``is_paid`` False: the payer has not decided yet.

    ``known_on`` is the day its claim was made, None while it is being made.
    """

    patient_id: UUID
    payer_ref: UUID
    service_on: date
    code: str
    units: Decimal
    provider_npi: str
    claim_number: str
    encounter_id: UUID
    is_paid: bool
    known_on: date | None = None


class Used(Value, frozen=True, kw_only=True):
    """How much of an authorization is gone: what was paid, and what is still with the payer."""

    authorization: PriorAuthorization
    used: Decimal = Decimal(0)
    pending: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal | None:
        """None where there is no limit; below zero when more was done than allowed."""
        approved = self.authorization.approved
        return None if approved is None else approved - self.used - self.pending

    def state(self, today: date) -> str:
        """``ended``, ``over``, ``used up``, ``to come``, ``running out`` or ``in force``."""
        one = self.authorization
        first, last = one.window.first, one.window.last
        if one.ended_on is not None and one.ended_on <= today:
            return "ended"
        if last is not None and last < today:
            return "over"
        if self.left is not None and self.left <= 0:
            return "used up"
        if first is not None and first > today:
            return "to come"
        soon = last is not None and last <= today + timedelta(days=RUNS_OUT_DAYS)
        few = (
            one.approved is not None
            and self.left is not None
            and self.left * _FEW_PARTS < one.approved
        )
        return "running out" if soon or few else "in force"


class Authorizations(Protocol):
    """The store of them."""

    def of_patients(
        self, patient_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[PriorAuthorization, ...]]: ...
    def current(self, today: date, *, limit: int) -> tuple[PriorAuthorization, ...]: ...
    def services(
        self, patient_ids: Sequence[UUID], since: date
    ) -> dict[UUID, tuple[CountedService, ...]]: ...
    def add(self, one: PriorAuthorization) -> None: ...
    def end(self, authorization_id: UUID, patient_id: UUID, *, on: date) -> bool: ...


HOUR = "hour"
"""The value of the knob ``auth_unit`` under which units are hours."""

_QUARTER, _WHOLE = Decimal("0.25"), Decimal(1)


def hours_a_unit(code: str) -> Decimal:
    """A quarter for a code of 15 minutes; every other code counts as an hour."""
    return _QUARTER if _QUARTER_HOUR_CODES.holds(code, None) else _WHOLE


def with_families(codes: Sequence[str], families: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """``codes`` and the others of their families (knob ``auth_families``), each once."""
    found = list(codes)
    for members in families.values():
        if not set(members).isdisjoint(codes):
            found += members
    return tuple(dict.fromkeys(found))


def used_by(
    held: Sequence[PriorAuthorization], services: Iterable[CountedService], unit: str = ""
) -> tuple[Used, ...]:
    """How much of each is used, in the order given.

    A service counts once: under the authorization that covers it, has room and ends first; where
    none has room, under the one that ends last, which is then overdrawn. Services count by day.
    ``unit`` is what the payer means by a unit (knob ``auth_unit``).
    """
    taken = {one.id: (Decimal(0), Decimal(0)) for one in held}
    visits: set[tuple[UUID, date]] = set()
    order = sorted(held, key=lambda one: (one.window.last or date.max, str(one.id)))
    by_day = sorted(services, key=lambda one: (one.service_on, one.claim_number, one.code))
    for service in by_day:
        covering = [one for one in order if one.covers(service)]
        if not covering:
            continue
        roomy = (
            one for one in covering if _room(one, taken[one.id], _units(one, service, visits, unit))
        )
        one = next(roomy, covering[-1])
        units = _units(one, service, visits, unit)
        if one.counts is Counts.VISITS:
            visits.add((one.id, service.service_on))
        used, pending = taken[one.id]
        taken[one.id] = (used + units, pending) if service.is_paid else (used, pending + units)
    return tuple(
        Used(authorization=one, used=taken[one.id][0], pending=taken[one.id][1]) for one in held
    )


def _units(
    one: PriorAuthorization, service: CountedService, visits: set[tuple[UUID, date]], unit: str
) -> Decimal:
    if one.counts is Counts.UNITS:
        return service.units * (hours_a_unit(service.code) if unit == HOUR else _WHOLE)
    return Decimal(0) if (one.id, service.service_on) in visits else Decimal(1)


def _room(one: PriorAuthorization, taken: tuple[Decimal, Decimal], units: Decimal) -> bool:
    return one.approved is None or sum(taken) + units <= one.approved


def as_fact(one: Used) -> Authorization:
    """The authorization as rules read it."""
    held, window = one.authorization, one.authorization.window
    if held.ended_on is not None:
        before = held.ended_on - timedelta(days=1)
        window = Window(window.first, min(before, window.last or before))
    return Authorization(
        number=held.number,
        codes=held.codes,
        window=window,
        units_approved=held.approved,
        units_used=one.used,
        units_pending=one.pending,
        provider_npi=held.provider_npi,
        unit="visit" if held.counts is Counts.VISITS else "",
    )

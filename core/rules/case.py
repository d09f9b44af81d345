"""What an edit is given: one claim, the day it is judged, its payer's knobs, and loaded facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar, cast

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Payer
from core.rules.facts import ClaimFacts
from core.rules.policy import Policy
from core.rules.records import read
from core.rules.tables import Tables

T = TypeVar("T")

PolicyOf = Callable[[Payer, date | None], Policy]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One claim on the bench.

    ``day`` is its first day of service (None when no line has one), ``as_of`` today.
    ``received_on`` is the day filing limits count to (None: not known, no opinion). ``policy`` are
    the knobs on ``day``; a line on another day asks ``policy_on``. ``tables`` are the loaded
    reference tables; an absent one means no opinion. ``known`` is what ``once`` has found out.
    """

    claim: Claim
    day: date | None
    as_of: date
    received_on: date | None
    policy: Policy
    facts: ClaimFacts
    tables: Tables
    policy_of: PolicyOf
    known: dict[Callable[[Case], Any], Any] = {}

    def once(self, find: Callable[[Case], T]) -> T:
        """What ``find`` says of this case: found out once, however many rules ask for it."""
        try:
            return cast(T, self.known[find])
        except KeyError:
            found = self.known[find] = find(self)
            return found

    def day_of(self, line: ServiceLine) -> date | None:
        """The line's day of service, else the claim's."""
        return line.service_from or self.day

    def policy_on(self, line: ServiceLine) -> Policy:
        """The knobs on the line's day of service."""
        on = line.service_from
        return self.policy if on is None or on == self.day else self.policy_of(self.claim.payer, on)

    def place_of(self, line: ServiceLine) -> str:
        """The line's place of service, else the claim's."""
        return line.place_of_service or self.claim.place_of_service

    def rendering_npi(self, line: ServiceLine) -> str:
        """Who did the line: its own rendering provider, the claim's, or the billing provider."""
        provider = line.rendering or self.claim.rendering or self.claim.billing
        return provider.npi

    def credential_of(self, line: ServiceLine) -> str:
        """The credential of who did the line; empty when unknown."""
        provider = line.rendering or self.claim.rendering
        return provider.credential if provider else ""

    def group_of(self, line: ServiceLine) -> str:
        """The group of who did the line: its own word for it, else the billing provider's NPI."""
        provider = line.rendering or self.claim.rendering
        return (provider and provider.group_id) or self.claim.billing.npi

    def specialty_of(self, line: ServiceLine) -> str:
        """The specialty of who did the line, a taxonomy code; empty when unknown."""
        provider = line.rendering or self.claim.rendering
        return (provider.specialty or provider.taxonomy) if provider else ""

    def first_diagnosis(self, line: ServiceLine) -> str:
        """The diagnosis the line points to first; empty when it points nowhere."""
        diagnoses = self.claim.diagnoses
        if line.pointers and 0 < line.pointers[0] <= len(diagnoses):
            return diagnoses[line.pointers[0] - 1]
        return ""

    def record(self, kind: str, of: type[T]) -> T | None:
        """The claim's (else the loaded) specialty record of ``kind``."""
        return read(self.claim.records, kind, of) or read(self.facts.records, kind, of)

"""What a practice, or a kind of payer, demands of whoever works on its claims.

Some contracts and state programs let no record leave the country; some work needs a certificate.
A practice states that as demands; a person who does not meet one is refused, in a plain sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from core.claims.parties import PayerKind, Value
from tenants.staff import Right, Staff

WARNED_DAYS = 30
"""So many days ahead, a certificate that will run out is pointed out."""


class Credential(Value, frozen=True, kw_only=True):
    """A certificate of a person. From ``expires_on`` on it counts no more; None: it never ends."""

    id: UUID
    staff_id: UUID
    name: str
    number: str = ""
    expires_on: date | None = None

    def counts_on(self, day: date) -> bool:
        """Whether it is good on ``day``."""
        return self.expires_on is None or day < self.expires_on

    def ends_soon(self, day: date) -> bool:
        """Whether it has run out, or will within the days of warning."""
        return self.expires_on is not None and self.expires_on <= day + timedelta(WARNED_DAYS)


class Demand(Value, frozen=True, kw_only=True):
    """One demand of a practice.

    ``payer_kind`` empty: for every payer. ``access`` is the right it stands before, empty: before
    any work on a claim, reading it included. ``credential`` empty: none is asked for.
    """

    id: UUID
    payer_kind: str = ""
    access: str = ""
    onshore: bool = False
    credential: str = ""

    def touches(self, access: Right, payer_kind: PayerKind) -> bool:
        """Whether it stands before this work on a claim to that kind of payer."""
        return self.payer_kind in ("", payer_kind.value) and self.access in ("", access.value)


def refusal(
    demands: Iterable[Demand],
    person: Staff,
    credentials: Sequence[Credential],
    *,
    access: Right,
    payer_kind: PayerKind,
    on: date,
) -> str:
    """Why ``person`` may not do this on the day, in a sentence; empty when they may."""
    for demand in demands:
        if not demand.touches(access, payer_kind):
            continue
        if demand.onshore and not person.is_onshore:
            return (
                "records of this claim stay in the United States; a person who works there must"
                " do this"
            )
        if demand.credential and not any(
            one.name == demand.credential and one.counts_on(on) for one in credentials
        ):
            return (
                f"this work needs a valid {demand.credential} certificate; an administrator"
                " enters it on the page of the person"
            )
    return ""

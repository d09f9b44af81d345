"""How long records must be kept, as rows with their source; the longest that applies decides.

A practice's records are kept or destroyed as one: the clock starts at the last thing that happened
in any of them. Nothing here knows when a minor comes of age, what a contract says or what a court
has ordered: for these there is the legal hold, which wins over every date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from core.claims.parties import PayerKind
from core.dates import add_years


class RecordClass(StrEnum):
    """What kind of record."""

    AUDIT = "audit log, consents, policies, disclosures"
    BILLING = "claims, remittances, ledger"
    CHART = "what the practice documented of a visit"


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True):
    """``years`` after the last act. ``payer_kind`` or ``state`` set: only where that occurs."""

    record: RecordClass
    years: int
    source: str
    payer_kind: PayerKind | None = None
    state: str = ""


RULES: tuple[RetentionRule, ...] = (
    RetentionRule(
        record=RecordClass.AUDIT, years=6, source="45 CFR 164.316(b)(2)(i), 164.530(j), 164.528"
    ),
    RetentionRule(record=RecordClass.BILLING, years=6, source="45 CFR 164.530(j)"),
    RetentionRule(
        record=RecordClass.BILLING,
        years=7,
        source="42 CFR 424.516(f)",
        payer_kind=PayerKind.MEDICARE,
    ),
    RetentionRule(
        record=RecordClass.BILLING,
        years=10,
        source="42 CFR 422.504(d)",
        payer_kind=PayerKind.MEDICARE_ADVANTAGE,
    ),
    RetentionRule(
        record=RecordClass.BILLING,
        years=10,
        source="42 CFR 438.3(u)",
        payer_kind=PayerKind.MEDICAID,
    ),
    RetentionRule(record=RecordClass.CHART, years=7, source="243 CMR 2.07(13)", state="MA"),
    RetentionRule(record=RecordClass.CHART, years=7, source="49 Pa. Code 16.95", state="PA"),
)
"""Not the law of every state; who is under another one places a hold."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The last day on which nothing may be destroyed, and the source of that."""

    until: date
    source: str

    def allows_destruction_on(self, day: date) -> bool:
        """Whether the time is over on ``day``."""
        return day > self.until


def kept(
    last_act: date,
    *,
    payer_kinds: Iterable[PayerKind],
    states: Iterable[str],
) -> Kept:
    """How long a practice's records are kept, whose last act was on ``last_act``."""
    kinds, where = frozenset(payer_kinds), frozenset(states)
    ends = [
        Kept(until=_end(last_act, rule.years), source=rule.source)
        for rule in RULES
        if (rule.payer_kind is None or rule.payer_kind in kinds)
        and (not rule.state or rule.state in where)
    ]
    return max(ends, key=lambda one: one.until)


def _end(last_act: date, years: int) -> date:
    end = add_years(last_act, years)
    # 29 February of a year that has none: a day too long rather than one too short.
    is_leap_day = (last_act.month, last_act.day) == (2, 29)
    return end + timedelta(days=1) if is_leap_day and end.day == 28 else end

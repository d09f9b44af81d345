"""Authorizations and the payer's own frequency limits (PS-056, PS-076)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from core.authorizations import hours_a_unit
from core.claims.claim import LineFacts, ServiceLine
from core.dates import add_months
from core.rules.case import Case
from core.rules.facts import Authorization
from core.rules.policy import FrequencyLimit, Policy
from core.scrub.finding import Flag
from core.scrub.services import counted_history

Lines = Sequence[ServiceLine]

MISSING, EXPIRED, CODE_MISMATCH = "missing", "expired", "code_mismatch"
EXHAUSTED, PROVIDER_MISMATCH = "exhausted", "provider_mismatch"

_FAULTS = {
    MISSING: "none is on file",
    EXPIRED: "the one on file does not cover this day",
    CODE_MISMATCH: "the one on file does not name this code",
    PROVIDER_MISMATCH: "the one on file names another provider",
    EXHAUSTED: "its units are used up, counting claims that are still pending",
}
_VISIT, _HOUR = "visit", "hour"
_WHOLE = Decimal(1)
_VOID = "8"


def authorization(case: Case, lines: Lines) -> Iterator[Flag]:
    """Where the payer requires an authorization, one covers code, day, provider and units.

    Without loaded authorizations only its number on the claim or line can be asked for. A void
    gives units back and needs none.
    """
    if case.claim.frequency == _VOID:
        return
    spent = _Spent()
    for line in lines:
        policy = case.policy_on(line)
        if not policy.states("auth_required_codes"):
            continue
        if not policy.lists_code("auth_required_codes", line.code):
            continue
        reason = _fault(case, line, spent)
        if reason:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} needs an authorization: {_FAULTS[reason]}",
                reason=reason,
                carc="198" if reason == EXHAUSTED else "197",
                suggestion="Ask the payer for an authorization or an extension",
            )


def running_out(case: Case, lines: Lines) -> Iterator[Flag]:
    """With this claim an authorization passes the share at which the payer is asked for more."""
    if case.claim.frequency == _VOID:
        return
    spent = _Spent()
    held = case.facts.authorizations or ()
    warned: set[int] = set()
    for line in lines:
        if not held or _fault(case, line, spent):
            continue
        percent = case.policy_on(line).number("auth_warn_pct") or WARN_PERCENT
        for at, one in enumerate(held):
            taken = spent.units.get(at)
            if at in warned or not taken or not one.units_approved:
                continue
            gone = one.units_used + one.units_pending + taken
            if gone * 100 >= one.units_approved * percent:
                warned.add(at)
                yield Flag(
                    line_no=line.line_no,
                    message=f"With this line {gone.normalize():f} of "
                    f"{one.units_approved.normalize():f} authorized are gone",
                    suggestion="Ask the payer for an extension now",
                )


WARN_PERCENT = 80
"""At which share of an authorization we ask for more, where nobody says."""


def covers_code(one: Authorization, code: str, policy: Policy) -> bool:
    """Whether it names the code, any code, or one of the same family (knob ``auth_families``)."""
    if not one.codes or code in one.codes:
        return True
    families = policy.mapping("auth_families").values()
    return any(code in family and not set(family).isdisjoint(one.codes) for family in families)


class _Spent:
    """What the lines of this claim took from each authorization, and the days of its visits."""

    def __init__(self) -> None:
        self.units: dict[int, Decimal] = {}
        self.days: dict[int, set[date]] = {}

    def left(self, at: int, one: Authorization) -> Decimal | None:
        if one.units_approved is None:
            return None
        taken = self.units.get(at, Decimal(0))
        return one.units_approved - one.units_used - one.units_pending - taken


def _fault(case: Case, line: ServiceLine, spent: _Spent) -> str:
    held, policy = case.facts.authorizations, case.policy_on(line)
    number = line.auth_number or case.claim.auth_number
    if not held:
        return "" if number else MISSING
    places = [at for at, one in enumerate(held) if number and one.number == number]
    places = places or list(range(len(held)))
    named = [at for at in places if covers_code(held[at], line.code, policy)]
    if not named:
        return CODE_MISMATCH
    day = case.day_of(line)
    timely = [at for at in named if day is not None and day in held[at].window]
    if not timely:
        return EXPIRED
    npi = case.rendering_npi(line)
    mine = [at for at in timely if held[at].provider_npi in {"", npi}]
    if not mine:
        return PROVIDER_MISMATCH
    unit = policy.text("auth_unit")
    return "" if _take(held, mine, line, day, spent, unit) else EXHAUSTED


def _take(
    held: Sequence[Authorization],
    mine: Sequence[int],
    line: ServiceLine,
    day: date | None,
    spent: _Spent,
    unit: str,
) -> bool:
    """Take the line's units, from what expires first; False (and nothing taken) if they lack."""
    in_visits = [at for at in mine if (held[at].unit or unit) == _VISIT]
    if day is not None and any(day in spent.days.get(at, ()) for at in in_visits):
        return True
    rest = Fraction(1)
    plan: list[tuple[int, Decimal]] = []
    for at in sorted(mine, key=lambda at: (held[at].window.last or date.max, at)):
        whole = units_of(line, held[at].unit or unit)
        if whole <= 0:
            return True
        left = spent.left(at, held[at])
        wanted = Fraction(whole) * rest
        share = wanted if left is None else min(wanted, max(Fraction(left), Fraction(0)))
        if share > 0:
            plan.append((at, Decimal(share.numerator) / share.denominator))
            rest -= share / Fraction(whole)
        if rest <= 0:
            break
    if rest > 0:
        return False
    for at, taken in plan:
        spent.units[at] = spent.units.get(at, Decimal(0)) + taken
        if day is not None:
            spent.days.setdefault(at, set()).add(day)
    return True


def units_of(line: LineFacts, unit: str) -> Decimal:
    """What the line takes, in the authorization's own unit."""
    if unit == _VISIT:
        return _WHOLE
    if unit == _HOUR:
        if line.minutes is not None:
            return Decimal(line.minutes) / 60
        return line.units * hours_a_unit(line.code)
    return line.units


def above_frequency(case: Case, lines: Lines) -> Iterator[Flag]:
    """The payer's maximum of a code or group of codes, over history and this claim."""
    if not any(case.policy_on(line).states("frequency_limits") for line in lines[:1]):
        return
    flagged: set[int] = set()
    for limit in case.policy.limits("frequency_limits"):
        mine = [line for line in lines if line.code in limit.codes]
        counted: list[tuple[date, Decimal]] = [
            (prior.service_on, prior.units)
            for prior in (counted_history(case) if mine else ())
            if prior.code in limit.codes
        ]
        for line in sorted(mine, key=lambda line: case.day_of(line) or date.min):
            day = case.day_of(line)
            if day is None:
                continue
            first, last = _period(limit, day)
            used = sum((units for on, units in counted if first <= on <= last), Decimal(0))
            counted.append((day, line.units))
            if used + line.units > limit.maximum and line.line_no not in flagged:
                flagged.add(line.line_no)
                yield Flag(
                    line_no=line.line_no,
                    message=f"The payer takes {limit.maximum} of {' '.join(limit.codes)} "
                    f"{_PERIOD_WORDS.get(limit.per, limit.per)}; this line goes above it",
                    suggestion="Check the benefit, or ask for an exception",
                )


_PERIOD_WORDS = {
    "day": "a day",
    "week": "a week (Sunday to Saturday)",
    "month": "a calendar month",
    "year": "a calendar year",
    "calendar_year": "a calendar year",
    "lifetime": "in a lifetime",
    "rolling_months": "in the months before",
}


def _period(limit: FrequencyLimit, day: date) -> tuple[date, date]:
    """The days that count with ``day``, both included."""
    if limit.per == "day":
        return day, day
    if limit.per == "week":
        sunday = day - timedelta(days=(day.weekday() + 1) % 7)
        return sunday, sunday + timedelta(days=6)
    if limit.per == "month":
        first = day.replace(day=1)
        return first, add_months(first, 1) - timedelta(days=1)
    if limit.per == "rolling_months":
        return add_months(day, -limit.months) + timedelta(days=1), day
    if limit.per in ("year", "calendar_year"):
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return date.min, date.max

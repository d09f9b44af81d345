"""Prices of behavioral health: practitioner percentages, and a crisis outside the office."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from core import money
from plugins import (
    Case,
    Derivation,
    Derived,
    Form,
    Needs,
    PayerKind,
    PricingCase,
    PricingStep,
    ResultPart,
    ServiceLine,
    Touches,
    Window,
    allowed_amounts,
    full_amount,
    paid_lines,
    rows,
    window_of,
)
from plugins.behavioral_health import codes

_SHARES = tuple(
    (row["credential"], Decimal(row["share"]), window_of(row))
    for row in rows(codes.PACKAGE, "practitioner_shares.csv")
)
_OFFICE_CODES = {"G0017": "90839", "G0018": "90840"}
_OUTSIDE_SHARE = Fraction(3, 2)
_OUTSIDE_FROM = date(2024, 1, 1)


def practitioner_share(credential: str, day: date | None) -> Decimal | None:
    """What part of the schedule Medicare pays ``credential`` on ``day``; None: all of it."""
    for one, share, window in _SHARES:
        if one == credential and day is not None and day in window:
            return share
    return None


def _practitioner_share(case: PricingCase, line: ServiceLine, amount_cents: int) -> int:
    provider = line.rendering or case.claim.rendering
    day = line.service_from or case.day
    share = practitioner_share(provider.credential, day) if provider else None
    return money.times(amount_cents, share) if share else amount_cents


PRICING_STEPS = (
    PricingStep(
        id="BH-M01",
        title="Medicare practitioner percentage",
        source="behavioral-health.md s.2 (42 CFR 410.53, 410.54, 410.73, 414.62)",
        apply=_practitioner_share,
        touches=Touches(
            codes=tuple(sorted(codes.BEHAVIORAL | codes.EVALUATION)),
            payer_kinds=(PayerKind.MEDICARE,),
        ),
    ),
)


def _outside_amount(case: Case, line: ServiceLine) -> int | None:
    """A crisis outside the office: 150 % of the office code's fee, where it has no fee itself."""
    office, fees, day = _OFFICE_CODES.get(line.code), case.tables.fees, case.day_of(line)
    if office is None or fees is None or day is None or fees.fee(line.code, day) is not None:
        return None
    amount = full_amount(case, msgspec.structs.replace(line, code=office))
    return None if amount is None else min(line.charge_cents, _cents(amount * _OUTSIDE_SHARE))


def _cents(amount: Fraction) -> int:
    return money.half_up(amount)


def _outside(case: Case) -> Derived | None:
    found = {line.line_no: _outside_amount(case, line) for line in case.claim.lines}
    own = {no: cents for no, cents in found.items() if cents is not None}
    return Derived(lines=paid_lines(case, allowed_amounts(case) | own)) if own else None


DERIVATIONS = (
    Derivation(
        id="BH-S02",
        title="Crisis outside the office at 150 %",
        source="CAA 2023 s.4123; behavioral-health.md s.1",
        derive=_outside,
        part=ResultPart.PRICING,
        touches=Touches(
            codes=tuple(_OFFICE_CODES),
            forms=(Form.PROFESSIONAL,),
            payer_kinds=(PayerKind.MEDICARE,),
        ),
        effective=Window(_OUTSIDE_FROM),
        needs=Needs(tables=("fees",)),
    ),
)

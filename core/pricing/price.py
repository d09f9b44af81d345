"""Charges and expected allowed amounts, from fee schedules and pricing steps."""

from __future__ import annotations

from typing import Any

import msgspec

from core import money
from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Value
from core.rules.fees import RankedFee, find_fee
from core.rules.pricing import FeePurpose, PricingCase
from core.rules.rulebook import RuleBook


class TraceStep(Value, frozen=True, kw_only=True):
    """One step towards an amount: the rule or fee row, and the amount after it in cents."""

    line_no: int
    purpose: FeePurpose
    rule: str
    amount_cents: int


class Priced(Value, frozen=True, kw_only=True):
    """A priced claim and how each amount came about."""

    claim: Claim
    trace: tuple[TraceStep, ...] = ()


def price(claim: Claim, rule_book: RuleBook) -> Claim:
    """``claim`` with charges, fee sources and, where a schedule knows, expected amounts.

    A line whose charge was captured keeps it. A line no schedule prices keeps charge 0 and an
    empty ``fee_source``: the platform edit CW-012 says so.
    """
    return price_with_trace(claim, rule_book).claim


def price_with_trace(claim: Claim, rule_book: RuleBook) -> Priced:
    """The same, with each step."""
    trace: list[TraceStep] = []
    lines = tuple(_priced(line, claim, rule_book, trace) for line in claim.lines)
    return Priced(claim=msgspec.structs.replace(claim, lines=lines), trace=tuple(trace))


def _priced(
    line: ServiceLine, claim: Claim, rule_book: RuleBook, trace: list[TraceStep]
) -> ServiceLine:
    new: dict[str, Any] = {}
    charge_cents = line.charge_cents
    if not line.fee_source:
        found = _find(line, claim, rule_book, FeePurpose.CHARGE)
        if found:
            charge_cents = _times(found, line)
            new = {"charge_cents": charge_cents, "fee_source": found.source}
            trace.append(_step(line, FeePurpose.CHARGE, found.source, charge_cents))
    found = _find(line, claim, rule_book, FeePurpose.ALLOWED)
    if found:
        allowed_cents = _times(found, line)
        trace.append(_step(line, FeePurpose.ALLOWED, found.source, allowed_cents))
        allowed_cents = _stepped(allowed_cents, line, claim, rule_book, trace)
        if charge_cents < allowed_cents:
            allowed_cents = charge_cents
            trace.append(_step(line, FeePurpose.ALLOWED, "lesser of charge", allowed_cents))
        new["expected_cents"] = allowed_cents
    return msgspec.structs.replace(line, **new) if new else line


def _times(found: RankedFee, line: ServiceLine) -> int:
    cents = found.fee.amount_cents
    return cents if line.units == 1 else money.times(cents, line.units)


def _find(
    line: ServiceLine, claim: Claim, rule_book: RuleBook, purpose: FeePurpose
) -> RankedFee | None:
    day = line.service_from or claim.service_from
    return find_fee(rule_book.fees, purpose, line.code, line.modifiers, claim.payer, day)


def _stepped(
    amount_cents: int,
    line: ServiceLine,
    claim: Claim,
    rule_book: RuleBook,
    trace: list[TraceStep],
) -> int:
    if not rule_book.pricing_steps:
        return amount_cents
    day = line.service_from or claim.service_from
    case = PricingCase(claim=claim, day=day, policy=rule_book.policy(claim.payer, day))
    for step in rule_book.pricing_steps:
        touches = step.touches
        if not touches.takes_claim(claim.form, claim.payer.kind):
            continue
        if not touches.takes_code(line.code) or day is None or day not in step.effective:
            continue
        after = step.apply(case, line, amount_cents)
        if after != amount_cents:
            amount_cents = after
            trace.append(_step(line, FeePurpose.ALLOWED, step.id, after))
    return amount_cents


def _step(line: ServiceLine, purpose: FeePurpose, rule: str, amount_cents: int) -> TraceStep:
    return TraceStep(line_no=line.line_no, purpose=purpose, rule=rule, amount_cents=amount_cents)

"""Charges and expected allowed amounts of a claim.

Charges come from fee schedules, the practice's charge master first. What is expected to be allowed
comes from the contract with the payer where there is one, else from fee schedules and steps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from core import money
from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import Payer, PayerKind, Value
from core.pricing.contract_price import ListedCharge, Schedules, price_by_contract
from core.pricing.contracts import OpenContract
from core.pricing.medicare import FACILITY_PLACES
from core.pricing.services import Service
from core.rules.fees import RankedFee, find_fee
from core.rules.pricing import FeePurpose, PricingCase
from core.rules.rulebook import RuleBook
from core.rules.tables import Edition


class TraceStep(Value, frozen=True, kw_only=True):
    """One step towards an amount: the rule, fee row or contract, and the amount after it in cents.

    A contract's step says in ``words`` what was done, and by which ``row``.
    """

    line_no: int
    purpose: FeePurpose
    rule: str
    words: str = ""
    row: Edition | None = None
    amount_cents: int | None


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
    charged = msgspec.structs.replace(
        claim, lines=tuple(_charged(line, claim, rule_book, trace) for line in claim.lines)
    )
    day = charged.service_from
    opened = rule_book.contracts.of_payer(charged.payer, day) if day else None
    if opened is not None and day is not None:
        lines = _by_contract(charged, day, opened, rule_book, trace)
    else:
        lines = tuple(_expected(line, charged, rule_book, trace) for line in charged.lines)
    return Priced(claim=msgspec.structs.replace(charged, lines=lines), trace=tuple(trace))


def _charged(
    line: ServiceLine, claim: Claim, rule_book: RuleBook, trace: list[TraceStep]
) -> ServiceLine:
    found = None if line.fee_source else _find(line, claim, rule_book, FeePurpose.CHARGE)
    if found is None:
        return line
    charge_cents = _times(found, line)
    trace.append(_step(line, FeePurpose.CHARGE, found.source, charge_cents))
    return msgspec.structs.replace(line, charge_cents=charge_cents, fee_source=found.source)


def _expected(
    line: ServiceLine, claim: Claim, rule_book: RuleBook, trace: list[TraceStep]
) -> ServiceLine:
    found = _find(line, claim, rule_book, FeePurpose.ALLOWED)
    if found is None:
        return line
    allowed_cents = _times(found, line)
    trace.append(_step(line, FeePurpose.ALLOWED, found.source, allowed_cents))

    def priced_as(other: ServiceLine) -> int | None:
        other_fee = _find(other, claim, rule_book, FeePurpose.ALLOWED)
        return None if other_fee is None else _times(other_fee, other)

    stepped_cents = _stepped(allowed_cents, line, claim, rule_book, trace, priced_as)
    if stepped_cents is None:
        return msgspec.structs.replace(line, expected_cents=None)
    allowed_cents = stepped_cents
    if line.charge_cents < allowed_cents:
        allowed_cents = line.charge_cents
        trace.append(_step(line, FeePurpose.ALLOWED, "lesser of charge", allowed_cents))
    return msgspec.structs.replace(line, expected_cents=allowed_cents)


def _by_contract(
    claim: Claim, day: date, opened: OpenContract, rule_book: RuleBook, trace: list[TraceStep]
) -> tuple[ServiceLine, ...]:
    """What the contract allows; where it makes no price nothing is expected, and why is said.

    Whatever a fee schedule of ours says of the payer is then no guess at the contract.
    """
    services = [service_of(line, claim, day) for line in claim.lines]
    schedules = Schedules(
        medicare=rule_book.medicare,
        listed=lambda service: listed_charge(service, rule_book, claim.payer),
    )

    def priced_as(other: ServiceLine) -> int | None:
        (alone,) = price_by_contract([service_of(other, claim, day)], opened, schedules)
        return alone.allowed_cents

    lines = []
    for line, service, outcome in zip(
        claim.lines, services, price_by_contract(services, opened, schedules), strict=True
    ):
        trace.extend(
            TraceStep(
                line_no=line.line_no,
                purpose=FeePurpose.ALLOWED,
                rule=opened.contract.id,
                words=step.step,
                row=step.row,
                amount_cents=step.amount_cents,
            )
            for step in outcome.steps
        )
        allowed_cents = outcome.allowed_cents
        term = opened.term(service)
        if allowed_cents is not None and term is not None and not term.pays_together:
            allowed_cents = _stepped(
                allowed_cents, line, claim, rule_book, trace, priced_as, of_contract=True
            )
        lines.append(msgspec.structs.replace(line, expected_cents=allowed_cents))
    return tuple(lines)


def service_of(line: ServiceLine, claim: Claim, day: date) -> Service:
    """``line`` as a service to price; ``day`` where it has none of its own."""
    place = line.place_of_service or claim.place_of_service
    where = claim.service_facility or claim.billing
    if where.address is None:
        where = claim.billing
    rendering = line.rendering or claim.rendering
    by_medicare = claim.payer.kind in (PayerKind.MEDICARE, PayerKind.MEDICARE_ADVANTAGE)
    return Service(
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        unit_basis=line.unit_basis,
        day=line.service_from or day,
        locality=where.address.postal_code if where.address else "",
        facility=claim.form is Form.INSTITUTIONAL or place in FACILITY_PLACES,
        charge_cents=line.charge_cents,
        credential=rendering.credential if rendering and by_medicare else "",
        minutes=int(line.units) if line.unit_basis == "MJ" else None,
        place_of_service=place,
        revenue_code=line.revenue_code,
        drg=claim.institutional.drg if claim.institutional else "",
    )


def listed_charge(
    service: Service, rule_book: RuleBook, payer: Payer | None = None
) -> ListedCharge | None:
    """The practice's charge of one unit of ``service``."""
    found = find_fee(
        rule_book.fees,
        FeePurpose.CHARGE,
        service.code,
        service.modifiers,
        payer,
        service.day,
        service.place_of_service,
    )
    if found is None:
        return None
    first = found.schedule.effective.first
    fee = found.fee
    edition = Edition(
        table=found.schedule.id,
        release=first.isoformat() if first else "",
        row=" ".join(part for part in (fee.code, fee.modifier, fee.place) if part),
    )
    return ListedCharge(found.fee.amount_cents, edition)


def _times(found: RankedFee, line: ServiceLine) -> int:
    cents = found.fee.amount_cents
    return cents if line.units == 1 else money.times(cents, line.units)


def _find(
    line: ServiceLine, claim: Claim, rule_book: RuleBook, purpose: FeePurpose
) -> RankedFee | None:
    day = line.service_from or claim.service_from
    place = line.place_of_service or claim.place_of_service
    return find_fee(rule_book.fees, purpose, line.code, line.modifiers, claim.payer, day, place)


def _stepped(
    amount_cents: int,
    line: ServiceLine,
    claim: Claim,
    rule_book: RuleBook,
    trace: list[TraceStep],
    priced_as: Callable[[ServiceLine], int | None],
    *,
    of_contract: bool = False,
) -> int | None:
    """The amount after the pricing steps; None where one fails: then no amount is expected.

    What is billed does not depend on it, so the claim is not held for it; the trace says which.
    """
    if not rule_book.pricing_steps:
        return amount_cents
    day = line.service_from or claim.service_from
    case = PricingCase(
        claim=claim, day=day, policy=rule_book.policy(claim.payer, day), priced_as=priced_as
    )
    for step in rule_book.pricing_steps:
        touches = step.touches
        if of_contract and not step.of_contracts:
            continue
        if not touches.takes_claim(claim.form, claim.payer.kind):
            continue
        if not touches.takes_code(line.code) or day is None or day not in step.effective:
            continue
        try:
            after = step.apply(case, line, amount_cents)
        except (Exception, SystemExit):
            trace.append(_failed(line, step.id))
            return None
        if after != amount_cents:
            amount_cents = after
            trace.append(_step(line, FeePurpose.ALLOWED, step.id, after))
    return amount_cents


def _failed(line: ServiceLine, rule: str) -> TraceStep:
    words = "it failed; report it to its author"
    return TraceStep(
        line_no=line.line_no, purpose=FeePurpose.ALLOWED, rule=rule, words=words, amount_cents=None
    )


def _step(line: ServiceLine, purpose: FeePurpose, rule: str, amount_cents: int) -> TraceStep:
    return TraceStep(line_no=line.line_no, purpose=purpose, rule=rule, amount_cents=amount_cents)

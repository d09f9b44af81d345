"""What a contract allows for the lines of a claim, each step with its row.

A case rate pays the whole claim, a per diem its days; either includes every line that is not carved
out. Each other line is paid by its own term. What is exact is rounded half up once, at the end; the
lesser-of clause is held against the charge last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from core import money
from core.pricing.contracts import Base, Contract, OpenContract, Term, TermForm
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.services import Service
from core.pricing.steps import Outcome, PriceStep, no_price
from core.rules.tables import Edition


class ListedCharge(msgspec.Struct, frozen=True):
    """The practice's own charge of one unit, and its row."""

    cents: int
    row: Edition


class Schedules(msgspec.Struct, frozen=True, kw_only=True):
    """What a percentage can be taken of, beside the billed charge."""

    medicare: MedicareSchedule | None = None
    listed: Callable[[Service], ListedCharge | None] = lambda _: None


_Chosen = tuple[Service, Term]


def price_by_contract(
    services: Sequence[Service], opened: OpenContract, schedules: Schedules
) -> tuple[Outcome, ...]:
    """The price of each service of one claim; None where the contract says nothing of it."""
    contract = opened.contract
    found: dict[int, Outcome] = {}
    chosen: dict[int, _Chosen] = {}
    for at, service in enumerate(services):
        term = opened.term(service)
        if term is None:
            found[at] = no_price("the contract says nothing of this service", row=_whole(contract))
        else:
            chosen[at] = (service, term)
    whole = _whole_claim(chosen, contract)
    found |= whole
    own = {at: one for at, one in chosen.items() if at not in whole}
    found |= _by_medicare(own, contract, schedules)
    for at, (service, term) in own.items():
        if at not in found:
            found[at] = _finished(service, _by_term(service, term, contract, schedules), contract)
    return tuple(found[at] for at in range(len(services)))


def _whole(contract: Contract) -> Edition:
    return Edition(
        table=f"contract {contract.name}", release=contract.agreement.first.isoformat(), row=""
    )


def _whole_claim(chosen: dict[int, _Chosen], contract: Contract) -> dict[int, Outcome]:
    """The lines a case rate or a per diem pays; empty where there is none on the claim."""
    rates = [term for _, term in chosen.values() if term.form is TermForm.CASE_RATE]
    has_days = any(term.form is TermForm.PER_DIEM for _, term in chosen.values())
    if not rates and not has_days:
        return {}
    members = {at: one for at, one in chosen.items() if not one[1].carve_out}
    if rates:
        rate = max(rates, key=lambda term: (term.amount_cents, -term.row))
        charges = [service.charge_cents or 0 for service, _ in members.values()]
        parts = money.allocate(rate.amount_cents, charges)
        words = f"case rate {money.plain(rate.amount_cents)} for the claim, by charges"
        steps = [
            PriceStep(step=words, row=contract.row(rate), amount_cents=cents) for cents in parts
        ]
    else:
        parts, steps = _days(list(members.values()), contract)
    outcomes = [
        Outcome(allowed_cents=cents, steps=(step,), exact_cents=cents)
        for cents, step in zip(parts, steps, strict=True)
    ]
    return dict(zip(members, _lesser_of_all(members, outcomes, contract), strict=True))


def _days(
    members: Sequence[_Chosen], contract: Contract
) -> tuple[tuple[int, ...], list[PriceStep]]:
    """A day's amount for each day; a line without a unit of days counts its day once."""
    seen: set[date] = set()
    parts: list[int] = []
    steps: list[PriceStep] = []
    for service, term in members:
        if term.form is not TermForm.PER_DIEM:
            words, days, row = "included in the per diem", Decimal(0), None
        else:
            days = service.units if service.is_by_day else Decimal(service.day not in seen)
            seen.add(service.day)
            row = contract.row(term)
            words = f"per diem {money.plain(term.amount_cents)} for {days:f} day(s)"
            if not days:
                words = "the per diem of that day stands on another line"
        cents = money.times(term.amount_cents, days)
        parts.append(cents)
        steps.append(PriceStep(step=words, row=row, amount_cents=cents))
    return tuple(parts), steps


def _lesser_of_all(
    members: dict[int, _Chosen], outcomes: list[Outcome], contract: Contract
) -> list[Outcome]:
    """What is paid for lines together is held against their charges together."""
    charges = [service.charge_cents for service, _ in members.values()]
    known = [charge for charge in charges if charge is not None]
    total = sum(one.allowed_cents or 0 for one in outcomes)
    if not contract.agreement.lesser_of_charge or len(known) < len(charges) or sum(known) >= total:
        return outcomes
    return [
        Outcome(
            allowed_cents=charge,
            steps=(
                *one.steps,
                PriceStep(
                    step="lesser of charge, over these lines together",
                    row=_whole(contract),
                    amount_cents=charge,
                ),
            ),
            exact_cents=charge,
        )
        for one, charge in zip(outcomes, known, strict=True)
    ]


def _by_medicare(
    chosen: dict[int, _Chosen], contract: Contract, schedules: Schedules
) -> dict[int, Outcome]:
    """Percentages of the Medicare fee schedule: services of one day are reduced together."""
    groups: dict[tuple[date, date | None], list[int]] = {}
    for at, (service, term) in chosen.items():
        if term.of is Base.MPFS:
            groups.setdefault((service.day, term.rates_of), []).append(at)
    found: dict[int, Outcome] = {}
    for (day, rates_of), places in groups.items():
        if schedules.medicare is None:
            bare = no_price("the Medicare fee schedule is not loaded")
            outcomes: tuple[Outcome, ...] = (bare,) * len(places)
        else:
            asked = [
                msgspec.structs.replace(
                    chosen[at][0],
                    day=rates_of or day,
                    locality=contract.agreement.locality or chosen[at][0].locality,
                    charge_cents=None,
                    participating=True,
                )
                for at in places
            ]
            outcomes = price_services(asked, schedules.medicare, any_status=True)
        for at, outcome in zip(places, outcomes, strict=True):
            service, term = chosen[at]
            found[at] = _finished(service, _percent(outcome, term, contract), contract)
    return found


def _percent(outcome: Outcome, term: Term, contract: Contract) -> Outcome:
    """``outcome`` times the percentage of ``term``."""
    row = contract.row(term, f"{term.percent:f} % of {term.of}")
    if outcome.allowed_cents is None:
        return msgspec.structs.replace(
            outcome,
            steps=(
                *outcome.steps,
                PriceStep(step="so the contract's percentage of it makes no price", row=row),
            ),
        )
    base = outcome.allowed_cents if outcome.exact_cents is None else outcome.exact_cents
    exact = base * Fraction(term.percent) / 100
    cents = money.half_up(exact)
    step = PriceStep(step=f"{term.percent:f} % of it", row=row, amount_cents=cents)
    return Outcome(allowed_cents=cents, steps=(*outcome.steps, step), exact_cents=exact)


def _by_term(service: Service, term: Term, contract: Contract, schedules: Schedules) -> Outcome:
    if term.form is TermForm.NOT_PAID:
        step = PriceStep(step="not paid under the contract", row=contract.row(term), amount_cents=0)
        return Outcome(allowed_cents=0, steps=(step,), exact_cents=0)
    if term.form is TermForm.FIXED:
        exact = term.amount_cents * Fraction(service.units)
        words = f"fixed {money.plain(term.amount_cents)} for each of {service.units:f} unit(s)"
        cents = money.half_up(exact)
        step = PriceStep(step=words, row=contract.row(term), amount_cents=cents)
        return Outcome(allowed_cents=cents, steps=(step,), exact_cents=exact)
    if term.of is Base.CHARGE:
        if service.charge_cents is None:
            return no_price("the contract pays a part of the charge; say the charge")
        words, exact, base_row = "the charge", Fraction(service.charge_cents), None
    else:
        listed = schedules.listed(service)
        if listed is None:
            return no_price("the charge master says nothing of this service")
        words, base_row = "the charge master", listed.row
        exact = listed.cents * Fraction(service.units)
    first = PriceStep(step=words, row=base_row, amount_cents=money.half_up(exact))
    return _percent(
        Outcome(allowed_cents=money.half_up(exact), steps=(first,), exact_cents=exact),
        term,
        contract,
    )


def _finished(service: Service, outcome: Outcome, contract: Contract) -> Outcome:
    """The lesser-of clause, which comes last."""
    allowed, charge = outcome.allowed_cents, service.charge_cents
    if allowed is None or charge is None or charge >= allowed:
        return outcome
    if not contract.agreement.lesser_of_charge:
        return outcome
    step = PriceStep(step="lesser of charge", row=_whole(contract), amount_cents=charge)
    return Outcome(allowed_cents=charge, steps=(*outcome.steps, step), exact_cents=charge)

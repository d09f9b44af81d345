"""What the facts of a telehealth claim support and what is paid for it, beside the edits."""

from __future__ import annotations

from plugins import (
    Case,
    Derivation,
    Derived,
    Form,
    HistoryNeed,
    Needs,
    PayerKind,
    ResultPart,
    ServiceLine,
    Touches,
    Word,
    allowed_amounts,
    paid_lines,
)
from plugins.telehealth import care, evaluations, monitoring, online, originating, parity, places
from plugins.telehealth.visits import session_of

_P = Touches(forms=(Form.PROFESSIONAL,))

_LOOK_BACK_DAYS = 3 * 366
"""Whom a practitioner has not seen for three years is new."""


def _supported(case: Case) -> Derived | None:
    lines = {line.line_no: said for line in case.claim.lines if (said := _line(case, line))}
    place = places.place_of_claim(case) or _place_of_replacements(case)
    if not lines and not place:
        return None
    return Derived(lines=lines, claim={"pos": place} if place else {})


def _line(case: Case, line: ServiceLine) -> dict[str, Word]:
    instead = evaluations.replacement(case, line)
    if instead is not None:
        return {"code": instead.code, "modifiers": instead.modifiers}
    found = (
        online.supported(case, line)
        or monitoring.supported(case, line)
        or care.supported(case, line)
    )
    session = session_of(case)
    if session is not None and line in session.lines:
        return {**found, "modifiers": places.corrected(case, line, session)}
    return found


def _place_of_replacements(case: Case) -> str:
    for line in case.claim.lines:
        instead = evaluations.replacement(case, line)
        if instead is not None and instead.is_placed:
            return evaluations.place_of_replacement(case, line)
    return ""


def _prices(case: Case) -> Derived | None:
    """The originating site's fee, and contract amounts under parity; the rest is the platform's."""
    own: dict[int, int] = {}
    for line in case.claim.lines:
        for found in (originating.allowed_cents(case, line), parity.allowed_cents(case, line)):
            if found is not None:
                own[line.line_no] = found
        rate = _outside_rate(case, line)
        if rate is not None and line.line_no not in own:
            own[line.line_no] = rate
    if not own:
        return None
    return Derived(lines=paid_lines(case, {**allowed_amounts(case), **own}))


def _outside_rate(case: Case, line: ServiceLine) -> int | None:
    """A payer may pay place 02 like a visit at home: its fee outside a facility."""
    fees, day, policy = case.tables.fees, case.day_of(line), case.policy_on(line)
    if case.claim.payer.kind is PayerKind.MEDICARE or fees is None or day is None:
        return None
    knob = "telehealth.facility_rate_for_02"
    if case.place_of(line) != "02" or not policy.states(knob) or policy.flag(knob):
        return None
    contract = case.tables.contract
    if contract is not None and contract.fee(line.code, day) is not None:
        return None
    fee = fees.fee(line.code, day)
    if fee is None or line.units != int(line.units):
        return None
    return min(line.charge_cents, fee.nonfacility_cents * int(line.units))


DERIVATIONS = (
    Derivation(
        id="TH-SUPPORTED",
        title="Place, modifiers, codes and units that the visit supports",
        source="telehealth.md s.2, s.5, s.6",
        derive=_supported,
        touches=_P,
        needs=Needs(history=(HistoryNeed(look_back_days=_LOOK_BACK_DAYS),)),
    ),
    Derivation(
        id="TH-PRICES",
        title="Originating site fee, and parity",
        source="telehealth.md s.3, s.6, s.7",
        derive=_prices,
        part=ResultPart.PRICING,
        touches=_P,
        needs=Needs(accumulators=("deductible_remaining",), tables=("fees", "contract")),
    ),
)

"""Payment parity: where a plan has to pay a telehealth visit like one in person (s.7)."""

from __future__ import annotations

import msgspec

from plugins import (
    Case,
    Claim,
    Confidence,
    Form,
    PayerKind,
    PayerPolicy,
    Policy,
    PricingCase,
    PricingStep,
    ServiceLine,
    Touches,
    rows,
    window_of,
)
from plugins.telehealth import codes
from plugins.telehealth.visits import AUDIO_MODIFIERS, MODIFIERS, is_behavioral, says_telehealth

_OF_STATE, _AUDIO_OF_STATE = "telehealth.state_parity", "telehealth.state_audio"
_OFFICE = "11"
_PAYMENT, _BEHAVIORAL = "payment", "payment_behavioral"


def _word(row: dict[str, str]) -> str:
    if row["payment"] == "yes":
        return _PAYMENT if row["scope"] == "all" else _BEHAVIORAL
    if row["payment"] == "unknown":
        return "unknown"
    return "coverage" if row["coverage"] == "yes" else "none"


STATE_POLICIES = tuple(
    PayerPolicy(
        id=f"TH-{row['state']}-{row['effective_from'][:4]}",
        title=f"Telehealth parity, {row['state']}",
        source="telehealth.md s.7 (state law, secondary)"
        + (f"; {row['note']}" if row["note"] else ""),
        payer_kinds=(PayerKind.COMMERCIAL,),
        states=(row["state"],),
        effective=window_of(row),
        confidence=Confidence(row["confidence"]),
        knobs={_OF_STATE: _word(row), _AUDIO_OF_STATE: row["audio"]},
    )
    for row in rows(codes.PACKAGE, "state_parity.csv")
)
"""What state law says of fully insured commercial plans, as knobs that rules may ask."""


def pays_as_in_person(policy: Policy, *, behavioral: bool, by_telephone: bool) -> bool:
    """Whether the plan pays a telehealth visit like one in person, as far as anybody said.

    What the payer says of itself counts first; a plan that its employer funds is beyond the state.
    """
    funding = policy.text("plan_funding")
    if funding == "self_funded":
        return False
    if policy.states("telehealth.parity"):
        return policy.text("telehealth.parity") == _PAYMENT
    word = policy.text(_OF_STATE)
    law = word == _PAYMENT or (word == _BEHAVIORAL and behavioral)
    if by_telephone and policy.text(_AUDIO_OF_STATE) != "yes":
        # Some states have less for the telephone, but none of these for behavioral health.
        law = law and behavioral and policy.text(_AUDIO_OF_STATE) in ("some", "behavioral")
    return law and funding == "fully_insured"


def is_under_parity(claim: Claim, line: ServiceLine, policy: Policy) -> bool:
    """Whether the line was by telehealth and its plan pays it like one in person."""
    if claim.payer.kind is not PayerKind.COMMERCIAL:
        return False
    if not (says_telehealth(claim, line) or codes.LIVE_EVALUATION.holds(line.code, None)):
        return False
    by_telephone = not AUDIO_MODIFIERS.isdisjoint(line.modifiers) or codes.AUDIO_EVALUATION.holds(
        line.code, None
    )
    return pays_as_in_person(
        policy, behavioral=is_behavioral(claim, line), by_telephone=by_telephone
    )


def allowed_cents(case: Case, line: ServiceLine) -> int | None:
    """The in-person contract amount of a line by telehealth under parity; None: no such case."""
    table, day = case.tables.contract, case.day_of(line)
    fee = table.fee(line.code, day) if table is not None and day is not None else None
    if fee is None or fee.in_person_cents is None or line.units != int(line.units):
        return None
    if not is_under_parity(case.claim, line, case.policy_on(line)):
        return None
    return min(line.charge_cents, fee.in_person_cents * int(line.units))


def _as_in_person(case: PricingCase, line: ServiceLine, amount_cents: int) -> int:
    if not is_under_parity(case.claim, line, case.policy):
        return amount_cents
    modifiers = tuple(one for one in line.modifiers if one not in MODIFIERS)
    seen = msgspec.structs.replace(line, place_of_service=_OFFICE, modifiers=modifiers)
    in_person_cents = case.priced_as(seen)
    return amount_cents if in_person_cents is None else in_person_cents


PRICING_STEPS = (
    PricingStep(
        id="TH-R01",
        title="Parity: as in person",
        source="telehealth.md s.6, s.7 (state payment parity; self-funded plans are exempt)",
        confidence=Confidence.MEDIUM,
        apply=_as_in_person,
        touches=Touches(forms=(Form.PROFESSIONAL,), payer_kinds=(PayerKind.COMMERCIAL,)),
        of_contracts=True,
    ),
)

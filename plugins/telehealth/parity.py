"""Payment parity: where a plan has to pay a telehealth visit like one in person (s.7)."""

from __future__ import annotations

from plugins import (
    Case,
    Confidence,
    PayerKind,
    PayerPolicy,
    Policy,
    ServiceLine,
    rows,
    window_of,
)
from plugins.telehealth import codes
from plugins.telehealth.visits import is_behavioral, says_telehealth

_OF_STATE, _AUDIO_OF_STATE = "telehealth.state_parity", "telehealth.state_audio"
_PAYMENT, _BEHAVIORAL = "payment", "payment_behavioral"


def _word(row: dict[str, str]) -> str:
    if row["payment"] == "yes":
        return _PAYMENT if row["scope"] == "all" else _BEHAVIORAL
    if row["payment"] == "unknown":
        return "unknown"
    return "coverage" if row["coverage"] == "yes" else "none"


STATE_POLICIES = tuple(
    PayerPolicy(
        id=f"TH-S{number:02d}",
        title=f"Telehealth parity, {row['state']}",
        source="telehealth.md s.7 (state law, secondary)"
        + (f"; {row['note']}" if row["note"] else ""),
        payer_kinds=(PayerKind.COMMERCIAL,),
        states=(row["state"],),
        effective=window_of(row),
        confidence=Confidence(row["confidence"]),
        knobs={_OF_STATE: _word(row), _AUDIO_OF_STATE: row["audio"]},
    )
    for number, row in enumerate(rows(codes.PACKAGE, "state_parity.csv"), 1)
)
"""What state law says of fully insured commercial plans, as knobs that rules may ask."""


def pays_as_in_person(policy: Policy, *, behavioral: bool) -> bool:
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
    return law and funding == "fully_insured"


def allowed_cents(case: Case, line: ServiceLine) -> int | None:
    """The in-person contract amount of a line by telehealth under parity; None: no such case."""
    table, day = case.tables.contract, case.day_of(line)
    if case.claim.payer.kind is not PayerKind.COMMERCIAL or table is None or day is None:
        return None
    if not (says_telehealth(case, line) or codes.LIVE_EVALUATION.holds(line.code, day)):
        return None
    fee = table.fee(line.code, day)
    if fee is None or fee.in_person_cents is None or line.units != int(line.units):
        return None
    if not pays_as_in_person(case.policy_on(line), behavioral=is_behavioral(case, line)):
        return None
    return min(line.charge_cents, fee.in_person_cents * int(line.units))

"""Knobs, denial plays and pricing steps of behavioral health."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core import money
from plugins import (
    DenialPlay,
    PayerKind,
    PayerPolicy,
    PricingCase,
    PricingStep,
    ServiceLine,
    Touches,
    Window,
)

_SHEET = "behavioral-health.md s.6"

POLICIES = (
    PayerPolicy(
        id="BH-P01",
        title="Intensive outpatient includes therapy",
        source="behavioral-health.md BH-037",
        knobs={"iop_inclusive": True},
    ),
)

_MEDICARE_SHARE = {
    "NP": Decimal("0.85"),
    "PA": Decimal("0.85"),
    "CNS": Decimal("0.85"),
    "LCSW": Decimal("0.75"),
    "LMFT": Decimal("0.75"),
    "LPC": Decimal("0.75"),
}


def _practitioner_share(case: PricingCase, line: ServiceLine, amount_cents: int) -> int:
    provider = line.rendering or case.claim.rendering
    share = _MEDICARE_SHARE.get(provider.credential) if provider else None
    return money.times(amount_cents, share) if share else amount_cents


PRICING_STEPS = (
    PricingStep(
        id="BH-M01",
        title="Medicare practitioner percentage",
        source="behavioral-health.md s.2 (42 CFR 410.53, 410.54, 410.73, 414.62)",
        apply=_practitioner_share,
        touches=Touches(prefixes=("908",), payer_kinds=(PayerKind.MEDICARE,)),
        effective=Window(date(2024, 1, 1)),
    ),
)

DENIAL_PLAYS = (
    DenialPlay(
        id="BH-D01",
        title="No authorization",
        source=_SHEET,
        carcs=("197",),
        step="Ask for a retroactive authorization within the payer's window, else peer to peer",
        deadline_days=14,
    ),
    DenialPlay(
        id="BH-D02",
        title="Time or frequency not supported",
        source=_SHEET,
        carcs=("150", "151"),
        step="Send start and stop times and the progress note",
        deadline_days=45,
        owner="practice",
    ),
    DenialPlay(
        id="BH-D03",
        title="Evaluation with stand-alone therapy",
        source=_SHEET,
        carcs=("236",),
        step="Correct the therapy line to its add-on code and send a corrected claim",
    ),
    DenialPlay(
        id="BH-D04",
        title="Provider not eligible",
        source=_SHEET,
        carcs=("170", "185"),
        step="Check the roster and the payer's supervising-billing policy",
    ),
)

"""Behavioral health: manifest and hooks."""

from __future__ import annotations

from plugins import (
    CONTRACT,
    ClaimEdit,
    CodingRule,
    Deadline,
    DemoPractice,
    DenialPlay,
    Derivation,
    Encounter,
    FeeSchedule,
    Gate,
    Manifest,
    PayerPolicy,
    PricingStep,
    RecordType,
    Sees,
    SpecialtySettings,
    hook,
)
from plugins.behavioral_health import coding, demo, derive, edits, fees, plays, policies, prices
from plugins.behavioral_health.gates import GATES
from plugins.behavioral_health.records import RECORDS

MANIFEST = Manifest(
    name="behavioral_health",
    version="0.1.0",
    contract=CONTRACT,
    title="Behavioral health",
    prefixes=("BH",),
    sees=(Sees.DEMOGRAPHICS, Sees.CLINICAL, Sees.MONEY, Sees.HISTORY, Sees.SUBSTANCE_USE),
)


@hook
def settings_type() -> type[SpecialtySettings]:
    return SpecialtySettings


@hook
def coding_rules() -> tuple[CodingRule, ...]:
    return coding.CODING_RULES


@hook
def claim_edits() -> tuple[ClaimEdit, ...]:
    return edits.EDITS


@hook
def derivations() -> tuple[Derivation, ...]:
    return (*derive.DERIVATIONS, *prices.DERIVATIONS)


@hook
def payer_policies() -> tuple[PayerPolicy, ...]:
    return policies.POLICIES


@hook
def fee_schedules(settings: SpecialtySettings) -> tuple[FeeSchedule, ...]:
    return fees.DEMONSTRATION if settings.demonstration_fees else ()


@hook
def pricing_steps() -> tuple[PricingStep, ...]:
    return prices.PRICING_STEPS


@hook
def gates() -> tuple[Gate, ...]:
    return GATES


@hook
def denial_plays() -> tuple[DenialPlay, ...]:
    return plays.DENIAL_PLAYS


@hook
def deadlines() -> tuple[Deadline, ...]:
    return plays.DEADLINES


@hook
def records() -> tuple[RecordType, ...]:
    return RECORDS


@hook
def demo_encounters(seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
    return tuple(case.encounter for case in demo.cases(seed, practice))

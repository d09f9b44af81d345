"""Telehealth: manifest and hooks."""

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
    Manifest,
    PayerPolicy,
    PricingStep,
    RecordType,
    Sees,
    SpecialtySettings,
    hook,
)
from plugins.telehealth import (
    answers,
    coding,
    demo,
    edits,
    fees,
    originating,
    parity,
    plays,
    policies,
)
from plugins.telehealth.records import RECORDS

MANIFEST = Manifest(
    name="telehealth",
    version="0.2.0",
    contract=CONTRACT,
    title="Telehealth",
    prefixes=("TH",),
    sees=(Sees.DEMOGRAPHICS, Sees.CLINICAL, Sees.MONEY, Sees.HISTORY),
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
    return answers.DERIVATIONS


@hook
def payer_policies() -> tuple[PayerPolicy, ...]:
    return policies.POLICIES


@hook
def fee_schedules(settings: SpecialtySettings) -> tuple[FeeSchedule, ...]:
    return (*originating.FEES, *(fees.DEMONSTRATION if settings.demonstration_fees else ()))


@hook
def pricing_steps() -> tuple[PricingStep, ...]:
    return parity.PRICING_STEPS


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

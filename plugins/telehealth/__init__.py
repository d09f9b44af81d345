"""Telehealth: manifest and hooks."""

from __future__ import annotations

from plugins import (
    CONTRACT,
    ClaimEdit,
    CodingRule,
    DemoPractice,
    DenialPlay,
    Encounter,
    FeeSchedule,
    Manifest,
    PayerPolicy,
    RecordType,
    Sees,
    SpecialtySettings,
    hook,
)
from plugins.telehealth import coding, demo, edits, fees, policies
from plugins.telehealth.records import RECORDS

MANIFEST = Manifest(
    name="telehealth",
    version="0.1.0",
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
def payer_policies() -> tuple[PayerPolicy, ...]:
    return policies.POLICIES


@hook
def fee_schedules(settings: SpecialtySettings) -> tuple[FeeSchedule, ...]:
    return fees.DEMONSTRATION if settings.demonstration_fees else ()


@hook
def denial_plays() -> tuple[DenialPlay, ...]:
    return policies.DENIAL_PLAYS


@hook
def records() -> tuple[RecordType, ...]:
    return RECORDS


@hook
def demo_encounters(seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
    return tuple(case.encounter for case in demo.cases(seed, practice))

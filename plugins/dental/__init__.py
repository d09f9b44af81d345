"""Dental: manifest and hooks."""

from __future__ import annotations

from plugins import (
    CONTRACT,
    ClaimEdit,
    ClaimShape,
    CodingRule,
    DemoPractice,
    DenialPlay,
    Encounter,
    FeeSchedule,
    Manifest,
    RecordType,
    Sees,
    SpecialtySettings,
    hook,
)
from plugins.dental import coding, demo, edits, fees, policies
from plugins.dental.records import RECORDS

MANIFEST = Manifest(
    name="dental",
    version="0.1.0",
    contract=CONTRACT,
    title="Dental",
    prefixes=("DEN",),
    sees=(Sees.DEMOGRAPHICS, Sees.CLINICAL, Sees.HISTORY),
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
def claim_shapes() -> tuple[ClaimShape, ...]:
    return coding.CLAIM_SHAPES


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

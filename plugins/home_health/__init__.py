"""Home health: manifest and hooks."""

from __future__ import annotations

from plugins import (
    CONTRACT,
    ClaimEdit,
    ClaimShape,
    CodingRule,
    Deadline,
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
from plugins.home_health import coding, demo, edits, fees, policies
from plugins.home_health.records import RECORDS

MANIFEST = Manifest(
    name="home_health",
    version="0.1.0",
    contract=CONTRACT,
    title="Home health",
    prefixes=("HH",),
    sees=(Sees.CLINICAL, Sees.MONEY),
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


@hook
def deadlines() -> tuple[Deadline, ...]:
    return policies.DEADLINES

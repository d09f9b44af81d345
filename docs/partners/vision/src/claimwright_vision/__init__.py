"""Eye care: examinations, refraction and eyewear. A sample of a partner's plugin."""

from __future__ import annotations

from claimwright_vision import demo, examinations, eyewear, lenses
from claimwright_vision.policies import DENIAL_PLAYS, policies
from claimwright_vision.records import RECORDS
from claimwright_vision.settings import VisionSettings
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
    demonstration_schedules,
    hook,
)

MANIFEST = Manifest(
    name="vision",
    version="1.0.0",
    contract=CONTRACT,
    title="Vision",
    prefixes=("VIS",),
    # Diagnoses and earlier services. Who the patient is it need not know.
    sees=(Sees.CLINICAL, Sees.HISTORY),
    author="Claimwright's authors",
)


@hook
def settings_type() -> type[VisionSettings]:
    return VisionSettings


@hook
def coding_rules() -> tuple[CodingRule, ...]:
    return lenses.CODING_RULES


@hook
def claim_edits() -> tuple[ClaimEdit, ...]:
    return (*examinations.EDITS, *eyewear.EDITS)


@hook
def payer_policies(settings: VisionSettings) -> tuple[PayerPolicy, ...]:
    return policies(settings)


@hook
def fee_schedules(settings: VisionSettings) -> tuple[FeeSchedule, ...]:
    return (
        demonstration_schedules("claimwright_vision", "VIS") if settings.demonstration_fees else ()
    )


@hook
def denial_plays() -> tuple[DenialPlay, ...]:
    return DENIAL_PLAYS


@hook
def records() -> tuple[RecordType, ...]:
    return RECORDS


@hook
def demo_encounters(seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
    return demo.encounters(seed, practice)

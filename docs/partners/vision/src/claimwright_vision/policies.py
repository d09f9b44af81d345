"""What payers ask, as knobs; what to do when they deny."""

from __future__ import annotations

from claimwright_vision.settings import VisionSettings
from plugins import DenialPlay, FrequencyLimit, PayerKind, PayerPolicy

EXAMINATIONS = ("92002", "92004", "92012", "92014")
FRAMES = ("V2020", "V2025")
ROUTINE, FREQUENCY, EYEWEAR = "vision.routine", "vision.frequency", "vision.eyewear"

_LAW = "42 U.S.C. 1395y(a)(7); 42 CFR 411.15(b) and (c)"
_PROSTHETIC = "42 U.S.C. 1395x(s)(8); Medicare Benefit Policy Manual ch. 15 s. 120"


def policies(settings: VisionSettings) -> tuple[PayerPolicy, ...]:
    """Medicare's limits, and the frequencies of the vision plans the practice named."""
    stated = [
        PayerPolicy(
            id="VIS-P01",
            title="Medicare pays for eyewear after cataract surgery alone",
            source=_PROSTHETIC,
            payer_kinds=(PayerKind.MEDICARE,),
            knobs={EYEWEAR: "after_cataract", ROUTINE: False},
        )
    ]
    if settings.vision_plans:
        stated.append(
            PayerPolicy(
                id="VIS-P02",
                title="Vision plans: routine care and how often",
                source="the practice's agreements with its vision plans",
                payer_ids=settings.vision_plans,
                knobs={
                    ROUTINE: True,
                    FREQUENCY: (
                        _once_in(EXAMINATIONS, settings.exam_months),
                        _once_in(FRAMES[:1], settings.frame_months),
                    ),
                },
            )
        )
    return tuple(stated)


def _once_in(codes: tuple[str, ...], months: int) -> FrequencyLimit:
    return FrequencyLimit(codes=codes, maximum=1, per="rolling_months", months=months)


DENIAL_PLAYS = (
    DenialPlay(
        id="VIS-D01",
        title="Refraction is not covered",
        source=_LAW,
        carcs=("96", "204"),
        code_prefixes=("92015",),
        step="Bill the patient: no appeal can win what the law leaves out",
        deadline_days=10,
    ),
    DenialPlay(
        id="VIS-D02",
        title="Eyewear is not covered",
        source=_PROSTHETIC,
        carcs=("96", "204"),
        code_prefixes=("V2",),
        payer_kinds=(PayerKind.MEDICARE,),
        step="Look for the cataract surgery in the chart; without one, bill the patient",
        deadline_days=20,
    ),
    DenialPlay(
        id="VIS-D03",
        title="The plan's frequency was reached",
        source="the practice's agreements with its vision plans",
        carcs=("119",),
        code_prefixes=("920", "V2"),
        step="Ask the plan for the last date of service it paid; then the medical plan or patient",
        deadline_days=14,
    ),
)

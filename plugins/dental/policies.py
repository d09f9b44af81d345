"""Denial plays of dental claims."""

from __future__ import annotations

from plugins import DenialPlay

DENIAL_PLAYS = (
    DenialPlay(
        id="DEN-D01",
        title="Attachment requested",
        source="professional-scrub.md s.8",
        carcs=("252",),
        step="Send films or perio chart and quote the attachment number",
        deadline_days=30,
        owner="practice",
    ),
    DenialPlay(
        id="DEN-D02",
        title="Benefit limit reached",
        source="dental.md s.3",
        carcs=("119",),
        step="Check the plan's frequency and maximum; bill the patient if the plan allows it",
    ),
)

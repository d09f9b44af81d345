"""Every edit of behavioral health (behavioral-health.md s.3; ids are the sheet's)."""

from __future__ import annotations

from plugins import ClaimEdit
from plugins.behavioral_health import (
    adaptive,
    courses,
    credential_edits,
    diagnoses,
    incident_to,
    monthly,
    opioid,
    pairs,
    programs,
    screening,
    sessions,
    testing,
)

_ROOMS = (
    sessions,
    pairs,
    credential_edits,
    incident_to,
    adaptive,
    testing,
    diagnoses,
    courses,
    monthly,
    screening,
    opioid,
    programs,
)

EDITS: tuple[ClaimEdit, ...] = tuple(
    sorted(
        (edit for room in _ROOMS for edit in room.EDITS),
        key=lambda edit: (edit.id, edit.effective.first is not None),
    )
)

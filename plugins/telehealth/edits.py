"""Every telehealth edit (telehealth.md s.6; ids are the sheet's), by subject."""

from __future__ import annotations

from plugins.telehealth import (
    care,
    clinics,
    coverage,
    evaluations,
    licensure,
    medicare,
    monitored,
    monitoring,
    online,
    originating,
    place_edits,
)

EDITS = (
    *place_edits.EDITS,
    *coverage.EDITS,
    *originating.EDITS,
    *medicare.EDITS,
    *licensure.EDITS,
    *evaluations.EDITS,
    *online.EDITS,
    *monitoring.EDITS,
    *monitored.EDITS,
    *care.EDITS,
    *clinics.EDITS,
)

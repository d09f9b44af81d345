"""How a telehealth visit took place."""

from __future__ import annotations

import msgspec

from plugins import RecordType


class Visit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``modality``: none, av, audio or async. ``patient_location``: home, facility or other.

    ``privilege_states`` are states where a compact of the practitioner's own profession allows
    practice. None = not documented: no opinion.
    """

    modality: str
    patient_location: str = ""
    patient_state: str = ""
    provider_state: str = ""
    consent_documented: bool | None = None
    patient_video_declined_or_unable: bool | None = None
    practitioner_video_capable: bool | None = None
    practitioner_in_hospital: bool = False
    audio_minutes: int | None = None
    privilege_states: tuple[str, ...] = ()


VISIT = RecordType(
    id="telehealth.visit",
    title="Telehealth visit",
    source="telehealth.md, head and s.8",
    type=Visit,
)

RECORDS = (VISIT,)

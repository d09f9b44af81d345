"""The admission behind a home health claim."""

from __future__ import annotations

from datetime import date

import msgspec

from plugins import RecordType


class Episode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Facts of one admission. None or absent = not documented.

    ``notice_received`` is the day the payer received the notice of admission, ``plan_signed`` the
    day the plan of care was signed, ``assessment_accepted`` whether the assessment system took it.
    """

    start_of_care: date
    notice_received: date | None = None
    face_to_face: date | None = None
    plan_signed: date | None = None
    assessment_accepted: bool | None = None


EPISODE = RecordType(
    id="home_health.episode",
    title="Home health admission",
    source="home-health.md s.6",
    type=Episode,
)

RECORDS = (EPISODE,)

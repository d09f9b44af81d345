"""What a behavioral health visit documents beside its charges."""

from __future__ import annotations

from datetime import date

import msgspec

from plugins import RecordType, Sensitivity


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``kind``: individual, intake, family, group or crisis. On the charge."""

    kind: str


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A written consent under 42 CFR Part 2; ``revoked`` from that day on it does not count."""

    signed: date
    revoked: date | None = None


class PartTwo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a Part 2 program treated the patient, and the consent on file. On the visit."""

    program: bool
    consent: Consent | None = None


class AttachedNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an attachment contains: psychotherapy_notes, sud_counseling_notes, progress_note ..."""

    content: str
    authorization: bool = False


def _part_two(value: PartTwo) -> Sensitivity:
    return Sensitivity.SUBSTANCE_USE if value.program else Sensitivity.NONE


SESSION = RecordType(
    id="behavioral_health.session",
    title="Session",
    source="behavioral-health.md s.1",
    type=Session,
)
PART_TWO = RecordType(
    id="behavioral_health.part2",
    title="Part 2 consent",
    source="42 CFR Part 2; behavioral-health.md s.5",
    type=PartTwo,
    sensitivity=_part_two,
)
ATTACHED_NOTE = RecordType(
    id="behavioral_health.note",
    title="Attached note",
    source="45 CFR 164.508; behavioral-health.md BH-041",
    type=AttachedNote,
)

RECORDS = (SESSION, PART_TWO, ATTACHED_NOTE)

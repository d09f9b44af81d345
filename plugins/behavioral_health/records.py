"""What a behavioral health visit documents beside its charges.

A scrub document states some of it in its context (scrub document v1, section 7), under the same
names.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from plugins import RecordType, Sensitivity


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What kind of session a charge stands for; its time stands on the charge."""

    kind: Annotated[
        str,
        Meta(
            title="Kind of session",
            description="individual, intake, family, family_without_patient, group or crisis",
        ),
    ]


class Consent(msgspec.Struct, frozen=True):
    """A written consent under 42 CFR Part 2."""

    signed: Annotated[date | None, Meta(title="Signed on")] = None
    revoked: Annotated[
        date | None, Meta(title="Revoked on", description="From this day on it does not count")
    ] = None
    type: Annotated[
        str,
        Meta(
            title="Kind of consent",
            description="TPO: for all treatment, payment and operations; specific: for one "
            "recipient",
        ),
    ] = ""


class PartTwo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a Part 2 program treated the patient, and the consent that came with the visit."""

    program: Annotated[bool, Meta(title="Treated by a Part 2 program")]
    consent: Annotated[Consent | None, Meta(title="Consent")] = None


class AttachedNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an attachment of the claim contains."""

    content: Annotated[
        str,
        Meta(
            title="Content",
            description="psychotherapy_notes, sud_counseling_notes, progress_note ...",
        ),
    ]
    authorization: Annotated[
        bool, Meta(title="The patient authorized sending these notes in particular")
    ] = False


class IncidentTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How auxiliary staff did what a supervisor bills."""

    flag: Annotated[bool, Meta(title="Billed incident to a supervisor")] = False
    new_patient: Annotated[bool | None, Meta(title="New patient")] = None
    new_problem: Annotated[bool | None, Meta(title="New problem")] = None
    supervision: Annotated[
        str | None, Meta(title="Supervision", description="direct, general or none")
    ] = None
    auxiliary_credential: Annotated[
        str, Meta(title="Credential of the auxiliary", description="LPC, RN, CADC ...")
    ] = ""


class Screened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Brief instruments that were given and scored."""

    instruments: Annotated[int | None, Meta(title="Scored instruments")] = None


class ProgramDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day in an intensive outpatient or partial hospitalization program."""

    program_minutes: Annotated[int | None, Meta(title="Minutes in the program that day")] = None


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
    context="part2",
)
ATTACHED_NOTE = RecordType(
    id="behavioral_health.note",
    title="Attached note",
    source="45 CFR 164.508; behavioral-health.md BH-041",
    type=AttachedNote,
)
INCIDENT_TO = RecordType(
    id="behavioral_health.incident_to",
    title="Incident-to",
    source="42 CFR 410.26; behavioral-health.md BH-021",
    type=IncidentTo,
    context="incident_to",
)
SCREENED = RecordType(
    id="behavioral_health.screened",
    title="Scored instruments",
    source="behavioral-health.md BH-025",
    type=Screened,
    context="",
)
PROGRAM_DAY = RecordType(
    id="behavioral_health.program_day",
    title="Program day",
    source="behavioral-health.md BH-036",
    type=ProgramDay,
    context="",
)

RECORDS = (SESSION, PART_TWO, ATTACHED_NOTE, INCIDENT_TO, SCREENED, PROGRAM_DAY)

"""How a telehealth visit took place, what a monitored patient sent, when one was last seen."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from plugins import RecordType

Modality = Literal["", "none", "av", "audio", "async"]
Location = Literal["", "home", "facility", "other"]
Role = Literal["", "distant", "originating"]
System = Literal["", "physiologic", "respiratory", "musculoskeletal", "cognitive"]


class Visit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one visit took place. Of what is left open no rule has an opinion."""

    modality: Annotated[
        Modality,
        Meta(
            title="How they met",
            description="none: in person; av: live audio and video; audio: by telephone; "
            "async: stored and looked at later",
        ),
    ] = ""
    role: Annotated[
        Role,
        Meta(
            title="Our side",
            description="distant: our practitioner saw the patient from afar; "
            "originating: the patient sat with us",
        ),
    ] = ""
    patient_location: Annotated[
        Location, Meta(title="Where the patient was", description="home, a facility, or elsewhere")
    ] = ""
    patient_facility_type: Annotated[
        str,
        Meta(
            title="Kind of facility",
            description="physician_office, hospital, CAH, RHC, FQHC, SNF, CMHC, REH, "
            "hospital_renal_dialysis, or in words",
        ),
    ] = ""
    patient_state: Annotated[
        str,
        Meta(title="State of the patient", description="two letters, where the patient sat"),
    ] = ""
    provider_state: Annotated[
        str,
        Meta(title="State of the practitioner", description="two letters, where they worked"),
    ] = ""
    provider_country: Annotated[
        str, Meta(title="Country of the practitioner", description="two letters, US at home")
    ] = ""
    consent_documented: Annotated[
        bool | None, Meta(title="Consent", description="the patient's consent is on record")
    ] = None
    consent_date: Annotated[
        date | None,
        Meta(title="Day of the consent", description="brief services need one a year"),
    ] = None
    patient_video_declined_or_unable: Annotated[
        bool | None,
        Meta(title="No video", description="the patient could not or would not use video"),
    ] = None
    practitioner_video_capable: Annotated[
        bool | None,
        Meta(title="Video at hand", description="the practitioner could have used video"),
    ] = None
    practitioner_in_hospital: Annotated[
        bool | None,
        Meta(title="Practitioner in the hospital", description="and the patient at home"),
    ] = None
    audio_minutes: Annotated[
        int | None, Meta(title="Minutes by telephone", description="of medical discussion")
    ] = None


class Monitoring(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a patient under remote monitoring sent in the period that is billed."""

    data_days: Annotated[
        int | None,
        Meta(title="Days with data", description="of the 30-day period the device code is for"),
    ] = None
    interactive: Annotated[
        bool | None,
        Meta(title="Spoke with the patient", description="live, at least once in the month"),
    ] = None
    system: Annotated[
        System,
        Meta(title="What is monitored", description="decides which device code fits"),
    ] = ""


class InPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What Medicare asks of mental health visits from home once its exception ends."""

    first_telehealth_date: Annotated[
        date | None,
        Meta(title="First telehealth visit", description="of this treatment, from home"),
    ] = None
    last_in_person: Annotated[
        date | None,
        Meta(title="Last visit in person", description="with the practitioner or a colleague"),
    ] = None
    exception_documented: Annotated[
        bool | None,
        Meta(title="Exception", description="why a visit in person would be a burden is on record"),
    ] = None


def _upgraded(version: int, body: dict[str, Any]) -> dict[str, Any]:
    """Version 1 kept compact privileges here; they belong to the practitioner."""
    return {name: value for name, value in body.items() if name != "privilege_states"}


VISIT = RecordType(
    id="telehealth.visit",
    title="Telehealth visit",
    source="telehealth.md, head and s.8",
    type=Visit,
    schema_version=2,
    upgrade=_upgraded,
    context="telehealth",
)
MONITORING = RecordType(
    id="telehealth.monitoring",
    title="Remote monitoring",
    source="telehealth.md s.5 and s.8",
    type=Monitoring,
    context="remote",
)
IN_PERSON = RecordType(
    id="telehealth.in_person",
    title="Visits in person",
    source="telehealth.md TH-012 and s.8; SSA 1834(m)(7)(B)",
    type=InPerson,
    context="mental_telehealth",
)

RECORDS = (VISIT, MONITORING, IN_PERSON)

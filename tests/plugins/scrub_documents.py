"""Scrub documents with what the specialties' own rules read of them, which the core does not yet.

The core reads claim, payer, facts and tables (``core.scrub.document``); here the context of a
specialty becomes its records.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from core.claims.claim import Attachment, SpecialtyRecord
from core.rules.records import seal
from core.rules.tables import DiagnosisBook
from core.scrub.document import ScrubDocument, read_document
from plugins.behavioral_health.records import (
    ATTACHED_NOTE,
    PART_TWO,
    AttachedNote,
    Consent,
    PartTwo,
)
from plugins.home_health.records import EPISODE, Episode

_TODAY = date(2026, 11, 21)


def read(document: dict[str, Any], diagnoses: DiagnosisBook) -> ScrubDocument:
    """The document as the product reads it, with the records of its specialties."""
    found = read_document(document, today=_TODAY, diagnoses=diagnoses)
    assert found.claim is not None
    attachments = tuple(
        Attachment(
            report_type=one.get("report_type") or "", transmission=one.get("transmission") or ""
        )
        for one in document["claim"].get("attachments") or ()
    )
    claim = msgspec.structs.replace(found.claim, records=records(document), attachments=attachments)
    return msgspec.structs.replace(found, claim=claim)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def records(document: dict[str, Any]) -> tuple[SpecialtyRecord, ...]:
    context, claim = document.get("context") or {}, document["claim"]
    found = []
    if context.get("part2"):
        consent = context["part2"].get("consent")
        found.append(
            seal(
                PART_TWO,
                PartTwo(
                    context["part2"].get("program", False),
                    Consent(date.fromisoformat(consent["signed"]), day(consent.get("revoked")))
                    if consent
                    else None,
                ),
            )
        )
    found += [
        seal(ATTACHED_NOTE, AttachedNote(one["content"], bool(one.get("authorization"))))
        for one in claim.get("attachments") or ()
        if one.get("content")
    ]
    if "home_health" in document["plugins"] and claim.get("admission_date"):
        found.append(episode(context, claim))
    return tuple(found)


def episode(context: dict[str, Any], claim: dict[str, Any]) -> SpecialtyRecord:
    notice = context.get("noa") or {}
    return seal(
        EPISODE,
        Episode(
            start_of_care=date.fromisoformat(notice.get("soc") or claim["admission_date"]),
            notice_received=day(notice.get("received")),
            face_to_face=day(context.get("f2f_date")),
            plan_signed=day(context.get("plan_signed") or context.get("poc_signed_date")),
            assessment_accepted=context.get("oasis_accepted"),
        ),
    )

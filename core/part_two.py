"""Records of a substance use disorder program (42 CFR Part 2): which they are, and the notice.

This is the one place that decides it, by ``sensitivity_of``. A stored claim bears the answer as its
label (``core.ports.ClaimRecord.sensitivity``), which no edit takes off: the key it and what hangs
on it are sealed under, who sees it, and whether it may leave all follow from the label alone.

The core does not read a specialty's record, but for one agreement: a record whose kind ends in
``.part2`` says by ``program`` whether such a program treated the patient, and may carry the consent
it came with. Any specialty may have one; the law is nobody's specialty.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from core.claims.claim import LineFacts, SpecialtyRecord, VisitFacts
from core.confidentiality import Sensitivity

NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The short notice of 42 CFR 2.32(a)(2), word for word; it goes with every such disclosure."""

KIND_SUFFIX = ".part2"


class RecordedConsent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as a visit brought it along: when it was signed, and from when it is revoked.

    ``type`` is TPO where one consent covers all treatment, payment and operations.
    """

    signed: date
    revoked: date | None = None
    type: str = ""


class _PartTwo(msgspec.Struct, frozen=True):
    program: bool = False
    consent: RecordedConsent | None = None


_PART_TWO = msgspec.json.Decoder(_PartTwo)


def sensitivity_of(visit: VisitFacts, lines: Iterable[LineFacts]) -> Sensitivity:
    """The strictest of the records on the visit, or the claim made from it, and on its services.

    A record counts by its label, which its type gave it, and by what it says: one that came from
    elsewhere may lack the label.
    """
    records = [*visit.records]
    for line in lines:
        records += line.records
    if not records:
        return Sensitivity.NONE
    labelled = any(record.sensitivity is Sensitivity.SUBSTANCE_USE for record in records)
    if labelled or any(found.program for found in _found(records)):
        return Sensitivity.SUBSTANCE_USE
    return Sensitivity.NONE


def stricter(one: Sensitivity, other: Sensitivity) -> Sensitivity:
    """The stricter of two: a label once given is not lost by an edit."""
    return one if other is Sensitivity.NONE else other


def recorded_consents(facts: VisitFacts) -> tuple[RecordedConsent, ...]:
    """The consents that came in with the visit."""
    return tuple(found.consent for found in _found(facts.records) if found.consent is not None)


def _found(records: Iterable[SpecialtyRecord]) -> Iterable[_PartTwo]:
    for record in records:
        if record.kind.endswith(KIND_SUFFIX):
            try:
                yield _PART_TWO.decode(record.body)
            except msgspec.MsgspecError:
                # Unreadable is no leave to send it: it counts as such a record without a consent.
                yield _PartTwo(program=True)

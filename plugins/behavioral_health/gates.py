"""Privacy holds of behavioral health (behavioral-health.md s.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import (
    Case,
    Flag,
    Gate,
    ServiceLine,
    read,
)
from plugins.behavioral_health.records import ATTACHED_NOTE, PART_TWO, AttachedNote, PartTwo

Lines = Sequence[ServiceLine]


def _part_two(case: Case, lines: Lines) -> Iterator[Flag]:
    facts = case.record(PART_TWO.id, PartTwo)
    if facts is None or not facts.program:
        return
    consent = facts.consent
    revoked = consent.revoked if consent else None
    if consent is None or consent.signed > case.as_of or (revoked and revoked <= case.as_of):
        yield Flag(
            message="A Part 2 program's claim needs the patient's written consent in force",
            suggestion="Obtain or renew the consent",
        )


def _protected_notes(case: Case, lines: Lines) -> Iterator[Flag]:
    for record in case.claim.records:
        note = read((record,), ATTACHED_NOTE.id, AttachedNote)
        if (
            note
            and note.content in {"psychotherapy_notes", "sud_counseling_notes"}
            and not note.authorization
        ):
            yield Flag(message="The attached notes need the patient's specific authorization")
            return


GATES = (
    Gate(
        id="BH-040",
        title="Part 2 consent",
        source="42 CFR Part 2; behavioral-health.md s.5",
        check=_part_two,
    ),
    Gate(
        id="BH-041",
        title="Psychotherapy and counselling notes",
        source="45 CFR 164.508(a)(2); behavioral-health.md BH-041",
        check=_protected_notes,
    ),
)

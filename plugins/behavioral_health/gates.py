"""Privacy holds of behavioral health (behavioral-health.md s.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import (
    Case,
    ConsentKind,
    ConsentPurpose,
    Flag,
    Gate,
    Needs,
    ServiceLine,
    covering,
    may_disclose_part_two,
    read,
)
from plugins.behavioral_health.records import ATTACHED_NOTE, PART_TWO, AttachedNote, PartTwo

Lines = Sequence[ServiceLine]

_PROTECTED = {
    "psychotherapy_notes": ConsentKind.PSYCHOTHERAPY_NOTES,
    "sud_counseling_notes": ConsentKind.COUNSELLING_NOTES,
}


def _part_two(case: Case, lines: Lines) -> Iterator[Flag]:
    facts = case.record(PART_TWO.id, PartTwo)
    if facts is None or not facts.program:
        return
    payer_id = case.claim.payer.payer_id
    if not may_disclose_part_two(case.claim, case.facts.consents, payer_id, case.as_of):
        yield Flag(
            message="A Part 2 program's claim needs the patient's written consent in force",
            suggestion="Obtain or renew the consent",
        )


def _protected_notes(case: Case, lines: Lines) -> Iterator[Flag]:
    for content, authorized in _attached(case):
        kind = _PROTECTED.get(content)
        if kind is None or authorized:
            continue
        payer_id, purpose = case.claim.payer.payer_id, ConsentPurpose.PAYMENT
        if covering(case.facts.consents, kind, payer_id, purpose, case.as_of) is None:
            yield Flag(
                message="The attached notes need the patient's specific authorization",
                suggestion="Obtain it, or send the progress note instead",
            )
            return


def _attached(case: Case) -> Iterator[tuple[str, bool]]:
    """What each attachment contains, and whether the patient authorized sending it."""
    for attachment in case.claim.attachments:
        yield attachment.content, attachment.is_authorized
    for record in case.claim.records:
        note = read((record,), ATTACHED_NOTE.id, AttachedNote)
        if note is not None:
            yield note.content, note.authorization


GATES = (
    Gate(
        id="BH-040",
        title="Part 2 consent",
        source="42 CFR Part 2; behavioral-health.md s.5",
        check=_part_two,
        needs=Needs(consents=True),
    ),
    Gate(
        id="BH-041",
        title="Psychotherapy and counselling notes",
        source="45 CFR 164.508(a)(2); behavioral-health.md BH-041",
        check=_protected_notes,
        needs=Needs(consents=True),
    ),
)

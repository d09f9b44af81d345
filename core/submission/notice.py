"""The notice that goes with a record of a Part 2 program (42 CFR 2.32), put where the 837 takes it.

The 837P has one note for a claim and one for a line, the 837I one billing note, the 837D five.
"""

from __future__ import annotations

from msgspec.structs import replace

from core.claims.claim import Claim, Form, Note
from core.part_two import NOTICE

_NOTE = Note(qualifier="ADD", text=NOTICE)
_DENTAL_NOTES_MAX = 5


def with_notice(claim: Claim) -> Claim | None:
    """``claim`` with the notice among its notes; None where no note is free for it."""
    if _has_notice(claim):
        return claim
    if _is_free(claim):
        return replace(claim, notes=(*claim.notes, _NOTE))
    if claim.form is not Form.PROFESSIONAL:
        return None
    for place, line in enumerate(claim.lines):
        if not any(note.qualifier in ("ADD", "DCP") for note in line.notes):
            noted = replace(line, notes=(_NOTE, *line.notes))
            return replace(claim, lines=(*claim.lines[:place], noted, *claim.lines[place + 1 :]))
    return None


def _has_notice(claim: Claim) -> bool:
    notes = [*claim.notes, *(note for line in claim.lines for note in line.notes)]
    return any(note.text == NOTICE for note in notes)


def _is_free(claim: Claim) -> bool:
    if claim.form is Form.PROFESSIONAL:
        return not claim.notes
    if claim.form is Form.DENTAL:
        return len(claim.notes) < _DENTAL_NOTES_MAX
    return not any(note.qualifier == "ADD" for note in claim.notes)

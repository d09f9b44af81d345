"""Which lines of a claim were a telehealth visit, as its record, place and modifiers say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from plugins import Case, Claim, PayerKind, ServiceLine, is_in_use
from plugins.telehealth import codes
from plugins.telehealth.records import VISIT, Visit

Lines = Sequence[ServiceLine]

PLACES = frozenset({"02", "10"})
"""Places of service that say telehealth."""

MODIFIERS = frozenset({"93", "95", "FQ", "GQ", "GT"})
"""Modifiers that say telehealth."""

AUDIO_MODIFIERS = frozenset({"93", "FQ"})
LIVE = frozenset({"av", "audio"})


class Session(msgspec.Struct, frozen=True):
    """A live visit seen from the distant side, and the lines that were part of it."""

    visit: Visit
    lines: tuple[ServiceLine, ...]

    @property
    def is_audio(self) -> bool:
        """Whether it was by telephone."""
        return self.visit.modality == "audio"


def visit_of(case: Case) -> Visit | None:
    """The record of the visit; None: there is none."""
    return case.once(_visit)


def _visit(case: Case) -> Visit | None:
    return case.record(VISIT.id, Visit)


def session_of(case: Case) -> Session | None:
    """The live visit with the lines whose place and modifiers have to say so; None: no such."""
    return case.once(_session)


def _session(case: Case) -> Session | None:
    visit = visit_of(case)
    if visit is None or visit.modality not in LIVE or visit.role == "originating":
        return None
    lines = tuple(line for line in case.claim.lines if _is_marked(line, case.day_of(line)))
    return Session(visit, lines) if lines else None


def _is_marked(line: ServiceLine, day: date | None) -> bool:
    """Whether a telehealth place and modifier belong on the line of a live visit.

    Not where the code says by itself how it was done, nor where it may not be reported at all.
    """
    code = line.code
    return not (
        not code
        or code == codes.SITE_FEE
        or codes.is_remote(code)
        or codes.TELEPHONE.holds(code, day)
        or codes.ENDED.holds(code, day)
        or not is_in_use(code, day)
    )


def telehealth_lines(case: Case) -> tuple[ServiceLine, ...]:
    """The lines by telehealth: as the visit's record says, else as place and modifiers do.

    98000 to 98016 are among them when they were live; what is remote in other ways is not.
    """
    return case.once(_telehealth_lines)


def _telehealth_lines(case: Case) -> tuple[ServiceLine, ...]:
    visit = visit_of(case)
    modality = visit.modality if visit else ""
    if modality == "none" or (visit is not None and visit.role == "originating"):
        return ()
    return tuple(
        line
        for line in case.claim.lines
        if line.code != codes.SITE_FEE and _is_by_telehealth(case, line, modality)
    )


def _is_by_telehealth(case: Case, line: ServiceLine, modality: str) -> bool:
    day = case.day_of(line)
    if codes.LIVE_EVALUATION.holds(line.code, day) or line.code == "98016":
        return modality in LIVE
    if codes.is_remote(line.code):
        return False
    return bool(modality) or says_telehealth(case.claim, line)


def says_telehealth(claim: Claim, line: ServiceLine) -> bool:
    """Whether place or modifier of the line say telehealth."""
    place = line.place_of_service or claim.place_of_service
    return place in PLACES or not MODIFIERS.isdisjoint(line.modifiers)


def is_medicare(case: Case) -> bool:
    """Whether Medicare fee for service pays."""
    return case.claim.payer.kind is PayerKind.MEDICARE


def pointed(claim: Claim, line: ServiceLine) -> tuple[str, ...]:
    """The diagnoses the line points to; all of the claim's where it points to none."""
    diagnoses = claim.diagnoses
    found = tuple(diagnoses[at - 1] for at in line.pointers if 0 < at <= len(diagnoses))
    return found or tuple(diagnoses)


def is_behavioral(claim: Claim, line: ServiceLine) -> bool:
    """Whether it treats a mental or substance use disorder, by code or first diagnosis."""
    if codes.BEHAVIORAL.holds(line.code, None):
        return True
    found = pointed(claim, line)
    return bool(found) and codes.is_mental(found[0])


def treats_substance_use(claim: Claim, line: ServiceLine) -> bool:
    """Whether the line treats a substance use disorder, or a disorder that comes with one."""
    return any(map(codes.is_substance_use, pointed(claim, line)))

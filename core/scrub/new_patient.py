"""New or established: PS-048, and the category that history supports (CPM ch. 12 s. 30.6.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from core.claims.claim import ServiceLine
from core.dates import add_years
from core.rules.case import Case
from core.scrub.finding import Flag
from core.scrub.own_tables import family, rows
from core.scrub.services import same_physician, service_before, service_of

Lines = Sequence[ServiceLine]

NEW_PATIENT = family("new_patient")
_ESTABLISHED = family("established_patient")
_FACE_TO_FACE = family("face_to_face")

EQUIVALENTS = {row["new"]: row["established"] for row in rows("established_equivalents.csv")}
"""The established-patient code of the same level."""

NEW, ESTABLISHED = "new", "established"
"""Categories."""

YEARS = 3


def seen_before(case: Case, lines: Lines) -> Iterator[Flag]:
    """A new-patient code for somebody the physician or specialty saw within three years."""
    for line in lines:
        day = line.service_from or case.day
        if day is None or not NEW_PATIENT.holds(line.code, day):
            continue
        last = last_seen(case, line, day)
        if last is not None:
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is for a new patient; the same physician or specialty saw "
                f"the patient on {last}",
                suggestion=f"Bill {EQUIVALENTS[line.code]} if the record supports its level"
                if line.code in EQUIVALENTS
                else "Bill the established-patient code that the record supports",
            )


def category(case: Case, line: ServiceLine) -> str:
    """``new`` or ``established``; empty where the code or missing history says neither."""
    day = line.service_from or case.day
    if day is None or case.facts.history is None:
        return ""
    if not (NEW_PATIENT.holds(line.code, day) or _ESTABLISHED.holds(line.code, day)):
        return ""
    return ESTABLISHED if last_seen(case, line, day) is not None else NEW


def last_seen(case: Case, line: ServiceLine, day: date) -> date | None:
    """The last day within three years before ``day`` on which the patient was seen face to face.

    A service on the anniversary itself counts; one of the same day does not. What was rendered
    counts whether or not it was paid, unless it was voided.
    """
    first = add_years(day, -YEARS)
    mine = service_of(case, line, day)
    own = case.claim.claim_number
    seen = [
        prior.service_on
        for prior in case.facts.history or ()
        if first <= prior.service_on < day
        and prior.status != "voided"
        and (not prior.claim_number or prior.claim_number != own)
        and _is_seen(prior.face_to_face, prior.code, prior.modifiers)
        and same_physician(mine, service_before(prior))
    ]
    for other in case.claim.lines:
        on = other.service_from
        if other is line or on is None or not first <= on < day:
            continue
        if _is_seen(None, other.code, other.modifiers) and same_physician(
            mine, service_of(case, other, on)
        ):
            seen.append(on)
    return max(seen, default=None)


def _is_seen(stated: bool | None, code: str, modifiers: Sequence[str]) -> bool:
    """As stated; else whether such a service is done in the patient's presence."""
    if stated is not None:
        return stated
    return "26" not in modifiers and _FACE_TO_FACE.holds(code, None)

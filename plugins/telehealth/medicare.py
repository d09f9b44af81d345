"""What the statute asks of Medicare telehealth: TH-012, TH-034, TH-035, TH-040.

Which days are free of it stands in ``data/medicare_status.csv``; the edits hold from the day on
which the last act ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plugins import (
    Case,
    Confidence,
    Flag,
    PriorService,
    Scope,
    ServiceLine,
    Window,
    add_months,
    rows,
)
from plugins.telehealth import codes, originating, status
from plugins.telehealth.records import IN_PERSON, InPerson
from plugins.telehealth.rows import MEDICARE, edit, history
from plugins.telehealth.visits import (
    MODIFIERS,
    PLACES,
    Lines,
    Session,
    is_behavioral,
    pointed,
    session_of,
    treats_substance_use,
    visit_of,
)

_DISTANT_SITE = {
    row["credential"]: row["distant_site"] for row in rows(codes.PACKAGE, "practitioners.csv")
}
_MONTHS_FIRST, _MONTHS_LATER = 6, 12


def may_be_distant_site(credential: str, day: date) -> bool | None:
    """Whether Medicare takes telehealth by the credential on ``day``; None: it is not known."""
    word = _DISTANT_SITE.get(credential)
    if word in ("always", "never"):
        return word == "always"
    return None if word is None else status.holds(word, day) is not None


def _not_eligible(case: Case, lines: Lines) -> Iterator[Flag]:
    session = session_of(case)
    for line in session.lines if session else ():
        day, credential = case.day_of(line), case.credential_of(line)
        if day is not None and may_be_distant_site(credential, day) is False:
            yield Flag(
                message=f"Medicare takes no telehealth visit by {credential} on this day",
                suggestion="Bill who may see a patient by telehealth, or see the patient in person",
                table_row=f"telehealth practitioners {credential}",
            )
            return


def _abroad(case: Case, lines: Lines) -> Iterator[Flag]:
    visit, provider = visit_of(case), case.claim.rendering
    if visit is not None and visit.role == "originating":
        return
    country = (visit.provider_country if visit else "") or (provider.country if provider else "")
    if country and country not in {"US", "USA"} | _TERRITORIES:
        yield Flag(
            message="Medicare pays for no service of a practitioner who was outside the country",
            suggestion="Bill nothing to Medicare for this visit",
        )


_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})


def _no_site(case: Case, lines: Lines) -> Iterator[Flag]:
    """Home is no originating site again, but for what the statute itself leaves out."""
    session = session_of(case)
    if session is None or not _is_no_site(case, session):
        return
    for line in session.lines:
        day = case.day_of(line)
        if day is None or status.holds("any_site", day) or _has_own_place(case, line):
            continue
        yield Flag(
            message="On this day Medicare takes a visit from home or from no originating site for "
            "behavioral health, substance use, stroke and dialysis only",
            suggestion="See the patient in person, or at an originating site",
            table_row=f"telehealth Medicare status any_site until {status.ends('any_site')}",
        )
        return


def _is_no_site(case: Case, session: Session) -> bool:
    visit = session.visit
    if visit.patient_location == "home":
        return True
    kind = visit.patient_facility_type
    return bool(kind) and not originating.is_site(kind, case, session.lines[0])


def _has_own_place(case: Case, line: ServiceLine) -> bool:
    """Behavioral health, substance use, stroke and end-stage renal disease."""
    return (
        is_behavioral(case.claim, line)
        or treats_substance_use(case.claim, line)
        or "G0" in line.modifiers
        or any(map(codes.is_stroke, pointed(case.claim, line)))
        or codes.DIALYSIS.holds(line.code, None)
        or "N186" in pointed(case.claim, line)
    )


def _not_seen_in_person(case: Case, lines: Lines) -> Iterator[Flag]:
    session = session_of(case)
    seen = case.record(IN_PERSON.id, InPerson)
    if session is None or seen is None or session.visit.patient_location != "home":
        return
    for line in session.lines:
        day = case.day_of(line)
        if day is None or status.holds("no_in_person", day):
            continue
        if not is_behavioral(case.claim, line) or treats_substance_use(case.claim, line):
            continue
        if message := _missing_visit(case, line, day, seen):
            yield Flag(message=message, suggestion="See the patient in person and bill after that")
            return


def _missing_visit(case: Case, line: ServiceLine, day: date, seen: InPerson) -> str:
    """What is missing in words; empty: nothing, or nobody knows."""
    visits = [*_visits_in_person(case, line, day)]
    if seen.last_in_person is not None and seen.last_in_person <= day:
        visits.append(seen.last_in_person)
    first = seen.first_telehealth_date
    recent = any(add_months(day, -_MONTHS_LATER) <= one for one in visits)
    if first is None:
        # Which of the two limits counts is not known; where neither is met, that does not matter.
        return "" if recent or seen.exception_documented else _SAID_LATER
    if first >= day:
        met = any(add_months(first, -_MONTHS_FIRST) <= one <= first for one in visits)
        return "" if met else _SAID_FIRST
    return "" if recent or seen.exception_documented else _SAID_LATER


_SAID_FIRST = (
    "Medicare asks for a visit in person in the 6 months before the first mental health visit at "
    "home; none is known"
)
_SAID_LATER = (
    "Medicare asks for a visit in person in the last 12 months for mental health visits at home; "
    "none is known, and no exception is documented"
)


def _visits_in_person(case: Case, line: ServiceLine, day: date) -> Iterator[date]:
    """Days on which the practitioner, or a colleague of the same specialty, saw the patient."""
    npi, group = case.rendering_npi(line), case.group_of(line)
    specialty = case.specialty_of(line)
    for prior in case.facts.history or ():
        same = prior.rendering_npi == npi or (
            bool(specialty) and (prior.group_npi, prior.taxonomy) == (group, specialty)
        )
        if same and prior.service_on <= day and _is_in_person(prior):
            yield prior.service_on


def _is_in_person(prior: PriorService) -> bool:
    if prior.status == "voided" or prior.face_to_face is False:
        return False
    if prior.place_of_service in PLACES or not MODIFIERS.isdisjoint(prior.modifiers):
        return False
    return codes.is_visit(prior.code, prior.service_on)


EDITS = (
    edit(
        "TH-012",
        "In-person visit before mental health at home",
        _not_seen_in_person,
        source="telehealth.md s.6; SSA 1834(m)(7)(B) as the law stands",
        touches=MEDICARE,
        scope=Scope.CLAIM,
        effective=Window(status.ends("no_in_person")),
        confidence=Confidence.MEDIUM,
        needs=history((), 366),
        carc="96",
        place="",
    ),
    edit(
        "TH-034",
        "Home outside the flexible years",
        _no_site,
        source="telehealth.md s.1 and s.6; SSA 1834(m)(4)(C) as the law stands",
        touches=MEDICARE,
        scope=Scope.CLAIM,
        effective=Window(status.ends("any_site")),
        carc="96",
        place="",
    ),
    edit(
        "TH-035",
        "Practitioner at the distant site",
        _not_eligible,
        touches=MEDICARE,
        scope=Scope.CLAIM,
        carc="170",
        place="2310B",
    ),
    edit(
        "TH-040",
        "Practitioner outside the country",
        _abroad,
        source="telehealth.md s.6; SSA 1862(a)(4)",
        touches=MEDICARE,
        scope=Scope.CLAIM,
        carc="96",
        place="",
    ),
)

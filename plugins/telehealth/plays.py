"""What to do after a denial of telehealth, and by when things have to be done."""

from __future__ import annotations

from datetime import timedelta

from plugins import (
    Deadline,
    DenialPlay,
    DueDate,
    PayerKind,
    VisitFacts,
    add_months,
    add_years,
    read,
)
from plugins.telehealth import status
from plugins.telehealth.records import IN_PERSON, VISIT, InPerson, Visit

_SHEET = "professional-scrub.md s.8; telehealth.md s.6"
_NOTICE = timedelta(days=60)
_MONITORING = ("9944", "9945", "99470", "9897", "9898", "99091")

DENIAL_PLAYS = (
    DenialPlay(
        id="TH-D01",
        title="Place of service",
        source=_SHEET,
        carcs=("5", "58"),
        step="Compare the visit record with place and modifiers, then send a corrected claim",
    ),
    DenialPlay(
        id="TH-D02",
        title="Not covered by telehealth",
        source=_SHEET,
        carcs=("96",),
        step="Check the payer's telehealth list on the date of service",
    ),
    DenialPlay(
        id="TH-D03",
        title="Days of a lapse that was restored",
        source="telehealth.md s.1 (P.L. 119-37 and H.R. 7148 restore backwards)",
        carcs=("96", "272"),
        payer_kinds=(PayerKind.MEDICARE,),
        step="Days from 2025-10-01 and from 2026-01-31 are paid again: ask for reprocessing",
    ),
    DenialPlay(
        id="TH-D04",
        title="Telehealth modifier",
        source=_SHEET,
        carcs=("4",),
        step="Set 95, 93 or GT as the payer asks and the visit was held; send a corrected claim",
    ),
    DenialPlay(
        id="TH-D05",
        title="Not licensed where the patient was",
        source=_SHEET,
        carcs=("185", "B7"),
        step="Check license and compact privilege in the patient's state on the day of service",
        owner="practice",
    ),
    DenialPlay(
        id="TH-D06",
        title="Monitoring days or minutes",
        source="telehealth.md s.5",
        carcs=("119", "151"),
        code_prefixes=_MONITORING,
        step="Send the device log and the time log, or bill the short code",
    ),
    DenialPlay(
        id="TH-D07",
        title="98000 family not taken",
        source="telehealth.md TH-016",
        carcs=("96", "181"),
        code_prefixes=("9800", "9801"),
        step="Bill the office code with place 10 or 02, and 93 for the telephone",
    ),
)


def _consent_runs_out(facts: VisitFacts) -> DueDate | None:
    visit = read(facts.records, VISIT.id, Visit)
    if visit is None or visit.consent_date is None or visit.consent_documented is False:
        return None
    due = add_years(visit.consent_date, 1)
    return DueDate(due=due, opens=due - _NOTICE)


def _in_person_is_due(facts: VisitFacts) -> DueDate | None:
    """A year after the last visit in person, but not before Medicare asks for one."""
    seen = read(facts.records, IN_PERSON.id, InPerson)
    if seen is None or seen.exception_documented:
        return None
    last = seen.last_in_person or seen.first_telehealth_date
    if last is None:
        return None
    due = max(add_months(last, 12), status.ends("no_in_person"))
    return DueDate(due=due, opens=due - _NOTICE)


DEADLINES = (
    Deadline(
        id="TH-T01",
        title="Yearly consent to brief services",
        source="telehealth.md TH-015",
        due=_consent_runs_out,
        owner="practice",
    ),
    Deadline(
        id="TH-T02",
        title="Visit in person for mental health at home",
        source="telehealth.md TH-012; SSA 1834(m)(7)(B) as the law stands",
        due=_in_person_is_due,
        owner="practice",
    ),
)

"""Invented telehealth visits."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from plugins import DemoPractice, Encounter, PayerKind, seal
from plugins.demo import DemoCase, DemoPeople, is_faulty, organization, person
from plugins.demo_payers import BLUESTONE, HARBOR_MEDICARE, KEYSTONE, MERIDIAN, SUMMIT_MEDICAID
from plugins.telehealth import monitoring, online
from plugins.telehealth.records import MONITORING, VISIT, Monitoring, Visit

_PAYERS = (
    (HARBOR_MEDICARE, 30),
    (SUMMIT_MEDICAID, 15),
    (BLUESTONE, 25),
    (KEYSTONE, 20),
    (MERIDIAN, 10),
)
BILLING = organization(
    "telehealth", "Far Meadow Virtual Care", "261QP2300X", 24_000_001, "48 Meadow Rd"
)
PHYSICIAN = person("Brook", "Hanna", "MD", "207Q00000X", 24_000_011)
NURSE_PRACTITIONER = person("Field", "Omar", "NP", "363LF0000X", 24_000_012)
_DIAGNOSES = (("I10",), ("E119", "I10"), ("J069",), ("M5450",), ("E785", "I10"), ("N390",))
_CODES = ("99213", "99214", "99212", "99203", "99213")
_FAULTS = (
    "in-person place",
    "patient state missing",
    "rendering NPI missing",
    "deleted code",
    "GT",
)
_TURNS = 10
_TELEPHONE, _SITE, _E_VISIT, _MONITORING, _CLINIC = 3, 6, 7, 8, 9
"""Which of ten visits is by telephone, hosts a patient, is none, watches from afar, comes from a
clinic; the others are by video, most of them from home."""


def cases(seed: int, practice: DemoPractice) -> tuple[DemoCase, ...]:
    """The visits with the fault a biller must fix in each, if any."""
    people = DemoPeople("telehealth", seed, practice, payers=_PAYERS)
    return tuple(_case(people, number) for number in range(practice.encounters))


def _case(people: DemoPeople, number: int) -> DemoCase:
    visit = _visit(people, number)
    if not is_faulty(number):
        return DemoCase(encounter=visit)
    fault = _FAULTS[(number // 12) % len(_FAULTS)]
    return DemoCase(encounter=_broken(visit, fault), fault=fault)


def _visit(people: DemoPeople, number: int) -> Encounter:
    turn = number % _TURNS
    if is_faulty(number) and turn != _TELEPHONE:
        turn = 0
    if turn == _SITE:
        return _hosted(people, number)
    if turn == _E_VISIT:
        return _without_visit(people, number)
    # Medicare wants to have seen the patient before: the demonstration does not wait for that.
    medicare = people.of(number).coverages[0].payer.kind is PayerKind.MEDICARE
    if turn == _MONITORING and not medicare:
        return _monitored(people, number)
    return _seen(people, number, turn)


def _seen(people: DemoPeople, number: int, turn: int) -> Encounter:
    """A live visit; place and modifiers are left to the coding rules."""
    audio, clinic = turn == _TELEPHONE, turn == _CLINIC
    home = audio or (not clinic and people.random.random() < 0.8)
    facts = Visit(
        modality="audio" if audio else "av",
        role="distant",
        patient_location="home" if home else "facility" if clinic else "other",
        patient_facility_type="RHC" if clinic else "",
        patient_state="PA",
        provider_state="PA",
        provider_country="US",
        consent_documented=True,
        patient_video_declined_or_unable=True if audio else None,
        practitioner_video_capable=True,
        audio_minutes=people.random.randint(12, 25) if audio else None,
    )
    code = _CODES[number % len(_CODES)]
    return _encounter(people, number, facts, code, minutes=people.random.randint(20, 39))


def _hosted(people: DemoPeople, number: int) -> Encounter:
    """A patient who sits in our office for a visit with somebody elsewhere."""
    facts = Visit(
        modality="none",
        role="originating",
        patient_location="facility",
        patient_facility_type="physician_office",
        patient_state="PA",
        provider_state="PA",
        consent_documented=True,
    )
    return _encounter(people, number, facts, "Q3014", place="11")


def _without_visit(people: DemoPeople, number: int) -> Encounter:
    """Messages of seven days through the portal."""
    day = people.day(number)
    facts = Visit(
        modality="async",
        patient_location="home",
        patient_state="PA",
        provider_state="PA",
        consent_documented=True,
        consent_date=day - timedelta(days=people.random.randint(0, 300)),
    )
    minutes = people.random.randint(5, 30)
    code = online.e_visit_code(minutes, evaluates=True) or "99421"
    return _encounter(people, number, facts, code, day=day, place="11", minutes=minutes)


def _monitored(people: DemoPeople, number: int) -> Encounter:
    """A month of blood pressure from home: the device's code follows from the days with data."""
    day, random = people.day(number), people.random
    days, minutes = random.randint(2, 30), random.randint(10, 55)
    facts = Monitoring(data_days=days, interactive=True, system="physiologic")
    managed = monitoring.management_code("physiologic", minutes, day) or "99457"
    charges = [
        people.charge(number, 1, code="", service_from=day, pointers=(1,)),
        people.charge(number, 2, code=managed, service_from=day, pointers=(1,), minutes=minutes),
    ]
    if minutes >= 40:
        charges.append(people.charge(number, 3, code="99458", service_from=day, pointers=(1,)))
    consent = Visit(modality="none", consent_documented=True)
    return people.visit(
        number,
        BILLING,
        PHYSICIAN,
        charges,
        place_of_service="11",
        diagnoses=("I10",),
        records=(seal(VISIT, consent), seal(MONITORING, facts)),
    )


def _encounter(
    people: DemoPeople,
    number: int,
    facts: Visit,
    code: str,
    *,
    day: date | None = None,
    place: str = "",
    minutes: int | None = None,
) -> Encounter:
    charge = people.charge(
        number,
        1,
        code=code,
        service_from=day or people.day(number),
        pointers=(1,),
        minutes=minutes,
    )
    return people.visit(
        number,
        BILLING,
        PHYSICIAN if number % 3 else NURSE_PRACTITIONER,
        (charge,),
        place_of_service=place,
        diagnoses=people.random.choice(_DIAGNOSES),
        records=(seal(VISIT, facts),),
    )


def _broken(visit: Encounter, fault: str) -> Encounter:
    replace = msgspec.structs.replace
    charge = visit.charges[0]
    if fault == "in-person place":
        return replace(visit, place_of_service="11")
    if fault == "deleted code":
        return replace(visit, charges=(replace(charge, code="99442", charge_cents=9_000),))
    if fault == "GT":
        return replace(visit, charges=(replace(charge, modifiers=("GT", "95")),))
    if fault == "rendering NPI missing":
        assert visit.rendering is not None
        return replace(visit, rendering=replace(visit.rendering, npi="1234567890"))
    facts = Visit(modality="av", patient_location="home", provider_state="PA")
    return replace(visit, records=(seal(VISIT, facts),))

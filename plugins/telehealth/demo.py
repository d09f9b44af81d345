"""Invented telehealth visits."""

from __future__ import annotations

import msgspec

from plugins import DemoPractice, Encounter, seal
from plugins.demo import DemoCase, DemoPeople, is_faulty, organization, person
from plugins.demo_payers import BLUESTONE, HARBOR_MEDICARE, KEYSTONE, MERIDIAN, SUMMIT_MEDICAID
from plugins.telehealth.records import VISIT, Visit

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
    day = people.day(number)
    turn = number % 10
    audio = turn == 3
    home = audio or people.random.random() < 0.8
    remote = turn == 7 and not is_faulty(number)
    facts = Visit(
        modality="async" if remote else "audio" if audio else "av",
        patient_location="home" if home else "other",
        patient_state="PA",
        provider_state="PA",
        consent_documented=True,
        patient_video_declined_or_unable=True if audio else None,
        practitioner_video_capable=True,
        audio_minutes=people.random.randint(12, 25) if audio else None,
    )
    code = "99421" if remote else _CODES[number % len(_CODES)]
    charge = people.charge(
        number,
        1,
        code=code,
        service_from=day,
        pointers=(1,),
        minutes=people.random.randint(20, 39),
    )
    return people.visit(
        number,
        BILLING,
        PHYSICIAN if number % 3 else NURSE_PRACTITIONER,
        (charge,),
        place_of_service="11" if remote else "",
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

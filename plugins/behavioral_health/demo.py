"""Invented behavioral health visits."""

from __future__ import annotations

from typing import Any

import msgspec

from plugins import Charge, DemoPractice, Encounter, seal
from plugins.behavioral_health.records import SESSION, Session
from plugins.demo import DemoCase, DemoPeople, is_faulty, organization, person
from plugins.demo_payers import (
    BLUESTONE,
    HARBOR_MEDICARE,
    KEYSTONE,
    MERIDIAN,
    SUMMIT_MEDICAID,
)

_PAYERS = (
    (HARBOR_MEDICARE, 20),
    (SUMMIT_MEDICAID, 20),
    (BLUESTONE, 25),
    (KEYSTONE, 25),
    (MERIDIAN, 10),
)
BILLING = organization(
    "behavioral_health", "Willow Bend Counseling", "261QM0801X", 21_000_001, "12 Willow Ln"
)
SOCIAL_WORKER = person("Lantern", "Ruth", "LCSW", "1041C0700X", 21_000_011)
PSYCHOLOGIST = person("Quill", "Simon", "CP", "103TC0700X", 21_000_012)
COUNSELOR = person("Harrow", "Dana", "LPC", "101YM0800X", 21_000_013)
PSYCHIATRIST = person("Ember", "Naomi", "MD", "2084P0800X", 21_000_014)
_THERAPISTS = (SOCIAL_WORKER, PSYCHOLOGIST, COUNSELOR)
_DIAGNOSES = (("F411",), ("F331", "F411"), ("F4323",), ("F4310", "F331"), ("F319",))
_FAULTS = ("time below the band", "rendering NPI missing", "member id missing", "no time", "POS")


def cases(seed: int, practice: DemoPractice) -> tuple[DemoCase, ...]:
    """The visits with the fault a biller must fix in each, if any."""
    people = DemoPeople("behavioral_health", seed, practice, payers=_PAYERS)
    return tuple(_case(people, number) for number in range(practice.encounters))


def _case(people: DemoPeople, number: int) -> DemoCase:
    visit = _visit(people, number)
    if not is_faulty(number):
        return DemoCase(encounter=visit)
    fault = _FAULTS[(number // 12) % len(_FAULTS)]
    return DemoCase(encounter=_broken(visit, fault), fault=fault)


def _visit(people: DemoPeople, number: int) -> Encounter:
    day = people.day(number)
    facts: dict[str, Any] = {
        "service_from": day,
        "pointers": (1,),
    }
    turn = number % 6
    charges: tuple[Charge, ...]
    rendering = PSYCHIATRIST if turn == 4 else _THERAPISTS[number % 3]
    if turn == 4:
        # The evaluation's charge came with the visit; its therapy is coded as an add-on.
        charges = (
            people.charge(number, 1, code="99214", charge_cents=19_500, **facts),
            _session(people, number, 2, "individual", people.random.randint(20, 36), facts),
        )
    elif turn == 5 and not is_faulty(number):
        charges = (_session(people, number, 1, "intake", None, facts),)
    elif turn == 2:
        charges = (_session(people, number, 1, "group", None, facts),)
    else:
        minutes = people.random.choice((20, 30, 40, 45, 50, 53, 60))
        charges = (_session(people, number, 1, "individual", minutes, facts),)
    return people.visit(
        number,
        BILLING,
        rendering,
        charges,
        place_of_service="11",
        diagnoses=people.random.choice(_DIAGNOSES),
        auth_number=f"BH{100_000 + number}",
    )


def _session(
    people: DemoPeople,
    number: int,
    line_no: int,
    kind: str,
    minutes: int | None,
    facts: dict[str, Any],
) -> Charge:
    record = seal(SESSION, Session(kind))
    return people.charge(number, line_no, minutes=minutes, records=(record,), **facts)


def _broken(visit: Encounter, fault: str) -> Encounter:
    replace = msgspec.structs.replace
    charge = visit.charges[-1]
    if fault == "time below the band":
        return replace(visit, charges=(replace(charge, code="90837", minutes=45),))
    if fault == "no time":
        return replace(visit, charges=(replace(charge, minutes=None),))
    if fault == "rendering NPI missing":
        assert visit.rendering is not None
        return replace(visit, rendering=replace(visit.rendering, npi=""))
    if fault == "POS":
        return replace(visit, place_of_service="00")
    first = visit.coverages[0]
    nameless = replace(first, subscriber=replace(first.subscriber, member_id=""))
    return replace(visit, coverages=(nameless, *visit.coverages[1:]))

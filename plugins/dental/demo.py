"""Invented dental visits."""

from __future__ import annotations

from typing import Any

import msgspec

from core.claims.claim import Tooth
from plugins import Charge, DemoPractice, Encounter, Form, seal
from plugins.demo import DemoCase, DemoPeople, is_faulty, organization, person
from plugins.demo_payers import ORCHARD_DENTAL, SUMMIT_MEDICAID
from plugins.dental.records import RESTORATION, Restoration

_PAYERS = ((ORCHARD_DENTAL, 75), (SUMMIT_MEDICAID, 25))
BILLING = organization("dental", "Cobblestone Dental", "261QD0000X", 22_000_001, "7 Cobble St")
DENTISTS = (
    person("Enamel", "Iris", "DDS", "1223G0001X", 22_000_011),
    person("Molaro", "Felix", "DMD", "1223G0001X", 22_000_012),
)
_FILLINGS = (
    ("3", "MO", "amalgam"),
    ("14", "MOD", "composite"),
    ("8", "MI", "composite"),
    ("19", "O", "composite"),
    ("30", "DO", "amalgam"),
    ("9", "F", "composite"),
)
_FAULTS = ("surface missing", "tooth missing", "no such tooth", "code retired", "member id missing")


def cases(seed: int, practice: DemoPractice) -> tuple[DemoCase, ...]:
    """The visits with the fault a biller must fix in each, if any."""
    people = DemoPeople("dental", seed, practice, payers=_PAYERS, birth_years=(1955, 2008))
    return tuple(_case(people, number) for number in range(practice.encounters))


def _case(people: DemoPeople, number: int) -> DemoCase:
    faulty = is_faulty(number)
    visit = _visit(people, number, 1 if faulty else number % 5)
    if not faulty:
        return DemoCase(encounter=visit)
    fault = _FAULTS[(number // 12) % len(_FAULTS)]
    return DemoCase(encounter=_broken(visit, fault), fault=fault)


def _visit(people: DemoPeople, number: int, turn: int) -> Encounter:
    day = people.day(number)
    facts: dict[str, Any] = {"code_qualifier": "AD", "service_from": day}
    return people.visit(
        number,
        BILLING,
        DENTISTS[number % 2],
        _charges(people, number, turn, facts),
        form=Form.DENTAL,
        place_of_service="11",
    )


def _charges(
    people: DemoPeople, number: int, turn: int, facts: dict[str, Any]
) -> tuple[Charge, ...]:
    if turn in {1, 2}:
        tooth, surfaces, material = people.random.choice(_FILLINGS)
        record = seal(RESTORATION, Restoration(material))
        treated = (Tooth(number=tooth, surfaces=surfaces),)
        return (people.charge(number, 1, teeth=treated, records=(record,), **facts),)
    if turn == 4:
        quadrants = people.random.sample(("10", "20", "30", "40"), 2)
        return tuple(
            people.charge(number, n, code="D4341", oral_cavity=(area,), **facts)
            for n, area in enumerate(sorted(quadrants), 1)
        )
    codes = ("D0120", "D1110", "D0274") if turn == 0 else ("D0140", "D0220")
    plain = tuple(people.charge(number, n, code=code, **facts) for n, code in enumerate(codes, 1))
    if turn == 0:
        return plain
    pulled = Tooth(number=people.random.choice(("2", "15", "18", "31")))
    return (*plain, people.charge(number, 3, code="D7140", teeth=(pulled,), **facts))


def _broken(visit: Encounter, fault: str) -> Encounter:
    replace = msgspec.structs.replace
    charge = visit.charges[0]
    if fault == "surface missing":
        bare = (Tooth(number=charge.teeth[0].number),)
        return replace(visit, charges=(replace(charge, code="D2392", teeth=bare),))
    if fault == "tooth missing":
        return replace(visit, charges=(replace(charge, code="D2740", teeth=(), prosthesis="I"),))
    if fault == "no such tooth":
        absent = (Tooth(number="33", surfaces="MO"),)
        return replace(visit, charges=(replace(charge, code="D2150", teeth=absent),))
    if fault == "code retired":
        retired = replace(charge, code="D1550", teeth=(), charge_cents=9_500)
        return replace(visit, charges=(retired,))
    first = visit.coverages[0]
    nameless = replace(first, subscriber=replace(first.subscriber, member_id=""))
    return replace(visit, coverages=(nameless, *visit.coverages[1:]))

"""Invented behavioral health visits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from plugins import Charge, DemoPractice, Encounter, PayerKind, Provider, seal
from plugins.behavioral_health import times
from plugins.behavioral_health.records import PART_TWO, SESSION, Consent, PartTwo, Session
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
TECHNICIAN = person("Thistle", "Ada", "RBT", "106S00000X", 21_000_015)
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
    special = _SPECIAL.get(number % _ROUND) if not is_faulty(number) else None
    if special is not None:
        return special(people, number, facts)
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
    return _billed(people, number, rendering, charges)


def _billed(
    people: DemoPeople,
    number: int,
    rendering: Provider,
    charges: tuple[Charge, ...],
    **facts: Any,
) -> Encounter:
    given: dict[str, Any] = {
        "place_of_service": "11",
        "diagnoses": people.random.choice(_DIAGNOSES),
        "auth_number": f"BH{100_000 + number}",
        **facts,
    }
    return people.visit(number, BILLING, rendering, charges, **given)


def _crisis(people: DemoPeople, number: int, facts: dict[str, Any]) -> Encounter:
    """A crisis: its first hour, and what the clock adds."""
    minutes = people.random.randint(40, 130)
    charges: tuple[Charge, ...] = (_session(people, number, 1, "crisis", minutes, facts),)
    more = times.crisis_add_on_units(minutes)
    if more:
        charges += (people.charge(number, 2, code="90840", units=Decimal(more), **facts),)
    return _billed(people, number, SOCIAL_WORKER, charges)


def _couple(people: DemoPeople, number: int, facts: dict[str, Any]) -> Encounter:
    """A session with the family."""
    minutes = people.random.randint(45, 60)
    return _billed(
        people, number, COUNSELOR, (_session(people, number, 1, "family", minutes, facts),)
    )


def _tested(people: DemoPeople, number: int, facts: dict[str, Any]) -> Encounter:
    """A psychologist's test evaluation, two hours or more."""
    minutes = people.random.randint(95, 200)
    units = Decimal(times.BASES["96130"].add_on_units(minutes))
    charges = (
        people.charge(number, 1, code="96130", minutes=minutes, **facts),
        people.charge(number, 2, code="96131", units=units, **facts),
    )
    return _billed(people, number, PSYCHOLOGIST, charges)


def _adaptive(people: DemoPeople, number: int, facts: dict[str, Any]) -> Encounter:
    """Adaptive behavior treatment by a technician, where the plan takes it; else the family."""
    if people.of(number).coverages[0].payer.kind is not PayerKind.COMMERCIAL:
        return _couple(people, number, facts)
    minutes = people.random.choice((60, 90, 120))
    units = Decimal(times.quarter_hour_units(minutes, ""))
    charge = people.charge(number, 1, code="97153", minutes=minutes, units=units, **facts)
    return _billed(people, number, TECHNICIAN, (charge,), diagnoses=("F840",))


def _recovery(people: DemoPeople, number: int, facts: dict[str, Any]) -> Encounter:
    """A session of the clinic's substance use program, with the consent it needs to be billed."""
    signed = people.practice.as_of - timedelta(days=200)
    record = seal(PART_TWO, PartTwo(True, Consent(signed=signed, type="TPO")))
    charges = (_session(people, number, 1, "individual", 45, facts),)
    return _billed(
        people,
        number,
        COUNSELOR,
        charges,
        diagnoses=people.random.choice((("F1020",), ("F1120",))),
        records=(record,),
    )


_ROUND = 30
_SPECIAL = {7: _crisis, 13: _recovery, 19: _couple, 21: _tested, 25: _adaptive}
"""Visits that come once in a round of thirty."""


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

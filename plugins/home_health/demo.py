"""Invented home health periods."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from core.claims.claim import CodedAmount, CodedDate, Institutional
from plugins import Charge, DemoPractice, Encounter, Form, seal
from plugins.demo import DemoCase, DemoPeople, is_faulty, organization, person
from plugins.demo_payers import HARBOR_MEDICARE_PART_A, KEYSTONE, MERIDIAN
from plugins.home_health.records import EPISODE, Episode

_PAYERS = ((HARBOR_MEDICARE_PART_A, 70), (MERIDIAN, 20), (KEYSTONE, 10))
BILLING = organization("home_health", "Lamplight Home Care", "251E00000X", 23_000_001, "90 Lamp St")
ATTENDING = person("Vale", "Judith", "MD", "207R00000X", 23_000_011)
_DIAGNOSES = (
    ("H", ("I10", "E119")),
    ("L", ("J449", "I10")),
    ("H", ("I509", "I10")),
)
_DISCIPLINES = (("G0299", "0551"), ("G0151", "0421"), ("G0300", "0551"), ("G0152", "0431"))
_FAULTS = (
    "notice not sent",
    "plan unsigned",
    "attending NPI missing",
    "group missing",
    "period too long",
)


def cases(seed: int, practice: DemoPractice) -> tuple[DemoCase, ...]:
    """The periods with the fault a biller must fix in each, if any."""
    people = DemoPeople("home_health", seed, practice, payers=_PAYERS, visits_each=1)
    return tuple(_case(people, number) for number in range(practice.encounters))


def _case(people: DemoPeople, number: int) -> DemoCase:
    visit = _period(people, number)
    if not is_faulty(number):
        return DemoCase(encounter=visit)
    fault = _FAULTS[(number // 12) % len(_FAULTS)]
    if visit.coverages[0].payer.payer_id != HARBOR_MEDICARE_PART_A.payer_id and fault in {
        "notice not sent",
        "plan unsigned",
    }:
        # Only Medicare asks for these two.
        fault = "attending NPI missing"
    return DemoCase(encounter=_broken(visit, fault), fault=fault)


def _period(people: DemoPeople, number: int) -> Encounter:
    random = people.random
    first = people.practice.as_of - timedelta(days=random.randint(33, 58))
    later = number % 4 == 3
    admitted = first - timedelta(days=30) if later else first
    letter, diagnoses = random.choice(_DIAGNOSES)
    group = f"{'3' if later else '1'}{letter}{random.choice('ABC')}11"
    return people.visit(
        number,
        BILLING,
        None,
        _charges(people, number, first, group),
        form=Form.INSTITUTIONAL,
        diagnoses=diagnoses,
        attending=ATTENDING,
        admission_date=admitted,
        institutional=_bill(first, admitted),
        records=(seal(EPISODE, _episode(admitted)),),
    )


def _bill(first: date, admitted: date) -> Institutional:
    return Institutional(
        type_of_bill="0329",
        statement_from=first,
        statement_to=first + timedelta(days=29),
        admission_date=admitted,
        admission_type="9",
        point_of_origin="1",
        patient_status="30",
        occurrences=(CodedDate(code="50", on=admitted + timedelta(days=2)),),
        value_codes=(
            CodedAmount(code="61", amount_cents=3_796_400),
            CodedAmount(code="85", amount_cents=4_210_100),
        ),
    )


def _episode(admitted: date) -> Episode:
    return Episode(
        start_of_care=admitted,
        notice_received=admitted + timedelta(days=3),
        face_to_face=admitted - timedelta(days=6),
        plan_signed=admitted + timedelta(days=12),
        assessment_accepted=True,
    )


def _charges(people: DemoPeople, number: int, first: date, group: str) -> tuple[Charge, ...]:
    random = people.random
    days = sorted(random.sample(range(1, 29), random.randint(4, 9)))
    charges = [
        people.charge(
            number,
            1,
            code=group,
            code_qualifier="HP",
            revenue_code="0023",
            units=Decimal(0),
            charge_cents=0,
            service_from=first,
        ),
        people.charge(
            number, 2, code="Q5001", revenue_code="0551", charge_cents=1, service_from=first
        ),
    ]
    for line_no, day in enumerate([0, *days], 3):
        code, revenue = _DISCIPLINES[0] if day == 0 else random.choice(_DISCIPLINES)
        charges.append(
            people.charge(
                number,
                line_no,
                code=code,
                revenue_code=revenue if day == 0 else "",
                minutes=random.choice((30, 38, 45, 52, 60)),
                service_from=first + timedelta(days=day),
            )
        )
    return tuple(charges)


def _broken(visit: Encounter, fault: str) -> Encounter:
    replace = msgspec.structs.replace
    bill = visit.institutional
    assert bill is not None
    assert bill.admission_date is not None
    episode = _episode(bill.admission_date)
    if fault == "notice not sent":
        return replace(visit, records=(seal(EPISODE, replace(episode, notice_received=None)),))
    if fault == "plan unsigned":
        return replace(visit, records=(seal(EPISODE, replace(episode, plan_signed=None)),))
    if fault == "attending NPI missing":
        return replace(visit, attending=replace(ATTENDING, npi=""))
    if fault == "group missing":
        return replace(visit, charges=visit.charges[1:])
    longer = bill.statement_to + timedelta(days=2)
    return replace(visit, institutional=replace(bill, statement_to=longer))

"""Invented visits of an eye clinic."""

from __future__ import annotations

from claimwright_vision.records import REFRACTION, Eye, Refraction
from plugins import Charge, DemoPractice, Encounter, seal
from plugins.demo import DemoPeople, organization, person
from plugins.demo_payers import BLUESTONE, HARBOR_MEDICARE, KEYSTONE

_PAYERS = ((HARBOR_MEDICARE, 40), (BLUESTONE, 35), (KEYSTONE, 25))
BILLING = organization("vision", "Clearwater Eye Care", "152W00000X", 26_000_001, "9 Harbor St")
OPTOMETRIST = person("Lens", "Ida", "OD", "152W00000X", 26_000_011)
_MEDICAL = (("H2513",), ("H401131",), ("H04123",), ("E119", "H2513"))
_EXAMINATIONS = ("92014", "92012")


def encounters(seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
    """Examinations, each third with a refraction, each fifth with glasses after surgery."""
    people = DemoPeople("vision", seed, practice, payers=_PAYERS, birth_years=(1948, 2001))
    return tuple(_visit(people, number) for number in range(practice.encounters))


def _visit(people: DemoPeople, number: int) -> Encounter:
    day = people.day(number)
    codes: list[tuple[str, tuple[str, ...]]] = [(_EXAMINATIONS[number % 2], ())]
    diagnoses = people.random.choice(_MEDICAL)
    records = []
    if number % 3 == 0:
        codes.append(("92015", ()))
    if number % 5 == 0:
        eye = Eye(
            sphere_hundredths=25 * people.random.randint(-12, 12),
            cylinder_hundredths=-25 * people.random.randint(1, 8),
            axis_degrees=people.random.randint(1, 180),
            lens_surgery_on=day,
        )
        records.append(seal(REFRACTION, Refraction(right=eye, left=eye, lens="single")))
        # The lens codes are left to the refraction.
        codes += [("V2020", ()), ("", ("RT",)), ("", ("LT",))]
        diagnoses = ("Z961",)
    charges: list[Charge] = [
        people.charge(
            number, line_no, code=code, modifiers=modifiers, service_from=day, pointers=(1,)
        )
        for line_no, (code, modifiers) in enumerate(codes, 1)
    ]
    return people.visit(
        number,
        BILLING,
        OPTOMETRIST,
        charges,
        place_of_service="11",
        diagnoses=diagnoses,
        records=tuple(records),
    )

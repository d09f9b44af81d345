"""Building blocks for ``demo_encounters``: invented people, their coverage and their visits.

Everything follows from the seed, the plugin's name and the practice's key: same arguments, same
values in any process. Nobody here exists; the family names are made up for that purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

import msgspec

from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.dates import Window
from core.ids import npi_with_check_digit
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from plugins.demo_payers import BLUESTONE, KEYSTONE

NAMESPACE = UUID("6f0f6b1e-6b0a-5c50-9d4a-0d1c9a2f7a11")

WINDOW_DAYS = 60
"""Demo services lie within so many days before ``as_of``."""

_FAMILY = (
    "Examplewood Inventsky Madeupton Placeholt Sampleford Fictioner Imaginer Mockley Pretendham "
    "Testerly Fabulon Nowhereby Dummont Figmentson Storyfield Conjecto Novelhurst Fableman "
    "Makebeliev Unrealov"
)
_GIVEN_F = "Avery Bella Clara Delia Esme Flora Greta Hazel Iris Juno Kezia Lena Mira Nola Opal"
_GIVEN_M = "Abel Boris Cyrus Dario Elmo Felix Gus Hugo Ivan Jonas Kurt Leo Milo Nils Otto"
_STREETS = "Elm Oak Birch Cedar Maple Willow Spruce Aspen Laurel Hazel"
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"


class DemoPractice(msgspec.Struct, frozen=True, kw_only=True):
    """What the demonstration tells a plugin: today, how many visits, and the practice's key."""

    as_of: date
    encounters: int = 60
    key: str = "demo"


class DemoPatient(msgspec.Struct, frozen=True, kw_only=True):
    """An invented patient and their policies."""

    patient: Patient
    coverages: tuple[Coverage, ...]


class DemoCase(msgspec.Struct, frozen=True, kw_only=True):
    """An invented visit; ``fault`` names what a biller has to fix in it, empty when nothing."""

    encounter: Encounter
    fault: str = ""


def identity(*parts: object) -> UUID:
    """A stable identifier for the thing that ``parts`` name."""
    return uuid5(NAMESPACE, "|".join(str(part) for part in parts))


def payer_ref(payer: Payer) -> UUID:
    """The identifier under which the demonstration's masters keep ``payer``."""
    return identity("payer", payer.payer_id)


def is_faulty(number: int) -> bool:
    """Every twelfth visit, about 8 in 100, carries a fault."""
    return number % 12 == 5


def organization(key: str, name: str, taxonomy: str, number: int, street: str) -> Provider:
    """A billing provider of a demo practice; ``number`` has eight digits and makes its NPI."""
    return Provider(
        name=Name(last=name),
        entity=Entity.ORGANIZATION,
        npi=npi_with_check_digit(f"1{number:08d}"),
        taxonomy=taxonomy,
        tax_id=f"23{number % 10_000_000:07d}",
        address=Address(
            line1=street, city="Lindenfeld", state="PA", postal_code="171011234", country=""
        ),
        phone="7175550100",
    )


def person(last: str, first: str, credential: str, taxonomy: str, number: int) -> Provider:
    """A rendering provider of a demo practice, licensed in PA."""
    return Provider(
        name=Name(last=last, first=first),
        npi=npi_with_check_digit(f"1{number:08d}"),
        taxonomy=taxonomy,
        credential=credential,
        licensed_states=("PA",),
    )


class DemoPeople:
    """Patients of one demo practice, and the frame of their visits."""

    def __init__(
        self,
        plugin: str,
        seed: int,
        practice: DemoPractice,
        *,
        payers: Sequence[tuple[Payer, int]],
        visits_each: int = 2,
        birth_years: tuple[int, int] = (1962, 2005),
    ) -> None:
        """``payers`` with weights; Medicare patients are over 65 whatever ``birth_years`` says."""
        self.practice = practice
        self.scope = (plugin, seed, practice.key)
        self.random = Random("|".join(str(part) for part in self.scope))  # noqa: S311
        self._payers = payers
        self._birth_years = birth_years
        self._count = max(1, -(-practice.encounters // visits_each))
        self._visits_each = visits_each
        self.patients = tuple(self._patient(number) for number in range(self._count))

    def of(self, number: int) -> DemoPatient:
        """Whose visit the ``number``-th is."""
        return self.patients[number % self._count]

    def day(self, number: int) -> date:
        """A weekday of the ``number``-th visit; two visits of one patient never meet."""
        width = (WINDOW_DAYS - 4) // self._visits_each
        latest = 2 + (number // self._count) * width
        day = self.practice.as_of - timedelta(days=latest + self.random.randrange(width - 4))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def charge(self, number: int, line_no: int, **facts: Any) -> Charge:
        """A charge of the ``number``-th visit; ``facts`` are fields of ``Charge``."""
        return Charge(id=identity(*self.scope, "charge", number, line_no), line_no=line_no, **facts)

    def visit(
        self,
        number: int,
        billing: Provider,
        rendering: Provider | None,
        charges: Sequence[Charge],
        **facts: Any,
    ) -> Encounter:
        """The ``number``-th visit; ``facts`` are fields of ``Encounter``."""
        whose = self.of(number)
        return Encounter(
            id=identity(*self.scope, "encounter", number),
            external_id=f"{self.scope[0][:2].upper()}{self.scope[1]}-{number + 1:05d}",
            patient=whose.patient,
            coverages=whose.coverages,
            billing=billing,
            rendering=rendering,
            charges=tuple(charges),
            **facts,
        )

    def _patient(self, number: int) -> DemoPatient:
        random = self.random
        payer = random.choices(
            [payer for payer, _ in self._payers], [weight for _, weight in self._payers]
        )[0]
        self_person = self._person(payer)
        patient = Patient(
            id=identity(*self.scope, "patient", number),
            number=f"P{number + 1:05d}",
            person=self_person,
        )
        coverages = [self._coverage(patient, number, 1, payer, self_person)]
        if random.random() < 0.15:
            second = KEYSTONE if payer.payer_id != KEYSTONE.payer_id else BLUESTONE
            coverages.append(self._coverage(patient, number, 2, second, self_person))
        return DemoPatient(patient=patient, coverages=tuple(coverages))

    def _person(self, payer: Payer) -> Person:
        random = self.random
        sex = random.choice((Sex.FEMALE, Sex.MALE))
        given = random.choice((_GIVEN_F if sex is Sex.FEMALE else _GIVEN_M).split())
        elder = payer.kind in {PayerKind.MEDICARE, PayerKind.MEDICARE_ADVANTAGE}
        first, last = (1935, 1958) if elder else self._birth_years
        return Person(
            name=Name(last=random.choice(_FAMILY.split()), first=given),
            birth_date=date(
                random.randint(first, last), random.randint(1, 12), random.randint(1, 28)
            ),
            sex=sex,
            address=Address(
                line1=f"{random.randint(10, 990)} {random.choice(_STREETS.split())} St",
                city="Lindenfeld",
                state="PA",
                postal_code=f"1710{random.randint(1, 9)}{random.randint(1000, 9999)}",
            ),
        )

    def _coverage(
        self, patient: Patient, number: int, rank: int, payer: Payer, holder: Person
    ) -> Coverage:
        kind, as_of = payer.kind, self.practice.as_of
        member = _mbi(self.random) if kind is PayerKind.MEDICARE else _member(self.random)
        return Coverage(
            id=identity(*self.scope, "coverage", number, rank),
            patient_id=patient.id,
            rank=rank,
            payer_ref=payer_ref(payer),
            payer=payer,
            subscriber=Subscriber(person=holder, member_id=member),
            window=Window(date(as_of.year - 1, 1, 1)),
        )


def _mbi(random: Random) -> str:
    """A member id of the form Medicare uses, invented."""
    pattern = "1LLDLLDLLDD"
    letters, digits = _MBI_LETTERS, "0123456789"
    drawn = (random.choice(letters if mark == "L" else digits) for mark in pattern[1:])
    return "1" + "".join(drawn)


def _member(random: Random) -> str:
    return f"{random.choice('HKVX')}{random.randint(100_000_000, 999_999_999)}"

"""Invented professional claims of any number, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.ids import npi_with_check_digit

_LAST = ("EXAMPLEWOOD", "INVENTSKY", "MADEUPTON", "SAMPLEFORD", "FICTIONER", "MOCKLEY", "FABULON")
_FIRST = ("AVERY", "BELLA", "CYRUS", "DELIA", "ELMO", "FLORA", "GUS", "HAZEL", "IRIS", "JUNO")
_CODES = ("99213", "99214", "99203", "36415", "85025", "80053", "93000", "71046")
_DIAGNOSES = ("I10", "E119", "J069", "R079", "E785", "K219")
_PAYERS = (("30003", "BLUESTONE HEALTH PLAN"), ("40004", "KEYSTONE MUTUAL"))

BILLING = Provider(
    name=Name(last="BENCH CLINIC"),
    entity=Entity.ORGANIZATION,
    npi=npi_with_check_digit("100000001"),
    taxonomy="207Q00000X",
    tax_id="231234567",
    address=Address(line1="1 BENCH STREET", city="LINDENFELD", state="PA", postal_code="171011234"),
    phone="7175550100",
)
RENDERING = Provider(
    name=Name(last="MEASURER", first="MAX"),
    npi=npi_with_check_digit("100000002"),
    taxonomy="207Q00000X",
)


def claims(count: int, *, today: date, seed: int = 1) -> Iterator[Claim]:
    """``count`` clean claims of one to three lines, served in the thirty days before ``today``."""
    draw = Random(seed)
    for number in range(1, count + 1):
        yield _claim(number, draw, today)


def _claim(number: int, draw: Random, today: date) -> Claim:
    person = Person(
        name=Name(last=draw.choice(_LAST), first=draw.choice(_FIRST)),
        birth_date=date(draw.randint(1940, 2000), draw.randint(1, 12), draw.randint(1, 28)),
        sex=draw.choice((Sex.FEMALE, Sex.MALE)),
        address=Address(
            line1=f"{draw.randint(1, 9999)} ELM ST",
            city="LINDENFELD",
            state="PA",
            postal_code="17101",
        ),
    )
    payer_id, payer_name = draw.choice(_PAYERS)
    served = today - timedelta(days=draw.randint(1, 30))
    diagnoses = tuple(draw.sample(_DIAGNOSES, 2))
    codes = draw.sample(_CODES, draw.choice((1, 2, 2, 3)))
    return Claim(
        claim_number=f"B{number:08d}",
        form=Form.PROFESSIONAL,
        place_of_service="11",
        clia="45D1234567",
        diagnoses=diagnoses,
        payer=Payer(payer_id=payer_id, name=payer_name),
        subscriber=Subscriber(person=person, member_id=f"W{number:09d}"),
        patient=person,
        billing=BILLING,
        rendering=RENDERING,
        lines=tuple(
            ServiceLine(
                line_no=place,
                code=code,
                charge_cents=draw.randint(2_500, 40_000),
                service_from=served,
                pointers=(1, 2),
                control_number=f"B{number:08d}-{place}",
            )
            for place, code in enumerate(codes, 1)
        ),
    )

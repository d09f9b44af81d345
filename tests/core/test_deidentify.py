"""R30: nothing that could name a patient is left of a claim, whatever stands in its fields."""

from __future__ import annotations

import types
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bench.invented_claims import claims
from core.claims.claim import Claim, Form
from core.claims.parties import Address
from core.deidentify import (
    RESTRICTED_ZIP3,
    DeidentifiedClaim,
    DeidentifiedLine,
    age_on,
    deidentified,
    zip3,
)
from tests.core.x12.claim_values import invented_claim

TODAY = date(2026, 1, 30)
CANARY = "QXVZKWORTH 41760199"


def poisoned(value: Any) -> Any:
    """``value`` with the patient's words in every text, however deep."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return replace(value, **{name: poisoned(one) for name, one in fields.items()})
    if isinstance(value, tuple):
        return tuple(poisoned(one) for one in value)
    if type(value) is str:
        return CANARY
    return value


def told(claim: Claim) -> str:
    return msgspec.json.encode(deidentified(claim)).decode()


@pytest.mark.control("R30")
def test_no_text_of_a_claim_comes_through_whatever_field_it_stands_in() -> None:
    filled = [invented_claim(seed, form) for seed in range(5) for form in Form]
    for claim in (*filled, *claims(20, today=TODAY)):
        said = told(poisoned(claim))
        for word in ("QXVZK", "4176", "0199"):
            assert word not in said


@pytest.mark.control("R30")
def test_of_days_only_years_are_told_and_no_number_of_the_person() -> None:
    for claim in claims(50, today=TODAY):
        said = told(claim)
        born, person = claim.patient.birth_date, claim.patient
        assert born is not None
        assert person.address is not None
        for word in (
            born.isoformat(),
            f"{born:%Y%m%d}",
            claim.claim_number,
            claim.subscriber.member_id,
            person.name.last,
            person.name.first,
            person.address.line1,
            person.address.city,
            person.address.postal_code,
            claim.billing.npi,
            claim.billing.tax_id,
            *(line.service_from.isoformat() for line in claim.lines if line.service_from),
        ):
            assert word
            assert word not in said
        made = deidentified(claim)
        assert made.zip3 == "171"
        assert made.diagnoses == claim.diagnoses
        assert [line.code for line in made.lines] == [line.code for line in claim.lines]


def test_what_may_be_told_is_a_closed_list_without_days_or_free_text() -> None:
    plain = {int, int | None, str, tuple[str, ...], tuple[int, ...]}
    for kind in (DeidentifiedClaim, DeidentifiedLine):
        for field in msgspec.structs.fields(kind):
            assert field.type not in (date, date | None)
            words = field.name
            assert not any(one in words for one in ("name", "number", "date", "note", "id_"))
            if isinstance(field.type, types.GenericAlias | types.UnionType):
                assert field.type in plain or field.name == "lines"


@pytest.mark.control("R30")
@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1936, 1, 31), TODAY, 89),
        (date(1936, 1, 30), TODAY, 90),
        (date(1935, 1, 30), TODAY, 90),
        (date(1900, 1, 1), TODAY, 90),
        (date(2026, 1, 30), TODAY, 0),
        (date(2026, 1, 31), TODAY, None),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (None, TODAY, None),
        (date(2000, 1, 1), None, None),
    ],
)
def test_ages_over_89_are_one_age(born: date | None, day: date | None, age: int | None) -> None:
    assert age_on(born, day) == age


@given(st.dates(date(1850, 1, 1), TODAY), st.integers(0, 60_000))
def test_no_age_is_above_ninety(born: date, days: int) -> None:
    age = age_on(born, min(born + timedelta(days=days), TODAY))
    assert age is not None
    assert 0 <= age <= 90


@pytest.mark.control("R30")
@given(st.from_regex(r"[0-9]{5}(-?[0-9]{4})?", fullmatch=True), st.sampled_from(["", "US", "CA"]))
def test_an_area_of_few_people_is_no_area(code: str, country: str) -> None:
    address = Address(line1="1 ELM", city="LINDENFELD", postal_code=code, country=country)
    found = zip3(address)
    known = country != "CA" and code[:3] not in RESTRICTED_ZIP3
    assert found == (code[:3] if known else "000")


def test_what_is_no_zip_code_is_no_area() -> None:
    for code in ("", "171", "1710", "ABCDE", "17101-12", "\u0661\u0667\u0661\u0660\u0661"):
        assert zip3(Address(line1="", city="", postal_code=code)) == "000"
    assert zip3(None) == "000"
    assert len(RESTRICTED_ZIP3) == 17

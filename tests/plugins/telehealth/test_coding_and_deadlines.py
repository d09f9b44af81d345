"""Coding rules, parity in production prices, deadlines, plays and records of telehealth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core.claims.claim import SpecialtyRecord
from core.coding.code import code
from core.dates import Window
from core.pricing.own_prices import price_rules
from core.pricing.price import price_with_trace
from core.rules.policy import PayerPolicy
from core.rules.records import upgraded
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from plugins import Charge, Coverage, Encounter, Patient, PayerKind, read, seal
from plugins.host import EnabledPlugin, build_rule_book, default_host
from plugins.telehealth import plays
from plugins.telehealth.records import (
    IN_PERSON,
    MONITORING,
    VISIT,
    InPerson,
    Monitoring,
    Visit,
)
from plugins.testing import SERVICE_DAY, line, payer, professional_claim
from tests.core.pricing.test_contracts import agreement

replace = msgspec.structs.replace
HOME = Visit(
    modality="av",
    patient_location="home",
    patient_state="TX",
    provider_state="TX",
    consent_documented=True,
)
TELEPHONE = replace(HOME, modality="audio", patient_video_declined_or_unable=True)


def book() -> RuleBook:
    return build_rule_book([EnabledPlugin(name="telehealth")])


def coded(
    *charges: dict[str, Any],
    visit: Visit | None = HOME,
    monitoring: Monitoring | None = None,
    kind: PayerKind = PayerKind.MEDICARE,
    credential: str = "MD",
    day: date = SERVICE_DAY,
) -> tuple[Any, ...]:
    """The lines that the charges of one visit become."""
    sample = professional_claim(payer=payer(kind))
    person = Patient(id=UUID(int=1), number="P1", person=sample.patient)
    assert sample.rendering is not None
    records = [] if visit is None else [seal(VISIT, visit)]
    records += [] if monitoring is None else [seal(MONITORING, monitoring)]
    encounter = Encounter(
        id=UUID(int=2),
        external_id="V1",
        patient=person,
        coverages=(
            Coverage(
                id=UUID(int=3),
                patient_id=person.id,
                rank=1,
                payer_ref=UUID(int=4),
                payer=sample.payer,
                subscriber=sample.subscriber,
                window=Window(date(2018, 1, 1)),
            ),
        ),
        billing=sample.billing,
        rendering=replace(sample.rendering, credential=credential),
        diagnoses=("I10",),
        charges=tuple(
            Charge(id=UUID(int=9 + at), line_no=at, service_from=day, pointers=(1,), **one)
            for at, one in enumerate(charges, 1)
        ),
        records=tuple(records),
    )
    result = code(encounter, book(), claim_number="C1")
    assert result.findings == ()
    (claim,) = result.claims
    return claim.lines


@pytest.mark.parametrize(
    ("visit", "kind", "day", "place", "modifiers"),
    [
        (HOME, PayerKind.MEDICARE, date(2026, 5, 12), "10", ()),
        (HOME, PayerKind.MEDICARE, date(2023, 5, 12), "", ("95",)),
        (HOME, PayerKind.MEDICARE, date(2019, 5, 13), "02", ()),
        (HOME, PayerKind.COMMERCIAL, date(2026, 5, 12), "10", ("95",)),
        (HOME, PayerKind.MEDICARE_ADVANTAGE, date(2026, 5, 12), "10", ()),
        (TELEPHONE, PayerKind.MEDICARE, date(2026, 5, 12), "10", ("93",)),
        (TELEPHONE, PayerKind.MEDICARE, date(2021, 5, 12), "", ()),
        (replace(HOME, patient_location="facility"), PayerKind.MEDICARE, SERVICE_DAY, "02", ()),
        (replace(HOME, patient_location=""), PayerKind.MEDICARE, SERVICE_DAY, "", ()),
        (replace(HOME, modality="none"), PayerKind.COMMERCIAL, SERVICE_DAY, "", ()),
        (replace(HOME, role="originating"), PayerKind.COMMERCIAL, SERVICE_DAY, "", ()),
    ],
)
def test_place_and_modifier_follow_from_how_the_visit_was_held(
    visit: Visit, kind: PayerKind, day: date, place: str, modifiers: tuple[str, ...]
) -> None:
    (one,) = coded({"code": "99213"}, visit=visit, kind=kind, day=day)
    assert (one.place_of_service, one.modifiers) == (place, modifiers)


def test_what_is_remote_by_nature_gets_no_place_and_no_modifier() -> None:
    lines = coded({"code": "98016"}, {"code": "Q3014"}, kind=PayerKind.COMMERCIAL)
    assert [(one.place_of_service, one.modifiers) for one in lines] == [("", ()), ("", ())]


@pytest.mark.parametrize(
    ("days", "minutes", "day", "code"),
    [
        (16, None, date(2026, 5, 31), "99454"),
        (15, None, date(2026, 5, 31), "99445"),
        (1, None, date(2026, 5, 31), ""),
        (15, None, date(2025, 12, 31), ""),
        (None, 20, date(2026, 5, 31), "99457"),
        (None, 19, date(2026, 5, 31), "99470"),
        (None, 19, date(2025, 12, 31), ""),
        (None, 9, date(2026, 5, 31), ""),
    ],
)
def test_a_blank_code_of_monitoring_is_filled_by_days_or_minutes(
    days: int | None, minutes: int | None, day: date, code: str
) -> None:
    facts = Monitoring(data_days=days, interactive=True, system="physiologic")
    (one,) = coded({"code": "", "minutes": minutes}, visit=None, monitoring=facts, day=day)
    assert one.code == code


def test_the_units_of_a_monthly_add_on_follow_from_its_base() -> None:
    base = {"code": "99490", "minutes": 65}
    assert coded(base, {"code": "99439"}, visit=None)[1].units == 2
    stated = {"code": "99439", "units": Decimal(3)}
    assert coded(base, stated, visit=None)[1].units == 3


def test_a_modifier_that_stands_is_left_for_the_edit() -> None:
    (one,) = coded({"code": "99213", "modifiers": ("95",)}, visit=TELEPHONE)
    assert one.modifiers == ("95",)


CONTRACT = ("99213,fixed,70,,,,95,,,,", "99213,fixed,100,,,,,,,,")


def expected(state: str, funding: str, *modifiers: str, place: str = "10") -> int | None:
    """What is expected of a contract that pays telehealth less."""
    prices = price_rules([], [agreement(*CONTRACT)], "one")
    knobs = PayerPolicy(
        id="PRACTICE-1",
        title="Plan",
        source="test",
        layer=Layer.PRACTICE,
        knobs={"plan_funding": funding},
    )
    own = RuleSet(name="practice", version="1", payer_policies=(knobs,))
    telehealth = default_host().rule_set(EnabledPlugin(name="telehealth"))
    one = line("99213", modifiers=modifiers, service_from=date(2026, 5, 12))
    to = payer(payer_id="OAK", state=state)
    claim = professional_claim(one, payer=to, place_of_service=place)
    priced = price_with_trace(claim, compile_rule_book([prices, own, telehealth]))
    return priced.claim.lines[0].expected_cents


def test_parity_stands_above_a_contract_that_pays_telehealth_less() -> None:
    assert expected("CA", "fully_insured", "95") == 10_000
    assert expected("CA", "self_funded", "95") == 7_000
    assert expected("TX", "fully_insured", "95") == 7_000
    assert expected("CA", "fully_insured", place="11") == 10_000


def due(*records: SpecialtyRecord) -> dict[str, date]:
    facts = professional_claim(records=records)
    found = ((one.id, one.due(facts)) for one in plays.DEADLINES)
    return {rule: answer.due for rule, answer in found if answer is not None}


def test_a_consent_is_due_again_after_a_year_and_a_visit_in_person_once_the_law_asks() -> None:
    given = replace(HOME, consent_date=date(2026, 3, 1))
    seen = InPerson(first_telehealth_date=date(2026, 1, 5), last_in_person=date(2027, 6, 1))
    assert due(seal(VISIT, given), seal(IN_PERSON, seen)) == {
        "TH-T01": date(2027, 3, 1),
        "TH-T02": date(2028, 6, 1),
    }
    early = replace(seen, last_in_person=date(2026, 6, 1))
    assert due(seal(IN_PERSON, early)) == {"TH-T02": date(2028, 1, 1)}
    assert due(seal(IN_PERSON, replace(seen, exception_documented=True))) == {}
    assert due(seal(VISIT, HOME)) == {}


def test_plays_name_codes_and_steps() -> None:
    assert {play.id for play in plays.DENIAL_PLAYS} == {f"TH-D0{n}" for n in range(1, 8)}
    assert all(play.carcs and play.step for play in plays.DENIAL_PLAYS)


def test_a_record_of_the_first_version_is_read_without_its_privileges() -> None:
    old = SpecialtyRecord(
        kind=VISIT.id, version=1, body=b'{"modality":"av","privilege_states":["OK"]}'
    )
    assert read((upgraded(VISIT, old),), VISIT.id, Visit) == Visit(modality="av")

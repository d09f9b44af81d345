"""telehealth.md s.3, s.6, s.7: the site's fee, places and rates, parity."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import AUDIO, NONE, Document, answer, at, doc, ln

THERAPY = ln("90834", minutes=45)


def priced(document: Document, line: int = 1) -> Document:
    lines = answer(document)["pricing"].get("lines", ())
    return next((one for one in lines if one["no"] == line), {})


HOSTED = {
    **NONE,
    "patient_location": "facility",
    "patient_facility_type": "RHC",
    "role": "originating",
}


@pytest.mark.parametrize(
    ("dos", "charge", "allowed", "paid"),
    [
        ("2022-01-01", "50.00", "27.59", "22.07"),
        ("2023-12-31", "50.00", "28.64", "22.91"),
        ("2024-06-03", "50.00", "29.96", "23.97"),
        ("2025-06-03", "50.00", "31.01", "24.81"),
        ("2026-06-03", "50.00", "31.85", "25.48"),
        ("2026-06-03", "31.85", "31.85", "25.48"),
        ("2026-06-03", "20.00", "20.00", "16.00"),
        ("2021-12-31", "50.00", None, None),
        ("2027-01-01", "50.00", None, None),
    ],
)
def test_the_site_is_paid_the_lesser_of_charge_and_the_amount_of_the_year(
    dos: str, charge: str, allowed: str | None, paid: str | None
) -> None:
    site = ln("Q3014", charge=charge)
    document = doc(site, dos=dos, pos="11", visit=HOSTED, context={"deductible_remaining": "0.00"})
    found = priced(document)
    assert found.get("allowed") == allowed
    assert found.get("payer_paid_before_sequestration") == paid


def test_the_deductible_comes_first_and_who_else_pays_has_prices_of_its_own() -> None:
    site = ln("Q3014", charge="50.00")
    owing = {"deductible_remaining": "10.00"}
    found = priced(doc(site, dos="2026-06-03", pos="11", visit=HOSTED, context=owing))
    assert (found["deductible"], found["coinsurance"]) == ("10.00", "4.37")
    assert priced(doc(site, payer="commercial", pos="11", visit=HOSTED)) == {}


FEES = {"reference": {"fees": {"90834": {"nonfac": "100.00", "fac": "80.00"}}}}


@pytest.mark.parametrize(
    ("dos", "pos", "by", "allowed"),
    [
        ("2026-05-12", "10", "CP", "100.00"),
        ("2026-05-12", "02", "CP", "80.00"),
        ("2026-05-12", "10", "LCSW", "75.00"),
        ("2026-05-12", "02", "LCSW", "60.00"),
        ("2026-05-12", "10", "NP", "85.00"),
        ("2023-05-12", "11", "CP", "100.00"),
        ("2023-05-12", "22", "CP", "80.00"),
        ("2019-05-13", "02", "CP", "80.00"),
    ],
)
def test_home_is_paid_as_an_office_and_02_as_a_facility(
    dos: str, pos: str, by: str, allowed: str
) -> None:
    place = "home" if pos == "10" else "facility"
    document = doc(THERAPY, dos=dos, pos=pos, by=by, visit=at(place), context=FEES)
    assert priced(document)["allowed"] == allowed


CONTRACT = {"reference": {"contract": {"90834": {"in_person": "140.00", "telehealth": "100.00"}}}}
INSURED, FUNDED = {"plan_funding": "fully_insured"}, {"plan_funding": "self_funded"}


@pytest.mark.parametrize(
    ("plan", "policy", "changes", "allowed"),
    [
        ({**INSURED, "state": "CA"}, {}, {}, "140.00"),
        ({**FUNDED, "state": "CA"}, {}, {}, "100.00"),
        ({"state": "CA"}, {}, {}, "100.00"),
        ({**INSURED, "state": "TX"}, {}, {}, "100.00"),
        ({**INSURED, "state": "TX"}, {"parity": "payment"}, {}, "140.00"),
        ({"state": "TX"}, {"parity": "payment"}, {}, "140.00"),
        ({**FUNDED, "state": "TX"}, {"parity": "payment"}, {}, "100.00"),
        ({**INSURED, "state": "CA"}, {"parity": "coverage"}, {}, "100.00"),
        ({**INSURED, "state": "CA"}, {"parity": "none"}, {}, "100.00"),
        ({**INSURED, "state": "MA"}, {}, {"dx": ("F33.1",)}, "140.00"),
        ({**INSURED, "state": "NY"}, {}, {"dos": "2026-03-31"}, "140.00"),
        ({**INSURED, "state": "NY"}, {}, {"dos": "2026-04-01"}, "100.00"),
        ({**INSURED, "state": "IL"}, {}, {"dos": "2027-12-31"}, "140.00"),
        ({**INSURED, "state": "IL"}, {}, {"dos": "2028-01-01"}, "140.00"),
        ({**INSURED, "state": "PA"}, {}, {}, "100.00"),
        ({**INSURED, "state": "WA"}, {}, {"pos": "11", "visit": NONE}, "140.00"),
    ],
)
def test_parity_is_the_law_of_a_state_for_insured_plans(
    plan: Document, policy: Document, changes: Document, allowed: str
) -> None:
    session = ln("90834", *([] if changes.get("pos") else ["95"]), minutes=45)
    document = doc(
        session, payer="commercial", plan=plan, policy=policy, context=CONTRACT, **changes
    )
    assert priced(document)["allowed"] == allowed


@pytest.mark.parametrize(
    ("state", "dx", "allowed"),
    [
        ("CA", "I10", "140.00"),
        ("NJ", "I10", "100.00"),
        ("NJ", "F33.1", "140.00"),
        ("AZ", "I10", "100.00"),
        ("IL", "F33.1", "140.00"),
        ("IL", "I10", "100.00"),
    ],
)
def test_by_telephone_some_states_ask_less(state: str, dx: str, allowed: str) -> None:
    contract = {"contract": {"99214": {"in_person": "140.00", "telehealth": "100.00"}}}
    document = doc(
        ln("99214", "93"),
        payer="commercial",
        plan={**INSURED, "state": state},
        dx=(dx,),
        dos="2026-05-12",
        visit=AUDIO,
        context={"reference": contract},
    )
    assert priced(document)["allowed"] == allowed


def test_parity_for_behavioral_health_is_not_for_the_rest() -> None:
    contract = {
        "reference": {"contract": {"99214": {"in_person": "140.00", "telehealth": "100.00"}}}
    }
    for dx, allowed in (("I10", "100.00"), ("F33.1", "140.00")):
        document = doc(
            ln("99214", "95"),
            payer="commercial",
            plan={**INSURED, "state": "MA"},
            dx=(dx,),
            context=contract,
        )
        assert priced(document)["allowed"] == allowed


@pytest.mark.parametrize(
    ("knob", "allowed"), [(True, "80.00"), (False, "100.00"), ("unsaid", "80.00")]
)
def test_a_payer_may_pay_02_as_an_office(knob: object, allowed: str) -> None:
    document = doc(
        ln("90834", "95", minutes=45),
        payer="commercial",
        pos="02",
        visit=at("facility"),
        policy={"facility_rate_for_02": knob},
        context=FEES,
    )
    assert priced(document)["allowed"] == allowed

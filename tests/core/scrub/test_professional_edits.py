"""Each platform edit of the 837P: one claim that trips it and one that just does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.claims.claim import (
    Accident,
)
from core.claims.parties import (
    Address,
    Entity,
    Name,
    PayerSequence,
    Subscriber,
)
from core.dates import Window
from core.rules.facts import ClaimFacts
from core.rules.rulebook import compile_rule_book
from core.scrub.engine import needs
from core.scrub.platform import EDITS, PLATFORM
from tests.core.scrub.trials import (
    BILLING,
    CLEAN,
    CODES,
    DAY,
    MEDICARE,
    OTHER,
    PATIENT,
    PERSON,
    PRIOR,
    TODAY,
    Trial,
    billed_by,
    claim,
    dated,
    findings,
    held,
    line,
    many,
    member,
    replace,
    shared,
)

TRIALS = (
    Trial("PS-001", claim(**billed_by(npi="1234567890")), CLEAN),
    Trial("PS-001", claim(referring=replace(PERSON, npi="3234567893")), claim(referring=PERSON)),
    Trial("PS-002", claim(**billed_by(tax_id="74123456")), claim(**billed_by(tax_id="74-1234567"))),
    Trial("PS-003", claim(**member("")), claim(**member("X"))),
    Trial(
        "PS-003",
        claim(payer=MEDICARE, **member("1EG4TE5MKS3")),
        claim(payer=MEDICARE, **member("1EG4-TE5-MK73")),
    ),
    Trial("PS-004", claim(**billed_by(taxonomy="")), CLEAN, {"requires_taxonomy": True}),
    Trial(
        "PS-005",
        claim(**billed_by(address=Address(line1="P.O. Box 7", city="A", postal_code="787011234"))),
        claim(
            **billed_by(address=Address(line1="7 Poboxley Rd", city="A", postal_code="787011234"))
        ),
    ),
    Trial(
        "PS-006",
        claim(**billed_by(address=Address(line1="7 Elm", city="A", postal_code="78701"))),
        claim(**billed_by(address=Address(line1="7 Elm", city="A", postal_code="78701-1234"))),
    ),
    Trial("PS-007", claim(accept_assignment=""), claim(accept_assignment="C")),
    Trial(
        "PS-008",
        claim(dated(date(1985, 3, 13))),
        claim(dated(date(1985, 3, 14))),
    ),
    Trial("PS-009", claim(rendering=replace(PERSON, npi=BILLING.npi)), CLEAN),
    Trial(
        "PS-010", claim(rendering=None), claim(rendering=None, **billed_by(entity=Entity.PERSON))
    ),
    Trial("PS-011", claim(dated(TODAY + timedelta(1))), claim(dated(TODAY))),
    Trial(
        "PS-012",
        claim(dated(TODAY - timedelta(91))),
        claim(dated(TODAY - timedelta(90))),
        {"timely_filing_days": 90},
    ),
    Trial(
        "PS-012",
        claim(dated(date(2025, 5, 20)), payer=MEDICARE),
        claim(dated(date(2025, 5, 21)), payer=MEDICARE),
    ),
    Trial(
        "PS-012",
        claim(dated(TODAY - timedelta(91)), frequency="7", payer_claim_number="X"),
        claim(dated(TODAY - timedelta(91))),
        {"timely_filing_days": 180, "corrected_claim_days": 90},
    ),
    Trial(
        "PS-012",
        claim(sequence=PayerSequence.SECONDARY, other_payers=(OTHER,)),
        claim(sequence=PayerSequence.PRIMARY),
        {"timely_filing_days": 90, "secondary_filing_days": 5},
    ),
    Trial(
        "PS-013",
        CLEAN,
        CLEAN,
        facts=ClaimFacts(eligibility=(Window(DAY + timedelta(1)),)),
        quiet_facts=ClaimFacts(eligibility=(Window(DAY),)),
    ),
    Trial(
        "PS-013",
        claim(patient=replace(PATIENT, death_date=DAY - timedelta(1))),
        claim(patient=replace(PATIENT, death_date=DAY)),
    ),
    Trial(
        "PS-014",
        claim(line(service_to=DAY - timedelta(1))),
        claim(line(service_to=DAY)),
    ),
    Trial("PS-021", claim(diagnoses=("I10",) * 13), claim(diagnoses=("I10",) * 12)),
    Trial("PS-022", claim(line(pointers=(3,))), claim(line(pointers=(2,)))),
    Trial("PS-022", claim(line(pointers=())), CLEAN),
    Trial("PS-022", claim(line(pointers=(1, 2, 1, 2, 1))), claim(line(pointers=(1, 2, 1, 2)))),
    Trial("PS-023", claim(diagnoses=("V892XXA",)), claim(diagnoses=("U071",))),
    Trial("PS-029", claim(diagnoses=("I10", "I10")), CLEAN),
    Trial("PS-032", claim(line(modifiers=("26", "TC"))), claim(line(modifiers=("26",)))),
    Trial("PS-032", claim(line(modifiers=("59",))), claim(line("97110", modifiers=("59",)))),
    Trial("PS-032", claim(line("11730", modifiers=("25",))), claim(line(modifiers=("25",)))),
    Trial(
        "PS-032",
        claim(line("20610", modifiers=("LT", "RT"))),
        claim(line("20610", modifiers=("LT", "RT"), units=Decimal(2))),
    ),
    Trial(
        "PS-033",
        claim(line(modifiers=("GP", "KX", "CQ", "GA", "GX"))),
        claim(line(modifiers=("GP", "KX", "CQ", "GA"))),
    ),
    Trial("PS-034", claim(line(charge_cents=0)), claim(line("3044F", charge_cents=0))),
    Trial("PS-034", claim(line(charge_cents=-1)), claim(line(charge_cents=1))),
    Trial("PS-036", claim(*many("97110", 51)), claim(*many("97110", 50))),
    Trial("PS-037", claim(line(units=Decimal(0))), CLEAN),
    Trial("PS-037", claim(line(units=Decimal("1.5"))), claim(line("J1885", units=Decimal("1.5")))),
    Trial(
        "PS-038",
        CLEAN,
        claim(line(modifiers=("76",))),
        facts=ClaimFacts(history=(PRIOR,)),
    ),
    Trial(
        "PS-038",
        CLEAN,
        CLEAN,
        facts=ClaimFacts(history=(PRIOR,)),
        quiet_facts=ClaimFacts(history=(replace(PRIOR, status="denied"),)),
    ),
    Trial(
        "PS-039",
        claim(line(), line(no=2)),
        claim(line(), line(no=2, modifiers=("76",))),
    ),
    Trial("PS-056", CLEAN, claim(auth_number="A1"), {"auth_required_codes": CODES}),
    Trial(
        "PS-056",
        claim(line(units=Decimal(3))),
        claim(line(units=Decimal(2))),
        {"auth_required_codes": ("all",)},
        held(units_approved=Decimal(10), units_used=Decimal(5), units_pending=Decimal(3)),
    ),
    Trial(
        "PS-057",
        claim(accident=Accident(kind="AA", on=DAY)),
        claim(accident=Accident(kind="AA", on=DAY, state="TX")),
    ),
    Trial(
        "PS-058",
        claim(sequence=PayerSequence.SECONDARY),
        claim(sequence=PayerSequence.SECONDARY, other_payers=(OTHER,)),
    ),
    Trial(
        "PS-058",
        claim(sequence=PayerSequence.SECONDARY, other_payers=(OTHER,), payer=MEDICARE),
        claim(
            sequence=PayerSequence.SECONDARY,
            other_payers=(OTHER,),
            payer=MEDICARE,
            **member("1EG4TE5MK73", msp_type="12"),
        ),
    ),
    Trial("PS-059", shared(10_001), shared(10_000)),
    Trial("PS-060", claim(frequency="7"), claim(frequency="7", payer_claim_number="X")),
    Trial(
        "PS-061",
        claim(frequency="7", payer_claim_number="X", payer=MEDICARE),
        claim(frequency="7", payer_claim_number="X"),
    ),
    Trial("PS-062", claim(line("00840", modifiers=("AA",))), CLEAN),
    Trial(
        "PS-062",
        claim(line("00840", unit_basis="MJ", units=Decimal(60))),
        claim(line("00840", unit_basis="MJ", units=Decimal(60), modifiers=("AA",))),
    ),
    Trial("PS-062", claim(line(unit_basis="MJ")), CLEAN),
    Trial(
        "PS-066",
        claim(subscriber=Subscriber(person=replace(PATIENT, name=Name(last="Else")))),
        claim(
            subscriber=Subscriber(
                person=replace(PATIENT, name=Name(last="Else")), relationship="01"
            )
        ),
    ),
    Trial(
        "PS-068",
        claim(place_of_service="21"),
        claim(place_of_service="21", admission_date=DAY),
    ),
)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_rule_fires_there_and_stays_silent_here(trial: Trial) -> None:
    fired = findings(trial.fires, trial.knobs, trial.facts)
    silent = findings(trial.quiet, trial.knobs, trial.quiet_facts or trial.facts)
    assert trial.rule in {one.rule for one in fired}
    assert trial.rule not in {one.rule for one in silent}
    assert not [one for one in (*fired, *silent) if one.reason == "rule_failed"]
    assert all("Ines" not in one.message and "1EG4" not in one.message for one in fired)


def test_every_rule_has_a_trial() -> None:
    own = {edit.id for edit in EDITS if edit.id.startswith("PS-")}
    assert own == {trial.rule for trial in TRIALS}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (ClaimFacts(authorizations=()), "missing"),
        (held(codes=("90837",)), "code_mismatch"),
        (held(window=Window(None, DAY - timedelta(1))), "expired"),
        (held(provider_npi="1333444556"), "provider_mismatch"),
        (held(units_approved=Decimal(0)), "exhausted"),
        (held(units_approved=Decimal(1)), ""),
    ],
)
def test_an_authorization_says_why_it_does_not_cover(facts: ClaimFacts, reason: str) -> None:
    found = findings(CLEAN, {"auth_required_codes": CODES}, facts)
    assert [one.reason for one in found if one.rule == "PS-056"] == ([reason] if reason else [])


def test_lines_of_one_claim_draw_on_the_same_authorization() -> None:
    two = claim(line("97110"), line("97110", 2, modifiers=("76",)))
    found = findings(two, {"auth_required_codes": ("all",)}, held(units_approved=Decimal(1)))
    assert [(one.line_no, one.reason, one.carc) for one in found] == [(2, "exhausted", "198")]


def test_an_unpriced_line_is_named_once_and_not_also_as_a_zero_charge() -> None:
    unpriced = claim(line(charge_cents=0, fee_source=""), line("97110", 2))
    assert [one.rule for one in findings(unpriced, {}, ClaimFacts())] == ["CW-012"]


def test_a_placeholder_tax_id_is_only_worth_a_look() -> None:
    (found,) = findings(claim(**billed_by(tax_id="000000000")), {}, ClaimFacts())
    assert (found.rule, found.severity) == ("PS-002", "warn")


def test_the_platform_says_which_facts_it_needs() -> None:
    wanted = needs(compile_rule_book([PLATFORM]), (CLEAN,))
    assert [(one.claim_number, one.first) for one in wanted.history] == [("C1", DAY)]
    assert wanted.eligibility == wanted.authorizations == ("C1",)
    assert wanted.tables == ()

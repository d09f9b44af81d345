"""PS-* of sections 1 and 2: each a claim that trips the edit and one that just does not."""

from __future__ import annotations

from datetime import date, timedelta

from core.claims.claim import Accident
from core.claims.parties import Address, Entity, Name, PayerSequence, Subscriber
from core.dates import Window
from core.rules.facts import ClaimFacts
from tests.core.scrub.trials import (
    BILLING,
    CLEAN,
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
    line,
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
    Trial(
        "PS-069",
        claim(place_of_service="22"),
        claim(place_of_service="22", service_facility=BILLING),
    ),
)

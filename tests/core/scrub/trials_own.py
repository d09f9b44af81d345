"""CW-*: each a claim that trips the edit and one that just does not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from core.claims.parties import Name
from tests.core.scrub.trials import (
    CLEAN,
    PATIENT,
    TODAY,
    Trial,
    billed_by,
    claim,
    dental,
    held,
    line,
    member,
    replace,
    stay,
)

TRIALS = (
    Trial("CW-005", claim(diagnoses=("I.10",)), CLEAN),
    Trial("CW-006", claim(line("00000")), CLEAN),
    Trial("CW-006", claim(line("")), stay()),
    Trial("CW-007", claim(place_of_service="00"), claim(place_of_service="02")),
    Trial("CW-008", claim(line(modifiers=("5",))), claim(line(modifiers=("25",)))),
    Trial("CW-009", claim(line(service_from=None)), CLEAN),
    Trial("CW-010", claim(line(charge_cents=0)), claim(line("3044F", charge_cents=0))),
    Trial("CW-011", claim(**billed_by(taxonomy="261QM0801")), CLEAN),
    Trial("CW-012", claim(line(charge_cents=0, fee_source="")), claim(line(charge_cents=0))),
    Trial("CW-013", dental(**billed_by(npi="1333444557")), dental()),
    Trial("CW-014", dental(**billed_by(tax_id="")), dental()),
    Trial("CW-015", dental(**member("")), dental()),
    Trial("CW-016", dental(**billed_by(address=None)), dental()),
    Trial("CW-017", dental(patient=replace(PATIENT, birth_date=None)), dental()),
    Trial("CW-018", dental(patient=replace(PATIENT, name=Name(last="Else"))), dental()),
    Trial("CW-019", dental(line("D0120", service_from=TODAY + timedelta(1))), dental()),
    Trial("CW-020", dental(frequency="8"), dental(frequency="8", payer_claim_number="X")),
    Trial(
        "CW-021",
        dental(line("D0120", service_from=TODAY - timedelta(366))),
        dental(line("D0120", service_from=TODAY - timedelta(365))),
        {"timely_filing_days": 365},
    ),
    Trial("CW-022", dental(rendering=None), dental()),
    Trial(
        "CW-023",
        CLEAN,
        CLEAN,
        {},
        held(units_approved=Decimal(20), units_used=Decimal(14), units_pending=Decimal(1)),
        held(units_approved=Decimal(20), units_used=Decimal(14)),
    ),
    Trial(
        "CW-023",
        CLEAN,
        claim(frequency="8"),
        {"auth_warn_pct": 50},
        held(units_approved=Decimal(10), units_used=Decimal(4), unit="visit"),
    ),
    # What is used up is PS-056's to say.
    Trial(
        "CW-023",
        CLEAN,
        CLEAN,
        {},
        held(units_approved=Decimal(1)),
        held(units_approved=Decimal(1), units_used=Decimal(1)),
    ),
)

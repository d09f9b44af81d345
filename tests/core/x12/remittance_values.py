"""Invented remittances that balance: one seed, one remittance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from core.claims.claim import Adjustment, QualifiedDate
from core.claims.parties import Address, Name, Reference
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    QualifiedAmount,
    Remittance,
    RemittanceHeader,
    ServicePayment,
)
from core.x12.remittance_writer import BankTransfer, PayerOffice

OFFICE = PayerOffice(
    address=Address(line1="100 INSURANCE WAY", city="AUSTIN", state="TX", postal_code="787010001"),
    contact_name="EDI HELP",
    phone="8005550101",
    bank=BankTransfer(
        payer_routing="999999992",
        payer_account="123456",
        payee_routing="999988880",
        payee_account="98765",
    ),
)


def _adjustments(rng: Random, total: int) -> tuple[Adjustment, ...]:
    """Adjustments that sum to ``total`` cents."""
    if not total:
        return ()
    part = rng.randint(0, total) if total > 0 else 0
    found = [Adjustment(group="CO", code="45", amount_cents=total - part)]
    if part:
        quantity = Decimal("1.5") if rng.random() < 0.2 else None
        found.append(Adjustment(group="PR", code="2", amount_cents=part, quantity=quantity))
    return tuple(found)


def _line(rng: Random, number: int) -> ServicePayment:
    charge = rng.randint(100, 10**6)
    paid = rng.choice((0, charge, rng.randint(0, charge)))
    kind, code = rng.choice(
        (("HC", "99213"), ("AD", "D0120"), ("NU", "0450"), ("HP", "1AA11"), ("N4", "00004196501"))
    )
    ranged = rng.random() < 0.3
    changed = kind == "HC" and rng.random() < 0.2
    return ServicePayment(
        segment=0,
        code=code,
        code_qualifier=kind,
        modifiers=("25", "GT") if kind == "HC" and rng.random() < 0.5 else (),
        revenue_code="0551" if kind == "HC" and rng.random() < 0.2 else "",
        charge_cents=charge,
        paid_cents=paid,
        paid_units=rng.choice((Decimal(0), Decimal(1), Decimal("2.5"))),
        original_code="99214" if changed else "",
        original_units=Decimal(2) if changed else None,
        service_from=date(2026, 1, 5) if rng.random() < 0.9 or ranged else None,
        service_to=date(2026, 1, 9) if ranged else None,
        control_number=f"L{number:08d}" if rng.random() < 0.8 else "",
        adjustments=_adjustments(rng, charge - paid),
        remark_codes=rng.choice(((), ("N130",), ("N130", "MA01", "M15"))),
        amounts=(QualifiedAmount(qualifier="B6", amount_cents=paid),) if paid else (),
        references=(Reference(qualifier="LU", value="11"),) if rng.random() < 0.2 else (),
    )


def _claim(rng: Random, number: int) -> ClaimPayment:
    lines = tuple(_line(rng, number * 10 + place) for place in range(rng.randint(0, 3)))
    charge = sum(line.charge_cents for line in lines) or rng.randint(100, 10**6)
    paid = sum(line.paid_cents for line in lines) if lines else rng.randint(0, charge)
    return ClaimPayment(
        segment=0,
        claim_number=f"C{number:08d}",
        status=rng.choice(("1", "2", "4", "19", "22")),
        charge_cents=charge,
        paid_cents=paid,
        patient_responsibility_cents=rng.choice((0, 1500)),
        filing_indicator="12",
        payer_claim_number=f"ICN{number:09d}",
        facility_code=rng.choice(("", "11")),
        frequency=rng.choice(("", "1", "7")),
        drg=rng.choice(("", "470")),
        patient=Name(last="SMITH", first="ANN", middle=rng.choice(("", "B"))),
        member_id=rng.choice(("", "W100000001")),
        crossover_payer="NEXT PAYER" if (crossed := rng.random() < 0.2) else "",
        crossover_payer_id="11122" if crossed else "",
        service_from=date(2026, 1, 5) if rng.random() < 0.7 else None,
        service_to=date(2026, 1, 9) if rng.random() < 0.5 else None,
        adjustments=() if lines else _adjustments(rng, charge - paid),
        remark_codes=rng.choice(((), ("MA18",), ("MA18", "N522"))),
        lines=lines,
        amounts=(QualifiedAmount(qualifier="AU", amount_cents=paid),),
        references=(Reference(qualifier="EA", value="MR1"), Reference(qualifier="1G", value="U1")),
        dates=(QualifiedDate(qualifier="050", first=date(2026, 1, 10)),),
    )


def invented_remittance(seed: int, claims: int = 6) -> Remittance:
    """A balanced remittance whose segment numbers are all 0; writing it gives them."""
    rng = Random(seed)
    paid = tuple(_claim(rng, number) for number in range(1, claims + 1))
    taken = tuple(
        ProviderAdjustment(
            segment=0,
            provider_id="1234567893",
            fiscal_period_end=date(2026, 12, 31),
            reason=rng.choice(("WO", "L6", "72")),
            reference=rng.choice(("", "ICN000000001")),
            amount_cents=rng.randint(-500, 5000),
        )
        for _ in range(rng.choice((0, 1, 8)))
    )
    total = sum(claim.paid_cents for claim in paid) - sum(each.amount_cents for each in taken)
    with_npi = rng.random() < 0.8
    header = RemittanceHeader(
        segment=0,
        control_number=f"{seed % 10**6:06d}1",
        payment_cents=total,
        method=rng.choice(("ACH", "CHK")),
        paid_on=date(2026, 1, 15),
        trace_number="TRACE0000001",
        payer_identifier="1512345678",
        payer_name="ACME HEALTH PLAN",
        payer_id=rng.choice(("", "60054")),
        payee_name="CENTRAL CLINIC",
        payee_npi="1234567893" if with_npi else "",
        payee_tax_id="512345678",
        produced_on=rng.choice((None, date(2026, 1, 14))),
        references=(
            Reference(qualifier="EV", value="RECEIVER01"),
            Reference(qualifier="NF", value="12345"),
            Reference(qualifier="PQ", value="10488"),
        ),
    )
    return Remittance(header=header, claims=paid, provider_adjustments=taken)


def without_places(value: Any) -> Any:
    """The same value with every segment number 0."""
    if isinstance(value, tuple):
        return tuple(without_places(each) for each in value)
    if not isinstance(value, msgspec.Struct):
        return value
    changes = {
        field: 0 if field in ("segment", "segment_end") else without_places(getattr(value, field))
        for field in value.__struct_fields__
    }
    return msgspec.structs.replace(value, **changes)

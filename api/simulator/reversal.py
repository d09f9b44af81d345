"""Taking a payment back, as the 835 does it before a correction, a replacement or a void."""

from __future__ import annotations

from core.claims.claim import Adjustment
from core.remittance.values import ClaimPayment, ServicePayment


def reverse(payment: ClaimPayment) -> ClaimPayment:
    """Takes ``payment`` back: status 22, every amount negated."""
    return ClaimPayment(
        segment=0,
        claim_number=payment.claim_number,
        status="22",
        charge_cents=-payment.charge_cents,
        paid_cents=-payment.paid_cents,
        patient_responsibility_cents=-payment.patient_responsibility_cents,
        filing_indicator=payment.filing_indicator,
        payer_claim_number=payment.payer_claim_number,
        facility_code=payment.facility_code,
        frequency=payment.frequency,
        drg=payment.drg,
        patient=payment.patient,
        member_id=payment.member_id,
        service_from=payment.service_from,
        service_to=payment.service_to,
        lines=tuple(_reversed_line(line) for line in payment.lines),
    )


def _reversed_line(line: ServicePayment) -> ServicePayment:
    return ServicePayment(
        segment=0,
        code=line.code,
        code_qualifier=line.code_qualifier,
        modifiers=line.modifiers,
        revenue_code=line.revenue_code,
        charge_cents=-line.charge_cents,
        paid_cents=-line.paid_cents,
        paid_units=line.paid_units,
        service_from=line.service_from,
        service_to=line.service_to,
        control_number=line.control_number,
        adjustments=tuple(
            Adjustment(group=part.group, code=part.code, amount_cents=-part.amount_cents)
            for part in line.adjustments
        ),
    )

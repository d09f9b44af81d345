"""The 835 as values. Every value knows the segment (counted from 1 in the file) it came from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.claims.claim import Adjustment, QualifiedDate
from core.claims.parties import Name, Reference, Value


class QualifiedAmount(Value, frozen=True, kw_only=True):
    """AMT: qualifier and amount."""

    qualifier: str
    amount_cents: int


class ServicePayment(Value, frozen=True, kw_only=True):
    """One service line of a claim payment (loop 2110).

    ``code_qualifier`` is HC, AD, NU, HP, N4 ...; with NU the code is a revenue code.
    ``original_code`` is what was billed when the payer changed it. ``control_number`` is REF*6R.
    """

    segment: int
    code: str
    code_qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    charge_cents: int
    paid_cents: int
    paid_units: Decimal = Decimal(1)
    original_code: str = ""
    original_units: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    control_number: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    amounts: tuple[QualifiedAmount, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def allowed_cents(self) -> int | None:
        """AMT*B6 where the payer gave it."""
        return next((a.amount_cents for a in self.amounts if a.qualifier == "B6"), None)


class ClaimPayment(Value, frozen=True, kw_only=True):
    """One claim of a remittance (loop 2100).

    ``status`` is CLP02: 1 2 3 processed as primary, secondary, tertiary; 19 20 21 the same and
    forwarded; 4 denied; 22 reversal of a previous payment; 23 not our claim, forwarded;
    25 predetermination.
    """

    segment: int
    claim_number: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int = 0
    filing_indicator: str = ""
    payer_claim_number: str = ""
    facility_code: str = ""
    frequency: str = ""
    drg: str = ""
    patient: Name | None = None
    member_id: str = ""
    crossover_payer: str = ""
    crossover_payer_id: str = ""
    service_from: date | None = None
    service_to: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    lines: tuple[ServicePayment, ...] = ()
    amounts: tuple[QualifiedAmount, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    segment_end: int = 0

    @property
    def is_reversal(self) -> bool:
        return self.status == "22"

    @property
    def is_denial(self) -> bool:
        return self.status == "4"


class ProviderAdjustment(Value, frozen=True, kw_only=True):
    """One pair of a PLB: reason code (WO, FB, L6, 72 ...), reference and amount.

    A positive amount takes money away from the check, as the 835 has it.
    """

    segment: int
    provider_id: str
    fiscal_period_end: date | None = None
    reason: str
    reference: str = ""
    amount_cents: int


class RemittanceHeader(Value, frozen=True, kw_only=True):
    """One check or transfer (one ST of an 835) before its claims.

    ``payer_identifier`` is TRN03 (the payer's tax id with a leading 1); with ``trace_number``
    (TRN02) it identifies the payment. ``payment_cents`` is BPR02; ``paid_on`` BPR16.
    ``method`` is BPR04: ACH, CHK, NON ...
    """

    segment: int
    control_number: str
    payment_cents: int
    credit_or_debit: str = "C"
    method: str = ""
    paid_on: date | None = None
    trace_number: str
    payer_identifier: str = ""
    payer_name: str = ""
    payer_id: str = ""
    payee_name: str = ""
    payee_npi: str = ""
    payee_tax_id: str = ""
    produced_on: date | None = None
    references: tuple[Reference, ...] = ()


class Remittance(Value, frozen=True, kw_only=True):
    """One check whole: header, claims in file order, provider-level adjustments."""

    header: RemittanceHeader
    claims: tuple[ClaimPayment, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()

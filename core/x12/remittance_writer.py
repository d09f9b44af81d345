"""Writing remittances as 835s that balance: line, claim and check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from core.claims.parties import Address, Entity, Name, Reference
from core.errors import InputError
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
    ServicePayment,
)
from core.x12.cas import write_cas
from core.x12.claims_write_parties import nm1
from core.x12.elements import write_day, write_number
from core.x12.envelope import Envelope, wrap
from core.x12.syntax import Delimiters, amount, composite

VERSION = "005010X221A1"

Segments = list[list[str]]

_METHODS = frozenset(("ACH", "BOP", "CHK", "FWT", "NON"))
_TRANSFERS = frozenset(("ACH", "BOP", "FWT"))
_CHECK_REFERENCES = frozenset(("EV", "F2"))
_PAYER_REFERENCES = frozenset(("2U", "EO", "HI", "NF"))
_PAYEE_REFERENCES = frozenset(("0B", "D3", "PQ", "TJ"))
_REMARKS_MAX = 5
_PAIRS = 6


class BankTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """BPR06 to BPR15: the accounts of an electronic payment, both checking accounts."""

    payer_routing: str
    payer_account: str
    payee_routing: str
    payee_account: str


class PayerOffice(msgspec.Struct, frozen=True, kw_only=True):
    """What an 835 says about the payer beside the payment: where it is and whom to call."""

    address: Address
    contact_name: str
    phone: str
    bank: BankTransfer | None = None


def write_remittances(
    remittances: Sequence[Remittance], envelope: Envelope, *, office: PayerOffice
) -> bytes:
    """One interchange with one ST a remittance, under the remittance's own control number.

    Raises ``InputError``, naming places only, when a remittance does not balance (service, claim
    or check), lacks what the guide requires, or holds a code that the 835 has no place for.
    """
    if not remittances:
        raise InputError("there is no remittance to write")
    controls = [remittance.header.control_number for remittance in remittances]
    if len(set(controls)) != len(controls) or not all(4 <= len(c) <= 9 for c in controls):
        raise InputError("each remittance needs a control number of its own, 4 to 9 characters")
    bodies = []
    for place, remittance in enumerate(remittances, 1):
        try:
            _check(remittance)
            body = list(_segments(remittance, office, envelope.delimiters))
        except InputError as fault:
            raise InputError(f"remittance {place}: {fault.message}") from None
        bodies.append((remittance.header.control_number, body))
    return wrap(envelope, "HP", VERSION, bodies)


def _check(remittance: Remittance) -> None:
    """The three balances of the guide, and what it requires."""
    header = remittance.header
    if header.paid_on is None or not header.trace_number or not header.payer_identifier:
        raise InputError("the payment lacks its date, its trace number or the payer's identifier")
    if header.method not in _METHODS:
        raise InputError("the payment method is not ACH, BOP, CHK, FWT or NON")
    for place, claim in enumerate(remittance.claims, 1):
        _check_claim(claim, place)
    paid = sum(claim.paid_cents for claim in remittance.claims)
    withheld = sum(adjustment.amount_cents for adjustment in remittance.provider_adjustments)
    if header.payment_cents != paid - withheld:
        raise InputError("the check is not the sum of its claims less the provider adjustments")


def _check_claim(claim: ClaimPayment, place: int) -> None:
    if not claim.filing_indicator or not claim.payer_claim_number:
        raise InputError(f"claim {place}: filing indicator or payer claim number is missing")
    if len(claim.remark_codes) > _REMARKS_MAX:
        raise InputError(f"claim {place}: a claim has at most {_REMARKS_MAX} remark codes")
    if claim.crossover_payer and not claim.crossover_payer_id:
        raise InputError(f"claim {place}: the next payer's identifier is missing")
    adjusted = sum(adjustment.amount_cents for adjustment in claim.adjustments)
    for number, line in enumerate(claim.lines, 1):
        of_line = sum(adjustment.amount_cents for adjustment in line.adjustments)
        if line.charge_cents - of_line != line.paid_cents:
            raise InputError(f"claim {place}, line {number}: charge less adjustments is not paid")
        adjusted += of_line
    if claim.charge_cents - adjusted != claim.paid_cents:
        raise InputError(f"claim {place}: charge less all adjustments is not what is paid")


def _segments(
    remittance: Remittance, office: PayerOffice, delimiters: Delimiters
) -> Iterator[list[str]]:
    header = remittance.header
    yield _bpr(header, office)
    yield ["TRN", "1", header.trace_number, header.payer_identifier]
    yield from _references(header.references, _CHECK_REFERENCES)
    if header.produced_on is not None:
        yield ["DTM", "405", write_day(header.produced_on)]
    yield from _payer(header, office)
    yield from _payee(header)
    known = _CHECK_REFERENCES | _PAYER_REFERENCES | _PAYEE_REFERENCES
    if any(reference.qualifier not in known for reference in header.references):
        raise InputError("a number of the payment is of a kind the 835 has no place for")
    if remittance.claims:
        yield ["LX", "1"]
    for claim in remittance.claims:
        yield from _claim(claim, delimiters)
    yield from _provider_adjustments(remittance.provider_adjustments, delimiters)


def _bpr(header: RemittanceHeader, office: PayerOffice) -> list[str]:
    assert header.paid_on is not None, "the header was checked"
    bank = office.bank
    accounts = [""] * 11
    if header.method in _TRANSFERS:
        if bank is None:
            raise InputError("an electronic payment needs the bank accounts")
        accounts = [
            "CCP" if header.method == "ACH" else "",
            "01",
            bank.payer_routing,
            "DA",
            bank.payer_account,
            header.payer_identifier,
            "",
            "01",
            bank.payee_routing,
            "DA",
            bank.payee_account,
        ]
    # Without money there is only notice of what was decided.
    handling = "H" if header.method == "NON" else "I"
    return [
        "BPR",
        handling,
        amount(header.payment_cents),
        header.credit_or_debit,
        header.method,
        *accounts,
        write_day(header.paid_on),
    ]


def _references(references: Sequence[Reference], kinds: frozenset[str]) -> Iterator[list[str]]:
    for reference in references:
        if reference.qualifier in kinds:
            yield ["REF", reference.qualifier, reference.value]


def _payer(header: RemittanceHeader, office: PayerOffice) -> Iterator[list[str]]:
    where = office.address
    yield ["N1", "PR", header.payer_name]
    yield ["N3", where.line1, where.line2]
    yield ["N4", where.city, where.state, where.postal_code, where.country]
    if header.payer_id:
        yield ["REF", "2U", header.payer_id]
    yield from _references(header.references, _PAYER_REFERENCES)
    yield ["PER", "BL", office.contact_name, "TE", office.phone]


def _payee(header: RemittanceHeader) -> Iterator[list[str]]:
    if header.payee_npi:
        yield ["N1", "PE", header.payee_name, "XX", header.payee_npi]
        if header.payee_tax_id:
            yield ["REF", "TJ", header.payee_tax_id]
    elif header.payee_tax_id:
        yield ["N1", "PE", header.payee_name, "FI", header.payee_tax_id]
    else:
        raise InputError("the payee has neither an NPI nor a tax number")
    yield from _references(header.references, _PAYEE_REFERENCES)


def _claim(claim: ClaimPayment, delimiters: Delimiters) -> Iterator[list[str]]:
    responsibility = claim.patient_responsibility_cents
    yield [
        "CLP",
        claim.claim_number,
        claim.status,
        amount(claim.charge_cents),
        amount(claim.paid_cents),
        amount(responsibility) if responsibility else "",
        claim.filing_indicator,
        claim.payer_claim_number,
        claim.facility_code,
        claim.frequency,
        "",
        claim.drg,
    ]
    yield from write_cas(claim.adjustments)
    patient = claim.patient or Name(last="")
    yield nm1("QC", Entity.PERSON, patient, "MI", claim.member_id)
    if claim.crossover_payer:
        name = Name(last=claim.crossover_payer)
        yield nm1("TT", Entity.ORGANIZATION, name, "PI", claim.crossover_payer_id)
    if claim.remark_codes:
        yield ["MOA", "", "", *claim.remark_codes]
    for reference in claim.references:
        yield ["REF", reference.qualifier, reference.value]
    for qualifier, day in (("232", claim.service_from), ("233", claim.service_to)):
        if day is not None:
            yield ["DTM", qualifier, write_day(day)]
    for dated in claim.dates:
        yield ["DTM", dated.qualifier, write_day(dated.first)]
    for extra in claim.amounts:
        yield ["AMT", extra.qualifier, amount(extra.amount_cents)]
    for line in claim.lines:
        yield from _line(line, delimiters)


def _line(line: ServicePayment, delimiters: Delimiters) -> Iterator[list[str]]:
    qualifier = line.code_qualifier
    original = ""
    if line.original_code:
        original = composite((qualifier, line.original_code), delimiters)
    units = line.original_units
    yield [
        "SVC",
        composite((qualifier, line.code, *line.modifiers), delimiters),
        amount(line.charge_cents),
        amount(line.paid_cents),
        line.revenue_code,
        write_number(line.paid_units),
        original,
        "" if units is None else write_number(units),
    ]
    if line.service_from is not None:
        one_day = line.service_to is None
        yield ["DTM", "472" if one_day else "150", write_day(line.service_from)]
    if line.service_to is not None:
        yield ["DTM", "151", write_day(line.service_to)]
    yield from write_cas(line.adjustments)
    if line.control_number:
        yield ["REF", "6R", line.control_number]
    for reference in line.references:
        yield ["REF", reference.qualifier, reference.value]
    for extra in line.amounts:
        yield ["AMT", extra.qualifier, amount(extra.amount_cents)]
    for code in line.remark_codes:
        yield ["LQ", "HE", code]


def _provider_adjustments(
    adjustments: Sequence[ProviderAdjustment], delimiters: Delimiters
) -> Iterator[list[str]]:
    """PLB segments in the order given: a new one where the provider or its year changes."""
    segment: list[str] = []
    key: tuple[object, ...] = ()
    for adjustment in adjustments:
        if adjustment.fiscal_period_end is None:
            raise InputError("a provider adjustment lacks the end of the fiscal period")
        this = (adjustment.provider_id, adjustment.fiscal_period_end)
        if segment and (this != key or len(segment) >= 3 + 2 * _PAIRS):
            yield segment
            segment = []
        if not segment:
            segment = ["PLB", adjustment.provider_id, write_day(adjustment.fiscal_period_end)]
            key = this
        segment.append(composite((adjustment.reason, adjustment.reference), delimiters))
        segment.append(amount(adjustment.amount_cents))
    if segment:
        yield segment

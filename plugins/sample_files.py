"""For a partner's tests: the 837 a claim becomes, and an invented payer's 835 about it.

Dates and control numbers are fixed, so that a file changes only when the claim does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from core.claims.claim import Adjustment, Claim, ServiceLine
from core.claims.parties import Address
from core.claims.position import NextActor
from core.denials.causes import Cause
from core.denials.items import DenialItem
from core.denials.plays import refined
from core.errors import InputError
from core.remittance.values import ClaimPayment, Remittance, RemittanceHeader, ServicePayment
from core.rules.plays import DenialPlay
from core.rules.rulebook import RuleBook
from core.x12.claims_writer import Receiver, Submitter, write_claims
from core.x12.envelope import Envelope
from core.x12.remittance_writer import PayerOffice, write_remittances
from plugins.samples import TODAY, sample_id

_NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, 0, tzinfo=UTC)
_OFFICE = PayerOffice(
    address=Address(line1="1 Payer Way", city="Austin", state="TX", postal_code="78701"),
    contact_name="PROVIDER SERVICES",
    phone="8005550199",
)


def claim_file(claim: Claim) -> bytes:
    """``claim`` as the 837 of its form, one segment a line.

    ``InputError`` where it cannot be written, saying why.
    """
    written = write_claims(
        [claim],
        form=claim.form,
        submitter=Submitter(
            name="SAMPLE BILLING", id="SAMPLE", contact_name="EDI DESK", phone="8005550100"
        ),
        receiver=Receiver(name="SAMPLE CLEARINGHOUSE", id="CLEARINGHOUSE"),
        envelope=_envelope("SAMPLE", "CLEARINGHOUSE"),
        reference="SAMPLE-1",
    )
    return written.data.replace(b"~", b"~\n")


def answer_file(
    claim: Claim,
    *,
    denied: Collection[int] = (),
    carc: str = "96",
    group: str = "CO",
    remarks: tuple[str, ...] = (),
) -> bytes:
    """The 835 of an invented payer that pays ``claim`` in full but for the lines ``denied``.

    Those are refused with ``group``, ``carc`` and ``remarks``. ``InputError`` where there is no
    such line.
    """
    if unknown := sorted(set(denied) - {line.line_no for line in claim.lines}):
        raise InputError(f"the claim has no line {unknown[0]}")
    lines = tuple(
        _decided(line, group, carc, remarks) if line.line_no in denied else _paid(line)
        for line in claim.lines
    )
    paid_cents = sum(line.paid_cents for line in lines)
    patient_cents = claim.charge_cents - paid_cents if group == "PR" else 0
    payment = ClaimPayment(
        segment=0,
        claim_number=claim.claim_number,
        status="4" if len(denied) == len(lines) else "1",
        charge_cents=claim.charge_cents,
        paid_cents=paid_cents,
        patient_responsibility_cents=patient_cents,
        filing_indicator=claim.payer.filing_indicator,
        payer_claim_number="PAYER0001",
        patient=claim.patient.name,
        member_id=claim.subscriber.member_id,
        lines=lines,
    )
    header = RemittanceHeader(
        segment=0,
        control_number="0001",
        payment_cents=paid_cents,
        method="CHK" if paid_cents else "NON",
        paid_on=TODAY,
        trace_number="TRACE0001",
        payer_identifier="1999999999",
        payer_name=claim.payer.name,
        payer_id=claim.payer.payer_id,
        payee_name=claim.billing.name.last,
        payee_npi=claim.billing.npi,
        produced_on=TODAY,
    )
    whole = Remittance(header=header, claims=(payment,))
    data = write_remittances([whole], _envelope("CLEARINGHOUSE", "SAMPLE"), office=_OFFICE)
    return data.replace(b"~", b"~\n")


def play_for(
    claim: Claim,
    book: RuleBook,
    *,
    carc: str,
    group: str = "CO",
    remarks: tuple[str, ...] = (),
    line_no: int | None = 1,
) -> DenialPlay | None:
    """The play of ``book`` that a biller is given when ``claim`` is denied so; None: the default's.

    Asked as posting asks, with the code of ``line_no`` and the kind of the claim's payer.
    """
    claim_id, payer_ref = sample_id("claim"), sample_id("payer")
    item = DenialItem(
        claim_id=claim_id,
        line_no=line_no,
        payer_ref=payer_ref,
        group=group,
        carc=carc,
        remark_codes=remarks,
        amount_cents=claim.charge_cents,
        cause=Cause.UNLISTED,
        label="",
        next_step="",
        actor=NextActor.BILLER,
        decided_on=TODAY,
        due_on=TODAY,
        due_basis="",
        segment=0,
    )
    codes: dict[tuple[UUID, int | None], str] = {
        (claim_id, line.line_no): line.code for line in claim.lines
    }
    for play in book.denial_plays:
        (worked,) = refined([item], [play], payer_kinds={payer_ref: claim.payer.kind}, codes=codes)
        if worked is not item:
            return play
    return None


def _paid(line: ServiceLine) -> ServicePayment:
    return _service(line, paid_cents=line.charge_cents)


def _decided(line: ServiceLine, group: str, carc: str, remarks: tuple[str, ...]) -> ServicePayment:
    refused = Adjustment(group=group, code=carc, amount_cents=line.charge_cents)
    return _service(line, paid_cents=0, adjustments=(refused,), remark_codes=remarks)


def _service(
    line: ServiceLine,
    *,
    paid_cents: int,
    adjustments: tuple[Adjustment, ...] = (),
    remark_codes: tuple[str, ...] = (),
) -> ServicePayment:
    return ServicePayment(
        segment=0,
        code=line.code,
        code_qualifier=line.code_qualifier,
        modifiers=line.modifiers,
        revenue_code=line.revenue_code,
        charge_cents=line.charge_cents,
        paid_cents=paid_cents,
        paid_units=line.units,
        service_from=line.service_from,
        control_number=line.control_number,
        adjustments=adjustments,
        remark_codes=remark_codes,
    )


def _envelope(sender: str, receiver: str) -> Envelope:
    return Envelope(
        sender_id=sender,
        receiver_id=receiver,
        created=_NOON,
        interchange_control=1,
        group_control=1,
        usage="T",
    )

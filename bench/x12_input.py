"""X12 files to measure with: made by the shared tool where it lies beside us, else by our writers.

Also an endless source: the same claims over and over under fresh numbers, block by block, so that a
million of them need neither a file nor memory.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec

from bench.invented_claims import BILLING, claims
from core.claims.claim import Adjustment, Claim, Form, Institutional
from core.claims.parties import Address
from core.remittance.values import (
    ClaimPayment,
    Remittance,
    RemittanceHeader,
    ServicePayment,
)
from core.x12.claims_writer import Receiver, Submitter, write_claims
from core.x12.envelope import Envelope
from core.x12.remittance_writer import PayerOffice, write_remittances

SHARED = Path(__file__).resolve().parents[2] / "shared"
MAKE = SHARED / "tools" / "make_x12.py"

KINDS = ("837P", "837I", "837D", "835")
FORMS = {"837P": Form.PROFESSIONAL, "837I": Form.INSTITUTIONAL, "837D": Form.DENTAL}
_TODAY = date(2026, 1, 15)

SUBMITTER = Submitter(name="BENCH", id="BENCH", contact_name="EDI", phone="8005550100")
RECEIVER = Receiver(name="BENCH", id="BENCH2")
ENVELOPE = Envelope(
    sender_id="BENCH",
    receiver_id="BENCH2",
    created=datetime(2026, 1, 15, 12, 0),  # noqa: DTZ001 - an envelope has no zone
    interchange_control=1,
    group_control=1,
)
_OFFICE = PayerOffice(
    address=Address(line1="1 PAYER WAY", city="LINDENFELD", state="PA", postal_code="171010001"),
    contact_name="EDI",
    phone="8005550101",
)


def where_from() -> str:
    """In words, what makes the files."""
    return "the shared generator" if MAKE.exists() else "our own writers"


def made(kind: str, count: int) -> bytes:
    """A clean file of ``count`` claims (837) or payments (835) in one transaction."""
    if MAKE.exists():
        command = [sys.executable, str(MAKE), kind, str(count), "--per-st", str(count)]
        return subprocess.run(command, check=True, capture_output=True).stdout
    invented = list(claims(count, today=_TODAY))
    if kind == "835":
        return write_remittances([_remittance(invented)], ENVELOPE, office=_OFFICE)
    form = FORMS[kind]
    return written([_of_form(claim, form) for claim in invented], form)


def written(invented: list[Claim], form: Form) -> bytes:
    """The 837 of these claims."""
    return write_claims(
        invented,
        form=form,
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=ENVELOPE,
        reference="BENCH",
        claims_per_transaction=max(len(invented), 1),
    ).data


def _of_form(claim: Claim, form: Form) -> Claim:
    if form is Form.DENTAL:
        lines = [
            msgspec.structs.replace(line, code="D1110", code_qualifier="AD", teeth=())
            for line in claim.lines
        ]
        billing = msgspec.structs.replace(BILLING, taxonomy="122300000X")
        return msgspec.structs.replace(
            claim, form=form, clia="", lines=tuple(lines), billing=billing
        )
    if form is Form.INSTITUTIONAL:
        served = claim.lines[0].service_from
        assert served is not None
        stay = Institutional(
            type_of_bill="0131",
            statement_from=served,
            statement_to=served,
            admission_type="3",
            point_of_origin="1",
            patient_status="01",
        )
        lines = [
            msgspec.structs.replace(line, revenue_code="0450", pointers=()) for line in claim.lines
        ]
        return msgspec.structs.replace(
            claim,
            form=form,
            clia="",
            lines=tuple(lines),
            institutional=stay,
            attending=claim.rendering,
            rendering=None,
            place_of_service="",
        )
    return claim


def _remittance(invented: list[Claim]) -> Remittance:
    payments = tuple(_payment(claim, number) for number, claim in enumerate(invented, 1))
    header = RemittanceHeader(
        segment=0,
        control_number="0001",
        payment_cents=sum(payment.paid_cents for payment in payments),
        method="CHK",
        paid_on=_TODAY,
        trace_number="TRACE0000001",
        payer_identifier="1512345678",
        payer_name="BLUESTONE HEALTH PLAN",
        payee_name="BENCH CLINIC",
        payee_npi=BILLING.npi,
        payee_tax_id="231234567",
        produced_on=_TODAY,
    )
    return Remittance(header=header, claims=payments)


def _payment(claim: Claim, number: int) -> ClaimPayment:
    lines = []
    for line in claim.lines:
        allowed = line.charge_cents * 6 // 10
        share = allowed * 2 // 10
        taken = (("CO", "45", line.charge_cents - allowed), ("PR", "2", share))
        lines.append(
            ServicePayment(
                segment=0,
                code=line.code,
                charge_cents=line.charge_cents,
                paid_cents=allowed - share,
                service_from=line.service_from,
                control_number=line.control_number,
                adjustments=tuple(
                    Adjustment(group=group, code=code, amount_cents=cents)
                    for group, code, cents in taken
                ),
            )
        )
    assert claim.subscriber is not None
    assert claim.patient is not None
    return ClaimPayment(
        segment=0,
        claim_number=claim.claim_number,
        status="1",
        charge_cents=sum(line.charge_cents for line in lines),
        paid_cents=sum(line.paid_cents for line in lines),
        patient_responsibility_cents=sum(line.adjustments[1].amount_cents for line in lines),
        filing_indicator="12",
        payer_claim_number=f"ICN{number:09d}",
        facility_code="11",
        frequency="1",
        patient=claim.patient.name,
        member_id=claim.subscriber.member_id,
        service_from=claim.lines[0].service_from,
        lines=tuple(lines),
    )


def repeated(data: bytes, times: int) -> Iterator[bytes]:
    """A file with the transaction of ``data`` ``times`` over, as blocks.

    Each has its own control number; each 837 claim its own number (CLM01 begins anew by round).
    """
    begin, end = data.index(b"ST*"), data.index(b"GE*")
    opening, body = data[:begin], data[begin:end]
    kind, control = body.split(b"*", 3)[1:3]
    closing = body[body.rindex(b"SE*") :]
    yield opening
    for number in range(1, times + 1):
        own = b"%09d" % number
        yield b"*".join((b"ST", kind, own, b""))
        rest = body[len(b"ST*" + kind + b"*" + control + b"*") : -len(closing)]
        yield rest.replace(b"~CLM*", b"~CLM*%d-" % number)
        yield closing.replace(b"*" + control + b"~", b"*" + own + b"~")
    yield b"GE*%d*1~IEA*1*000000001~" % times

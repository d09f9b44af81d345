"""Builders of checks, claims and matches for the tests of remittance, ledger and statements."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec

from core.claims.claim import Adjustment
from core.claims.position import Stage
from core.denials.causes import CauseTable, parse_causes
from core.remittance.matching import OpenClaim, OpenLine
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
    ServicePayment,
)

TODAY = date(2026, 3, 2)
PAYER = UUID(int=900)
NEXT_PAYER = UUID(int=901)
CSV = Path(__file__).parents[3] / "core" / "denials" / "data" / "carc_dispositions.csv"


def causes() -> CauseTable:
    with CSV.open(newline="") as rows:
        return parse_causes(csv.DictReader(rows))


CAUSES = causes()


def cas(group: str, code: str, amount_cents: int) -> Adjustment:
    return Adjustment(group=group, code=code, amount_cents=amount_cents)


def service(
    charge_cents: int,
    *adjustments: Adjustment,
    code: str = "90834",
    control_number: str = "",
    **more: object,
) -> ServicePayment:
    """A service payment that balances: paid is the charge less the adjustments."""
    return ServicePayment(
        segment=0,
        code=code,
        charge_cents=charge_cents,
        paid_cents=charge_cents - sum(one.amount_cents for one in adjustments),
        control_number=control_number,
        adjustments=adjustments,
        **more,
    )


def claim_payment(
    number: str,
    *lines: ServicePayment,
    adjustments: Sequence[Adjustment] = (),
    charge_cents: int | None = None,
    status: str = "1",
    **more: object,
) -> ClaimPayment:
    """A claim payment that balances over its lines and its own adjustments."""
    charge = sum(line.charge_cents for line in lines) if charge_cents is None else charge_cents
    every = [one for line in lines for one in line.adjustments] + list(adjustments)
    return ClaimPayment(
        segment=0,
        claim_number=number,
        status=status,
        charge_cents=charge,
        paid_cents=charge - sum(one.amount_cents for one in every),
        patient_responsibility_cents=sum(one.amount_cents for one in every if one.group == "PR"),
        lines=lines,
        adjustments=tuple(adjustments),
        **more,
    )


def plb(reason: str, amount_cents: int) -> ProviderAdjustment:
    return ProviderAdjustment(
        segment=0, provider_id="1234567893", reason=reason, amount_cents=amount_cents
    )


def check(
    *payments: ClaimPayment, adjustments: Sequence[ProviderAdjustment] = (), first_segment: int = 3
) -> Remittance:
    """A check that ties out, its segments numbered as a file would."""
    place = first_segment + 5
    numbered = []
    for payment in payments:
        start = place
        lines = []
        for line in payment.lines:
            place += 2
            lines.append(msgspec.structs.replace(line, segment=place))
        place += 2
        numbered.append(msgspec.structs.replace(payment, segment=start, lines=tuple(lines)))
    paid_cents = sum(one.paid_cents for one in payments if one.status != "25")
    return Remittance(
        header=RemittanceHeader(
            segment=first_segment,
            control_number="0001",
            payment_cents=paid_cents - sum(one.amount_cents for one in adjustments),
            trace_number="T100",
            payer_identifier="1999999999",
            paid_on=date(2026, 2, 27),
        ),
        claims=tuple(numbered),
        provider_adjustments=tuple(adjustments),
    )


def open_claim(
    number: str, *lines: OpenLine, next_payer: bool = False, **more: object
) -> OpenClaim:
    known = {"stage": Stage.ACCEPTED, "payer_ref": PAYER, "patient_id": UUID(int=7), **more}
    return OpenClaim(
        claim_id=UUID(int=int(number.strip("C") or 0) + 1000),
        claim_number=number,
        charge_cents=sum(line.charge_cents for line in lines),
        lines=lines,
        has_next_payer=next_payer,
        next_payer_ref=NEXT_PAYER if next_payer else None,
        **known,
    )


def open_line(
    line_no: int,
    charge_cents: int,
    *,
    code: str = "90834",
    remaining_cents: int | None = None,
    **more: object,
) -> OpenLine:
    return OpenLine(
        line_no=line_no,
        control_number=more.pop("control_number", f"L{line_no}"),
        code=code,
        charge_cents=charge_cents,
        remaining_cents=remaining_cents,
        **more,
    )

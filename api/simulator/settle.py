"""One check: claim payments, what is taken back or added for the provider, and what is carried.

A check is never negative. What it cannot take is forwarded (PLB FB, negative) and taken from the
next check of the same payer to the same provider (FB, positive).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b

from api.simulator.records import Account, Check, Decided, Recouped
from core.claims.parties import Name
from core.remittance.values import ProviderAdjustment, Remittance, RemittanceHeader


def settle(
    account: Account,
    decisions: Sequence[Decided],
    recouped: Sequence[Recouped],
    last: Check | None,
    *,
    control: str,
    trace: str,
    paid_on: date,
) -> tuple[Remittance, Check]:
    """The 835 of ``account`` for ``decisions`` (in any order), and what to write down of it.

    ``control`` is its ST02, ``trace`` its TRN02.
    """
    ordered = sorted(decisions, key=lambda one: (one.claim_number, one.payer_claim_number))
    claims = tuple(payment for one in ordered for payment in one.payments)
    claims_cents = sum(payment.paid_cents for payment in claims)
    amounts = [
        ("L6", one.payer_claim_number, -one.interest_cents) for one in ordered if one.interest_cents
    ]
    amounts += [
        ("WO", one.payer_claim_number, one.amount_cents)
        for one in sorted(recouped, key=lambda one: one.payer_claim_number)
    ]
    if last is not None and last.carried_cents:
        amounts.append(("FB", last.trace, last.carried_cents))
    cents = claims_cents - sum(amount for _, _, amount in amounts)
    carried = max(0, -cents)
    if carried:
        amounts.append(("FB", trace, -carried))
        cents = 0
    adjustments = tuple(
        ProviderAdjustment(
            segment=0,
            provider_id=payee_id(account),
            fiscal_period_end=date(paid_on.year, 12, 31),
            reason=reason,
            reference=reference,
            amount_cents=amount,
        )
        for reason, reference, amount in amounts
    )
    check = Check(
        account=account.key,
        trace=trace,
        paid_on=paid_on,
        cents=cents,
        claims_cents=claims_cents,
        claims=len(claims),
        adjustments=adjustments,
        carried_cents=carried,
    )
    header = _header(account, check, control)
    return Remittance(header=header, claims=claims, provider_adjustments=adjustments), check


def payee_id(account: Account) -> str:
    """The payee's NPI; its tax id where it has none."""
    return account.payee.npi or account.payee.tax_id


def payer_tax_id(payer_id: str) -> str:
    """Nine invented digits, always the same for the same payer."""
    number = int.from_bytes(blake2b(payer_id.encode(), digest_size=8).digest())
    return f"{number % 900_000_000 + 100_000_000}"


def _header(account: Account, check: Check, control: str) -> RemittanceHeader:
    return RemittanceHeader(
        segment=0,
        control_number=control,
        payment_cents=check.cents,
        method="ACH" if check.cents else "NON",
        paid_on=check.paid_on,
        trace_number=check.trace,
        payer_identifier="1" + payer_tax_id(account.payer.payer_id),
        payer_name=account.payer.name,
        payer_id=account.payer.payer_id,
        payee_name=_spoken(account.payee.name),
        payee_npi=account.payee.npi,
        payee_tax_id=account.payee.tax_id,
        produced_on=check.paid_on,
    )


def _spoken(name: Name) -> str:
    return " ".join(part for part in (name.first, name.last) if part)

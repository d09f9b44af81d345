"""The three balances of an 835, to the cent: service line, claim, check.

A remittance posts only when every one of them holds. ``BalanceProof`` is fed value by value, so a
check with any number of claims is proved in flat memory; ``prove`` does the same for a whole one.

Source of the equations: the balancing section of ASC X12 005010X221A1.
"""

from __future__ import annotations

from enum import StrEnum

from core.claims.parties import Value
from core.money import plain
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
)

LISTED_MAX = 200
"""Imbalances kept with their sentence; the rest of a hopeless file is only counted."""


class BalanceLevel(StrEnum):
    """Which of the equations fails."""

    LINE = "line"
    CLAIM = "claim"
    CHECK = "check"


class Imbalance(Value, frozen=True, kw_only=True):
    """One equation that fails. ``difference_cents`` is what the file says less what it adds up to.

    ``segment`` counts from 1 in the file. ``sentence`` names amounts and places, no patient.
    """

    segment: int
    level: BalanceLevel
    difference_cents: int
    sentence: str


class BalanceProof:
    """Proves one check: made from its header, fed with claims and adjustments, then finished."""

    def __init__(self, header: RemittanceHeader) -> None:
        self._header = header
        self._claims_cents = 0
        self._provider_cents = 0
        self._listed: list[Imbalance] = []
        self.count = 0
        """How many equations failed, also beyond ``LISTED_MAX``."""

    def claim(self, payment: ClaimPayment) -> None:
        """Take the next claim of the check and prove its lines and itself."""
        adjusted_cents = 0
        charged_cents = 0
        for line in payment.lines:
            line_adjusted_cents = 0
            for adjustment in line.adjustments:
                line_adjusted_cents += adjustment.amount_cents
            adjusted_cents += line_adjusted_cents
            charged_cents += line.charge_cents
            expected_cents = line.charge_cents - line_adjusted_cents
            if line.paid_cents != expected_cents:
                self._fail(
                    line.segment,
                    BalanceLevel.LINE,
                    line.paid_cents - expected_cents,
                    f"the service line says {plain(line.paid_cents)} was paid, but its charge less "
                    f"its adjustments is {plain(expected_cents)}",
                )
        for adjustment in payment.adjustments:
            adjusted_cents += adjustment.amount_cents
        self._prove_claim(payment, adjusted_cents, charged_cents)
        if payment.status != PREDETERMINATION:
            self._claims_cents += payment.paid_cents

    def provider_adjustment(self, adjustment: ProviderAdjustment) -> None:
        """Take the next provider-level adjustment (PLB) of the check."""
        self._provider_cents += adjustment.amount_cents

    def finish(self) -> tuple[Imbalance, ...]:
        """Prove the check itself. Empty: everything holds and the remittance may post."""
        expected_cents = self._claims_cents - self._provider_cents
        stated_cents = signed_payment_cents(self._header)
        if stated_cents != expected_cents:
            self._fail(
                self._header.segment,
                BalanceLevel.CHECK,
                stated_cents - expected_cents,
                f"the payment is {plain(stated_cents)}, but its claims less its provider-level "
                f"adjustments add up to {plain(expected_cents)}",
            )
        return tuple(self._listed)

    def _prove_claim(
        self, payment: ClaimPayment, adjusted_cents: int, lines_charged_cents: int
    ) -> None:
        expected_cents = payment.charge_cents - adjusted_cents
        if payment.paid_cents != expected_cents:
            self._fail(
                payment.segment,
                BalanceLevel.CLAIM,
                payment.paid_cents - expected_cents,
                f"the claim says {plain(payment.paid_cents)} was paid, but its charge less all its "
                f"adjustments is {plain(expected_cents)}",
            )
        if payment.lines and lines_charged_cents != payment.charge_cents:
            self._fail(
                payment.segment,
                BalanceLevel.CLAIM,
                payment.charge_cents - lines_charged_cents,
                f"the claim's charge is {plain(payment.charge_cents)}, but its service lines add "
                f"up to {plain(lines_charged_cents)}",
            )
        if payment.status == PREDETERMINATION and payment.paid_cents:
            self._fail(
                payment.segment,
                BalanceLevel.CLAIM,
                payment.paid_cents,
                f"a predetermination pays nothing, but it says {plain(payment.paid_cents)}",
            )

    def _fail(self, segment: int, level: BalanceLevel, difference_cents: int, text: str) -> None:
        self.count += 1
        if len(self._listed) < LISTED_MAX:
            self._listed.append(
                Imbalance(
                    segment=segment,
                    level=level,
                    difference_cents=difference_cents,
                    sentence=f"{text} (difference {plain(difference_cents)})",
                )
            )


PREDETERMINATION = "25"
"""CLP02: an estimate before the service. It pays nothing and is no part of the check."""


def signed_payment_cents(header: RemittanceHeader) -> int:
    """BPR02 as money received: negative where BPR03 says the payer takes it (D)."""
    return -header.payment_cents if header.credit_or_debit == "D" else header.payment_cents


def prove(remittance: Remittance) -> tuple[Imbalance, ...]:
    """Every equation of the remittance that fails, in file order, the check last."""
    proof = BalanceProof(remittance.header)
    for payment in remittance.claims:
        proof.claim(payment)
    for adjustment in remittance.provider_adjustments:
        proof.provider_adjustment(adjustment)
    return proof.finish()

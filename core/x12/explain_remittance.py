"""An 835 in a few sentences a payment, in flat memory however many claims it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.money import dollars
from core.remittance.balance import PREDETERMINATION, BalanceProof, signed_payment_cents
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader
from core.remittance.words import METHODS, PROVIDER_ADJUSTMENTS
from core.x12.explained import Explained, counted
from core.x12.remittance_reader import stream_remittance

# So many equations that fail are told in words; the check of the file lists them all.
_IMBALANCES_TOLD = 5
_FORWARDED_UNPAID = "23"


def explain_835(data: Iterable[bytes]) -> Iterator[Explained]:
    """What each payment of the file pays, for how many claims, and whether its sums agree."""
    summary: _Summary | None = None
    for part in stream_remittance(data):
        if isinstance(part, RemittanceHeader):
            summary = _Summary(part)
            continue
        assert summary is not None, "the stream gives the header first"
        if isinstance(part, ClaimPayment):
            summary.claim(part)
        elif isinstance(part, ProviderAdjustment):
            summary.provider_adjustment(part)
        else:
            yield Explained(
                kind="835",
                segment=summary.header.segment,
                control=summary.header.control_number,
                sentences=tuple(summary.sentences()),
            )


class _Summary:
    """What is counted and summed while the claims of one payment go by."""

    def __init__(self, header: RemittanceHeader) -> None:
        self.header = header
        self._proof = BalanceProof(header)
        self._outcomes: dict[str, int] = {}
        self._charged_cents = 0
        self._paid_cents = 0
        self._patient_cents = 0
        self._adjustments: dict[str, tuple[int, int]] = {}

    def claim(self, payment: ClaimPayment) -> None:
        """Count the next claim."""
        self._proof.claim(payment)
        outcome = _outcome(payment)
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
        if payment.status != PREDETERMINATION:
            self._charged_cents += payment.charge_cents
            self._paid_cents += payment.paid_cents
            self._patient_cents += payment.patient_responsibility_cents

    def provider_adjustment(self, adjustment: ProviderAdjustment) -> None:
        """Add the next provider-level adjustment to those of its reason."""
        self._proof.provider_adjustment(adjustment)
        reason = _shown(adjustment.reason)
        count, amount_cents = self._adjustments.get(reason, (0, 0))
        self._adjustments[reason] = count + 1, amount_cents + adjustment.amount_cents

    def sentences(self) -> Iterator[str]:
        """The payment, its claims, what else moves money, and whether all of it agrees."""
        yield self._payment()
        yield from self._claims()
        for reason, (count, amount_cents) in self._adjustments.items():
            yield _adjustment(reason, count, amount_cents)
        yield from self._balance()

    def _payment(self) -> str:
        header = self.header
        amount_cents = signed_payment_cents(header)
        what = f"Payment {header.trace_number}" if header.trace_number else "A payment"
        by = f" from {header.payer_name}" if header.payer_name else ""
        day = f" on {header.paid_on.isoformat()}" if header.paid_on else ""
        if header.method == "NON" or not amount_cents:
            return f"{what}{by}{day}: no money moves."
        how = f" by {METHODS[header.method]}" if header.method in METHODS else ""
        if amount_cents < 0:
            return f"{what}{by}: the payer takes {dollars(-amount_cents)} back{how}{day}."
        return f"{what}{by}: {dollars(amount_cents)}{how}{day}."

    def _claims(self) -> Iterator[str]:
        total = sum(self._outcomes.values())
        if not total:
            yield "It holds no claims."
            return
        said = ", ".join(
            f"{self._outcomes[outcome]:,} {outcome}"
            for outcome in _OUTCOMES
            if outcome in self._outcomes
        )
        yield f"{counted(total, 'claim')}: {said}."
        yield (
            f"Charged {dollars(self._charged_cents)}, paid {dollars(self._paid_cents)},"
            f" left to patients {dollars(self._patient_cents)}."
        )

    def _balance(self) -> Iterator[str]:
        faults = self._proof.finish()
        count = self._proof.count
        if not count:
            yield "It balances: every line, every claim, and the payment as a whole."
            return
        # The last one listed is the payment as a whole where that fails: it matters the most.
        told = (*faults[: _IMBALANCES_TOLD - 1], faults[-1])[: len(faults)]
        yield (
            f"It does not balance ({counted(count, 'sum')} wrong): do not post it; ask the payer"
            " for a corrected remittance."
        )
        for fault in told:
            yield f"Segment {fault.segment}: {fault.sentence}."
        if count > len(told):
            yield f"There are {count - len(told):,} more; the check of the file lists them."


_PAID, _UNPAID, _DENIED = "paid", "processed without payment", "denied"
_REVERSED, _PREDETERMINED = "reversed", "predetermined"
_FORWARDED = "not this payer's and forwarded"
_OUTCOMES = (_PAID, _UNPAID, _DENIED, _REVERSED, _FORWARDED, _PREDETERMINED)
_BY_STATUS = {PREDETERMINATION: _PREDETERMINED, _FORWARDED_UNPAID: _FORWARDED}


def _outcome(payment: ClaimPayment) -> str:
    if payment.is_denial:
        return _DENIED
    if payment.is_reversal:
        return _REVERSED
    return _BY_STATUS.get(payment.status) or (_PAID if payment.paid_cents else _UNPAID)


def _adjustment(reason: str, count: int, amount_cents: int) -> str:
    """A positive amount takes money away from the payment."""
    what = PROVIDER_ADJUSTMENTS.get(reason, "a reason we have no words for")
    moved = "taken from" if amount_cents > 0 else "added to"
    text = f"Provider adjustment {reason}, {what}"
    if count > 1:
        text = f"{counted(count, 'provider adjustment')} {reason}, {what}"
    return f"{text}: {dollars(abs(amount_cents))} {moved} the payment."


def _shown(code: str) -> str:
    """A code as it may be shown: short and plain, since a file can hold anything there."""
    return code if len(code) <= 2 and code.isalnum() and code.isascii() else "of an unknown form"
